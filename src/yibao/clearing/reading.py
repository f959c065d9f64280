"""What an agency and an institution read of clearing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from yibao.access.permissions import MATRIX, Actor, Reach, area_prefix, may, require
from yibao.care.institutions import area_of_institution
from yibao.clearing.agreements import Agreement, agreement_of
from yibao.clearing.applications import AppliedFor, MonthTotals, booked_groups, totals_of
from yibao.clearing.disbursing import ADVANCE, MONTH
from yibao.clearing.moves import BANK_POST, application_row, post_of, require_on
from yibao.clearing.points import adjusted_by_fund
from yibao.clearing.sheet import expected_sum
from yibao.clearing.states import (
    DOUBT_WORDS,
    MOVES,
    STATE_WORDS,
    YEAR_END,
    ClearingMove,
    ClearingState,
    DoubtState,
)
from yibao.clearing.sums import MonthSum, RetainedReturn, instant_advance
from yibao.clearing.tables import clearing_application, clearing_doubt, clearing_move
from yibao.clearing.years import returned_of
from yibao.database.unit import Database, Unit
from yibao.disbursement.reading import ListedOrder, order_state
from yibao.exchange.months import BookedMonth, booked_month, month_days
from yibao.messages import Text
from yibao.office.calendar import working_days_between
from yibao.office.errors import UnknownYearError

_MOST = 500
_CHINA = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class ListedApplication:
    """An application as lists show it; amounts in fen."""

    application_id: str
    institution_id: str
    area: str
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
    returned: int
    withheld: int
    adjusted: int
    """What points or groups come to, less what was paid at settlement; fen."""
    goods: int
    """Paid to makers in the institution's stead and set off."""
    score: int | None
    """Of a year, in tenths of a point."""
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
class ToldDoubt:
    """A doubt with the application that it is of, and when the institution was told."""

    application_id: str
    area: str
    told_at: datetime.datetime
    doubt: ListedDoubt


@dataclass(frozen=True, slots=True)
class ListedMove:
    """A step of its history."""

    move: str
    state: ClearingState
    actor: str
    reason: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class AdvanceState:
    """What the agreement pays at once of an application, and whether that was ordered."""

    amount: int
    order: ListedOrder | None


@dataclass(frozen=True, slots=True)
class ReadApplication:
    """One application with what the books say now, its doubts and its history."""

    listed: ListedApplication
    booked: MonthTotals
    doubts: Sequence[ListedDoubt]
    history: Sequence[ListedMove]
    agreement: Agreement
    advance: AdvanceState | None
    """None where nothing is paid at once, or no longer."""
    payment: ListedOrder | None
    """The order for what the month comes to."""
    expected: MonthSum
    """What the sheet comes to as everything stands now."""
    adjusted: int
    """What points or groups come to, less what was paid at settlement, as it stands now; fen."""
    year: RetainedReturn | None
    """Of the paper of a year: what of the retained sums comes back."""
    moves: Sequence[ClearingMove]
    """Those that the reader may take now."""
    rights: frozenset[str]
    """What else the reader may do with it, in the post in which the reader acted before."""


def list_applications(
    database: Database,
    actor: Actor,
    *,
    today: datetime.date,
    month: int | None = None,
    institution_id: str | None = None,
) -> Sequence[ListedApplication]:
    """Those of the agency's area, or the institution's own, the latest first."""
    require(actor, "read_clearing", institution_id=actor.institution_id, area=actor.area or None)
    column = clearing_application.c
    query = select(clearing_application).where(*_mine(actor))
    if institution_id is not None:
        query = query.where(column.institution_id == institution_id)
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
        history = unit.run(moves.order_by(clearing_move.c.number)).all()
        rights = _rights(actor, application, history)
        agreement = agreement_of(unit, application)
        return ReadApplication(
            _listed(application, today),
            totals_of(booked_groups(unit, asked)),
            [_doubt(row) for row in unit.run(doubts.order_by(clearing_doubt.c.doubt_id))],
            [
                ListedMove(row.move, ClearingState(row.state), row.actor, row.reason, row.at)
                for row in history
            ],
            agreement,
            _advance(unit, application, agreement),
            order_state(unit, MONTH, application_id),
            expected_sum(unit, application),
            sum(adjusted_by_fund(unit, application).values()),
            returned_of(unit, application) if application.clear_type == YEAR_END else None,
            [
                move
                for move, rule in MOVES.items()
                if application.state in rule.starts
                and rule.permission in rights
                and (not rule.only_of_years or application.clear_type == YEAR_END)
            ],
            rights,
        )

    return database.read(fetch)


def doubts_told(
    database: Database, actor: Actor, first: datetime.date, last: datetime.date
) -> Sequence[ToldDoubt]:
    """Doubts about an institution's own applications that were told on some days, in order."""
    require(actor, "read_clearing", institution_id=actor.institution_id)
    doubts, applications = clearing_doubt.c, clearing_application.c
    query = (
        select(clearing_doubt, applications.area)
        .join(clearing_application, applications.application_id == doubts.application_id)
        .where(
            doubts.institution_id == actor.institution_id,
            doubts.told_at >= _begin(first),
            doubts.told_at < _begin(last + datetime.timedelta(days=1)),
        )
        .order_by(doubts.told_at, doubts.doubt_id)
    )
    return database.read(
        lambda unit: [
            ToldDoubt(row.application_id, row.area, row.told_at, _doubt(row))
            for row in unit.run(query)
        ]
    )


def _begin(day: datetime.date) -> datetime.datetime:
    """When a day begins in China."""
    return datetime.datetime.combine(day, datetime.time(), _CHINA).astimezone(datetime.UTC)


_ON_APPLICATIONS = (
    "apply_clearing",
    "appeal_clearing",
    "take_clearing",
    "review_clearing",
    "confirm_clearing",
    "sign_clearing",
    "advance_clearing",
    "close_clearing",
)


def _advance(unit: Unit, application: Any, agreement: Agreement) -> AdvanceState | None:
    order = order_state(unit, ADVANCE, application.application_id)
    is_open = application.state in (ClearingState.ACCEPTED, ClearingState.IN_REVIEW)
    amount = instant_advance(application.fund, agreement.advance_share or 0)
    if order is None and not (is_open and amount):
        return None
    return AdvanceState(order.amount if order is not None else amount, order)


def _rights(actor: Actor, application: Any, history: Sequence[Any]) -> frozenset[str]:
    posts = {row.role for row in history if row.actor == actor.id} - {BANK_POST}
    return frozenset(
        permission
        for permission in _ON_APPLICATIONS
        if may(actor, permission, institution_id=application.institution_id, area=application.area)
        and posts <= {post_of(permission, actor)}
    )


def _doubt(row: Any) -> ListedDoubt:
    return ListedDoubt(
        row.doubt_id,
        DoubtState(row.state),
        row.amount,
        row.confirmed,
        row.given_back,
        row.appeal_by,
        row.reason,
        row.appeal,
    )


_BACKWARDS = (ClearingMove.CANCEL, ClearingMove.SEND_BACK, ClearingMove.DROP)


def waiting_states(actor: Actor) -> frozenset[ClearingState]:
    """Where an application stands that waits for somebody's post."""
    own = actor.institution_id
    return frozenset(
        state
        for move, rule in MOVES.items()
        if move not in _BACKWARDS
        and may(actor, rule.permission, institution_id=own, area=actor.area)
        for state in rule.starts
    )


def waiting_panels(database: Database, actor: Actor) -> frozenset[str]:
    """Applications of the area with a doubt that waits for the panel that the reader writes for."""
    if not may(actor, "sign_clearing", area=actor.area):
        return frozenset()
    column = clearing_application.c
    query = (
        select(column.application_id)
        .join(clearing_doubt, clearing_doubt.c.application_id == column.application_id)
        .where(
            *_mine(actor),
            column.state == int(ClearingState.IN_REVIEW),
            clearing_doubt.c.state == DoubtState.BEFORE_PANEL,
        )
    )
    return database.read(lambda unit: frozenset(unit.run(query).scalars()))


def count_waiting(database: Database, actor: Actor) -> int:
    """How many applications of the area wait for the reader's post."""
    states = waiting_states(actor)
    if not states or actor.role not in MATRIX["read_clearing"]:
        return 0
    query = (
        select(func.count())
        .select_from(clearing_application)
        .where(*_mine(actor), clearing_application.c.state.in_([int(state) for state in states]))
    )
    waiting = database.read(lambda unit: int(unit.run(query).scalar_one()))
    return waiting + len(waiting_panels(database, actor))


def months_to_apply(
    database: Database, actor: Actor, institution_id: str, month: int
) -> Sequence[BookedMonth]:
    """What the books have of an institution's month, by group."""
    _require_place(database, actor, institution_id, month_days(month)[1])
    return database.read(lambda unit: booked_month(unit, institution_id, month))


def _require_place(
    database: Database, actor: Actor, institution_id: str, day: datetime.date
) -> None:
    area = database.read(lambda unit: area_of_institution(unit, institution_id, day))
    require(actor, "read_clearing", institution_id=institution_id, area=area)


def _mine(actor: Actor) -> list[ColumnElement[bool]]:
    column = clearing_application.c
    reach = MATRIX["read_clearing"][actor.role]
    if reach is Reach.PLACE:
        return [column.institution_id == actor.institution_id]
    if reach is Reach.ALL or actor.area is None:
        return []
    return [column.area.startswith(area_prefix(actor.area))]


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
        row.area,
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
        row.returned or 0,
        row.withheld or 0,
        row.adjusted or 0,
        row.goods or 0,
        row.score,
        row.due_on,
        left,
    )
