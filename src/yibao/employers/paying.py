"""Money of employers: booked at a counter or by a channel, used once, the rest kept or returned.

Whatever comes is credit first; a bill is paid when the credit covers its debt and late fee.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers.bill_rows import people_of_bill, read_bill
from yibao.employers.locks import lock_employer, require_employer
from yibao.employers.settling import settle_bill, to_pay
from yibao.employers.states import DueState, MoneyState
from yibao.employers.tables import employer_money
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured.locks import lock_people
from yibao.insured.payments.channels import require_channel
from yibao.ledger import operations as ledger
from yibao.messages import Fen, message
from yibao.policy.compile import PolicyLibrary

_LONGEST_REFERENCE = 80


@dataclass(frozen=True, slots=True)
class EmployerMoney:
    """Money that came, by the channel's own number."""

    channel: str
    reference: str
    amount: int
    """Fen."""
    paid_on: datetime.date

    def check(self, day: datetime.date) -> None:
        """``InputError`` for what cannot have come."""
        require_channel(self.channel)
        if not 0 < len(self.reference.strip()) <= _LONGEST_REFERENCE:
            raise InputError(
                message("请填单号，最多 {most} 个字", most=_LONGEST_REFERENCE), place="reference"
            )
        if self.amount <= 0:
            raise InputError(message("金额应大于 0"), place="amount")
        if self.paid_on > day:
            raise InputError(message("到账日期 {day} 还没有到", day=self.paid_on), place="paid_on")


def book_money(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    employer_id: str,
    bill_id: str,
    money: EmployerMoney,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Book a slip, a transfer or a card payment for a bill: see :func:`take_money`."""
    require_employer(database, actor, "book_money", employer_id)
    return take_money(database, library, key, employer_id, bill_id, money, actor=actor, at=at)


def take_money(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    employer_id: str,
    bill_id: str,
    money: EmployerMoney,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Write money once, by its channel and number: ``state``, ``reason``, ``late_fee``.

    ``posted``: it paid the bill.  ``left_over``: the bill was paid already or it is too little;
    then it stands to the employer's credit, to be set off or returned.  The same number twice
    is a ``ConflictError``.
    """
    instant = at or now()
    money.check(civil_day(instant))
    content_hash = digest(
        [employer_id, bill_id, money.channel, money.reference, money.amount, str(money.paid_on)]
    )
    people = database.read(lambda unit: people_of_bill(unit, employer_id, bill_id))

    def operation(unit: Unit) -> Answer:
        answer = _take(unit, library, employer_id, bill_id, money, people, actor, instant)
        record_message(unit, key, content_hash, key.sender, answer)
        return answer

    return write_once(database, key, content_hash, operation, people=people)


def _take(
    unit: Unit,
    library: PolicyLibrary,
    employer_id: str,
    bill_id: str,
    money: EmployerMoney,
    people: set[str],
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    persons = lock_people(unit, people)
    firm = lock_employer(unit, employer_id)
    bill = read_bill(unit, employer_id, bill_id)
    _require_new(unit, money)
    firm.credit += money.amount
    answer: Answer = {"employer": employer_id, "bill": bill_id, "amount": money.amount}
    state, reason = MoneyState.LEFT_OVER, ""
    if bill.state != DueState.OPEN:
        reason = str(message("账单已经缴清，属于重复缴费"))
    else:
        owed = to_pay(library, firm.area, bill, money.paid_on)
        if firm.credit < owed.total:
            missing = owed.total - firm.credit
            reason = str(message("不够付这张账单，还差 {missing}", missing=Fen(missing)))
        else:
            state = MoneyState.POSTED
            over = max(money.amount - owed.total, 0)
            if over:
                reason = str(message("多缴 {over}，记在单位名下", over=Fen(over)))
            answer |= settle_bill(unit, library, firm, bill, persons, money.paid_on, actor, at)
    unit.run(
        insert(employer_money),
        {
            "employer_id": employer_id,
            "money_id": new_identifier(),
            "channel": money.channel,
            "reference": money.reference.strip(),
            "bill_id": bill_id,
            "amount": money.amount,
            "paid_on": money.paid_on,
            "state": state,
            "reason": reason[:200],
            "booked_by": actor.id,
        },
    )
    ledger.post(
        unit,
        firm.chain,
        new_identifier(),
        money.paid_on,
        [
            (ledger.channel(money.channel), money.amount),
            (ledger.employer(employer_id), -money.amount),
        ],
    )
    answer |= {"state": state, "reason": reason, "credit": firm.credit}
    firm.store(unit, actor, "take_money", answer)
    return answer


def add_overpaid(unit: Unit, employer_id: str, over: EmployerMoney, *, actor: Actor) -> Answer:
    """A write fragment: credit what a channel took beyond what the books have of a number.

    It stands to the employer's credit, to be set off or returned.
    """
    firm = lock_employer(unit, employer_id)
    firm.credit += over.amount
    this = (employer_money.c.channel == over.channel) & (
        employer_money.c.reference == over.reference
    )
    reason = str(message("对账多出 {over}，记在单位名下", over=Fen(over.amount)))
    unit.run(
        update(employer_money)
        .where(this, employer_money.c.employer_id == employer_id)
        .values(amount=employer_money.c.amount + over.amount, reason=reason)
    )
    ledger.post(
        unit,
        firm.chain,
        new_identifier(),
        over.paid_on,
        [
            (ledger.channel(over.channel), over.amount),
            (ledger.employer(employer_id), -over.amount),
        ],
    )
    answer = {"employer": employer_id, "rest": over.amount, "credit": firm.credit}
    firm.store(unit, actor, "overpaid", answer)
    return answer


def _require_new(unit: Unit, money: EmployerMoney) -> None:
    same = (employer_money.c.channel == money.channel) & (
        employer_money.c.reference == money.reference.strip()
    )
    if unit.run(select(employer_money.c.money_id).where(same)).first() is not None:
        raise ConflictError(
            message(
                "这个渠道的单号 {reference} 已经入过账，没有再入一次", reference=money.reference
            )
        )


def use_credit(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    employer_id: str,
    bill_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Pay a bill out of what stands to the employer's credit, today; refused where it is short."""
    operation = "order_for_staff" if actor.employer_id is not None else "book_money"
    require_employer(database, actor, operation, employer_id)
    instant = at or now()
    day = civil_day(instant)
    content_hash = digest([employer_id, bill_id])
    people = database.read(lambda unit: people_of_bill(unit, employer_id, bill_id))

    def operation_within(unit: Unit) -> Answer:
        persons = lock_people(unit, people)
        firm = lock_employer(unit, employer_id)
        bill = read_bill(unit, employer_id, bill_id)
        if bill.state != DueState.OPEN:
            raise ConflictError(message("账单已经缴清或作废，不能再缴；没有扣款"))
        missing = to_pay(library, firm.area, bill, day).total - firm.credit
        if missing > 0:
            raise RefusedError(message("不够付这张账单，还差 {missing}", missing=Fen(missing)))
        answer = settle_bill(unit, library, firm, bill, persons, day, actor, instant)
        answer |= {"employer": employer_id, "state": MoneyState.POSTED, "credit": firm.credit}
        record_message(unit, key, content_hash, key.sender, answer)
        firm.store(unit, actor, "use_credit", answer)
        return answer

    return write_once(database, key, content_hash, operation_within, people=people)


# --- going back ----------------------------------------------------------------------------------


def return_money(
    database: Database,
    key: Key,
    employer_id: str,
    money: EmployerMoney,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Return what stands to an employer's credit, as sent out through a channel; never more."""
    require_employer(database, actor, "return_money", employer_id)
    money.check(civil_day(at or now()))
    content_hash = digest(
        [employer_id, money.channel, money.reference, money.amount, str(money.paid_on)]
    )

    def operation(unit: Unit) -> Answer:
        firm = lock_employer(unit, employer_id)
        if money.amount > firm.credit:
            raise RefusedError(
                message(
                    "单位名下只有 {credit}，不能退 {amount}",
                    credit=Fen(firm.credit),
                    amount=Fen(money.amount),
                )
            )
        _require_new(unit, money)
        firm.credit -= money.amount
        unit.run(
            insert(employer_money),
            {
                "employer_id": employer_id,
                "money_id": new_identifier(),
                "channel": money.channel,
                "reference": money.reference.strip(),
                "bill_id": None,
                "amount": -money.amount,
                "paid_on": money.paid_on,
                "state": MoneyState.RETURNED,
                "reason": "",
                "booked_by": actor.id,
            },
        )
        ledger.post(
            unit,
            firm.chain,
            new_identifier(),
            money.paid_on,
            [
                (ledger.employer(employer_id), money.amount),
                (ledger.channel(money.channel), -money.amount),
            ],
        )
        answer = {"employer": employer_id, "returned": money.amount, "credit": firm.credit}
        record_message(unit, key, content_hash, key.sender, answer)
        firm.store(unit, actor, "return_money", answer)
        return answer

    return write_once(database, key, content_hash, operation)
