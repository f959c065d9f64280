"""What each calculator answers, as types: the JSON and its published schema are made of them."""

from __future__ import annotations

import datetime

from yibao.benefit.answers import VisitAnswer
from yibao.benefit.period_answers import CeilingAnswer, ContributionAnswer, WaitingAnswer
from yibao.messages import Wording
from yibao.money.units import Fen
from yibao.written import UNSET, TypedAnswer, UnsetType


class VisitInArea(VisitAnswer, frozen=True, kw_only=True):
    """One visit of a person at home in an area."""

    area: str


class AllowanceFigures(TypedAnswer, frozen=True, kw_only=True):
    """A maternity allowance."""

    days: int
    amount: Fen


class MaternityFigures(VisitInArea, frozen=True, kw_only=True):
    """The medical cost of a birth, and what comes beside it."""

    allowance: AllowanceFigures | UnsetType = UNSET
    spouse_part: Fen | UnsetType = UNSET
    """What a worker's uninsured spouse gets."""


class VisitOfYear(VisitAnswer, frozen=True, kw_only=True):
    """One visit of a year."""

    on: datetime.date


class YearFigures(TypedAnswer, frozen=True, kw_only=True):
    """Several visits of one person, each on what those before it have used."""

    year: int
    total: Fen
    fund: Fen
    own: Fen
    visits: tuple[VisitOfYear, ...]


class ComparedVisit(VisitInArea, frozen=True, kw_only=True):
    """One side of a comparison."""

    name: Wording


class VisitDifference(TypedAnswer, frozen=True):
    """What the second side has more than the first; negative where it has less."""

    total: Fen
    eligible: Fen
    deductible: Fen
    pooled: Fen
    upper: Fen
    assistance: Fen
    other_fund: Fen
    fund: Fen
    own: Fen


COMPARED = VisitDifference.member_names
"""The amounts that are compared, in order."""


class ComparisonFigures(TypedAnswer, frozen=True, kw_only=True):
    """One bill under two areas' rules, or under the rules of two days."""

    sides: tuple[ComparedVisit, ComparedVisit]
    difference: VisitDifference


class ContributionInArea(ContributionAnswer, frozen=True, kw_only=True):
    """What a period costs somebody in an area."""

    area: str
    premium_subsidy: Fen | UnsetType = UNSET
    """What comes back of a flexible member's payments, where the group may get it."""


class FamilyFigures(TypedAnswer, frozen=True, kw_only=True):
    """What a family pays in a year."""

    area: str
    year: int
    due: Fen
    members: tuple[ContributionAnswer, ...]


class WaitingInArea(WaitingAnswer, frozen=True, kw_only=True):
    """Waiting in an area; residents also learn their ceiling."""

    area: str
    ceiling: CeilingAnswer | UnsetType = UNSET


def difference_of(first: VisitAnswer, second: VisitAnswer) -> VisitDifference:
    """What the second of two visits has more than the first."""
    before, after = first.amounts(), second.amounts()
    return VisitDifference(*(after[name] - before[name] for name in COMPARED))
