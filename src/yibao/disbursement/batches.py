"""Batches: a cashier makes one and sends it, a head signs it in between, never the same person."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.chains import extend_any_chain, lock_ends
from yibao.access.errors import DeniedError
from yibao.access.names import STORE
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, is_within, require
from yibao.database.identifiers import new_identifier
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.disbursement.files import bank_file
from yibao.disbursement.orders import change_order, people_of
from yibao.disbursement.purposes import PaymentMoved, purpose_of
from yibao.disbursement.states import BATCH_WORDS, BatchState, OrderState
from yibao.disbursement.tables import payment_batch, payment_line, payment_order
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message

MOST_ORDERS = 500


def bank_chain(area: str) -> str:
    """The audit chain of an area's bank account."""
    return f"{STORE}bank:{area}"


def draft_batch(
    database: Database,
    key: Key,
    area: str,
    order_ids: Sequence[str] = (),
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Put waiting orders of an area into a batch: ``batch``, ``count``, ``total`` fen.

    ``order_ids``: these; none: all that wait, at most :data:`MOST_ORDERS`.  ``ConflictError``
    where one of them does not wait, or nothing does.
    """
    require(actor, "draft_payments", area=area)
    if len(order_ids) > MOST_ORDERS:
        raise InputError(message("一批最多 {most} 笔", most=MOST_ORDERS), place="orders")
    instant = at or now()
    wanted = sorted(set(order_ids))
    content_hash = database.secrets.lasting_hash(canonical([area, wanted]))

    def operation(unit: Unit) -> Answer:
        conditions = [payment_order.c.area == area]
        if wanted:
            conditions.append(payment_order.c.order_id.in_(wanted))
        else:
            conditions.append(payment_order.c.state == OrderState.WAITING)
        query = select(payment_order).where(*conditions).order_by(payment_order.c.order_id)
        query = query.limit(MOST_ORDERS)
        chains = [row.chain for row in unit.run(query)]
        lock_ends(unit, people_of(chains))
        orders = unit.run(query.with_for_update()).all()
        if not orders or (wanted and len(orders) != len(wanted)):
            raise ConflictError(message("没有等着编批次的付款单，没有做任何改动"))
        if any(order.state != OrderState.WAITING for order in orders):
            raise ConflictError(message("有的付款单已经在别的批次里，没有做任何改动"))
        if {order.chain for order in orders} - set(chains):
            raise ConflictError(message("付款单正在变动，请再试一次，没有做任何改动"))
        batch_id = new_identifier()
        total = sum(order.amount for order in orders)
        unit.run(
            insert(payment_batch),
            {
                "batch_id": batch_id,
                "chain": bank_chain(area),
                "area": area,
                "state": BatchState.DRAFTED.value,
                "count": len(orders),
                "total": total,
                "drafted_by": actor.id,
                "drafted_at": instant,
            },
        )
        for order in orders:
            change_order(unit, order.order_id, state=OrderState.BATCHED.value, batch_id=batch_id)
        answer = {"batch": batch_id, "count": len(orders), "total": total}
        _tell(unit, orders, actor, "draft_payments", {"batch": batch_id})
        record_message(unit, key, content_hash, key.sender, answer)
        extend_any_chain(unit, bank_chain(area), actor.id, "draft_payments", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def sign_batch(
    database: Database,
    key: Key,
    batch_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """A head signs what somebody else has drafted; ``DeniedError`` for whoever drafted it."""
    batch = _batch_for(database, actor, "sign_payments", batch_id)
    if batch.drafted_by == actor.id:
        raise DeniedError(message("编批次的人不能签发同一批，没有做任何改动"))
    instant = at or now()
    content_hash = database.secrets.lasting_hash(canonical([batch_id, "sign"]))

    def operation(unit: Unit) -> Answer:
        row = lock_batch(unit, batch_id)
        _require_state(row, BatchState.DRAFTED)
        _change(
            unit, batch_id, state=BatchState.SIGNED.value, signed_by=actor.id, signed_at=instant
        )
        answer = {"batch": batch_id, "state": BatchState.SIGNED.value}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_any_chain(unit, row.chain, actor.id, "sign_payments", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def send_batch(
    database: Database,
    key: Key,
    batch_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Give a signed batch to the bank: its file is fixed, and its orders are at the bank.

    ``digest``: sha256 of the file that :func:`file_of_batch` gives.  ``DeniedError`` for whoever
    signed it.
    """
    batch = _batch_for(database, actor, "send_payments", batch_id)
    if batch.signed_by == actor.id:
        raise DeniedError(message("签发的人不能送出同一批，没有做任何改动"))
    instant = at or now()
    content_hash = database.secrets.lasting_hash(canonical([batch_id, "send"]))

    def operation(unit: Unit) -> Answer:
        lock_ends(unit, people_of([order.chain for order in orders_of(unit, batch_id)]))
        row = lock_batch(unit, batch_id)
        _require_state(row, BatchState.SIGNED)
        orders = orders_of(unit, batch_id)
        lines = [
            {
                "batch_id": batch_id,
                "order_id": order.order_id,
                "chain": order.chain,
                "amount": order.amount,
                "payee": order.payee,
                "purpose": order.purpose,
            }
            for order in orders
        ]
        unit.run(insert(payment_line), lines)
        digest = hashlib.sha256(bank_file(batch_id, lines)).hexdigest()
        _change(
            unit,
            batch_id,
            state=BatchState.SENT.value,
            sent_by=actor.id,
            sent_at=instant,
            file_digest=digest,
        )
        for order in orders:
            change_order(unit, order.order_id, state=OrderState.SENT.value)
            follow_payment(unit, order, OrderState.SENT, "", actor, instant)
        answer = {"batch": batch_id, "state": BatchState.SENT.value, "digest": digest}
        _tell(unit, orders, actor, "send_payments", {"batch": batch_id})
        record_message(unit, key, content_hash, key.sender, answer)
        extend_any_chain(unit, row.chain, actor.id, "send_payments", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def drop_batch(
    database: Database,
    key: Key,
    batch_id: str,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Give up a batch that has not gone out: its orders wait again.

    By a cashier, or by the head who does not sign it.
    """
    _batch_for(database, actor, "drop_payments", batch_id)
    why = reason.strip()
    if not why or len(why) > 200:
        raise InputError(message("请写作废的原因，不超过 200 个字"), place="reason")
    content_hash = database.secrets.lasting_hash(canonical([batch_id, "drop", why]))

    def operation(unit: Unit) -> Answer:
        lock_ends(unit, people_of([order.chain for order in orders_of(unit, batch_id)]))
        row = lock_batch(unit, batch_id)
        _require_state(row, BatchState.DRAFTED, BatchState.SIGNED)
        orders = orders_of(unit, batch_id)
        for order in orders:
            change_order(unit, order.order_id, state=OrderState.WAITING.value, batch_id=None)
        _change(unit, batch_id, state=BatchState.DROPPED.value)
        answer = {"batch": batch_id, "state": BatchState.DROPPED.value}
        _tell(unit, orders, actor, "drop_payments", answer)
        record_message(unit, key, content_hash, key.sender, answer)
        extend_any_chain(unit, row.chain, actor.id, "drop_payments", {**answer, "reason": why})
        return answer

    return write_once(database, key, content_hash, operation)


def file_of_batch(database: Database, batch_id: str, *, actor: Actor) -> bytes:
    """The file of a batch that went to the bank, as it went; the read stands on the chain.

    ``ConflictError`` before it has gone.
    """
    _batch_for(database, actor, "send_payments", batch_id)

    def operation(unit: Unit) -> bytes:
        row = lock_batch(unit, batch_id)
        _require_state(row, BatchState.SENT)
        sent = payment_line.c.batch_id == batch_id
        query = select(payment_line).where(sent).order_by(payment_line.c.order_id)
        content = bank_file(batch_id, [dict(line._mapping) for line in unit.run(query)])
        assert hashlib.sha256(content).hexdigest() == row.file_digest
        extend_any_chain(unit, row.chain, actor.id, "send_payments", {"file": batch_id})
        return content

    return database.write(operation)


# --- pieces --------------------------------------------------------------------------------------


def lock_batch(unit: Unit, batch_id: str) -> Any:
    """A batch that nobody else changes until the unit ends; ``NotFoundError``."""
    mine = payment_batch.c.batch_id == batch_id
    row = unit.run(select(payment_batch).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError(message("没有批次 {batch}", batch=batch_id))
    return row


def orders_of(unit: Unit, batch_id: str) -> Sequence[Any]:
    """The orders of a batch, by id."""
    mine = payment_order.c.batch_id == batch_id
    return unit.run(select(payment_order).where(mine).order_by(payment_order.c.order_id)).all()


def follow_payment(
    unit: Unit, order: Any, state: OrderState, reason: str, actor: Actor, at: datetime.datetime
) -> None:
    """What the room that ordered a payment does when it moves."""
    purpose = purpose_of(order.purpose)
    if purpose.follow is not None:
        moved = PaymentMoved(
            order.order_id, order.reference, order.chain, state, order.amount, reason, actor, at
        )
        purpose.follow(unit, moved)


def require_area(actor: Actor, operation: str, area: str) -> None:
    """``DeniedError`` for whoever may not do this with what an area pays."""
    require(actor, operation, area=area)
    if actor.area is not None and not is_within(area, actor.area):
        raise DeniedError(message("这一批不归本统筹区付，没有做任何改动"))


def _batch_for(database: Database, actor: Actor, operation: str, batch_id: str) -> Any:
    """A batch as it stands, for whoever may do this with it."""
    query = select(payment_batch).where(payment_batch.c.batch_id == batch_id)
    require(actor, operation, area=actor.area)
    row = database.read(lambda unit: unit.run(query).one_or_none())
    if row is None:
        raise NotFoundError(message("没有批次 {batch}", batch=batch_id))
    require_area(actor, operation, row.area)
    return row


def _require_state(row: Any, *states: BatchState) -> None:
    if row.state not in states:
        raise ConflictError(
            message(
                "这一批现在是“{state}”，没有做任何改动", state=BATCH_WORDS[BatchState(row.state)]
            )
        )


def _change(unit: Unit, batch_id: str, **values: Any) -> None:
    unit.run(update(payment_batch).where(payment_batch.c.batch_id == batch_id).values(**values))


def _tell(unit: Unit, orders: Sequence[Any], actor: Actor, operation: str, content: Answer) -> None:
    """Each payee's chain hears what became of its orders."""
    by_chain: dict[str, list[str]] = {}
    for order in orders:
        by_chain.setdefault(order.chain, []).append(order.order_id)
    for chain, order_ids in sorted(by_chain.items()):
        extend_any_chain(unit, chain, actor.id, operation, {**content, "orders": order_ids})
