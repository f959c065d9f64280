"""Money of a person at the counter: a slip, a transfer or a card pays a period; the rest goes back.

What is too much waits in the person's suspense and is ordered to be paid to a bank account.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import msgspec
from sqlalchemy import func, update

from yibao.access.operations import Answer, Key, canonical, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Person
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.disbursement.orders import order_payment, redirect_payment, returned_orders
from yibao.disbursement.payees import Payee
from yibao.errors import InputError, NotFoundError, RefusedError, YibaoError
from yibao.insured.locks import lock_person, store_person
from yibao.insured.payments.bills import Periods, owed_periods, read_bill
from yibao.insured.payments.channels import require_channel
from yibao.insured.payments.direct import Payable, paid_by_slip
from yibao.insured.payments.orders import read_order
from yibao.insured.payments.upcoming import next_due
from yibao.insured.tables import channel_payment
from yibao.ledger import operations as ledger
from yibao.messages import Fen, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status

OVERPAID = "overpaid_contribution"
"""What the payment of a rest is for."""
COUNTER_WAYS = ("counter_slip", "bank", "unionpay")
"""How money comes to a counter: a slip, a transfer, a card."""
_LONGEST_REFERENCE = 60


@dataclass(frozen=True, slots=True)
class CounterMoney:
    """Money that came, by the number on its slip."""

    channel: str
    reference: str
    amount: int
    """Fen."""
    paid_on: datetime.date
    payee: Payee | None = None
    """Where what is too much goes; None: it waits in suspense for a cashier."""

    def check(self, day: datetime.date) -> None:
        """``InputError`` for what cannot have come."""
        require_channel(self.channel)
        if not 0 < len(self.reference) <= _LONGEST_REFERENCE:
            raise InputError(
                message("请填单号，最多 {most} 个字", most=_LONGEST_REFERENCE), place="reference"
            )
        if self.amount <= 0:
            raise InputError(message("金额应大于 0"), place="amount")
        if self.paid_on > day:
            raise InputError(message("到账日期 {day} 还没有到", day=self.paid_on), place="paid_on")


@dataclass(frozen=True, slots=True)
class OwedPeriod:
    """A year or a month (yyyymm) that somebody may pay on a day."""

    scheme: str
    period: int
    due: int
    """Fen."""
    is_late: bool


def own_periods(library: PolicyLibrary, facts: Person, day: datetime.date) -> list[OwedPeriod]:
    """What a resident or a flexible worker may pay on a day, the oldest first.

    Nothing for whoever's employer pays, and for retirees; a period that no source prices is
    left out.
    """
    wanted = {
        period: Periods(row.scheme, (period,), row.base)
        for row in owed_periods(library, facts, day)
        for period in row.periods
    }
    following = next_due(library, facts, day)
    if following is not None and following.period not in wanted:
        wanted[following.period] = Periods(following.scheme, (following.period,))
    owed = []
    for period, periods in sorted(wanted.items()):
        if not _pays_alone(facts, periods):
            continue
        try:
            bill = periods.price(library, facts, day)
        except YibaoError:
            continue
        owed.append(OwedPeriod(periods.scheme, period, bill.due, bill.late))
    return owed


def paid_periods(facts: Person, day: datetime.date) -> list[int]:
    """Years, and months (yyyymm) of this year on, that are on the record already."""
    years = [paid.year for paid in facts.contributions_resident or () if paid.year >= day.year]
    first = day.year * 100 + 1
    months = [paid.month for paid in facts.contributions_employee or () if paid.month >= first]
    return [*years, *months]


def _pays_alone(facts: Person, periods: Periods) -> bool:
    """Whether the person pays, and no employer."""
    if periods.scheme == Scheme.RESIDENT:
        return True
    spell = facts.enrolment_in_month(periods.periods[0])
    return (
        spell is not None
        and spell.contribution_class == ContributionClass.FLEXIBLE
        and spell.status != Status.RETIRED
    )


def book_contribution(
    database: Database,
    library: PolicyLibrary,
    person_id: str,
    wanted: Periods,
    money: CounterMoney,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Pay one period with money at the counter: ``due``, ``receipt``, ``rest`` and its ``payment``.

    The channel and the number of the slip are the key: the same slip once more has the same
    answer, for anything else it is a ``ConflictError``.  ``RefusedError`` with no effect where
    it is too little, or where an employer pays.
    """
    require(actor, "contribute", person_id)
    instant = at or now()
    money.check(civil_day(instant))
    key = Key(f"slip:{money.channel}", "contribution", money.reference)
    content = [person_id, wanted.scheme, *wanted.periods, wanted.base]
    content_hash = digest([*content, money.amount, money.paid_on.isoformat()])

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        if not _pays_alone(person.facts, wanted):
            raise RefusedError(message("这个月由单位申报缴纳，或者不用缴，不能由个人缴"))
        payable = Payable(person_id, wanted, money.paid_on, channel=money.channel)
        paid = paid_by_slip(unit, library, person, payable, money.reference, instant)
        rest = money.amount - int(paid["due"])
        if rest < 0:
            raise RefusedError(
                message(
                    "应缴 {due}，只收到 {amount}，没有入账；请收足再登记",
                    due=Fen(int(paid["due"])),
                    amount=Fen(money.amount),
                )
            )
        area = wanted.area(person.facts)
        order = str(paid["order"])
        payment = (
            owe_rest(unit, person_id, order, area, rest, money, order, actor=actor, at=instant)
            if rest
            else None
        )
        answer = {**paid, "rest": rest, "payment": payment}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "contribute", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def owe_rest(
    unit: Unit,
    person_id: str,
    order_id: str,
    area: str,
    rest: int,
    money: CounterMoney,
    reference: str,
    *,
    actor: Actor,
    at: datetime.datetime,
) -> str | None:
    """A write fragment: owe the person what came with a payment beyond its amount, in fen.

    It is ordered to be paid, under ``reference``, where an account is known: the order's id.
    """
    this = (
        (channel_payment.c.person_id == person_id)
        & (channel_payment.c.order_id == order_id)
        & (channel_payment.c.payment_id == money.reference)
    )
    more = func.coalesce(channel_payment.c.rest, 0) + rest
    unit.run(update(channel_payment).where(this).values(rest=more))
    owed = ledger.suspense(person_id)
    lines = [(ledger.channel(money.channel), rest), (owed, -rest)]
    ledger.post(unit, person_id, new_identifier(), money.paid_on, lines)
    if money.payee is None:
        return None
    return order_payment(
        unit,
        OVERPAID,
        reference,
        chain=person_id,
        area=area,
        liability=owed,
        amount=rest,
        payee=money.payee,
        actor=actor,
        at=at,
    )


def owe_overpaid(
    unit: Unit,
    person_id: str,
    order_id: str,
    over: CounterMoney,
    *,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    """A write fragment: owe a person what a channel took beyond what the books have of a number.

    ``person``, ``rest`` and its ``payment``, where an account is known.
    """
    person = lock_person(unit, person_id)
    order = read_order(unit, person_id, order_id)
    area = read_bill(unit, person_id, order.bill_id).area
    payment = owe_rest(
        unit, person_id, order_id, area, over.amount, over, new_identifier(), actor=actor, at=at
    )
    answer: Answer = {"person": person_id, "rest": over.amount, "payment": payment}
    store_person(unit, person, actor, "overpaid", answer)
    return answer


def redirect_rest(
    database: Database, key: Key, person_id: str, payee: Payee, *, actor: Actor
) -> Answer:
    """Pay to another account what the bank sent back: how many ``payments`` wait again."""
    require(actor, "contribute", person_id)
    content_hash = database.secrets.lasting_hash(canonical([person_id, msgspec.to_builtins(payee)]))

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        references = returned_orders(unit, OVERPAID, person_id)
        if not references:
            raise NotFoundError(message("没有银行退回的多缴退款"))
        for reference in references:
            redirect_payment(unit, OVERPAID, reference, payee)
        answer = {"person": person_id, "payments": len(references)}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "redirect_rest", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])
