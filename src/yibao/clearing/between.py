"""Clearing between two areas of a store: an area of care pays for people of a home area.

The books debit the home area's fund at settlement and the care area pays the institution.  The
care area declares a month, the home area confirms or questions it, and what the two owe each
other is netted and paid.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import insert, or_, select
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.errors import DeniedError
from yibao.access.names import STORE
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, is_within, require
from yibao.care.fragments import institution_areas
from yibao.clearing.between_paying import BETWEEN, change_between, net_of, net_rows
from yibao.clearing.between_states import (
    BETWEEN_MOVES,
    BETWEEN_WORDS,
    BetweenMove,
    BetweenState,
)
from yibao.clearing.sheet import corrections_by_fund
from yibao.clearing.states import SETTLED
from yibao.clearing.tables import clearing_application, clearing_between
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.disbursement.operations import order_payment, redirect_payment
from yibao.disbursement.payees import Payee
from yibao.disbursement.reading import order_state
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.exchange.months import booked_by_home, month_days
from yibao.ledger.operations import area_due, area_owed, post
from yibao.messages import message

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class AreaMonth:
    """What the care in one area of people of another comes to in a month; fen."""

    care_area: str
    home_area: str
    count: int
    booked: int
    """Paid out of the fund and personal accounts, as settled."""
    corrected: int
    """What signed sheets have changed since of this month and those that were declared."""

    @property
    def amount(self) -> int:
        return self.booked + self.corrected


def between_chain(an_area: str, other: str) -> str:
    """The audit chain of what two areas owe each other."""
    return f"{STORE}between:{min(an_area, other)}:{max(an_area, other)}"


def declare_between(
    database: Database,
    key: Key,
    home_area: str,
    month: int,
    payee: Payee,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Declare what a home area owes the actor's area for a month: ``between``, ``amount``.

    ``RefusedError`` before the month is over, or with nothing to declare; ``ConflictError``
    where it was declared.
    """
    require(actor, "review_clearing", area=actor.area)
    care_area = actor.area
    if care_area is None:
        raise DeniedError(message("您的经办机构没有统筹区，不能申报"))
    instant = (at or now()).astimezone(datetime.UTC)
    try:
        last = month_days(month)[1]
    except ValueError:
        raise InputError(message("{month} 不是月份", month=str(month)), place="month") from None
    if civil_day(instant) <= last:
        raise RefusedError(message("{month} 还没有过完，过完以后再申报", month=str(month)))
    content_hash = database.secrets.lasting_hash(
        canonical([care_area, home_area, month, msgspec.to_builtins(payee)])
    )
    between_id, chain = new_identifier(), between_chain(care_area, home_area)

    def operation(unit: Unit) -> Answer:
        owed = {
            row.home_area: row for row in owed_for(unit, month) if row.care_area == care_area
        }.get(home_area)
        if owed is None:
            raise RefusedError(message("这个月没有这个参保地的结算，不用申报"))
        if _standing(unit, care_area, home_area, month) is not None:
            raise _once_only()
        unit.run(
            insert(clearing_between),
            {
                "between_id": between_id,
                "chain": chain,
                "care_area": care_area,
                "home_area": home_area,
                "month": month,
                "stands_as": "",
                "state": BetweenState.DECLARED.value,
                "count": owed.count,
                "booked": owed.booked,
                "corrected": owed.corrected,
                "payee": msgspec.to_builtins(payee),
                "reason": "",
                "declared_by": actor.id,
                "declared_at": instant,
                "decided_by": None,
                "decided_at": None,
                "net_id": None,
            },
        )
        answer = {"between": between_id, "amount": owed.amount}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, chain, actor.id, "declare_between", answer)
        return answer

    try:
        return write_once(database, key, content_hash, operation)
    except IntegrityError:
        raise _once_only() from None


def move_between(
    database: Database,
    key: Key,
    between_id: str,
    move: BetweenMove,
    *,
    reason: str = "",
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Confirm, question, explain or withdraw: ``between``, ``state``.

    Confirmed, the debt of the home area to the area of care is booked.
    """
    rule = BETWEEN_MOVES[move]
    require(actor, rule.permission, area=actor.area)
    query = select(clearing_between).where(clearing_between.c.between_id == between_id)
    known = database.read(lambda unit: unit.run(query).one_or_none())
    if known is None:
        raise NotFoundError(message("没有这份跨统筹区的申报 {id}", id=between_id))
    whose = known.home_area if rule.by_home else known.care_area
    require(actor, rule.permission, area=whose)
    why = reason.strip()
    if len(why) > _LONGEST or (rule.needs_reason and not why):
        raise InputError(message("请写原因，不超过 200 个字"), place="reason")
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical([between_id, move.value, why]))

    def operation(unit: Unit) -> Answer:
        row = unit.run(query.with_for_update()).one()
        if row.state not in rule.starts:
            raise ConflictError(
                message("这份申报现在是“{state}”，没有做任何改动", state=BETWEEN_WORDS[row.state])
            )
        if rule.by_home and row.declared_by == actor.id:
            raise DeniedError(message("申报的人不能确认同一份，没有做任何改动"))
        values: dict[str, Any] = {"state": rule.end.value, "reason": why}
        if rule.by_home:
            values |= {"decided_by": actor.id, "decided_at": instant}
        if move is BetweenMove.DROP:
            values["stands_as"] = between_id
        elif move is BetweenMove.CONFIRM:
            amount = row.booked + row.corrected
            lines = [(area_due(row.home_area), amount), (area_owed(row.care_area), -amount)]
            post(unit, row.chain, new_identifier(), civil_day(instant), lines)
        change_between(unit, clearing_between.c.between_id == between_id, **values)
        answer = {"between": between_id, "state": rule.end.value}
        record_message(unit, key, content_hash, key.sender, answer)
        told = {**answer, "reason": why} if why else answer
        extend_chain(unit, row.chain, actor.id, move.value, told)
        return answer

    return write_once(database, key, content_hash, operation)


def net_between(
    database: Database,
    key: Key,
    other_area: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Net all that the actor's area and another have confirmed: ``net``, ``amount``.

    The area that owes the balance orders its payment.  ``RefusedError`` for the other one.
    """
    require(actor, "close_clearing", area=actor.area)
    own_area = actor.area
    if own_area is None:
        raise DeniedError(message("您的经办机构没有统筹区，不能轧差"))
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical([own_area, other_area, key.message_id]))
    net_id, chain = new_identifier(), between_chain(own_area, other_area)

    def operation(unit: Unit) -> Answer:
        column = clearing_between.c
        open_ones = (column.chain == chain, column.state == BetweenState.CONFIRMED.value)
        query = select(clearing_between).where(*open_ones).order_by(column.between_id)
        rows = unit.run(query.with_for_update()).all()
        if not rows:
            raise RefusedError(message("没有双方确认了、还没有轧差的"))
        owed = net_of(rows, own_area)
        if owed < 0:
            raise RefusedError(message("轧差以后是对方付，由对方的财务岗办"))
        lines: list[tuple[str, int]] = []
        for row in rows:
            amount = row.booked + row.corrected
            lines += [(area_due(row.home_area), -amount), (area_owed(row.care_area), amount)]
        lines += [(area_due(own_area), owed), (area_owed(other_area), -owed)]
        post(unit, chain, new_identifier(), civil_day(instant), lines)
        state = BetweenState.NETTED if owed else BetweenState.PAID
        ids = [row.between_id for row in rows]
        change_between(unit, column.between_id.in_(ids), state=state.value, net_id=net_id)
        if owed:
            payee = next(row.payee for row in reversed(rows) if row.care_area == other_area)
            order_payment(
                unit,
                BETWEEN,
                net_id,
                chain=chain,
                area=own_area,
                liability=area_owed(other_area),
                amount=owed,
                payee=msgspec.convert(payee, Payee),
                actor=actor,
                at=instant,
            )
        answer = {"net": net_id, "amount": owed}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, chain, actor.id, "net_between", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def redirect_between(
    database: Database,
    key: Key,
    between_id: str,
    payee: Payee,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Have a balance that the bank gave back paid to another account: ``between``, ``order``.

    The area that gets it says where to.
    """
    require(actor, "review_clearing", area=actor.area)
    query = select(clearing_between).where(clearing_between.c.between_id == between_id)
    known = database.read(lambda unit: unit.run(query).one_or_none())
    if known is None:
        raise NotFoundError(message("没有这份跨统筹区的申报 {id}", id=between_id))
    require(actor, "review_clearing", area=known.care_area)
    content = [between_id, "account", msgspec.to_builtins(payee)]
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        row = unit.run(query.with_for_update()).one()
        order = None if row.net_id is None else order_state(unit, BETWEEN, row.net_id)
        if order is None or not order.is_returned:
            raise ConflictError(message("没有银行退回的付款，不能换账户，没有做任何改动"))
        if net_of(net_rows(unit, row.net_id), row.care_area) > 0:
            raise RefusedError(message("轧差以后是对方收款，由对方换账户"))
        order_id = redirect_payment(unit, BETWEEN, row.net_id, payee)
        written = msgspec.to_builtins(payee)
        change_between(unit, clearing_between.c.between_id == between_id, payee=written)
        answer = {"between": between_id, "order": order_id}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, row.chain, actor.id, "redirect_between", answer)
        return answer

    return write_once(database, key, content_hash, operation)


def owed_for(unit: Unit, month: int) -> list[AreaMonth]:
    """A read fragment: what every area of care has to get from every home area for a month.

    What was declared stands as it was declared; the rest is as the books are now.
    """
    settled = booked_by_home(unit, month)
    places = institution_areas(unit, {row.institution_id for row in settled})
    counts: Counter[tuple[str, str]] = Counter()
    sums: Counter[tuple[str, str]] = Counter()
    for row in settled:
        care_area = places.get(row.institution_id)
        if care_area is not None and not is_within(row.home_area, care_area):
            counts[care_area, row.home_area] += row.count
            sums[care_area, row.home_area] += row.fund + row.account
    return [
        AreaMonth(*pair, counts[pair], sums[pair], _corrected(unit, *pair, month))
        for pair in sorted(sums)
    ]


def _corrected(unit: Unit, care_area: str, home_area: str, month: int) -> int:
    """What the signed sheets have changed of declared months and this one, less what of it was
    declared before."""
    column = clearing_between.c
    declared = unit.run(
        select(column.month, column.corrected).where(
            column.care_area == care_area,
            column.home_area == home_area,
            column.stands_as == "",
            column.month != month,
        )
    ).all()
    months = {row.month for row in declared} | {month}
    papers = months | {declared_month // 100 * 100 for declared_month in months}
    applied = clearing_application.c
    query = select(clearing_application).where(
        applied.area == care_area,
        applied.month.in_(sorted(papers)),
        applied.state.in_([int(state) for state in SETTLED]),
        or_(applied.home_area == "", applied.home_area == home_area),
    )
    prefix = f"fund:{home_area}:"
    changed = sum(
        amount
        for row in unit.run(query.order_by(applied.application_id)).all()
        for name, amount in corrections_by_fund(unit, row).items()
        if name.startswith(prefix)
    )
    return changed - sum(int(row.corrected) for row in declared)


def _standing(unit: Unit, care_area: str, home_area: str, month: int) -> Any:
    column = clearing_between.c
    query = select(column.between_id).where(
        column.care_area == care_area,
        column.home_area == home_area,
        column.month == month,
        column.stands_as == "",
    )
    return unit.run(query).scalar_one_or_none()


def _once_only() -> ConflictError:
    return ConflictError(message("这个月已经申报过，要改请先撤回，没有做任何改动"))


def declarations(unit: Unit, area: str | None) -> Sequence[Any]:
    """A read fragment: those of an area on either side, or all, the latest month first."""
    column = clearing_between.c
    query = select(clearing_between).order_by(column.month.desc(), column.between_id)
    if area is not None:
        query = query.where(or_(column.care_area == area, column.home_area == area))
    return unit.run(query.limit(500)).all()


def between_faults_of(rows: Sequence[Any]) -> Mapping[str, str]:
    """Declarations that whoever declared them confirmed too, by id."""
    confirmed = (BetweenState.CONFIRMED, BetweenState.NETTED, BetweenState.PAID)
    return {
        row.between_id: row.declared_by
        for row in rows
        if row.state in confirmed and row.decided_by in (None, row.declared_by)
    }
