"""The fund's own books at the desk: statement, bank accounts, what is owed, closing a month."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Key
from yibao.errors import InputError, YibaoError
from yibao.finance import books, closing, payables, statement, vouchers
from yibao.finance.carrying import area_to_read, carry_month
from yibao.finance.items import PART_WORDS, SCHEME_WORDS, SIDE_WORDS, FundSide
from yibao.finance.states import BankAccount, ClosingState, VoucherState
from yibao.finance.written import statement_csv
from yibao.insured.payments.channels import channel_names
from yibao.messages import Text, message
from yibao.money.text import AmountError, parse_yuan
from yibao.policy.kinds import Scheme
from yibao.portal.calls import status_of
from yibao.portal.desk.frame import DESK, DeskCall
from yibao.portal.desk.months import month_of_call, written_month

FINANCE = f"{DESK}/finance"
MONEY = f"{FINANCE}/money"


_WHERE: Mapping[str, tuple[str, str]] = {
    "uncarried": ("#carry", "carry_fund"),
    "uncarried_credits": ("#carry", "carry_fund"),
    "unsigned": (MONEY, "read_finance"),
    "unreconciled_days": (f"{DESK}/reconciliation", "read_reconciliation"),
    "differences": (f"{DESK}/reconciliation", "read_reconciliation"),
    "uncredited": (f"{DESK}/jobs", "read_jobs"),
    "left_out": (f"{DESK}/jobs", "read_jobs"),
    "owed_payable": (f"{DESK}/clearing", "read_clearing"),
    "owed_retained": (f"{DESK}/clearing", "read_clearing"),
    "unpaid_orders": (f"{DESK}/payments", "read_payments"),
    "overdue_cases": (DESK, "move_case"),
}
"""Where what is open is done, and who may open the page; what is owed by age stands below."""


def _where(call: DeskCall, name: str) -> str:
    address, operation = _WHERE.get(name, ("#owed", "read_finance"))
    return address if call.may(operation) else ""


def _area(call: DeskCall) -> str:
    return area_to_read(call.database, call.actor, None)


def show(call: DeskCall) -> Response:
    """A month: its statement, what is open in it, and what may be done with it."""
    return _page(call, month_of_call(call), None, 200)


def _page(call: DeskCall, month: int, fault: Text | None, status: int) -> Response:
    area, actor = _area(call), call.actor
    row = closing.closing_of(call.database, area, month, actor=actor)
    is_closed = row is not None and row.state == ClosingState.CLOSED
    points = []
    if not is_closed:
        points = list(closing.open_points(call.database, area, month, call.today, actor=actor))
    is_blocked = any(point.blocks for point in points)
    values = {
        "statement": statement.fund_statement(call.database, area, month, actor=actor),
        "sides": [(side, SIDE_WORDS[side]) for side in FundSide],
        "parts": PART_WORDS,
        "schemes": SCHEME_WORDS,
        "month": written_month(month),
        "closing": row,
        "points": [(point, _where(call, point.name)) for point in points],
        "banks": [
            (vouchers.BANK_WORDS[bank], amount)
            for bank, amount in vouchers.bank_balances(call.database, area, actor=actor).items()
        ],
        "payables": payables.payables(call.database, area, call.today, actor=actor),
        "ages": [label for _, label in payables.AGES],
        "may_carry": not is_closed and call.may("carry_fund"),
        "may_prepare": not is_closed and not is_blocked and call.may("prepare_closing"),
        "may_close": (
            row is not None
            and not is_closed
            and not is_blocked
            and row.prepared_by != actor.id
            and call.may("close_month")
        ),
        "once": secrets.token_hex(16),
        "fault": fault,
    }
    return call.show("finance.html", message("基金收支"), values, status)


def move(call: DeskCall) -> Response:
    """Carry what was paid, ask for the month to be closed, or close it."""
    what = call.sent.get("do", "")
    operation = {"carry": "carry_fund", "prepare": "prepare_closing", "close": "close_month"}
    call.require_role(operation.get(what, "read_finance"))
    key = Key(call.actor.id, f"desk_{what[:10]}_month", call.once())
    at, area = call.counter.now(), _area(call)
    month = statement.month_before(call.today)
    try:
        month = month_of_call(call)
        if what == "carry":
            carry_month(call.database, key, area, month, actor=call.actor, at=at)
        elif what == "prepare":
            note = call.sent.get("note", "")
            closing.prepare_closing(call.database, key, area, month, note, actor=call.actor, at=at)
        elif what == "close":
            closing.close_month(call.database, key, area, month, actor=call.actor, at=at)
        else:
            raise InputError(message("表单不完整，请返回上一页重新打开"))
    except YibaoError as error:
        return _page(call, month, error.said, status_of(error))
    return RedirectResponse(f"{FINANCE}?month={written_month(month)}", 303)


def download(call: DeskCall) -> Response:
    """The statement as a table for a spreadsheet."""
    month, area = month_of_call(call), _area(call)
    read = statement.fund_statement(call.database, area, month, actor=call.actor)
    headers = {
        "Content-Disposition": f'attachment; filename="fund-{area}-{month}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(statement_csv(read), media_type="text/csv; charset=utf-8", headers=headers)


def accounts(call: DeskCall) -> Response:
    """The accounts of the funds, their banks and what waits to be carried into them."""
    call.require_role("read_finance")
    month, area = month_of_call(call), _area(call)
    values = {
        "accounts": books.chart_of_area(call.database, area, month, actor=call.actor),
        "month": written_month(month),
    }
    return call.show("finance_accounts.html", message("科目与银行账户"), values)


def whole_books(call: DeskCall) -> Response:
    """The books of a month: accounts, journal, and the same for beancount."""
    call.require_role("read_finance")
    month, area = month_of_call(call), _area(call)
    content = books.area_books(call.database, area, month, month, actor=call.actor)
    headers = {
        "Content-Disposition": f'attachment; filename="books-{area}-{month}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/zip", headers=headers)


# --- money that a cashier enters -----------------------------------------------------------------


def money(call: DeskCall) -> Response:
    """What was entered, what waits for a signature, and the form."""
    return _money(call, None, 200)


def _money(call: DeskCall, fault: Text | None, status: int) -> Response:
    values = {
        "vouchers": vouchers.vouchers(call.database, _area(call), actor=call.actor),
        "kinds": vouchers.VOUCHER_WORDS,
        "states": vouchers.STATE_WORDS,
        "levels": vouchers.LEVEL_WORDS,
        "banks": vouchers.BANK_WORDS,
        "schemes": {scheme: SCHEME_WORDS[scheme] for scheme in Scheme},
        "parts": {part: PART_WORDS[part] for part in vouchers.PARTS},
        "part_words": PART_WORDS,
        "channels": channel_names(),
        "waiting": VoucherState.ENTERED,
        "may_enter": call.may("enter_fund_money"),
        "may_sign": call.may("sign_fund_money"),
        "me": call.actor.id,
        "written": call.sent,
        "once": secrets.token_hex(16),
        "fault": fault,
    }
    return call.show("finance_money.html", message("基金到账与划拨"), values, status)


def _voucher(call: DeskCall) -> vouchers.FundMoney:
    sent = call.sent
    try:
        amount = parse_yuan(sent.get("amount", "").replace(",", "").strip())
    except AmountError:
        raise InputError(message("金额写元，最多两位小数"), place="amount") from None
    try:
        day = datetime.date.fromisoformat(sent.get("day", "").strip())
    except ValueError:
        raise InputError(message("日期写作 2026-03-15"), place="day") from None
    is_move = sent.get("kind") in vouchers.MOVES
    return vouchers.FundMoney(
        _area(call),
        sent.get("kind", ""),
        amount,
        day,
        sent.get("note", ""),
        None if is_move else sent.get("scheme") or None,
        None if is_move else sent.get("part") or None,
        None if is_move else sent.get("level") or None,
        sent.get("bank") or BankAccount.TREASURY,
        sent.get("channel") or None,
    )


def enter(call: DeskCall) -> Response:
    """Enter what came or is to go."""
    call.require_role("enter_fund_money")
    try:
        key = Key(call.actor.id, "desk_enter_money", call.once())
        vouchers.enter_voucher(
            call.database, key, _voucher(call), actor=call.actor, at=call.counter.now()
        )
    except YibaoError as error:
        return _money(call, error.said, status_of(error))
    return RedirectResponse(MONEY, 303)


def decide(call: DeskCall) -> Response:
    """Sign what somebody else has entered, or void it."""
    call.require_role("sign_fund_money")
    what, voucher = call.sent.get("do", ""), call.parameters["voucher"]
    key = Key(call.actor.id, f"desk_{what[:10]}_money", call.once())
    at = call.counter.now()
    try:
        if what == "sign":
            vouchers.sign_voucher(call.database, key, voucher, actor=call.actor, at=at)
        elif what == "drop":
            reason = call.sent.get("reason", "")
            vouchers.drop_voucher(call.database, key, voucher, reason, actor=call.actor, at=at)
        else:
            raise InputError(message("表单不完整，请返回上一页重新打开"))
    except YibaoError as error:
        return _money(call, error.said, status_of(error))
    return RedirectResponse(MONEY, 303)
