"""What an agency reads of points and groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import MATRIX, Actor, Reach, area_prefix, require
from yibao.clearing.groups import PayMethod
from yibao.clearing.states import PERIOD_WORDS, PeriodState
from yibao.clearing.stays import PricedStays
from yibao.clearing.tables import clearing_period, clearing_stay
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.messages import Text, message

_MOST = 200


@dataclass(frozen=True, slots=True)
class ListedPeriod:
    """A period of points; amounts in fen."""

    period_id: str
    area: str
    period: int
    method: PayMethod
    state: PeriodState
    budget: int
    low_below: int | None
    high_above: int | None
    value: int
    """Of one point in 1/10,000 fen, or the rate in fen."""
    count: int
    drawn_by: str
    decided_by: str | None

    @property
    def state_label(self) -> Text:
        return PERIOD_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class InstitutionPoints:
    """What an institution's stays come to; points in hundredths, amounts in fen."""

    institution_id: str
    count: int
    points: int
    coefficient: int
    total: int
    fund: int
    """Paid at settlement."""
    due: int

    @property
    def difference(self) -> int:
        return self.due - self.fund


def list_periods(database: Database, actor: Actor) -> Sequence[ListedPeriod]:
    """Those of the agency's area, the latest first."""
    require(actor, "read_clearing", area=actor.area or None)
    query = select(clearing_period).order_by(
        clearing_period.c.period.desc(), clearing_period.c.period_id.desc()
    )
    if MATRIX["read_clearing"][actor.role] is not Reach.ALL and actor.area is not None:
        query = query.where(clearing_period.c.area.startswith(area_prefix(actor.area)))
    return database.read(lambda unit: [_listed(row) for row in unit.run(query.limit(_MOST))])


def read_period(
    database: Database, actor: Actor, period_id: str
) -> tuple[ListedPeriod, Sequence[InstitutionPoints]]:
    """One with what each institution's stays come to; ``NotFoundError``, ``DeniedError``."""
    require(actor, "read_clearing", area=actor.area or None)

    def fetch(unit: Unit) -> tuple[ListedPeriod, Sequence[InstitutionPoints]]:
        query = select(clearing_period).where(clearing_period.c.period_id == period_id)
        row = unit.run(query).one_or_none()
        if row is None:
            raise NotFoundError(message("没有这一期分值 {id}", id=period_id))
        require(actor, "read_clearing", area=row.area)
        stays = select(clearing_stay).where(clearing_stay.c.period_id == period_id)
        return _listed(row), by_institution(
            (stay.institution_id, stay.counted, stay.coefficient, stay.total, stay.fund, stay.due)
            for stay in unit.run(stays)
        )

    return database.read(fetch)


def priced_by_institution(priced: PricedStays) -> Sequence[InstitutionPoints]:
    """The same of stays that were only looked at."""
    return by_institution(
        (
            due.entry.institution_id,
            due.counted,
            due.coefficient,
            due.entry.total,
            due.entry.fund,
            due.due,
        )
        for due in priced.stays
    )


def by_institution(
    stays: Iterable[tuple[str, int, int, int, int, int]],
) -> Sequence[InstitutionPoints]:
    """Stays (institution, points, coefficient, total, fund, due) by institution."""
    sums: dict[str, InstitutionPoints] = {}
    for institution_id, points, coefficient, total, fund, due in stays:
        before = sums.get(
            institution_id, InstitutionPoints(institution_id, 0, 0, coefficient, 0, 0, 0)
        )
        sums[institution_id] = InstitutionPoints(
            institution_id,
            before.count + 1,
            before.points + points,
            coefficient,
            before.total + total,
            before.fund + fund,
            before.due + due,
        )
    return [sums[institution_id] for institution_id in sorted(sums)]


def _listed(row: Any) -> ListedPeriod:
    values = row._mapping
    return ListedPeriod(
        row.period_id,
        row.area,
        row.period,
        PayMethod(row.method),
        PeriodState(row.state),
        row.budget,
        row.low_below,
        row.high_above,
        row.value,
        values[clearing_period.c.count],
        row.drawn_by,
        row.decided_by,
    )
