"""Bills that are paid in one go: from personal accounts, or as recorded at a counter."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import insert

from yibao.access.errors import DeniedError
from yibao.access.operations import Answer, Key, digest, record_message, write_new, write_once
from yibao.access.permissions import Actor, may, require
from yibao.benefit.accounts import Payment, pay_bill
from yibao.benefit.billing import Bill
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, RefusedError
from yibao.insured.enrolment.cover import now
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.payments.bills import Periods, insert_bill, require_own_months
from yibao.insured.payments.channels import require_channel
from yibao.insured.payments.contributions import income_lines, take_periods
from yibao.insured.payments.receipts import issue_receipt
from yibao.insured.people.relations import require_related
from yibao.insured.states import OrderStatus, PaymentStatus
from yibao.insured.stored.contents import content_text
from yibao.insured.stored.grants import held_grants
from yibao.insured.tables import channel_payment, order_
from yibao.ledger import operations as ledger
from yibao.ledger.locks import lock_accounts
from yibao.messages import Fen, Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme


@dataclass(frozen=True, slots=True)
class Payable:
    """A payment that is made in one go: for whom, for what, from which accounts."""

    person_id: str
    wanted: Periods
    paid_on: datetime.date
    draw: tuple[str, ...] = ()
    """Personal accounts that pay, in order: ``own`` or a relative's id."""
    channel: str = "counter_slip"
    """Where the rest came in."""

    @property
    def relatives(self) -> list[str]:
        return [name for name in self.draw if name != "own"]

    @property
    def people(self) -> set[str]:
        """Everybody whose row is locked."""
        return {self.person_id, *self.relatives}


def pay_now(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    payable: Payable,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Bill, pay and post periods at once, from accounts or as recorded at a counter.

    A period that is already paid is a ``ConflictError`` with no effect.  Whoever is not at
    the office pays out of personal accounts alone: nobody records cash of their own.
    """
    _require(actor, payable)
    content_hash = digest(content_text(payable))

    def operation(unit: Unit) -> Answer:
        return _pay(unit, library, key, content_hash, payable, actor, at or now()).answer

    return write_once(database, key, content_hash, operation, people=payable.people)


def contribute(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    paid_on: datetime.date,
    *,
    actor: Actor,
    year: int | None = None,
    month: int | None = None,
    base: int | None = None,
    months: Sequence[int] = (),
    draw: Sequence[str] = (),
    channel: str = "counter_slip",
    at: datetime.datetime | None = None,
) -> tuple[Bill, Payment | None]:
    """:func:`pay_now` for a caller that needs the explanation; a repeat is refused."""
    periods = Periods(
        Scheme.RESIDENT if year is not None else Scheme.EMPLOYEE,
        (year,) if year is not None else tuple(months) or (month or 0,),
        base,
    )
    payable = Payable(person_id, periods, paid_on, tuple(draw), channel)
    _require(actor, payable)
    content_hash = digest(content_text(payable))

    def operation(unit: Unit) -> _Paid:
        return _pay(unit, library, key, content_hash, payable, actor, at or now())

    paid = write_new(database, key, content_hash, operation, people=payable.people)
    return paid.bill, paid.payment


def _require(actor: Actor, payable: Payable) -> None:
    """Whether ``actor`` may pay: the person (or guardian) from accounts, a relative from the
    own account, the office anything.
    """
    require_channel(payable.channel)
    if may(actor, "contribute", payable.person_id):
        return
    require(actor, "pay", payable.person_id)
    if not payable.draw:
        require(actor, "contribute", payable.person_id)
    if payable.person_id != actor.person_id and payable.person_id not in actor.wards:
        for owner in payable.draw:
            if owner != actor.person_id:
                raise DeniedError(message("为亲属缴费只能动用自己的个人账户，没有做任何改动"))


class _Paid(NamedTuple):
    """What was paid: the answer that is kept, and how it came to that."""

    answer: Answer
    bill: Bill
    payment: Payment | None


def _pay(
    unit: Unit,
    library: PolicyLibrary,
    key: Key,
    content_hash: str,
    payable: Payable,
    actor: Actor,
    at: datetime.datetime,
) -> _Paid:
    person_id, periods = payable.person_id, payable.wanted
    people = lock_people(unit, payable.people)
    person = people[person_id]
    require_related(unit, actor, person_id, payable.paid_on)
    require_own_months(actor, person.facts, periods)
    paid = periods.paid(person.facts)
    if paid:
        raise ConflictError(message("{paid} 已经缴过，不能重复缴费", paid=Listed(paid)))
    priced = periods.price(library, person.facts, payable.paid_on)
    payment = None
    taken: dict[str, int] = {}
    if payable.draw:
        payment = _from_accounts(unit, library, people, payable, priced.due)
        taken = {person_id: payment.draw.account}
        if payment.grantor is not None:
            taken[payment.grantor] = payment.draw.mutual_aid
    if sum(taken.values()) < priced.due and not may(actor, "contribute", person_id):
        raise RefusedError(
            message("个人账户不够付 {due}，没有缴费；请走缴费渠道缴纳全额", due=Fen(priced.due))
        )
    answer = _post_paid(unit, library, person, payable, priced, taken, at)
    record_message(unit, key, content_hash, person_id, answer)
    store_person(unit, person, actor, "contribute", answer)
    for name, amount in taken.items():
        if name != person_id and amount:
            drawn = {"for": person_id, "amount": amount, "order": answer["order"]}
            store_person(unit, people[name], actor, "contribute", drawn)
    return _Paid(answer, priced, payment)


def paid_by_slip(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    payable: Payable,
    reference: str,
    at: datetime.datetime,
) -> Answer:
    """Post periods that money on a slip paid in full: the answer of :func:`pay_now`.

    Within a unit that holds the person; the caller records the message and writes the event.
    """
    paid = payable.wanted.paid(person.facts)
    if paid:
        raise ConflictError(message("{paid} 已经缴过，不能重复缴费", paid=Listed(paid)))
    priced = payable.wanted.price(library, person.facts, payable.paid_on)
    return _post_paid(unit, library, person, payable, priced, {}, at, reference)


def _from_accounts(
    unit: Unit,
    library: PolicyLibrary,
    people: Mapping[str, HeldPerson],
    payable: Payable,
    due: int,
) -> Payment:
    accounts = lock_accounts(unit, people)
    return pay_bill(
        library,
        people[payable.person_id].facts,
        due,
        payable.draw,
        {name: account.balance for name, account in accounts.items()},
        {name: person.facts for name, person in people.items()},
        held_grants(accounts),
        payable.paid_on,
    )


def _post_paid(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    payable: Payable,
    priced: Bill,
    taken: Mapping[str, int],
    at: datetime.datetime,
    reference: str = "",
) -> Answer:
    """Bill, order, receipt, entries and periods of a payment that has been made."""
    person_id, periods, paid_on = payable.person_id, payable.wanted, payable.paid_on
    order_id = new_identifier()
    area = periods.area(person.facts)
    bill_id = insert_bill(unit, person.facts, periods, priced, paid_on, order_id=order_id)
    receipt_no = issue_receipt(unit, person_id, order_id, bill_id, area, priced.due, paid_on)
    rest = priced.due - sum(taken.values())
    unit.run(
        insert(order_),
        {
            "person_id": person_id,
            "order_id": order_id,
            "bill_id": bill_id,
            "channel": payable.channel,
            "payer_id": person_id,
            "amount": rest,
            "taken": [[name, amount] for name, amount in taken.items() if amount],
            "status": OrderStatus.POSTED,
            "reason": "",
            "receipt_no": receipt_no,
            "created_at": at,
            "changed_at": at,
        },
    )
    if rest:
        unit.run(
            insert(channel_payment),
            {
                "person_id": person_id,
                "order_id": order_id,
                "payment_id": reference or f"recorded-{order_id}",
                "channel": payable.channel,
                "amount": rest,
                "paid_on": paid_on,
                "status": PaymentStatus.POSTED,
                "reason": "",
            },
        )
    take_periods(
        unit,
        library,
        person,
        periods,
        paid_on,
        due=priced.due,
        bill_id=bill_id,
        base=periods.base,
        at=at,
    )
    debits = [(ledger.personal(name), amount) for name, amount in taken.items()]
    debits.append((ledger.channel(payable.channel), rest))
    ledger.post(
        unit,
        person_id,
        new_identifier(),
        paid_on,
        [*debits, *income_lines(periods, area, priced.lines)],
    )
    ledger.change_balances(unit, {name: -amount for name, amount in taken.items()})
    return {
        "person": person_id,
        "due": priced.due,
        "bill": bill_id,
        "order": order_id,
        "receipt": receipt_no,
    }
