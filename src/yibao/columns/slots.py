"""The state of a family in slots of ``WIDTH`` integers: reading it, writing it, carrying it in."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.benefit.functions.incentive import incentive, incentive_year
from yibao.benefit.terms import Accumulators, Rules
from yibao.columns.frame import (
    ADMISSIONS,
    BALANCE,
    CARRIED_BALANCE,
    CARRIED_CHANGE,
    CARRIED_DISEASE,
    CARRIED_GRANTOR_BALANCE,
    CARRIED_MATERNITY,
    CLAIMS,
    MATERNITY_USED,
    MOST_USED,
    NOT_GIVEN,
    UPPER,
    WIDTH,
    Extras,
    Visits,
    Written,
)
from yibao.policy import parameters as p
from yibao.policy.keys import KIND_INPATIENT


def accumulators_at(state: Written, start: int) -> Accumulators:
    """The accumulators of a slot."""
    return Accumulators(
        state[start],
        state[start + 1],
        state[start + 2],
        state[start + 3],
        state[start + 4],
        state[start + 5],
        state[start + 6],
        state[start + 7],
        state[start + 8],
        state[start + 9],
        state[start + 10],
        state[start + 11],
        state[start + 12],
    )


def keep_accumulators(target: Written, start: int, step: int, used: Accumulators) -> None:
    """Write accumulators ``step`` apart."""
    target[start] = used.outpatient_deductible
    target[start + step] = used.inpatient_deductible
    target[start + step * 2] = used.chronic_deductible
    target[start + step * 3] = used.outpatient_eligible
    target[start + step * 4] = used.inpatient_eligible
    target[start + step * 5] = used.chronic_eligible
    target[start + step * 6] = used.outpatient_pooled
    target[start + step * 7] = used.inpatient_pooled
    target[start + step * 8] = used.chronic_pooled
    target[start + step * 9] = used.special_pooled
    target[start + step * 10] = used.upper
    target[start + step * 11] = used.assistance
    target[start + step * 12] = used.eligible_own


def too_much(used: Accumulators) -> bool:
    """Whether an accumulator has left the range in which no product overflows."""
    return (
        used.outpatient_eligible > MOST_USED
        or used.inpatient_eligible > MOST_USED
        or used.chronic_eligible > MOST_USED
        or used.eligible_own > MOST_USED
    )


def carry_in(visits: Visits, extras: Extras, state: Written, base: int, row: int) -> None:
    """Set the state that a row carries in: what stands there replaces what was counted."""
    start = extras.carried_at[row]
    word = visits.facts[row]
    of_year = base + visits.year_slot[row] * WIDTH
    of_other = base + visits.other_slot[row] * WIDTH
    for at in range(WIDTH):
        value = extras.carried[start + at]
        if value != NOT_GIVEN:
            of_admission = at == ADMISSIONS and word & 7 == KIND_INPATIENT
            state[(of_other if of_admission else of_year) + at] = value
    if extras.carried[start + CARRIED_DISEASE] != NOT_GIVEN:
        state[of_other] = extras.carried[start + CARRIED_DISEASE]
    of_person = base + visits.person_slot[row] * WIDTH
    if extras.carried[start + CARRIED_MATERNITY] != NOT_GIVEN:
        state[of_person + MATERNITY_USED] = extras.carried[start + CARRIED_MATERNITY]
    if extras.carried[start + CARRIED_BALANCE] != NOT_GIVEN:
        state[of_person + BALANCE] = extras.carried[start + CARRIED_BALANCE]
    if extras.carried[start + CARRIED_CHANGE] != NOT_GIVEN:
        state[of_person + BALANCE] += extras.carried[start + CARRIED_CHANGE]
    if extras.carried[start + CARRIED_GRANTOR_BALANCE] != NOT_GIVEN:
        of_grantor = base + extras.relative_slot[row] * WIDTH
        state[of_grantor + BALANCE] = extras.carried[start + CARRIED_GRANTOR_BALANCE]


def ceiling_bonus(
    rules: Sequence[Rules], extras: Extras, state: Written, base: int, row: int
) -> int:
    """The incentives of a resident on the last day of a visit; or ``lacking(cell)``."""
    start = extras.walk_start[row]
    years = extras.bonus_years[row]
    streak = 0
    earned = 0
    zero = 0
    for at in range(years):
        of_year = rules[extras.walk_version[start + at]]
        slot = base + extras.walk_slot[start + at] * WIDTH
        original = of_year[p.UPPER_ANNUAL_CEILING]
        spent = state[slot + UPPER]
        claimed = state[slot + CLAIMS] > 0 or at == years - 1
        streak, earned, zero = incentive_year(
            of_year,
            streak,
            earned,
            zero,
            extras.bonus[row] >> at & 1,
            1 if claimed else 0,
            1 if 0 <= original < spent else 0,
        )
    original, _, _, bonus = incentive(rules[extras.bonus_version[row]], earned, zero, None)
    return original if original < -1 else bonus


def clear_family(state: Written, base: int, slots: int) -> None:
    """An empty state for a family."""
    for at in range(base, base + slots * WIDTH):
        state[at] = 0
