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

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError, YibaoError
from yibao.insured.bills import KeptBill, declared_or_floor, read_bill, require_payable
from yibao.insured.channels import (
    Channel,
    ChannelPayment,
    ChannelTimeoutError,
    Outcome,
    PaymentRequest,
    require_channel,
)
from yibao.insured.contributions import (
    channel_account,
    income_lines,
    mark_bill,
    refund_account,
    take_periods,
)
from yibao.insured.cover import civil_day, now
from yibao.insured.locks import HeldPerson, lock_person, store_person
from yibao.insured.payment_tables import channel_payment, order_
from yibao.insured.receipts import issue_receipt
from yibao.ledger import operations as ledger
from yibao.policy.compile import PolicyLibrary

ENDED = ("posted", "paid", "refunded", "failed")


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
        raise NotFoundError(f"没有 {person_id} 的订单 {order_id}")
    return _order_of(row)


def orders_of(database: Database, person_id: str) -> list[Order]:
    """A person's orders in the order in which they were made."""
    query = select(order_).where(order_.c.person_id == person_id).order_by(order_.c.order_id)
    return database.read(lambda unit: [_order_of(row) for row in unit.run(query)])


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


# --- making and paying ---------------------------------------------------------------------------


def create_order(
    database: Database,
    key: Key,
    person_id: str,
    bill_id: str,
    channel: str,
    *,
    actor: str,
    payer_id: str | None = None,
    at: datetime.datetime | None = None,
) -> Answer:
    """An order to pay an open bill through a channel; ``payer_id`` may be anybody."""
    require_channel(channel)
    payer = payer_id or person_id
    content_hash = digest([person_id, bill_id, channel, payer])

    def operation(unit: Unit) -> Answer:
        held = lock_person(unit, person_id)
        kept = read_bill(unit, person_id, bill_id)
        if kept.status != "open":
            raise ConflictError(f"账单 {bill_id} 已经缴清或退费，不能再缴")
        if kept.kind == "regular":
            require_payable(held.facts, kept.wanted)
        order_id = new_identifier()
        instant = at or now()
        unit.run(
            insert(order_),
            {
                "person_id": person_id,
                "order_id": order_id,
                "bill_id": bill_id,
                "channel": channel,
                "payer_id": payer,
                "amount": kept.due,
                "taken": [],
                "status": "created",
                "reason": "",
                "receipt_no": None,
                "created_at": instant,
                "changed_at": instant,
            },
        )
        answer = {"person": person_id, "order": order_id, "amount": kept.due}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, held, actor, "create_order", {**answer, "channel": channel})
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def pay_order(
    database: Database,
    library: PolicyLibrary,
    channel: Channel,
    person_id: str,
    order_id: str,
    *,
    actor: str,
    at: datetime.datetime | None = None,
) -> Order:
    """Ask the channel for the money and post what comes; safe to call again at any point.

    What the channel took beyond the bill goes back at once.
    """
    instant = at or now()
    order = _confirm(database, channel, person_id, order_id, actor, instant)
    if order.status != "confirmed":
        return order
    day = civil_day(instant)
    if order.amount == 0:
        free = ChannelPayment(f"free-{order_id}", 0, day)
        return take_outcome(
            database, library, channel, order, Outcome((free,)), actor=actor, at=at
        )
    try:
        outcome = channel.collect(PaymentRequest(person_id, order_id, order.amount, day))
    except ChannelTimeoutError:
        return _move(database, order, "timed_out", "渠道没有回应，稍后查询", actor, instant)
    return take_outcome(database, library, channel, order, outcome, actor=actor, at=at)


def resolve_order(
    database: Database,
    library: PolicyLibrary,
    channel: Channel,
    person_id: str,
    order_id: str,
    *,
    actor: str,
    at: datetime.datetime | None = None,
) -> Order:
    """Ask the channel what became of an order whose answer never came."""
    order = database.read(lambda unit: read_order(unit, person_id, order_id))
    _require_own(order, channel)
    if order.status not in ("confirmed", "timed_out"):
        return order
    try:
        outcome = channel.query(order_id)
    except ChannelTimeoutError:
        return order
    return take_outcome(database, library, channel, order, outcome, actor=actor, at=at)


def take_outcome(
    database: Database,
    library: PolicyLibrary,
    channel: Channel,
    order: Order,
    outcome: Outcome,
    *,
    actor: str,
    at: datetime.datetime | None = None,
) -> Order:
    """Write what a channel says about an order: its payments one by one, or its failure."""
    from yibao.insured.refunds import send_refunds

    for payment in outcome.payments:
        take_payment(
            database,
            library,
            order.channel,
            order.person_id,
            order.order_id,
            payment,
            actor=actor,
            at=at,
        )
    if outcome.payments:
        send_refunds(database, channel, actor=actor, person_id=order.person_id, at=at)
    elif outcome.failed:
        return _move(database, order, "failed", outcome.reason, actor, at or now())
    return database.read(lambda unit: read_order(unit, order.person_id, order.order_id))


def _require_own(order: Order, channel: Channel) -> None:
    if order.channel != channel.name:
        raise ConflictError(f"订单 {order.order_id} 属于渠道 {order.channel}，不是 {channel.name}")


def _confirm(
    database: Database,
    channel: Channel,
    person_id: str,
    order_id: str,
    actor: str,
    at: datetime.datetime,
) -> Order:
    """Write that the channel is about to be asked, before it is."""

    def operation(unit: Unit) -> Order:
        held = lock_person(unit, person_id)
        order = read_order(unit, person_id, order_id)
        _require_own(order, channel)
        if order.status in ENDED or order.status == "confirmed":
            return order
        set_order(unit, order, "confirmed", at)
        store_person(unit, held, actor, "confirm_order", {"order": order_id})
        return read_order(unit, person_id, order_id)

    return database.write(operation, people=[person_id])


def _move(
    database: Database,
    order: Order,
    status: str,
    reason: str,
    actor: str,
    at: datetime.datetime,
) -> Order:
    """To ``failed`` or ``timed_out``, unless money came in the meantime."""

    def operation(unit: Unit) -> Order:
        held = lock_person(unit, order.person_id)
        current = read_order(unit, order.person_id, order.order_id)
        if current.status in ENDED:
            return current
        set_order(unit, current, status, at, reason=reason)
        content = {"order": order.order_id, "status": status, "reason": reason}
        store_person(unit, held, actor, "order_outcome", content)
        return read_order(unit, order.person_id, order.order_id)

    return database.write(operation, people=[order.person_id])


# --- money that arrives --------------------------------------------------------------------------


def take_payment(
    database: Database,
    library: PolicyLibrary,
    channel: str,
    person_id: str,
    order_id: str,
    payment: ChannelPayment,
    *,
    actor: str,
    at: datetime.datetime | None = None,
) -> Answer:
    """Write money that a channel took, once per payment, whatever state the order is in.

    It is posted if the bill is still open and costs exactly this on the day of payment;
    else it is due back, with the reason.
    """
    key = Key(f"channel:{channel}", "payment", f"{order_id}:{payment.payment_id}"[:80])
    content_hash = digest(
        [person_id, order_id, payment.payment_id, payment.amount, payment.paid_on.isoformat()]
    )

    def operation(unit: Unit) -> Answer:
        held = lock_person(unit, person_id)
        order = read_order(unit, person_id, order_id)
        if order.channel != channel:
            raise ConflictError(f"订单 {order_id} 属于渠道 {order.channel}，不是 {channel}")
        kept = read_bill(unit, person_id, order.bill_id)
        instant = at or now()
        reason = _refusal(unit, library, held, order, kept, payment)
        unit.run(
            insert(channel_payment),
            {
                "person_id": person_id,
                "order_id": order_id,
                "payment_id": payment.payment_id,
                "channel": channel,
                "amount": payment.amount,
                "paid_on": payment.paid_on,
                "status": "refund_due" if reason else "posted",
                "reason": reason[:200],
            },
        )
        if reason:
            _hold(unit, order, kept, payment, reason, instant)
            answer: Answer = {"order": order_id, "status": "refund_due", "reason": reason}
        else:
            number = _post(unit, library, held, order, kept, payment, instant)
            answer = {"order": order_id, "status": "posted", "receipt": number}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, held, actor, "payment", {**answer, "amount": payment.amount})
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def _refusal(
    unit: Unit,
    library: PolicyLibrary,
    held: HeldPerson,
    order: Order,
    kept: KeptBill,
    payment: ChannelPayment,
) -> str:
    """Why a payment cannot be posted; empty: it can."""
    if payment.amount != order.amount:
        return "到账金额与订单金额不符"
    if order.status in ("posted", "paid", "refunded") or kept.status != "open":
        return "账单已经缴清，属于重复缴费"
    if kept.kind == "supplementary":
        original = read_bill(unit, kept.person_id, kept.supplements or "")
        return "" if original.status == "paid" else "原账单已经退费，不必补差"
    if kept.wanted.paid(held.facts):
        return "这一期已经缴过，属于重复缴费"
    try:
        due = kept.wanted.price(library, held.facts, payment.paid_on).due
    except YibaoError as error:
        return str(error)
    if due != payment.amount:
        return "缴费当日的应缴金额已经变化，请重新出账"
    return ""


def _hold(
    unit: Unit,
    order: Order,
    kept: KeptBill,
    payment: ChannelPayment,
    reason: str,
    at: datetime.datetime,
) -> None:
    """Money that goes back: the channel owes it to us, we owe it to the payer."""
    ledger.post(
        unit,
        order.person_id,
        new_identifier(),
        payment.paid_on,
        [
            (channel_account(order.channel), payment.amount),
            (refund_account(kept.area), -payment.amount),
        ],
    )
    if order.status != "posted":
        set_order(unit, order, "paid", at, reason=reason)


def _post(
    unit: Unit,
    library: PolicyLibrary,
    held: HeldPerson,
    order: Order,
    kept: KeptBill,
    payment: ChannelPayment,
    at: datetime.datetime,
) -> str:
    if kept.kind == "regular":
        take_periods(
            unit,
            library,
            held,
            kept.wanted,
            payment.paid_on,
            due=kept.due,
            bill_id=kept.bill_id,
            base=declared_or_floor(library, held.facts, kept.wanted, payment.paid_on),
            at=at,
        )
    mark_bill(unit, kept, "paid", order.order_id)
    number = issue_receipt(
        unit,
        order.person_id,
        order.order_id,
        kept.bill_id,
        kept.area,
        payment.amount,
        payment.paid_on,
    )
    set_order(unit, order, "posted", at, receipt_no=number)
    ledger.post(
        unit,
        order.person_id,
        new_identifier(),
        payment.paid_on,
        [
            (channel_account(order.channel), payment.amount),
            *income_lines(kept.wanted, kept.area, kept.lines),
        ],
    )
    return number
