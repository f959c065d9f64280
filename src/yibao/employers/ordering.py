"""Bills of employers that are paid through a channel, which is asked outside any transaction."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers.bill_rows import read_bill
from yibao.employers.locks import lock_employer, require_employer
from yibao.employers.paying import EmployerMoney, take_money
from yibao.employers.settling import to_pay
from yibao.employers.states import DueState
from yibao.employers.tables import employer_order
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.insured.payments.channels import (
    ChannelOutcome,
    ChannelTimeoutError,
    PaymentChannel,
    PaymentRequest,
)
from yibao.insured.states import OrderStatus
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

_UNDER_WAY = (OrderStatus.CREATED, OrderStatus.CONFIRMED, OrderStatus.TIMED_OUT)


def pay_bill(
    database: Database,
    library: PolicyLibrary,
    channel: PaymentChannel,
    key: Key,
    employer_id: str,
    bill_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Ask a channel for what a bill costs today, and post what comes: the ``order`` and what
    became of it.  While an order of the bill is under way another one is a ``ConflictError``.
    """
    require_employer(database, actor, "order_for_staff", employer_id)
    instant = at or now()
    content_hash = digest([employer_id, bill_id, channel.name])
    answer = write_once(
        database,
        key,
        content_hash,
        lambda unit: _create_order(
            unit, library, key, content_hash, employer_id, bill_id, channel.name, actor, instant
        ),
    )
    return resolve_order(
        database, library, channel, employer_id, str(answer["order"]), actor=actor, at=instant
    )


def _create_order(
    unit: Unit,
    library: PolicyLibrary,
    key: Key,
    content_hash: str,
    employer_id: str,
    bill_id: str,
    channel: str,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    firm = lock_employer(unit, employer_id)
    bill = read_bill(unit, employer_id, bill_id)
    if bill.state != DueState.OPEN:
        raise ConflictError(message("账单已经缴清或作废，不能再缴；没有扣款"))
    under_way = select(employer_order.c.order_id).where(
        employer_order.c.employer_id == employer_id,
        employer_order.c.bill_id == bill_id,
        employer_order.c.status.in_(_UNDER_WAY),
    )
    if unit.run(under_way).first() is not None:
        raise ConflictError(message("这张账单正在缴费，请等结果；没有再扣款"))
    owed = to_pay(library, firm.area, bill, civil_day(at))
    amount = owed.total - firm.credit
    if amount <= 0:
        raise RefusedError(message("单位名下的余额已经够付这张账单，请用余额冲抵"))
    order_id = new_identifier()
    unit.run(
        insert(employer_order),
        {
            "employer_id": employer_id,
            "order_id": order_id,
            "bill_id": bill_id,
            "channel": channel,
            "amount": amount,
            "status": OrderStatus.CONFIRMED,
            "reason": "",
            "created_at": at,
        },
    )
    answer = {"employer": employer_id, "order": order_id, "bill": bill_id, "amount": amount}
    record_message(unit, key, content_hash, key.sender, answer)
    firm.store(unit, actor, "order_for_staff", answer)
    return answer


def resolve_order(
    database: Database,
    library: PolicyLibrary,
    channel: PaymentChannel,
    employer_id: str,
    order_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Ask the channel for an order that is under way, and write what it says; safe to repeat."""
    operation = "order_for_staff" if actor.employer_id is not None else "book_money"
    require_employer(database, actor, operation, employer_id)
    instant = at or now()
    order = database.read(lambda unit: order_row(unit, employer_id, order_id))
    if order.channel != channel.name:
        raise ConflictError(
            message("订单 {order_id} 不属于渠道 {channel}", order_id=order_id, channel=channel.name)
        )
    if order.status not in _UNDER_WAY:
        return _order_answer(order)
    outcome = _asked(channel, order, civil_day(instant))
    if outcome is None:
        _set_order(
            database, order, OrderStatus.TIMED_OUT, str(message("渠道没有回应，稍后查询")), actor
        )
    elif not outcome.payments:
        _set_order(database, order, OrderStatus.FAILED, outcome.reason, actor)
    else:
        for payment in outcome.payments:
            money = EmployerMoney(
                order.channel, payment.payment_id, payment.amount, payment.paid_on
            )
            key = Key(f"channel:{order.channel}", "employer_money", digest([payment.payment_id]))
            take_money(
                database, library, key, employer_id, order.bill_id, money, actor=actor, at=instant
            )
        bill = database.read(lambda unit: read_bill(unit, employer_id, order.bill_id))
        is_paid = bill.state == DueState.PAID
        _set_order(database, order, OrderStatus.POSTED if is_paid else OrderStatus.PAID, "", actor)
    return _order_answer(database.read(lambda unit: order_row(unit, employer_id, order_id)))


def _asked(channel: PaymentChannel, order: Any, day: datetime.date) -> ChannelOutcome | None:
    """None: no answer came."""
    try:
        if order.status == OrderStatus.TIMED_OUT:
            return channel.query(order.order_id)
        return channel.collect(PaymentRequest(order.employer_id, order.order_id, order.amount, day))
    except ChannelTimeoutError:
        return None


def order_row(unit: Unit, employer_id: str, order_id: str) -> Any:
    """An order of an employer; ``NotFoundError``."""
    row = unit.run(
        select(employer_order).where(
            employer_order.c.employer_id == employer_id, employer_order.c.order_id == order_id
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(message("没有单位的订单 {order_id}", order_id=order_id))
    return row


def _order_answer(row: Any) -> Answer:
    return {
        "employer": row.employer_id,
        "order": row.order_id,
        "bill": row.bill_id,
        "amount": row.amount,
        "status": row.status,
        "reason": row.reason,
    }


def _set_order(
    database: Database, order: Any, status: OrderStatus, reason: str, actor: Actor
) -> None:
    def operation(unit: Unit) -> None:
        firm = lock_employer(unit, order.employer_id)
        current = order_row(unit, order.employer_id, order.order_id)
        if current.status not in _UNDER_WAY or current.status == status:
            return
        this = (employer_order.c.employer_id == order.employer_id) & (
            employer_order.c.order_id == order.order_id
        )
        unit.run(update(employer_order).where(this).values(status=status, reason=reason[:200]))
        content = {"order": order.order_id, "status": status, "reason": reason}
        firm.store(unit, actor, "employer_order", content)

    database.write(operation)
