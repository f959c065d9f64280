"""Paying an order: the channel is asked outside any transaction, and asked again."""

from __future__ import annotations

import datetime

from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.insured.enrolment.cover import civil_day, now
from yibao.insured.locks import lock_person, store_person
from yibao.insured.payments.channels import (
    ChannelOutcome,
    ChannelPayment,
    ChannelTimeoutError,
    PaymentChannel,
    PaymentRequest,
)
from yibao.insured.payments.orders import Order, read_order, set_order
from yibao.insured.payments.refunds import give_back
from yibao.insured.payments.taking import write_payment
from yibao.insured.people.relations import require_related
from yibao.insured.states import OrderStatus
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

ENDED = (
    OrderStatus.POSTED,
    OrderStatus.PAID,
    OrderStatus.REFUNDED,
    OrderStatus.FAILED,
)


def pay_order(
    database: Database,
    library: PolicyLibrary,
    channel: PaymentChannel,
    person_id: str,
    order_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Order:
    """Ask the channel for the money and post what comes; safe to call again at any point.

    What the channel took beyond the bill goes back at once.
    """
    require(actor, "order", person_id)
    instant = at or now()
    order = _confirm(database, channel, person_id, order_id, actor, instant)
    if order.status != OrderStatus.CONFIRMED:
        return order
    day = civil_day(instant)
    if order.amount == 0:
        free = ChannelPayment(f"free-{order_id}", 0, day)
        return _take_outcome(
            database, library, channel, order, ChannelOutcome((free,)), actor=actor, at=at
        )
    try:
        outcome = channel.collect(PaymentRequest(person_id, order_id, order.amount, day))
    except ChannelTimeoutError:
        return _move(
            database, order, OrderStatus.TIMED_OUT, "渠道没有回应，稍后查询", actor, instant
        )
    return _take_outcome(database, library, channel, order, outcome, actor=actor, at=at)


def resolve_order(
    database: Database,
    library: PolicyLibrary,
    channel: PaymentChannel,
    person_id: str,
    order_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Order:
    """Ask the channel what became of an order whose answer never came."""
    require(actor, "collect", person_id)
    order = database.read(lambda unit: read_order(unit, person_id, order_id))
    _require_own(order, channel)
    if order.status not in (OrderStatus.CONFIRMED, OrderStatus.TIMED_OUT):
        return order
    try:
        outcome = channel.query(order_id)
    except ChannelTimeoutError:
        return order
    return _take_outcome(database, library, channel, order, outcome, actor=actor, at=at)


def _take_outcome(
    database: Database,
    library: PolicyLibrary,
    channel: PaymentChannel,
    order: Order,
    outcome: ChannelOutcome,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Order:
    """Write what a channel says about an order: its payments one by one, or its failure."""
    for payment in outcome.payments:
        write_payment(
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
        give_back(database, channel, actor=actor, person_id=order.person_id, at=at)
    elif outcome.failed:
        return _move(database, order, OrderStatus.FAILED, outcome.reason, actor, at or now())
    return database.read(lambda unit: read_order(unit, order.person_id, order.order_id))


def _require_own(order: Order, channel: PaymentChannel) -> None:
    if order.channel != channel.name:
        raise ConflictError(
            message(
                "订单 {order_id} 属于渠道 {channel}，不是 {other}",
                order_id=order.order_id,
                channel=order.channel,
                other=channel.name,
            )
        )


def _confirm(
    database: Database,
    channel: PaymentChannel,
    person_id: str,
    order_id: str,
    actor: Actor,
    at: datetime.datetime,
) -> Order:
    """Write that the channel is about to be asked, before it is."""

    def operation(unit: Unit) -> Order:
        person = lock_person(unit, person_id)
        require_related(unit, actor, person_id, civil_day(at))
        order = read_order(unit, person_id, order_id)
        _require_own(order, channel)
        if order.status in ENDED or order.status == OrderStatus.CONFIRMED:
            return order
        set_order(unit, order, OrderStatus.CONFIRMED, at)
        store_person(unit, person, actor, "confirm_order", {"order": order_id})
        return read_order(unit, person_id, order_id)

    return database.write(operation, people=[person_id])


def _move(
    database: Database,
    order: Order,
    status: str,
    reason: str,
    actor: Actor,
    at: datetime.datetime,
) -> Order:
    """To ``failed`` or ``timed_out``, unless money came in the meantime."""

    def operation(unit: Unit) -> Order:
        person = lock_person(unit, order.person_id)
        current = read_order(unit, order.person_id, order.order_id)
        if current.status in ENDED:
            return current
        set_order(unit, current, status, at, reason=reason)
        content = {"order": order.order_id, "status": status, "reason": reason}
        store_person(unit, person, actor, "order_outcome", content)
        return read_order(unit, order.person_id, order.order_id)

    return database.write(operation, people=[order.person_id])
