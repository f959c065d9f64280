"""Orders: a bill paid through a channel, posted once, and what happens when it is not.

created -> confirmed (the channel is asked) -> posted (money, entries, periods, receipt)
                                            -> failed | timed_out (asked again later)
Money that cannot be posted makes an order ``paid``: it goes back, then ``refunded``.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.errors import DeniedError
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.insured.enrolment.cover import civil_day, now
from yibao.insured.locks import lock_person, store_person
from yibao.insured.payments.bills import read_bill, require_own_months, require_payable
from yibao.insured.payments.channels import (
    require_channel,
)
from yibao.insured.people.relations import require_related, require_relative
from yibao.insured.states import BillStatus, OrderStatus
from yibao.insured.tables import bill, order_
from yibao.messages import message


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands."""

    person_id: str
    order_id: str
    bill_id: str
    channel: str
    payer_id: str
    amount: int
    taken: tuple[tuple[str, int], ...]
    status: str
    reason: str
    receipt_no: str | None

    @property
    def total(self) -> int:
        """Fen that were paid in all: by the channel and out of personal accounts."""
        return self.amount + sum(amount for _, amount in self.taken)


def _order_of(row: Any) -> Order:
    return Order(
        row.person_id,
        row.order_id,
        row.bill_id,
        row.channel,
        row.payer_id,
        row.amount,
        tuple((name, amount) for name, amount in row.taken),
        row.status,
        row.reason,
        row.receipt_no,
    )


def read_order(unit: Unit, person_id: str, order_id: str) -> Order:
    """An order; ``NotFoundError`` where there is none."""
    row = unit.run(
        select(order_).where(order_.c.person_id == person_id, order_.c.order_id == order_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError(
            message("没有 {person_id} 的订单 {order_id}", person_id=person_id, order_id=order_id)
        )
    return _order_of(row)


def orders_of(database: Database, person_id: str, *, actor: Actor) -> list[Order]:
    """A person's orders in the order in which they were made."""
    query = select(order_).where(order_.c.person_id == person_id).order_by(order_.c.order_id)
    return read_record(
        database,
        actor,
        "read_contributions",
        person_id,
        lambda unit: [_order_of(row) for row in unit.run(query)],
        purpose="orders",
    )


def set_order(
    unit: Unit,
    order: Order,
    status: str,
    at: datetime.datetime,
    *,
    reason: str = "",
    receipt_no: str | None = None,
) -> None:
    """Move an order on; a receipt stays on it."""
    unit.run(
        update(order_)
        .where(order_.c.person_id == order.person_id, order_.c.order_id == order.order_id)
        .values(
            status=status,
            reason=reason[:200],
            receipt_no=receipt_no or order.receipt_no,
            changed_at=at,
        )
    )


# --- making ---------------------------------------------------------------------------


def create_order(
    database: Database,
    key: Key,
    person_id: str,
    bill_id: str,
    channel: str,
    *,
    actor: Actor,
    payer_id: str | None = None,
    at: datetime.datetime | None = None,
) -> Answer:
    """An order to pay an open bill through a channel, for oneself or a relative on record.

    ``payer_id``: who pays, None: the person.  An insured person names no payer but itself.
    """
    require(actor, "order", person_id)
    require_channel(channel)
    payer = payer_id or person_id
    if actor.person_id is not None and payer not in (actor.person_id, person_id):
        raise DeniedError(message("只能由本人付款，没有做任何改动"))
    content_hash = digest([person_id, bill_id, channel, payer])

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        instant = at or now()
        require_related(unit, actor, person_id, civil_day(instant))
        if payer != person_id:
            require_relative(unit, payer, person_id, civil_day(instant))
        bill = read_bill(unit, person_id, bill_id)
        if bill.status != BillStatus.OPEN:
            raise ConflictError(message("账单 {bill_id} 已经缴清或退费，不能再缴", bill_id=bill_id))
        if bill.kind == "regular":
            require_payable(person.facts, bill.wanted, priced_next=bill.base is None)
            require_own_months(actor, person.facts, bill.wanted)
        order_id = new_identifier()
        unit.run(
            insert(order_),
            {
                "person_id": person_id,
                "order_id": order_id,
                "bill_id": bill_id,
                "channel": channel,
                "payer_id": payer,
                "amount": bill.due,
                "taken": [],
                "status": OrderStatus.CREATED,
                "reason": "",
                "receipt_no": None,
                "created_at": instant,
                "changed_at": instant,
            },
        )
        answer = {"person": person_id, "order": order_id, "amount": bill.due}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "create_order", {**answer, "channel": channel})
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def order_of_period(
    unit: Unit, person_id: str, scheme: str, period: int, *, refunded: bool = False
) -> str | None:
    """The order that paid for a period, or paid and was undone; None: there is none."""
    states = (BillStatus.REFUNDED,) if refunded else (BillStatus.PAID,)
    query = (
        select(bill.c.order_id, bill.c.periods)
        .where(
            bill.c.person_id == person_id,
            bill.c.scheme == scheme,
            bill.c.kind == "regular",
            bill.c.status.in_(states),
            bill.c.order_id.is_not(None),
        )
        .order_by(bill.c.bill_id.desc())
    )
    return next((row.order_id for row in unit.run(query) if period in row.periods), None)
