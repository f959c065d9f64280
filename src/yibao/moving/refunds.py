"""A resident's premium given back: no benefit was drawn, and the tax office pays it back."""

from __future__ import annotations

import datetime

from yibao.access.operations import Answer
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.insured.fragments import departure_of
from yibao.insured.locks import lock_person
from yibao.insured.payments.orders import order_of_period, read_order
from yibao.insured.payments.refunds import refund_order
from yibao.insured.states import OrderStatus
from yibao.messages import message
from yibao.moving.applications import PremiumRefund, RefundReason
from yibao.moving.transfers import person_in
from yibao.office.kinds import Decided
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ClosingReason, Scheme


def approve(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Undo the payment; refused where the rules give nothing back, or a benefit was drawn."""
    data: PremiumRefund = decided.data
    person_id = person_in(decided)
    order_id = database.read(lambda unit: _order(unit, person_id, data.year))
    database.write(lambda unit: _require_ground(unit, decided))
    return refund_order(
        database,
        library,
        decided.key,
        person_id,
        order_id,
        data.reason,
        decided.day,
        actor=decided.actor,
        at=decided.at,
    )


def _order(unit: Unit, person_id: str, year: int) -> str:
    order_id = order_of_period(unit, person_id, Scheme.RESIDENT, year)
    if order_id is None:
        raise NotFoundError(message("{year} 年没有通过渠道缴过居民医保", year=year))
    return order_id


def _require_ground(unit: Unit, decided: Decided) -> None:
    """What the record says of the reason: a death, or other cover, before the year begins."""
    data: PremiumRefund = decided.data
    first = datetime.date(data.year, 1, 1)
    person_id = person_in(decided)
    if data.reason == RefundReason.DEATH:
        left = departure_of(unit, person_id)
        if left is None or left[0] != ClosingReason.DEATH or left[1] >= first:
            raise RefusedError(message("没有登记保障年度开始以前的死亡，请先办终止参保"))
    if data.reason == RefundReason.OTHER_COVER:
        facts = lock_person(unit, person_id).facts
        other = facts.enrolment_on(first)
        if other is not None and other.scheme == Scheme.RESIDENT:
            raise RefusedError(message("保障年度开始的那天仍参加居民医保，没有别的参保"))


def require_refunded(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The money has gone back to where it came from."""
    data: PremiumRefund = decided.data
    person_id = person_in(decided)

    def status(unit: Unit) -> str:
        order_id = order_of_period(unit, person_id, Scheme.RESIDENT, data.year, refunded=True)
        if order_id is None:
            raise NotFoundError(message("没有这一年的退费"))
        return read_order(unit, person_id, order_id).status

    if database.read(status) != OrderStatus.REFUNDED:
        raise ConflictError(message("渠道还没有把钱退回去，等退回以后再办结"))
    return {}
