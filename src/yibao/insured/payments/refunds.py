"""Money that goes back: double payments by themselves, contributions on request."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import select, update

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.rules import day_rules
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, RefusedError
from yibao.insured.enrolment.cover import civil_day, now
from yibao.insured.locks import HeldPerson, lock_people, lock_person, store_person
from yibao.insured.payments.bills import StoredBill, read_bill
from yibao.insured.payments.channels import ChannelPayment, PaymentChannel
from yibao.insured.payments.contributions import (
    drop_periods,
    income_lines,
    mark_bill,
)
from yibao.insured.payments.orders import Order, read_order, set_order
from yibao.insured.states import BillStatus, OrderStatus, PaymentStatus
from yibao.insured.tables import bill, channel_payment, contribution, monthly_credit
from yibao.ledger import operations as ledger
from yibao.ledger.locks import lock_accounts
from yibao.messages import message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import SCHEMES
from yibao.policy.kinds import Scheme


def refund_order(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    order_id: str,
    reason: str,
    on: datetime.date,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Undo a posted order as long as the pack gives the money back; it is due back.

    (``{scheme}.contribution.refund_until``: before the periods begin, or unused.)

    What came from personal accounts returns to them at once; what came through the
    channel goes out with :func:`send_refunds`.
    """
    require(actor, "refund", person_id)
    content_hash = digest([person_id, order_id, reason, on.isoformat()])
    owners = [
        name for name, _ in database.read(lambda unit: read_order(unit, person_id, order_id)).taken
    ]

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, {person_id, *owners})
        accounts = lock_accounts(unit, owners) if owners else {}
        person = people[person_id]
        order = read_order(unit, person_id, order_id)
        if order.status != OrderStatus.POSTED:
            raise ConflictError(
                message("订单 {order_id} 没有入账或已经退费，不能退", order_id=order_id)
            )
        bill = read_bill(unit, person_id, order.bill_id)
        if bill.kind == "regular":
            _require_refundable(library, person, bill, on)
            _require_last_of_its_kind(unit, person_id, bill.bill_id)
            _require_not_credited(unit, person_id, bill.wanted.scheme, bill.wanted.periods)
            paid_on = _paid_on(unit, person_id, bill.bill_id)
            drop_periods(unit, library, person, bill.wanted, paid_on, at or now())
        mark_bill(unit, bill, BillStatus.REFUNDED, order_id)
        returned = dict(order.taken)
        ledger.post(
            unit,
            person_id,
            new_identifier(),
            on,
            [
                *income_lines(bill.wanted, bill.area, bill.lines, -1),
                *(
                    (ledger.personal(name) if name in accounts else ledger.suspense(name), -amount)
                    for name, amount in order.taken
                ),
                (ledger.suspense(person_id), -order.amount),
            ],
        )
        open_ones = {name: amount for name, amount in returned.items() if name in accounts}
        ledger.change_balances(unit, open_ones)
        status = OrderStatus.PAID if order.amount else OrderStatus.REFUNDED
        set_order(unit, order, status, at or now(), reason=reason)
        unit.run(
            update(channel_payment)
            .where(
                channel_payment.c.person_id == person_id,
                channel_payment.c.order_id == order_id,
                channel_payment.c.status == PaymentStatus.POSTED,
            )
            .values(status=PaymentStatus.REFUND_DUE, reason=reason[:200])
        )
        answer = {"order": order_id, "amount": bill.due, "to_accounts": sum(returned.values())}
        record_message(unit, key, content_hash, person_id, answer)
        for name, owner in people.items():
            content = answer if name == person_id else {"order": order_id, "amount": returned[name]}
            store_person(unit, owner, actor, "refund", content)
        return answer

    return write_once(database, key, content_hash, operation, people={person_id, *owners})


BEFORE_PERIOD, WHILE_UNUSED, _ = range(3)
"""Positions of the choices of ``{scheme}.contribution.refund_until``."""


def _require_refundable(
    library: PolicyLibrary, person: HeldPerson, bill: StoredBill, on: datetime.date
) -> None:
    """Whether the pack of the bill's area still gives the money back on a day."""
    rules = day_rules(library, bill.area, on, on)
    until = rules.need(rules.cell(p.REFUND_UNTIL, SCHEMES.index(bill.wanted.scheme)))
    if on < bill.wanted.first_day and until in (BEFORE_PERIOD, WHILE_UNUSED):
        return
    if until == WHILE_UNUSED:
        if not _used(person, bill):
            return
        raise RefusedError(message("这一期已经用过基金，不能退费"))
    if until == BEFORE_PERIOD:
        raise RefusedError(message("这一期的保障已经开始，不能退费"))
    raise RefusedError(message("{area} 的规定是缴费不退", area=bill.area))


def _used(person: HeldPerson, bill: StoredBill) -> bool:
    """Whether the fund has paid anything in the years of the periods."""
    years = {
        period if bill.wanted.scheme == Scheme.RESIDENT else period // 100
        for period in bill.wanted.periods
    }
    return any(
        any(used)
        for (scheme, year), used in person.state.accumulators.items()
        if scheme == bill.wanted.scheme and year in years
    ) or any(person.state.claims.get(year) for year in years)


def _require_last_of_its_kind(unit: Unit, person_id: str, bill_id: str) -> None:
    """A difference paid on top goes back first; one given back already stands in the way."""
    paid = unit.run(
        select(bill.c.due).where(
            bill.c.person_id == person_id,
            bill.c.supplements == bill_id,
            bill.c.status == BillStatus.PAID,
        )
    ).first()
    if paid is None:
        return
    if paid.due < 0:
        raise RefusedError(message("这张账单已经退过多缴的差额，不能再整单退费，请到窗口办理"))
    raise RefusedError(message("这张账单还有已缴的补差账单，请先退补差"))


def _require_not_credited(
    unit: Unit, person_id: str, scheme: str, periods: tuple[int, ...]
) -> None:
    if scheme == Scheme.RESIDENT:
        return
    credited = unit.run(
        select(monthly_credit.c.month).where(
            monthly_credit.c.person_id == person_id, monthly_credit.c.month.in_(periods)
        )
    ).first()
    if credited is not None:
        raise RefusedError(message("{month} 已经划入个人账户，不能退费", month=credited.month))


def _paid_on(unit: Unit, person_id: str, bill_id: str) -> datetime.date:
    paid_on: datetime.date = unit.run(
        select(contribution.c.paid_on)
        .where(contribution.c.person_id == person_id, contribution.c.bill_id == bill_id)
        .limit(1)
    ).scalar_one()
    return paid_on


# --- sending back --------------------------------------------------------------------------------


def send_refunds(
    database: Database,
    channel: PaymentChannel,
    *,
    actor: Actor,
    person_id: str | None = None,
    at: datetime.datetime | None = None,
) -> int:
    """Give back what is due through a channel; how many payments went back.

    Run again after a crash or a refusal of the channel: it gives a payment back once.
    """
    require(actor, "collect", person_id)
    return give_back(database, channel, actor=actor, person_id=person_id, at=at)


def give_back(
    database: Database,
    channel: PaymentChannel,
    *,
    actor: Actor,
    person_id: str | None,
    at: datetime.datetime | None,
) -> int:
    """:func:`send_refunds` as part of an operation that has checked its actor."""
    query = select(channel_payment).where(
        channel_payment.c.channel == channel.name,
        channel_payment.c.status == PaymentStatus.REFUND_DUE,
    )
    if person_id is not None:
        query = query.where(channel_payment.c.person_id == person_id)
    due = database.read(lambda unit: unit.run(query.order_by(channel_payment.c.payment_id)).all())
    sent = 0
    for row in due:
        payment = ChannelPayment(row.payment_id, row.amount, row.paid_on)
        if row.amount and not channel.refund(row.order_id, payment):
            continue
        _refunded(database, row, actor, at or now())
        sent += 1
    return sent


def _refunded(database: Database, row: Any, actor: Actor, at: datetime.datetime) -> Answer:
    key = Key(f"channel:{row.channel}", "refund", digest([row.order_id, row.payment_id]))
    content_hash = digest([row.person_id, row.order_id, row.payment_id, row.amount])

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, row.person_id)
        order = read_order(unit, row.person_id, row.order_id)
        unit.run(
            update(channel_payment)
            .where(
                channel_payment.c.person_id == row.person_id,
                channel_payment.c.order_id == row.order_id,
                channel_payment.c.payment_id == row.payment_id,
            )
            .values(status=PaymentStatus.REFUNDED)
        )
        ledger.post(
            unit,
            row.person_id,
            new_identifier(),
            civil_day(at),
            [
                (ledger.suspense(row.person_id), row.amount),
                (ledger.channel(row.channel), -row.amount),
            ],
        )
        _close(unit, order, at)
        answer = {"order": row.order_id, "payment": row.payment_id, "amount": row.amount}
        record_message(unit, key, content_hash, row.person_id, answer)
        store_person(unit, person, actor, "refund_sent", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[row.person_id])


def _close(unit: Unit, order: Order, at: datetime.datetime) -> None:
    """An order is refunded when none of its money is still due back."""
    if order.status != OrderStatus.PAID:
        return
    left = unit.run(
        select(channel_payment.c.payment_id).where(
            channel_payment.c.person_id == order.person_id,
            channel_payment.c.order_id == order.order_id,
            channel_payment.c.status == PaymentStatus.REFUND_DUE,
        )
    ).first()
    if left is None:
        set_order(unit, order, OrderStatus.REFUNDED, at, reason=order.reason)
