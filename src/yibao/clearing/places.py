"""Institutions as the office and they themselves see them: registration, agreements, months."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.access.permissions import MATRIX, Actor, Reach, area_prefix, require
from yibao.care.institutions import (
    InstitutionVersion,
    area_of_institution,
    institutions_within,
    read_institution,
)
from yibao.clearing.agreements import Agreement, agreements_of
from yibao.clearing.applications import MonthTotals, totals_of
from yibao.clearing.reading import ListedApplication, list_applications
from yibao.clearing.states import SETTLED, ClearingState
from yibao.database.unit import Database, Unit
from yibao.exchange.months import booked_institutions, booked_month, fund_of_year
from yibao.money import BASIS, in_units_of


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """How much of an agreement's budget of the calendar year the fund has paid; fen."""

    budget: int
    used: int

    @property
    def share(self) -> int:
        """Basis points, rounded down: 100% is said once it is all used."""
        return in_units_of(max(self.used, 0), BASIS, self.budget)

    @property
    def is_over(self) -> bool:
        return self.used > self.budget


@dataclass(frozen=True, slots=True)
class DesignatedInstitution:
    """An institution on a day."""

    institution_id: str
    version: InstitutionVersion
    agreement: Agreement | None
    """The one that holds; None: none was entered, or it is over."""
    budget: BudgetUse | None
    """None: the agreement has no budget."""


@dataclass(frozen=True, slots=True)
class MonthKind:
    """One kind of care of a month: what the books say, and the application that stands."""

    clear_type: str
    booked: MonthTotals
    applied: ListedApplication | None


@dataclass(frozen=True, slots=True)
class InstitutionPage:
    """One institution."""

    institution_id: str
    area: str
    versions: Sequence[InstitutionVersion]
    """By first day, the latest last."""
    agreements: Sequence[Agreement]
    applications: Sequence[ListedApplication]
    month: int
    """yyyymm, that the kinds are of."""
    kinds: Sequence[MonthKind]
    budget: BudgetUse | None
    """Of the agreement that holds; None: it has none."""

    @property
    def retained_by_year(self) -> Mapping[int, int]:
        """Fen, the latest year first, of the months that are signed."""
        years: dict[int, int] = {}
        for application in self.applications:
            if application.state in SETTLED and application.retained:
                year = application.month // 100
                years[year] = years.get(year, 0) + application.retained
        return dict(sorted(years.items(), reverse=True))

    @property
    def name(self) -> str:
        return self.versions[-1].name


def last_month(today: datetime.date) -> int:
    """The last month that is over, yyyymm."""
    day = today.replace(day=1) - datetime.timedelta(days=1)
    return day.year * 100 + day.month


def institutions_of(
    database: Database, actor: Actor, *, today: datetime.date, text: str = ""
) -> Sequence[DesignatedInstitution]:
    """Those of the agency's area by id; ``text``: in the id or the name."""
    require(actor, "read_clearing", area=actor.area or None)

    def fetch(unit: Unit) -> list[DesignatedInstitution]:
        known = _within(unit, actor, today, text)
        agreements = {place: _current(unit, place, today) for place in known}
        uses = _budget_uses(unit, agreements, today)
        return [
            DesignatedInstitution(place, version, agreements[place], uses.get(place))
            for place, version in known.items()
        ]

    return database.read(fetch)


def institution_page(
    database: Database,
    actor: Actor,
    institution_id: str,
    *,
    today: datetime.date,
    month: int | None = None,
) -> InstitutionPage:
    """One institution with a month's kinds of care; ``NotFoundError``, ``DeniedError``."""
    area = database.read(lambda unit: area_of_institution(unit, institution_id, today))
    require(actor, "read_clearing", institution_id=institution_id, area=area)
    applications = list_applications(database, actor, today=today, institution_id=institution_id)
    asked = last_month(today) if month is None else month

    def fetch(unit: Unit) -> InstitutionPage:
        return InstitutionPage(
            institution_id,
            area,
            read_institution(unit, institution_id).versions,
            agreements_of(unit, institution_id),
            applications,
            asked,
            _kinds(unit, institution_id, asked, applications),
            _budget_uses(unit, {institution_id: _current(unit, institution_id, today)}, today).get(
                institution_id
            ),
        )

    return database.read(fetch)


def not_applied(
    database: Database, actor: Actor, month: int, *, today: datetime.date
) -> Mapping[str, str]:
    """Names, by id, of who has settlements of a month in the book and has not applied for it."""
    require(actor, "read_clearing", area=actor.area or None)
    applied = {
        application.institution_id
        for application in list_applications(database, actor, today=today, month=month)
        if application.state is not ClearingState.CANCELLED
    }

    def fetch(unit: Unit) -> dict[str, str]:
        known = _within(unit, actor, today)
        return {
            institution_id: known[institution_id].name
            for institution_id in booked_institutions(unit, month, known.keys() - applied)
        }

    return database.read(fetch)


def names_within(database: Database, actor: Actor, *, today: datetime.date) -> Mapping[str, str]:
    """Names of the institutions of the agency's area, by id."""
    require(actor, "read_clearing", area=actor.area or None)
    versions = database.read(lambda unit: _within(unit, actor, today))
    return {institution_id: version.name for institution_id, version in versions.items()}


def _within(
    unit: Unit, actor: Actor, today: datetime.date, text: str = ""
) -> Mapping[str, InstitutionVersion]:
    every = MATRIX["read_clearing"][actor.role] is Reach.ALL or actor.area is None
    prefix = "" if every else area_prefix(actor.area or "")
    return institutions_within(unit, prefix, today, text=text)


def _current(unit: Unit, institution_id: str, today: datetime.date) -> Agreement | None:
    begun = [item for item in agreements_of(unit, institution_id) if item.start <= today]
    if not begun or (begun[-1].end is not None and begun[-1].end < today):
        return None
    return begun[-1]


def _budget_uses(
    unit: Unit, agreements: Mapping[str, Agreement | None], today: datetime.date
) -> Mapping[str, BudgetUse]:
    budgets = {
        place: agreement.budget
        for place, agreement in agreements.items()
        if agreement is not None and agreement.budget is not None
    }
    used = fund_of_year(unit, today.year, budgets) if budgets else {}
    return {place: BudgetUse(budget, used.get(place, 0)) for place, budget in budgets.items()}


def _kinds(
    unit: Unit, institution_id: str, month: int, applications: Sequence[ListedApplication]
) -> list[MonthKind]:
    groups = booked_month(unit, institution_id, month)
    standing = {
        application.clear_type: application
        for application in applications
        if application.month == month and application.state is not ClearingState.CANCELLED
    }
    return [
        MonthKind(
            clear_type,
            totals_of([group for group in groups if group.clear_type == clear_type]),
            standing.get(clear_type),
        )
        for clear_type in sorted({group.clear_type for group in groups} | set(standing))
    ]
