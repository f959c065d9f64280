"""Money that a channel took: posted once, or due back with the reason."""

from __future__ import annotations

import datetime

from sqlalchemy import insert

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, YibaoError
from yibao.insured.enrolment.cover import now
from yibao.insured.locks import HeldPerson, lock_person, store_person
from yibao.insured.payments.bills import StoredBill, declared_or_floor, read_bill
from yibao.insured.payments.channels import (
    ChannelPayment,
)
from yibao.insured.payments.contributions import (
    income_lines,
    mark_bill,
    take_periods,
)
from yibao.insured.payments.orders import Order, read_order, set_order
from yibao.insured.payments.receipts import issue_receipt
from yibao.insured.states import BillStatus, OrderStatus, PaymentStatus
from yibao.insured.tables import channel_payment
from yibao.ledger import operations as ledger
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

_RECEIVED = (OrderStatus.POSTED, OrderStatus.PAID, OrderStatus.REFUNDED)
"""Of an order whose money has come already."""


def take_payment(
    database: Database,
    library: PolicyLibrary,
    channel: str,
    person_id: str,
    order_id: str,
    payment: ChannelPayment,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Write money that a channel took, once per payment, whatever state the order is in.

    It is posted if the bill is still open and costs exactly this on the day of payment;
    else it is due back, with the reason.
    """
    require(actor, "collect", person_id)
    return write_payment(
        database, library, channel, person_id, order_id, payment, actor=actor, at=at
    )


def write_payment(
    database: Database,
    library: PolicyLibrary,
    channel: str,
    person_id: str,
    order_id: str,
    payment: ChannelPayment,
    *,
    actor: Actor,
    at: datetime.datetime | None,
) -> Answer:
    """:func:`take_payment` as part of an operation that has checked its actor."""
    key = Key(f"channel:{channel}", "payment", digest([order_id, payment.payment_id]))
    content_hash = digest(
        [person_id, order_id, payment.payment_id, payment.amount, payment.paid_on.isoformat()]
    )

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        order = read_order(unit, person_id, order_id)
        if order.channel != channel:
            raise ConflictError(
                message(
                    "订单 {order_id} 属于渠道 {channel}，不是 {other}",
                    order_id=order_id,
                    channel=order.channel,
                    other=channel,
                )
            )
        bill = read_bill(unit, person_id, order.bill_id)
        instant = at or now()
        reason = _refusal(unit, library, person, order, bill, payment)
        unit.run(
            insert(channel_payment),
            {
                "person_id": person_id,
                "order_id": order_id,
                "payment_id": payment.payment_id,
                "channel": channel,
                "amount": payment.amount,
                "paid_on": payment.paid_on,
                "status": PaymentStatus.REFUND_DUE if reason else PaymentStatus.POSTED,
                "reason": reason[:200],
            },
        )
        if reason:
            _hold(unit, order, bill, payment, reason, instant)
            answer: Answer = {
                "order": order_id,
                "status": PaymentStatus.REFUND_DUE,
                "reason": reason,
            }
        else:
            number = _post(unit, library, person, order, bill, payment, instant)
            answer = {"order": order_id, "status": PaymentStatus.POSTED, "receipt": number}
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "payment", {**answer, "amount": payment.amount})
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def _refusal(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    order: Order,
    bill: StoredBill,
    payment: ChannelPayment,
) -> str:
    """Why a payment cannot be posted; empty: it can.  In Chinese, as it is kept and chained."""
    if payment.amount != order.amount:
        return str(message("到账金额与订单金额不符"))
    if order.status in _RECEIVED or bill.status != BillStatus.OPEN:
        return str(message("账单已经缴清，属于重复缴费"))
    if bill.kind == "supplementary":
        original = read_bill(unit, bill.person_id, bill.supplements or "")
        return (
            "" if original.status == BillStatus.PAID else str(message("原账单已经退费，不必补差"))
        )
    if bill.wanted.paid(person.facts):
        return str(message("这一期已经缴过，属于重复缴费"))
    try:
        due = bill.wanted.price(library, person.facts, payment.paid_on).due
    except YibaoError as error:
        return str(error)
    if due != payment.amount:
        return str(message("缴费当日的应缴金额已经变化，请重新出账"))
    return ""


def _hold(
    unit: Unit,
    order: Order,
    bill: StoredBill,
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
            (ledger.channel(order.channel), payment.amount),
            (ledger.suspense(order.person_id), -payment.amount),
        ],
    )
    if order.status != OrderStatus.POSTED:
        set_order(unit, order, OrderStatus.PAID, at, reason=reason)


def _post(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    order: Order,
    bill: StoredBill,
    payment: ChannelPayment,
    at: datetime.datetime,
) -> str:
    if bill.kind == "regular":
        take_periods(
            unit,
            library,
            person,
            bill.wanted,
            payment.paid_on,
            due=bill.due,
            bill_id=bill.bill_id,
            base=declared_or_floor(library, person.facts, bill.wanted, payment.paid_on),
            at=at,
        )
    mark_bill(unit, bill, BillStatus.PAID, order.order_id)
    number = issue_receipt(
        unit,
        order.person_id,
        order.order_id,
        bill.bill_id,
        bill.area,
        payment.amount,
        payment.paid_on,
    )
    set_order(unit, order, OrderStatus.POSTED, at, receipt_no=number)
    ledger.post(
        unit,
        order.person_id,
        new_identifier(),
        payment.paid_on,
        [
            (ledger.channel(order.channel), payment.amount),
            *income_lines(bill.wanted, bill.area, bill.lines),
        ],
    )
    return number
