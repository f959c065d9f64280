"""What a look into the packs answers, as types: pages draw them, programs get their JSON.

Texts of the packs are Chinese.  What is ``Placed`` also says where in the files of the packs it
stands, which policy people need and the public does not.
"""

from __future__ import annotations

import datetime
from typing import Any

from yibao.written import TypedAnswer


class Valued(TypedAnswer):
    """One value of a rule, and for which members of its keys (empty: for all)."""

    keys: str
    value: str


class Cited(TypedAnswer):
    """A source by its id, with its grade; empty for one of the articles."""

    id: str
    grade: str


class AreaCounts(TypedAnswer, kw_only=True):
    """An area with a pack, and how much the pack holds."""

    code: str
    name: str
    name_en: str
    parent: str | None
    folder: str
    assumptions: bool
    complete: tuple[str, ...]
    topics: dict[str, int]
    parameters: int
    values: int
    assumed: int
    quarantined: int
    disputes: int
    gaps: int


class StatedRule(TypedAnswer, kw_only=True):
    """A parameter with the values that hold in an area on a day."""

    parameter: str
    name: str
    values: tuple[Valued, ...]
    area: str
    """The area that gives it, or ``overlay``."""
    first_day: datetime.date
    last_day: datetime.date | None
    from_basis: str
    """``assumed`` where no source gives the first day."""
    grade: str
    status: str
    basis: str
    gap: str
    disputes: tuple[str, ...]
    note: str


class RuleInForce(StatedRule, kw_only=True):
    """A rule in force, and who says so."""

    sources: tuple[Cited, ...]


class AreaRules(TypedAnswer, kw_only=True):
    """What is in force in an area on a day."""

    area: str
    name: str
    on: datetime.date
    rulebook: str
    parameters: tuple[RuleInForce, ...]
    missing: tuple[str, ...]
    """Parameters that a calculation needs and no source gives."""


class StatedValue(TypedAnswer, kw_only=True):
    """One dated value of a parameter in one area."""

    area: str
    area_name: str
    first_day: datetime.date
    last_day: datetime.date | None
    known_from: datetime.date | None
    values: tuple[Valued, ...]
    status: str
    basis: str
    gap: str
    disputes: tuple[str, ...]
    from_basis: str
    note: str


class DatedValue(StatedValue, kw_only=True):
    """A dated value, and who says so."""

    sources: tuple[Cited, ...]


class PlacedValue(DatedValue, kw_only=True):
    """A dated value and where it is written."""

    file: str
    line: int


class NamedArea(TypedAnswer):
    """An area by its code and name."""

    code: str
    name: str


class ParameterDifference(TypedAnswer):
    """A parameter that two areas give differently; the values of both in their order."""

    parameter: str
    name: str
    values: tuple[tuple[Valued, ...], ...]


class AreaDifferences(TypedAnswer, kw_only=True):
    """What differs between two areas on a day."""

    areas: tuple[NamedArea, ...]
    on: datetime.date
    parameters: tuple[ParameterDifference, ...]


class SideAnswer(TypedAnswer):
    """What one side of a dispute says, and the facts that say it."""

    says: str
    facts: tuple[str, ...]


class DisputeTold(TypedAnswer, kw_only=True):
    """Sources that disagree, and the reasoned choice; None: no choice yet."""

    id: str
    question: str
    sides: tuple[SideAnswer, ...]
    choice: str | None
    reason: str
    confidence: str
    decided: datetime.date | None


class DisputeAnswer(DisputeTold, kw_only=True):
    """A dispute with what it is about."""

    area: str
    topic: str
    parameters: tuple[str, ...]
    facts: tuple[str, ...]


class PlacedDispute(DisputeAnswer, kw_only=True):
    """A dispute and where it is written."""

    file: str
    line: int


class GapAnswer(TypedAnswer, kw_only=True):
    """A figure that the first sources do not give, and what became of it."""

    id: str
    area: str
    parameters: tuple[str, ...]
    missing: str
    found: tuple[str, ...]
    handled: str
    note: str


class PlacedGap(GapAnswer, kw_only=True):
    """A gap and where it is written."""

    file: str
    line: int


class SourceAnswer(TypedAnswer, kw_only=True):
    """One fact of one source."""

    id: str
    region_name: str
    region_code: str
    scheme: str
    topic: str
    parameter: str
    value: str
    unit: str
    grade: str
    effective: str
    documents: tuple[dict[str, str], ...]
    """Everything that the record says about each place where it was read."""
    note: str
    fields: dict[str, Any]
    """Everything else that the record holds."""


class PlacedSource(SourceAnswer, kw_only=True):
    """A fact and where it is recorded."""

    file: str
    line: int
