"""What must hold of payments at any time, beyond what the chains vouch for."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select

from yibao.database.unit import Unit
from yibao.disbursement.states import BatchState, OrderState, Outcome
from yibao.disbursement.tables import payment_answer, payment_batch, payment_order
from yibao.messages import Message, message


def payment_faults(unit: Unit) -> Iterator[Message]:
    """Orders that are booked otherwise than they say, and batches signed by whoever made them."""
    booked = func.sum(
        case(
            (payment_answer.c.transfer_id.is_(None), 0),
            (payment_answer.c.outcome == Outcome.PAID, 1),
            else_=-1,
        )
    )
    query = (
        select(payment_order.c.order_id, payment_order.c.state, func.coalesce(booked, 0).label("n"))
        .select_from(
            payment_order.outerjoin(
                payment_answer, payment_answer.c.order_id == payment_order.c.order_id
            )
        )
        .group_by(payment_order.c.order_id, payment_order.c.state)
        .order_by(payment_order.c.order_id)
    )
    for row in unit.run(query):
        if row.n != (1 if row.state == OrderState.PAID else 0):
            yield message(
                "付款单 {order} 的状态是 {state}，记账的次数却是 {count}",
                order=row.order_id,
                state=row.state,
                count=row.n,
            )
    for row in unit.run(select(payment_batch).order_by(payment_batch.c.batch_id)):
        went_out = row.state in (BatchState.SIGNED, BatchState.SENT)
        if went_out and row.signed_by in (None, row.drafted_by, row.sent_by):
            yield message("批次 {batch} 没有由另一个人签发", batch=row.batch_id)
