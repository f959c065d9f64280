"""A scenario as it was read: the facts, and the steps in the order of the file."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from yibao.benefit.facts import Filing, Grant, Institution, Person, Used, Visit


class NamePlace(NamedTuple):
    """A name that only a pack can confirm, and where the file uses it."""

    name: str
    file: str
    line: int
    path: str


@dataclass(frozen=True, slots=True)
class VisitStep:
    """A visit to settle."""

    line: int
    visit: Visit


@dataclass(frozen=True, slots=True)
class ReverseStep:
    """The reversal of an earlier visit."""

    line: int
    visit: str


@dataclass(frozen=True, slots=True)
class ContributeStep:
    """A payment for a resident year, or for an employee month with its base in fen."""

    line: int
    person: str
    year: int | None
    month: int | None
    base: int | None
    paid_on: datetime.date
    draw: tuple[str, ...] = ()
    """Personal accounts that pay the bill, in order: ``own`` or a person's id."""
    months: int = 1
    """Months paid at once from ``month`` on (quarter, half-year, year)."""


@dataclass(frozen=True, slots=True)
class CreditStep:
    """The monthly credit to a personal account."""

    line: int
    person: str
    month: int
    pension: int | None = None
    """Monthly pension of a retired person in fen, where the pack credits a share of it."""


@dataclass(frozen=True, slots=True)
class RevokeStep:
    """The end of a grant, from its own day on."""

    line: int
    grantor: str
    grantee: str
    on: datetime.date


@dataclass(frozen=True, slots=True)
class TransferStep:
    """A wallet transfer of ``amount`` fen."""

    line: int
    source: str
    target: str
    amount: int
    on: datetime.date


@dataclass(frozen=True, slots=True)
class AskStep:
    """A question that changes nothing."""

    line: int
    question: str
    """``waiting``, ``contribution``, ``entitlement``, ``accumulators``, ``balance`` or
    ``ceiling``."""
    person: str
    on: datetime.date | None
    """The day asked for (``today`` filled in); None for ``accumulators``."""
    year: int | None = None
    month: int | None = None
    base: int | None = None
    months: int = 1
    """Months asked for from ``month`` on."""


Step = VisitStep | ReverseStep | ContributeStep | CreditStep | RevokeStep | TransferStep | AskStep


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario file; every reference in it is known to exist."""

    file: str
    area: str
    """Default home area, six digits."""
    today: datetime.date | None
    people: Mapping[str, Person]
    """By id, in the order of the file."""
    institutions: Mapping[str, Institution]
    """By id, in the order of the file."""
    grants: tuple[Grant, ...]
    filings: tuple[Filing, ...]
    steps: tuple[Step, ...]
    used: Mapping[str, Used]
    """Accumulators carried in, by person; absent where the file gives none."""
    account: Mapping[str, int]
    """Balance of the personal account before the first step, fen, for every person."""
    group_names: tuple[NamePlace, ...]
    disease_names: tuple[NamePlace, ...]


def latest_day(scenario: Scenario) -> datetime.date:
    """The last day that a file names in its steps: the clock of a store of its own."""
    days = [] if scenario.today is None else [scenario.today]
    for step in scenario.steps:
        if isinstance(step, VisitStep):
            days.append(step.visit.end)
        elif isinstance(step, ContributeStep):
            days.append(step.paid_on)
        elif isinstance(step, RevokeStep | TransferStep):
            days.append(step.on)
        elif isinstance(step, AskStep):
            days += [] if step.on is None else [step.on]
    return max(days, default=datetime.date.max)


def group_places(scenario: Scenario) -> Iterator[NamePlace]:
    """Every group that the file names, for checking against the pack."""
    return iter(scenario.group_names)


def disease_places(scenario: Scenario) -> Iterator[NamePlace]:
    """Every disease that the file names, for checking against the pack."""
    return iter(scenario.disease_names)
