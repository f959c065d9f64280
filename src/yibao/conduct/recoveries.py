"""What comes in of a decision: at the counter, or kept back from later benefits."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_any_chain
from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor
from yibao.benefit.rules import day_rules
from yibao.conduct.acts import SubjectKind
from yibao.conduct.cases import ConductState
from yibao.conduct.forms import Instalment
from yibao.conduct.sheets import ConductSheet, store_sheet
from yibao.conduct.sums import instalments, last_day
from yibao.conduct.tables import conduct_payment
from yibao.conduct.writes import write_case
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.disbursement.orders import set_off_order, waiting_amount
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.ledger.locks import lock_accounts
from yibao.ledger.operations import bank, claim, personal
from yibao.ledger.recovering import credit_recovery
from yibao.messages import Fen, Text, message
from yibao.money import ROUND_DOWN, ratio_amount
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import TextEnum

_LONGEST_REFERENCE, _LONGEST_REASON = 60, 500
_ONE_DAY = datetime.timedelta(days=1)
MOST_INSTALMENTS = 60


class RecoveryPart(TextEnum):
    """What a payment is for."""

    RETURNED = "returned"
    FINE = "fine"
    SURCHARGE = "surcharge"


class RepaymentWay(TextEnum):
    """How something comes in."""

    BANK = "bank"
    ACCOUNT = "account"
    SET_OFF = "set_off"


WAY_WORDS: Mapping[str, Text] = {
    RepaymentWay.BANK: message("缴到银行"),
    RepaymentWay.ACCOUNT: message("从本人个人账户扣"),
    RepaymentWay.SET_OFF: message("从等着付的报销里抵扣"),
}
PART_WORDS: Mapping[str, Text] = {
    RecoveryPart.RETURNED: message("退回基金"),
    RecoveryPart.FINE: message("罚款（缴国库）"),
    RecoveryPart.SURCHARGE: message("加处罚款（缴国库）"),
}


def book_recovery(
    database: Database,
    key: Key,
    case_id: str,
    part: RecoveryPart,
    amount: int,
    day: datetime.date,
    reference: str,
    *,
    actor: Actor,
    way: RepaymentWay = RepaymentWay.BANK,
    library: PolicyLibrary | None = None,
    at: datetime.datetime | None = None,
) -> Answer:
    """Book ``amount`` fen that came in on a day: what is ``left`` of the part.

    What goes back to the fund is posted to its bank account; a fine and its surcharge go to
    the treasury at the bank that takes them, and are noted with their slip alone.
    ``ConflictError`` for more than is owed, or a slip that was booked before.

    ``way``: of a person's return it may come from the personal account, or be kept back from a
    claim that waits to be paid: as much of it as the place says (``library``), and
    ``RefusedError`` where it says nothing.
    """
    slip = reference.strip()
    if amount <= 0:
        raise InputError(message("金额要大于零"), place="amount")
    if not slip or len(slip) > _LONGEST_REFERENCE:
        raise InputError(message("请写单号"), place="reference")
    instant = at or now()

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        left = _owed(sheet, part, day)
        if amount > left:
            raise ConflictError(
                message("{part}只欠 {left}，没有记账", part=PART_WORDS[part], left=Fen(left))
            )
        if way is not RepaymentWay.BANK and part is not RecoveryPart.RETURNED:
            raise InputError(message("罚款、加处罚款只能缴到银行"), place="way")
        transfer_id = None
        if part is RecoveryPart.RETURNED:
            source = _source(unit, sheet, way, amount, library, day)
            transfer_id, _ = credit_recovery(unit, sheet.debtor, day, source, amount)
            told = {"case": case_id, "amount": amount}
            extend_any_chain(unit, sheet.debtor, actor.id, "book_recovery", told)
        count = select(func.count()).where(conduct_payment.c.case_id == case_id)
        row = {
            "case_id": case_id,
            "number": int(unit.run(count).scalar_one()) + 1,
            "part": part.value,
            "amount": amount,
            "day": day,
            "reference": slip,
            "transfer_id": transfer_id,
            "booked_by": actor.id,
            "booked_at": instant,
        }
        try:
            unit.run(insert(conduct_payment), row)
        except IntegrityError:
            raise ConflictError(message("单号 {slip} 已经记过账", slip=slip)) from None
        column = f"{part.value}_paid"
        before: Any = getattr(sheet, column)
        store_sheet(unit, case_id, **{column: before + amount})
        return {"part": part.value, "amount": amount, "left": left - amount}

    return write_case(
        database,
        key,
        case_id,
        "book_recovery",
        [part.value, amount, day.isoformat(), slip, way.value],
        work,
        actor=actor,
        at=instant,
        duty_of="close_inquiry",
        states=(ConductState.EXECUTING,),
    )


def _source(
    unit: Unit,
    sheet: ConductSheet,
    way: RepaymentWay,
    amount: int,
    library: PolicyLibrary | None,
    day: datetime.date,
) -> str:
    """The account of the ledger that what comes back is taken from."""
    if way is RepaymentWay.BANK:
        return bank(sheet.area)
    if sheet.subject_kind is not SubjectKind.PERSON:
        raise InputError(message("机构和单位的只能缴到银行"), place="way")
    person_id = sheet.subject_id
    if way is RepaymentWay.ACCOUNT:
        account = lock_accounts(unit, [person_id]).get(person_id)
        if account is None or account.balance < amount:
            raise RefusedError(message("个人账户余额不够"))
        return personal(person_id)
    limit = None if library is None else _most_share(library, sheet.area, day)
    if limit is None:
        raise RefusedError(message("没有来源规定一次最多抵扣多少，不能抵扣"))
    liability = claim(person_id)
    waiting = waiting_amount(unit, liability)
    most = min(sheet.returned - sheet.returned_paid, ratio_amount(waiting, limit, ROUND_DOWN))
    if amount > most:
        raise ConflictError(message("这一笔待遇最多抵扣 {most}", most=Fen(most)))
    set_off_order(unit, liability, amount)
    return liability


def _most_share(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Of one benefit, in basis points; None: no source says it."""
    try:
        value = day_rules(library, area, day, None).rules[p.RECOVERY_SET_OFF]
    except RefusedError:
        return None
    return None if value in (p.NONE, p.MISSING) else int(value)


def allow_instalments(
    database: Database,
    key: Key,
    case_id: str,
    count: int,
    first: datetime.date,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Let what is left to return come in ``count`` equal parts, a month apart from ``first`` on.

    Decided by the head on what the subject asks; again replaces what was allowed before.
    """
    instant, why = at or now(), reason.strip()
    if not 1 <= count <= MOST_INSTALMENTS:
        raise InputError(message("分期写 1 到 {most} 期", most=MOST_INSTALMENTS), place="count")
    if first < civil_day(instant):
        raise InputError(message("第一期不能早于今天"), place="day")
    if not why or len(why) > _LONGEST_REASON:
        raise InputError(message("请写理由，不超过 500 个字"), place="reason")

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        left = sheet.returned - sheet.returned_paid
        if left < count:
            raise ConflictError(message("没有要退回的，或者不够分这么多期"))
        days = [first, *(last_day(first, month) + _ONE_DAY for month in range(1, count))]
        parts = tuple(
            Instalment(day=day, amount=amount)
            for day, amount in zip(days, instalments(left, count), strict=True)
        )
        document = msgspec.structs.replace(
            sheet.document, instalments=parts, returned_before=sheet.returned_paid
        )
        store_sheet(unit, case_id, document=document)
        return {"count": count, "each": parts[0].amount, "last_on": days[-1].isoformat()}

    return write_case(
        database,
        key,
        case_id,
        "allow_instalments",
        [count, first.isoformat(), why],
        work,
        actor=actor,
        at=instant,
        duty_of="penalise",
        states=(ConductState.EXECUTING,),
    )


def _owed(sheet: ConductSheet, part: RecoveryPart, day: datetime.date) -> int:
    if part is RecoveryPart.RETURNED:
        return sheet.returned - sheet.returned_paid
    if part is RecoveryPart.FINE:
        return sheet.fine - sheet.fine_paid
    return sheet.surcharge_on(day)
