"""Subsidies, interest, transfers and moves between the fund's banks: one enters, another signs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.chains import extend_chain, hold_chain
from yibao.access.errors import DeniedError
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.finance.carrying import fund_chain
from yibao.finance.items import ITEM_WORDS, LAYER_OF, FundItem, FundPart
from yibao.finance.months import first_open_month, month_of
from yibao.finance.states import BankAccount, Level, VoucherKind, VoucherState
from yibao.finance.tables import fund_voucher
from yibao.insured.payments.channels import require_channel
from yibao.ledger import operations as ledger
from yibao.ledger.balances import balance
from yibao.ledger.chart import income_bank, treasury
from yibao.messages import Fen, Text, message, message_in
from yibao.policy.kinds import Scheme

LONGEST_NOTE = 200

ITEM_OF: Mapping[str, FundItem] = {
    VoucherKind.SUBSIDY: FundItem.SUBSIDY,
    VoucherKind.INTEREST: FundItem.INTEREST,
    VoucherKind.TRANSFER_IN: FundItem.TRANSFER_IN,
    VoucherKind.FROM_ABOVE: FundItem.FROM_ABOVE,
    VoucherKind.FROM_BELOW: FundItem.FROM_BELOW,
    VoucherKind.OTHER_INCOME: FundItem.OTHER_INCOME,
    VoucherKind.OPENING: FundItem.OPENING,
    VoucherKind.TRANSFER_OUT: FundItem.TRANSFER_OUT,
    VoucherKind.TO_BELOW: FundItem.TO_BELOW,
    VoucherKind.TO_ABOVE: FundItem.TO_ABOVE,
    VoucherKind.OTHER_SPENDING: FundItem.OTHER_SPENDING,
}
"""What the statement calls them; a move between banks is neither income nor spending."""
SPENDING = (
    VoucherKind.TRANSFER_OUT,
    VoucherKind.TO_BELOW,
    VoucherKind.TO_ABOVE,
    VoucherKind.OTHER_SPENDING,
)
MOVES = (VoucherKind.COLLECTED, VoucherKind.PAID_IN, VoucherKind.ALLOTTED)
PARTS = (FundPart.POOLED, FundPart.UPPER, FundPart.ACCOUNT)


@dataclass(frozen=True, slots=True)
class FundMoney:
    """What a cashier enters."""

    area: str
    kind: str
    amount: int
    """Fen."""
    day: datetime.date
    note: str
    """The document that it stands on: its number, and who issued it."""
    scheme: str | None = None
    part: str | None = None
    level: str | None = None
    bank: str = BankAccount.TREASURY
    """Where it came in or went out from; moves between banks say it by their kind."""
    channel: str | None = None
    """Which channel handed over."""

    def check(self, day: datetime.date) -> None:
        """``InputError`` for what cannot be entered."""
        if self.kind not in tuple(VoucherKind):
            raise InputError(message("没有这种收支"), place="kind")
        if self.amount <= 0:
            raise InputError(message("金额应大于 0"), place="amount")
        if self.day > day:
            raise InputError(message("日期 {day} 还没有到", day=self.day), place="day")
        if not 0 < len(self.note.strip()) <= LONGEST_NOTE:
            raise InputError(
                message("写明凭什么：文号、单号，最多 {most} 个字", most=LONGEST_NOTE),
                place="note",
            )
        if self.kind == VoucherKind.COLLECTED:
            require_channel(self.channel or "")
        if self.kind in MOVES:
            return
        if self.scheme not in tuple(Scheme):
            raise InputError(message("请写是哪个险种的"), place="scheme")
        if self.part not in PARTS:
            raise InputError(message("请写记在哪一部分：统筹、大额与大病、个人账户"), place="part")
        if self.bank not in tuple(BankAccount):
            raise InputError(message("请写是哪个银行账户"), place="bank")
        if (self.kind == VoucherKind.SUBSIDY) != (self.level in tuple(Level)):
            raise InputError(message("财政补贴要写是哪一级财政的，别的不写"), place="level")


VOUCHER_WORDS: Mapping[str, Text] = {
    **{kind: ITEM_WORDS[item] for kind, item in ITEM_OF.items()},
    VoucherKind.COLLECTED: message("渠道交到收入户"),
    VoucherKind.PAID_IN: message("收入户缴入财政专户"),
    VoucherKind.ALLOTTED: message("财政专户拨到支出户"),
}
LEVEL_WORDS: Mapping[str, Text] = {
    Level.CENTRAL: message("中央财政"),
    Level.PROVINCE: message("省级财政"),
    Level.CITY: message("市级财政"),
    Level.COUNTY: message("县级财政"),
}
BANK_WORDS: Mapping[str, Text] = {
    BankAccount.INCOME: message("收入户"),
    BankAccount.TREASURY: message("财政专户"),
    BankAccount.SPENDING: message("支出户"),
}
STATE_WORDS: Mapping[str, Text] = {
    VoucherState.ENTERED: message("等着复核"),
    VoucherState.SIGNED: message_in("voucher", "已记账"),
    VoucherState.DROPPED: message_in("voucher", "已作废"),
}


def bank_account(area: str, bank: str) -> str:
    """The account of the ledger of one of the fund's three banks."""
    accounts = {
        BankAccount.INCOME: income_bank,
        BankAccount.TREASURY: treasury,
        BankAccount.SPENDING: ledger.bank,
    }
    return accounts[BankAccount(bank)](area)


def lines_of(voucher: Any) -> list[ledger.Line]:
    """The transfer of a voucher, or of its row."""
    area, amount, kind = voucher.area, voucher.amount, voucher.kind
    if kind in MOVES:
        sides = {
            VoucherKind.COLLECTED: (income_bank(area), ledger.channel(voucher.channel or "")),
            VoucherKind.PAID_IN: (treasury(area), income_bank(area)),
            VoucherKind.ALLOTTED: (ledger.bank(area), treasury(area)),
        }
        to, source = sides[VoucherKind(kind)]
        return [(to, amount), (source, -amount)]
    fund = ledger.fund(area, voucher.scheme, LAYER_OF[voucher.part])
    bank = bank_account(area, voucher.bank)
    if kind in SPENDING:
        return [(fund, amount), (bank, -amount)]
    return [(bank, amount), (fund, -amount)]


def enter_voucher(
    database: Database,
    key: Key,
    voucher: FundMoney,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Write what came or is to go; nothing is booked before somebody else has signed it.

    ``ConflictError`` for a day of a month that is closed, which says the first open one.
    """
    require(actor, "enter_fund_money", area=voucher.area)
    instant = at or now()
    voucher.check(civil_day(instant))
    content = {**asdict(voucher), "day": voucher.day.isoformat()}
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        hold_chain(unit, fund_chain(voucher.area))
        _require_open_month(unit, voucher.area, voucher.day)
        voucher_id = new_identifier()
        row = {
            **asdict(voucher),
            "note": voucher.note.strip(),
            "voucher_id": voucher_id,
            "chain": fund_chain(voucher.area),
            "state": VoucherState.ENTERED,
            "entered_by": actor.id,
            "entered_at": instant,
            "reason": "",
        }
        unit.run(insert(fund_voucher), row)
        answer = {"voucher": voucher_id, "state": VoucherState.ENTERED}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, fund_chain(voucher.area), actor.id, "enter_fund_money", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def sign_voucher(
    database: Database,
    key: Key,
    voucher_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Book what somebody else has entered, once; ``DeniedError`` for whoever entered it.

    What goes out is refused where the bank account does not hold it.
    """
    return _decide(database, key, voucher_id, VoucherState.SIGNED, "", actor, at or now())


def drop_voucher(
    database: Database,
    key: Key,
    voucher_id: str,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Void what was entered and not signed, with the reason; whoever signs may, and nobody else."""
    if not 0 < len(reason.strip()) <= LONGEST_NOTE:
        raise InputError(message("请写明原因"), place="reason")
    state = VoucherState.DROPPED
    return _decide(database, key, voucher_id, state, reason.strip(), actor, at or now())


def _decide(
    database: Database,
    key: Key,
    voucher_id: str,
    state: VoucherState,
    reason: str,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    this = fund_voucher.c.voucher_id == voucher_id
    entered = database.read(
        lambda unit: unit.run(select(fund_voucher.c.area).where(this)).one_or_none()
    )
    require(actor, "sign_fund_money", area=actor.area if entered is None else entered.area)
    if entered is None:
        raise NotFoundError(message("没有这一笔收支 {voucher}", voucher=voucher_id))
    content_hash = database.secrets.lasting_hash(canonical([voucher_id, state, reason]))

    def operation(unit: Unit) -> Answer:
        hold_chain(unit, fund_chain(entered.area))
        row = unit.run(select(fund_voucher).where(this).with_for_update()).one()
        if row.state != VoucherState.ENTERED:
            raise ConflictError(message("这一笔已经复核或作废，没有再办一次"))
        values = {"state": state, "decided_by": actor.id, "decided_at": at, "reason": reason}
        answer: Answer = {"voucher": voucher_id, "state": state}
        if state is VoucherState.SIGNED:
            if row.entered_by == actor.id:
                raise DeniedError(message("登记的人不能复核同一笔，没有做任何改动"))
            values["transfer_id"] = _book(unit, row)
        unit.run(update(fund_voucher).where(this).values(**values))
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, row.chain, actor.id, "sign_fund_money", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def _book(unit: Unit, row: Any) -> str:
    _require_open_month(unit, row.area, row.day)
    lines = lines_of(row)
    source, amount = next((name, -amount) for name, amount in lines if amount < 0)
    if source in (income_bank(row.area), treasury(row.area)):
        available = balance(unit, source)
        if available < amount:
            raise RefusedError(
                message(
                    "{account} 只有 {available}，不够 {amount}；没有记账",
                    account=source,
                    available=Fen(available),
                    amount=Fen(amount),
                )
            )
    transfer_id = new_identifier()
    ledger.post(unit, row.chain, transfer_id, row.day, lines)
    return transfer_id


def _require_open_month(unit: Unit, area: str, day: datetime.date) -> None:
    first = first_open_month(unit, area)
    if first is not None and month_of(day) < first:
        raise ConflictError(
            message(
                "{month} 已经结账，不能再记；请记在 {first} 或以后",
                month=month_of(day),
                first=first,
            )
        )


def vouchers(database: Database, area: str, *, actor: Actor, most: int = 100) -> list[Any]:
    """What was entered for an area: what waits first, then the latest."""
    require(actor, "read_finance", area=area)
    waits = fund_voucher.c.state != VoucherState.ENTERED
    query = select(fund_voucher).where(fund_voucher.c.area == area)
    query = query.order_by(waits, fund_voucher.c.day.desc(), fund_voucher.c.voucher_id.desc())
    return database.read(lambda unit: list(unit.run(query.limit(most)).all()))


def bank_balances(database: Database, area: str, *, actor: Actor) -> dict[BankAccount, int]:
    """What is on the fund's three bank accounts, fen."""
    require(actor, "read_finance", area=area)

    def fetch(unit: Unit) -> dict[BankAccount, int]:
        return {bank: balance(unit, bank_account(area, bank)) for bank in BankAccount}

    return database.read(fetch, consistent=True)
