"""The major-illness ceiling of a resident with what continuity and zero claims add (M05)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.benefit.coverage import paid_in_time
from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.facts import Person
from yibao.benefit.functions.incentive import incentive, incentive_year
from yibao.benefit.rules import day_rules
from yibao.benefit.state import PersonState
from yibao.benefit.steps import OPTION
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import MEMBER_RESIDENT


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The ceiling of the major-illness layer on a day."""

    original: int | None
    """None where there is no ceiling."""
    continuity: int
    zero_claim: int
    bonus: int
    explanation: Explanation
    rulebook: str


def _enrolled(person: Person, year: int) -> bool:
    return any(
        held.scheme == "resident"
        and held.start.year <= year
        and (held.end is None or held.end.year >= year)
        for held in person.enrolments
    )


def major_illness_ceiling(
    library: PolicyLibrary,
    person: Person,
    area: str,
    state: PersonState,
    day: datetime.date,
) -> Ceiling:
    """Original ceiling, incentives and their sum within bounds, as of ``day``.

    The years from the pack's first year on are walked in order: the streak counts the
    coverage year of ``day`` itself, zero claims the finished years before it.
    """
    rules = day_rules(library, area, day, day)
    first = rules.rules[p.INCENTIVE_FIRST_YEAR]
    streak = earned = zero = 0
    trace: TraceEntries = []
    if first >= 0:
        for year in range(first, day.year + 1):
            new_year = datetime.date(year, 1, 1)
            year_rules = day_rules(library, area, max(new_year, datetime.date(first, 1, 1)), day)
            finished = year < day.year
            paid = _enrolled(person, year) and paid_in_time(person, year, day)
            if not paid and zero:
                trace.append((OPTION, p.INCENTIVE_BREAK_ZERO_CLAIM, 0))
            spent = state.year("resident", year).upper
            original = year_rules.at(p.UPPER_ANNUAL_CEILING, MEMBER_RESIDENT)
            streak, earned, counted = incentive_year(
                year_rules.rules,
                streak,
                earned,
                zero,
                int(paid),
                int(state.claims.get(year, 0) > 0 or not finished),
                int(0 <= original < spent),
            )
            zero = counted
    original, continuity, zero_claim, bonus = incentive(rules.rules, earned, zero, trace)
    if original < -1:
        raise rules.refusal(original)
    return Ceiling(
        None if original == -1 else original,
        continuity,
        zero_claim,
        bonus,
        explain(rules, trace),
        rules.rulebook.hash,
    )
