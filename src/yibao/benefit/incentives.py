"""The major-illness ceiling of a resident with what continuity and zero claims add (M05)."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.benefit.coverage import resident_year_paid
from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.facts import Person
from yibao.benefit.functions.incentive import incentive
from yibao.benefit.functions.incentive_years import incentive_years, live_incentive_year
from yibao.benefit.rules import day_rules
from yibao.benefit.state import PersonState
from yibao.money.units import Fen
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The ceiling of the major-illness layer on a day."""

    original: Fen | None
    """None where there is no ceiling."""
    continuity: Fen
    zero_claim: Fen
    bonus: Fen
    explanation: Explanation
    rulebook: str


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
    streak = earned = zero_claim_years = 0
    trace: TraceEntries = []
    years = incentive_years(rules.rules, day.year)
    for year in range(day.year - years + 1, day.year + 1):
        year_rules = day_rules(library, area, datetime.date(year, 1, 1), day)
        streak, earned, zero_claim_years = live_incentive_year(
            year_rules.rules,
            streak,
            earned,
            zero_claim_years,
            int(resident_year_paid(person, year, day)),
            state.claims.get(year, 0),
            state.year(Scheme.RESIDENT, year).upper,
            int(year < day.year),
            trace,
        )
    original, continuity, zero_claim, bonus = incentive(
        rules.rules, earned, zero_claim_years, trace
    )
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
