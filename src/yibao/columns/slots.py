"""The state of a family in slots of ``WIDTH`` integers: reading it, writing it, carrying it in."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.incentive import incentive, incentive_year
from yibao.benefit.terms import Increase, Rules
from yibao.columns.frame import (
    ADMISSIONS,
    ASSISTANCE,
    BALANCE,
    CARRIED_BALANCE,
    CARRIED_CHANGE,
    CARRIED_DISEASE,
    CARRIED_GRANTOR_BALANCE,
    CARRIED_MATERNITY,
    CLAIMS,
    ELIGIBLE,
    KEPT_ASSISTANCE,
    KEPT_DEDUCTIBLE,
    KEPT_ELIGIBLE,
    KEPT_INPATIENT_POOLED,
    KEPT_OWN,
    KEPT_POOLED,
    KEPT_SPECIAL,
    KEPT_UPPER,
    MATERNITY_USED,
    MOST_USED,
    NOT_GIVEN,
    OWN,
    PLACE,
    POOLED,
    SPECIAL,
    UPPER,
    WIDTH,
    Extras,
    Visits,
    Written,
)
from yibao.policy import parameters as p
from yibao.policy.keys import INPATIENT, KIND_INPATIENT, MEMBER_RESIDENT, OUTPATIENT


def keep_state(kept: Written, row: int, rows: int, care: int, slot: Written) -> None:
    """Keep what the accumulators held before a visit, column by column."""
    row = row & PLACE
    rows = rows & PLACE
    care = care & PLACE
    kept[row + KEPT_DEDUCTIBLE * rows] = slot[care]
    kept[row + KEPT_ELIGIBLE * rows] = slot[care + ELIGIBLE]
    kept[row + KEPT_POOLED * rows] = slot[care + POOLED]
    if care != OUTPATIENT:
        kept[row + KEPT_INPATIENT_POOLED * rows] = slot[INPATIENT + POOLED]
        kept[row + KEPT_SPECIAL * rows] = slot[SPECIAL]
        kept[row + KEPT_UPPER * rows] = slot[UPPER]
        kept[row + KEPT_ASSISTANCE * rows] = slot[ASSISTANCE]
        kept[row + KEPT_OWN * rows] = slot[OWN]


def add_to(slot: Written, more: Increase) -> None:
    """Add what a visit used to the accumulators of a slot."""
    care = more.care & PLACE
    slot[care] += more.deductible
    slot[care + ELIGIBLE] += more.eligible
    slot[care + POOLED] += more.pooled
    if care != OUTPATIENT:
        slot[SPECIAL] += more.special
        slot[UPPER] += more.upper
        slot[ASSISTANCE] += more.assistance
        slot[OWN] += more.own


def too_much(slot: Written, more: Increase) -> bool:
    """Whether an accumulator would leave the range in which no product overflows."""
    eligible: int = slot[ELIGIBLE + more.care & PLACE] + more.eligible
    own: int = slot[OWN] + more.own
    return eligible > MOST_USED or own > MOST_USED


def carry_in(
    visits: Visits, extras: Extras, state: Sequence[Written], base: int, row: int, kind: int
) -> None:
    """Set the state that a row carries in: what stands there replaces what was counted."""
    start = extras.carried_at[row] & PLACE
    of_year = state[base + visits.year_slot[row] & PLACE]
    of_other = state[base + visits.other_slot[row] & PLACE]
    for at in range(WIDTH):
        value = extras.carried[start + at]
        if value != NOT_GIVEN:
            if at == ADMISSIONS and kind == KIND_INPATIENT:
                of_other[at] = value
            else:
                of_year[at] = value
    if extras.carried[start + CARRIED_DISEASE] != NOT_GIVEN:
        of_other[0] = extras.carried[start + CARRIED_DISEASE]
    of_person = state[base + visits.person_slot[row] & PLACE]
    if extras.carried[start + CARRIED_MATERNITY] != NOT_GIVEN:
        of_person[MATERNITY_USED] = extras.carried[start + CARRIED_MATERNITY]
    if extras.carried[start + CARRIED_BALANCE] != NOT_GIVEN:
        of_person[BALANCE] = extras.carried[start + CARRIED_BALANCE]
    if extras.carried[start + CARRIED_CHANGE] != NOT_GIVEN:
        of_person[BALANCE] += extras.carried[start + CARRIED_CHANGE]
    if extras.carried[start + CARRIED_GRANTOR_BALANCE] != NOT_GIVEN:
        of_grantor = state[base + extras.relative_slot[row] & PLACE]
        of_grantor[BALANCE] = extras.carried[start + CARRIED_GRANTOR_BALANCE]


def ceiling_bonus(
    rules: Sequence[Rules], extras: Extras, state: Sequence[Written], base: int, row: int
) -> int:
    """The incentives of a resident on the last day of a visit; or ``lacking(cell)``."""
    start = extras.walk_start[row]
    years = extras.bonus_years[row]
    streak = 0
    earned = 0
    zero = 0
    for at in range(years):
        of_year = rules[extras.walk_version[start + at]]
        slot = state[base + extras.walk_slot[start + at] & PLACE]
        original = of_year[cell_1(of_year, p.UPPER_ANNUAL_CEILING, MEMBER_RESIDENT)]
        spent = slot[UPPER]
        claimed = slot[CLAIMS] > 0 or at == years - 1
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


def clear_family(state: Sequence[Written], base: int, slots: int) -> None:
    """An empty state for a family."""
    for number in range(slots):
        slot = state[base + number & PLACE]
        for at in range(WIDTH):
            slot[at] = 0
