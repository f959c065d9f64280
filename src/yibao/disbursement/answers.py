"""What the bank answers: paid, or returned; each answer once, whatever comes twice or late."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from yibao.access.chains import extend_any_chain, lock_ends
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.identifiers import new_identifier
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.disbursement.batches import follow_payment, require_area
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.orders import change_order, people_of
from yibao.disbursement.states import ORDER_WORDS, OrderState, Outcome
from yibao.disbursement.tables import payment_answer, payment_order
from yibao.errors import ConflictError, NotFoundError, YibaoError
from yibao.ledger.chart import bank
from yibao.ledger.operations import post
from yibao.messages import Fen, Text, message

_BANK = "bank"


@dataclass(frozen=True, slots=True)
class BookedLine:
    """What became of one line of a bank's file."""

    answer: BankAnswer
    fault: Text | None
    """Why it was not booked; None: it is."""


def book_answers(
    database: Database,
    answers: Iterable[BankAnswer],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> list[BookedLine]:
    """Book every line of a bank's file by itself; lines that were booked before stay as they are.

    A file that was cut off is sent again whole.
    """
    require(actor, "answer_payments", area=actor.area)
    booked = []
    for answer in answers:
        fault: Text | None = None
        try:
            book_answer(database, answer, actor=actor, at=at)
        except YibaoError as error:
            fault = error.said
        booked.append(BookedLine(answer, fault))
    return booked


def book_answer(
    database: Database,
    answer: BankAnswer,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Book what the bank says of one payment: its new ``state``.

    Paid: the liability is settled out of the area's bank account.  Returned: before it had left,
    nothing is booked; after, the money and the liability are back.  The same answer again is
    the same answer; another about the same payment is a ``ConflictError``.
    """
    query = select(payment_order).where(payment_order.c.order_id == answer.order_id)
    require(actor, "answer_payments", area=actor.area)
    known = database.read(lambda unit: unit.run(query).one_or_none())
    if known is None:
        raise NotFoundError(message("没有付款单 {order}", order=answer.order_id))
    require_area(actor, "answer_payments", known.area)
    instant = at or now()
    what = f"{answer.order_id}:{answer.batch_id}:{answer.outcome}"
    key = Key(_BANK, "answer_payments", what[:80])
    said = [answer.amount, answer.reference, answer.day.isoformat()]
    content_hash = database.secrets.lasting_hash(canonical([what, *said]))
    people = people_of([known.chain])

    def operation(unit: Unit) -> Answer:
        lock_ends(unit, people)
        order = unit.run(query.with_for_update()).one()
        _require_answerable(order, answer)
        state, transfer_id = _booked(unit, order, answer)
        unit.run(
            insert(payment_answer),
            {
                "order_id": order.order_id,
                "number": order.answers + 1,
                "chain": order.chain,
                "batch_id": answer.batch_id,
                "outcome": answer.outcome.value,
                "bank_reference": answer.reference,
                "reason": answer.reason,
                "day": answer.day,
                "transfer_id": transfer_id,
                "answered_by": actor.id,
                "answered_at": instant,
            },
        )
        change_order(unit, order.order_id, state=state.value, answers=order.answers + 1)
        follow_payment(unit, order, state, answer.reason, actor, instant)
        told = {"order": order.order_id, "state": state.value, "amount": order.amount}
        record_message(unit, key, content_hash, people[0] if people else key.sender, told)
        extend_any_chain(unit, order.chain, actor.id, "answer_payments", told)
        return told

    return write_once(database, key, content_hash, operation, people=people or None)


def _require_answerable(order: Any, answer: BankAnswer) -> None:
    answered = (OrderState.SENT, OrderState.PAID) if answer.outcome == Outcome.RETURNED else (
        OrderState.SENT,
    )  # fmt: skip
    if order.batch_id != answer.batch_id:
        raise ConflictError(message("这一笔不在这一批里，没有记账"))
    if order.state not in answered:
        raise ConflictError(
            message("付款单现在是“{state}”，没有记账", state=ORDER_WORDS[order.state])
        )
    if order.amount != answer.amount:
        raise ConflictError(
            message(
                "银行说 {told}，付款单是 {ordered}，没有记账",
                told=Fen(answer.amount),
                ordered=Fen(order.amount),
            )
        )


def _booked(unit: Unit, order: Any, answer: BankAnswer) -> tuple[OrderState, str | None]:
    """The new state, and the transfer that it was booked with."""
    if answer.outcome == Outcome.RETURNED and order.state == OrderState.SENT:
        return OrderState.RETURNED, None
    is_paid = answer.outcome == Outcome.PAID
    amount = order.amount if is_paid else -order.amount
    transfer_id = new_identifier()
    lines = [(order.liability, amount), (bank(order.area), -amount)]
    post(unit, order.chain, transfer_id, answer.day, lines)
    return (OrderState.PAID if is_paid else OrderState.RETURNED), transfer_id
