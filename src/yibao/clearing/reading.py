"""What an agency and an institution read of clearing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from yibao.access.permissions import MATRIX, Actor, Reach, may, require
from yibao.access.trail import utc
from yibao.clearing.agreements import Agreement, agreements_of
from yibao.clearing.applications import AppliedFor, MonthTotals, booked_groups, totals_of
from yibao.clearing.moves import application_row, require_on
from yibao.clearing.states import (
    DOUBT_WORDS,
    MOVES,
    STATE_WORDS,
    ClearingMove,
    ClearingState,
    DoubtState,
)
from yibao.clearing.tables import clearing_application, clearing_doubt, clearing_move
from yibao.database.unit import Database, Unit
from yibao.exchange.months import BookedMonth, booked_month
from yibao.messages import Text
from yibao.office.calendar import working_days_between
from yibao.office.errors import UnknownYearError

_MOST = 500


@dataclass(frozen=True, slots=True)
class ListedApplication:
    """An application as lists show it; amounts in fen."""

    application_id: str
    institution_id: str
    month: int
    clear_type: str
    scheme: str
    home_area: str
    state: ClearingState
    count: int
    total: int
    fund: int
    account: int
    cash: int
    deducted: int
    given_back: int
    retained: int
    advanced: int
    carried_in: int
    paid: int
    carried: int
    due_on: datetime.date | None
    days_left: int | None
    """Working days; None where it is over, or its end is not known."""

    @property
    def state_label(self) -> Text:
        return STATE_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class ListedDoubt:
    """A doubt; amounts in fen."""

    doubt_id: str
    state: DoubtState
    amount: int
    confirmed: int
    given_back: int
    appeal_by: datetime.date | None
    reason: str
    appeal: str

    @property
    def state_label(self) -> Text:
        return DOUBT_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class ListedMove:
    """A step of its history."""

    move: str
    state: ClearingState
    actor: str
    reason: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class ReadApplication:
    """One application with what the books say now, its doubts and its history."""

    listed: ListedApplication
    booked: MonthTotals
    doubts: Sequence[ListedDoubt]
    history: Sequence[ListedMove]
    moves: Sequence[ClearingMove]
    """Those that the reader may take now."""


def list_applications(
    database: Database, actor: Actor, *, today: datetime.date, month: int | None = None
) -> Sequence[ListedApplication]:
    """Those of the agency's area, or the institution's own, the latest first."""
    require(actor, "read_clearing", institution_id=actor.institution_id, area=actor.area or None)
    column = clearing_application.c
    query = select(clearing_application).where(*_mine(actor))
    if month is not None:
        query = query.where(column.month == month)
    query = query.order_by(column.month.desc(), column.application_id.desc()).limit(_MOST)
    return database.read(lambda unit: [_listed(row, today) for row in unit.run(query)])


def read_application(
    database: Database, actor: Actor, application_id: str, *, today: datetime.date
) -> ReadApplication:
    """One with everything; ``NotFoundError``, ``DeniedError``."""
    application = application_row(database, application_id)
    require_on(actor, "read_clearing", application)

    def fetch(unit: Unit) -> ReadApplication:
        asked = AppliedFor(
            application.institution_id,
            application.month,
            application.clear_type,
            application.scheme,
            application.home_area,
        )
        doubts = select(clearing_doubt).where(clearing_doubt.c.application_id == application_id)
        moves = select(clearing_move).where(clearing_move.c.application_id == application_id)
        return ReadApplication(
            _listed(application, today),
            totals_of(booked_groups(unit, asked)),
            [
                ListedDoubt(
                    row.doubt_id,
                    DoubtState(row.state),
                    row.amount,
                    row.confirmed,
                    row.given_back,
                    row.appeal_by,
                    row.reason,
                    row.appeal,
                )
                for row in unit.run(doubts.order_by(clearing_doubt.c.doubt_id))
            ],
            [
                ListedMove(row.move, ClearingState(row.state), row.actor, row.reason, utc(row.at))
                for row in unit.run(moves.order_by(clearing_move.c.number))
            ],
            [
                move
                for move, rule in MOVES.items()
                if application.state in rule.starts
                and may(
                    actor,
                    rule.permission,
                    institution_id=application.institution_id,
                    area=application.area,
                )
            ],
        )

    return database.read(fetch)


def months_to_apply(
    database: Database, actor: Actor, institution_id: str, month: int
) -> Sequence[BookedMonth]:
    """What the books have of an institution's month, by group."""
    require(actor, "read_clearing", institution_id=institution_id, area=actor.area or None)
    return database.read(lambda unit: booked_month(unit, institution_id, month))


def read_agreements(database: Database, actor: Actor, institution_id: str) -> Sequence[Agreement]:
    """Every revision of an institution's agreement."""
    require(actor, "read_clearing", institution_id=institution_id, area=actor.area or None)
    return database.read(lambda unit: agreements_of(unit, institution_id))


def _mine(actor: Actor) -> list[ColumnElement[bool]]:
    column = clearing_application.c
    reach = MATRIX["read_clearing"][actor.role]
    if reach is Reach.PLACE:
        return [column.institution_id == actor.institution_id]
    if reach is Reach.ALL or actor.area is None:
        return []
    prefix = actor.area
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    return [column.area.startswith(prefix)]


def _listed(row: Any, today: datetime.date) -> ListedApplication:
    state = ClearingState(row.state)
    is_over = state in (ClearingState.CANCELLED, ClearingState.PAID_OUT, ClearingState.CLEARED)
    left: int | None = None
    if row.due_on is not None and not is_over:
        try:
            left = (
                working_days_between(today, row.due_on)
                if today <= row.due_on
                else -working_days_between(row.due_on, today)
            )
        except UnknownYearError:
            left = None
    values = row._mapping
    return ListedApplication(
        row.application_id,
        row.institution_id,
        row.month,
        row.clear_type,
        row.scheme,
        row.home_area,
        state,
        values[clearing_application.c.count],
        row.total,
        row.fund,
        row.account,
        row.cash,
        row.deducted,
        row.given_back,
        row.retained,
        row.advanced,
        row.carried_in,
        row.paid,
        row.carried,
        row.due_on,
        left,
    )
