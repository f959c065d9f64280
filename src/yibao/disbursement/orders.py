"""Orders to pay, for operations of the rooms above: given once, sent elsewhere, taken back.

Each is called under the lock of whom it is paid to; the caller's event vouches for the row.
"""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.names import NO_PERSON
from yibao.access.permissions import Actor
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.disbursement.payees import Payee
from yibao.disbursement.purposes import all_purposes, purpose_of
from yibao.disbursement.states import ORDER_WORDS, OrderState
from yibao.disbursement.tables import payment_order
from yibao.errors import ConflictError, NotFoundError
from yibao.ledger.chart import kind_of
from yibao.messages import message


def order_payment(
    unit: Unit,
    purpose: str,
    reference: str,
    *,
    chain: str,
    area: str,
    liability: str,
    amount: int,
    payee: Payee,
    actor: Actor,
    at: datetime.datetime,
    due_on: datetime.date | None = None,
) -> str:
    """Order that ``amount`` fen of a liability are paid: the order's id.

    ``ConflictError`` where the same reference was ordered before.
    """
    purpose_of(purpose)
    kind_of(liability)
    order_id = new_identifier()
    row = {
        "order_id": order_id,
        "chain": chain,
        "area": area,
        "purpose": purpose,
        "reference": reference,
        "liability": liability,
        "amount": amount,
        "payee": msgspec.to_builtins(payee),
        "state": OrderState.WAITING.value,
        "batch_id": None,
        "answers": 0,
        "due_on": due_on,
        "ordered_by": actor.id,
        "ordered_at": at,
    }
    try:
        unit.run(insert(payment_order), row)
    except IntegrityError:
        raise ConflictError(message("这一笔已经有付款单，不能再付一次")) from None
    return order_id


def redirect_payment(unit: Unit, purpose: str, reference: str, payee: Payee) -> str:
    """Pay to another account what has not gone out or came back: it waits for a batch again."""
    order = order_for(unit, purpose, reference)
    if order.state not in (OrderState.WAITING, OrderState.RETURNED):
        raise ConflictError(
            message("付款单现在是“{state}”，不能换账户", state=ORDER_WORDS[order.state])
        )
    change_order(
        unit,
        order.order_id,
        payee=msgspec.to_builtins(payee),
        state=OrderState.WAITING.value,
        batch_id=None,
    )
    return str(order.order_id)


def cancel_payment(unit: Unit, purpose: str, reference: str) -> bool:
    """Do not pay it: whether it was still to be paid; ``ConflictError`` while it is at the bank.

    False for one that was paid, whose money has to come back in another way.
    """
    order = order_for(unit, purpose, reference)
    if order.state == OrderState.PAID:
        return False
    if order.state in (OrderState.BATCHED, OrderState.SENT):
        raise ConflictError(
            message("付款单现在是“{state}”，请等银行回盘再办", state=ORDER_WORDS[order.state])
        )
    change_order(unit, order.order_id, state=OrderState.CANCELLED.value, batch_id=None)
    return True


def ordered_of(unit: Unit, liability: str) -> int:
    """How much of a liability is ordered to be paid and was not paid yet, in fen."""
    open_states = [state.value for state in OrderState]
    open_states.remove(OrderState.PAID.value)
    open_states.remove(OrderState.CANCELLED.value)
    query = select(func.coalesce(func.sum(payment_order.c.amount), 0)).where(
        payment_order.c.liability == liability, payment_order.c.state.in_(open_states)
    )
    return int(unit.run(query).scalar_one())


def set_off_order(unit: Unit, liability: str, amount: int) -> None:
    """Pay so much less of the order of a liability that waits: what is owed back is set off.

    ``ConflictError`` where none that waits is larger: an order is never set off whole, since
    whatever it is for ends with its payment.
    """
    query = select(payment_order).where(_may_be_less(liability), payment_order.c.amount > amount)
    row = unit.run(query.order_by(payment_order.c.order_id).limit(1).with_for_update()).first()
    if row is None:
        raise ConflictError(message("没有等着付、够抵扣的付款单"))
    change_order(unit, row.order_id, amount=row.amount - amount)


def waiting_amount(unit: Unit, liability: str) -> int:
    """The largest order of a liability that may be set off and waits, in fen; 0: none does."""
    largest = func.coalesce(func.max(payment_order.c.amount), 0)
    return int(unit.run(select(largest).where(_may_be_less(liability))).scalar_one())


def _may_be_less(liability: str) -> ColumnElement[bool]:
    names = [purpose.name for purpose in all_purposes().values() if purpose.takes_set_off]
    return and_(
        payment_order.c.liability == liability,
        payment_order.c.state == OrderState.WAITING,
        payment_order.c.purpose.in_(names),
    )


def returned_orders(unit: Unit, purpose: str, chain: str) -> list[str]:
    """The references of what was ordered for a purpose and came back, of one chain."""
    query = select(payment_order.c.reference).where(
        payment_order.c.purpose == purpose,
        payment_order.c.chain == chain,
        payment_order.c.state == OrderState.RETURNED,
    )
    return list(unit.run(query.order_by(payment_order.c.order_id)).scalars())


def order_for(unit: Unit, purpose: str, reference: str) -> Any:
    """The order of a reference, locked; ``NotFoundError``."""
    mine = (payment_order.c.purpose == purpose) & (payment_order.c.reference == reference)
    row = unit.run(select(payment_order).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError(message("没有付款单 {reference}", reference=reference))
    return row


def change_order(unit: Unit, order_id: str, **values: Any) -> None:
    """Write some columns of an order."""
    unit.run(update(payment_order).where(payment_order.c.order_id == order_id).values(**values))


def people_of(chains: list[str]) -> list[str]:
    """Those chains that are of people, whose rows are locked first."""
    return sorted({chain for chain in chains if not chain.startswith(NO_PERSON)})
