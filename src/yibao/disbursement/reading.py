"""What a cashier and a head read: what waits to be paid, and the batches."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select

from yibao.access.permissions import MATRIX, Actor, Reach, require
from yibao.database.unit import Database, Unit
from yibao.disbursement.batches import require_area
from yibao.disbursement.payees import Payee
from yibao.disbursement.purposes import purpose_of
from yibao.disbursement.states import BATCH_WORDS, ORDER_WORDS, BatchState, OrderState
from yibao.disbursement.tables import payment_answer, payment_batch, payment_order
from yibao.errors import NotFoundError
from yibao.messages import Text, message

_MOST = 500


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order to pay."""

    order_id: str
    reference: str
    purpose: Text
    payee: Payee
    amount: int
    """Fen."""
    state: OrderState
    due_on: datetime.date | None
    ordered_at: datetime.datetime

    @property
    def state_label(self) -> Text:
        return ORDER_WORDS[self.state]

    @property
    def is_returned(self) -> bool:
        """Whether it came back and waits for another account."""
        return self.state is OrderState.RETURNED


@dataclass(frozen=True, slots=True)
class ListedBatch:
    """A batch."""

    batch_id: str
    area: str
    state: BatchState
    count: int
    total: int
    """Fen."""
    open: int
    """Orders that the bank has not answered yet."""
    drafted_by: str
    drafted_at: datetime.datetime
    signed_by: str | None
    sent_at: datetime.datetime | None
    file_digest: str | None

    @property
    def state_label(self) -> Text:
        return BATCH_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class PaymentsPage:
    """What waits, what came back, and the latest batches."""

    waiting: Sequence[ListedOrder]
    returned: Sequence[ListedOrder]
    batches: Sequence[ListedBatch]


def payments(database: Database, actor: Actor, *, most: int = 50) -> PaymentsPage:
    """The work of a cashier of an area, the oldest order and the latest batch first."""
    require(actor, "read_payments", area=actor.area)
    mine = _of_my_area(actor, payment_order.c.area)
    batches = _of_my_area(actor, payment_batch.c.area)

    def fetch(unit: Unit) -> PaymentsPage:
        return PaymentsPage(
            _orders(unit, [*mine, payment_order.c.state == OrderState.WAITING]),
            _orders(unit, [*mine, payment_order.c.state == OrderState.RETURNED]),
            _batches(unit, batches, most),
        )

    return database.read(fetch)


def read_batch(
    database: Database, actor: Actor, batch_id: str
) -> tuple[ListedBatch, Sequence[ListedOrder]]:
    """A batch with its orders; ``NotFoundError``, ``DeniedError`` for another area's."""
    require(actor, "read_payments", area=actor.area)

    def fetch(unit: Unit) -> tuple[ListedBatch, Sequence[ListedOrder]]:
        batches = _batches(unit, [payment_batch.c.batch_id == batch_id], 1)
        if not batches:
            raise NotFoundError(message("没有批次 {batch}", batch=batch_id))
        return batches[0], _orders(unit, [payment_order.c.batch_id == batch_id])

    batch, orders = database.read(fetch)
    require_area(actor, "read_payments", batch.area)
    return batch, orders


def order_state(unit: Unit, purpose: str, reference: str) -> ListedOrder | None:
    """A read fragment: the order of a reference; None where nothing was ordered."""
    mine = [payment_order.c.purpose == purpose, payment_order.c.reference == reference]
    return next(iter(_orders(unit, mine)), None)


def last_reason(unit: Unit, order_id: str) -> str:
    """A read fragment: why the bank gave the last payment back."""
    mine = payment_answer.c.order_id == order_id
    query = select(payment_answer.c.reason).where(mine).order_by(payment_answer.c.number.desc())
    return unit.run(query.limit(1)).scalar_one_or_none() or ""


def unpaid_orders(unit: Unit, area: str) -> tuple[int, int]:
    """A read fragment: orders of an area that are not paid yet, how many and fen."""
    unpaid = (OrderState.WAITING, OrderState.BATCHED, OrderState.SENT, OrderState.RETURNED)
    total = func.coalesce(func.sum(payment_order.c.amount), 0)
    query = select(func.count().label("orders"), total.label("total")).where(
        payment_order.c.area == area, payment_order.c.state.in_(unpaid)
    )
    row = unit.run(query).one()
    return int(row.orders), int(row.total)


def _of_my_area(actor: Actor, area: Any) -> list[ColumnElement[bool]]:
    if MATRIX["read_payments"][actor.role] is Reach.ALL or actor.area is None:
        return []
    prefix = actor.area
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    return [area.startswith(prefix)]


def _orders(unit: Unit, conditions: Sequence[ColumnElement[bool]]) -> list[ListedOrder]:
    query = select(payment_order).where(*conditions).order_by(payment_order.c.order_id)
    return [
        ListedOrder(
            row.order_id,
            row.reference,
            purpose_of(row.purpose).label,
            msgspec.convert(row.payee, Payee),
            row.amount,
            OrderState(row.state),
            row.due_on,
            row.ordered_at,
        )
        for row in unit.run(query.limit(_MOST))
    ]


def _batches(unit: Unit, conditions: Sequence[ColumnElement[bool]], most: int) -> list[ListedBatch]:
    unanswered = (
        select(func.count())
        .select_from(payment_order)
        .where(
            payment_order.c.batch_id == payment_batch.c.batch_id,
            payment_order.c.state == OrderState.SENT,
        )
        .scalar_subquery()
    )
    query = select(payment_batch, unanswered.label("open")).where(*conditions)
    query = query.order_by(payment_batch.c.batch_id.desc()).limit(most)
    return [
        ListedBatch(
            row.batch_id,
            row.area,
            BatchState(row.state),
            row._mapping[payment_batch.c.count],
            row.total,
            row.open,
            row.drafted_by,
            row.drafted_at,
            row.signed_by,
            row.sent_at,
            row.file_digest,
        )
        for row in unit.run(query)
    ]
