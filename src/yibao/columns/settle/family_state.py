"""The state of a family in slots of ``WIDTH`` integers: reading it, writing it, carrying it in.

Written, like the benefit functions, in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from yibao.benefit.functions.deductible_days import days_begin, within_days
from yibao.benefit.functions.incentive import incentive
from yibao.benefit.functions.incentive_years import live_incentive_year
from yibao.benefit.functions.left_behind import READS_ADMISSIONS, LeftBehind, state_read
from yibao.benefit.terms import POOL_OUTPATIENT, Increase, Rules
from yibao.columns.frame import (
    ADMISSIONS,
    ASSISTANCE,
    BALANCE,
    CARRIED_BALANCE,
    CARRIED_CHANGE,
    CARRIED_DAYS_DEDUCTIBLE,
    CARRIED_DAYS_ELIGIBLE,
    CARRIED_DISEASE,
    CARRIED_GRANTOR_BALANCE,
    CARRIED_MATERNITY,
    CLAIMS,
    DAYS_BEGIN,
    DAYS_DEDUCTIBLE,
    DAYS_ELIGIBLE,
    EFFECT_ADDED,
    EFFECT_ADMISSIONS,
    EFFECT_CARE,
    EFFECT_CLAIMS,
    EFFECT_COUNTS,
    EFFECT_DISEASE,
    EFFECT_ENDS_PREGNANCY,
    EFFECT_MATERNITY,
    EFFECT_WIDTH,
    ELIGIBLE,
    INPUT_ASSISTANCE,
    INPUT_CHRONIC_POOLED,
    INPUT_DEDUCTIBLE,
    INPUT_ELIGIBLE,
    INPUT_INPATIENT_POOLED,
    INPUT_OUTPATIENT_POOLED,
    INPUT_OWN,
    INPUT_POOLED,
    INPUT_SPECIAL,
    INPUT_UPPER,
    MATERNITY_USED,
    MOST_USED,
    NOT_CARRIED,
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
from yibao.policy.keys import CHRONIC, INPATIENT, OUTPATIENT


def clear_family(state: Sequence[Written], base: int, slots: int) -> None:
    """An empty state for a family."""
    for number in range(slots):
        slot = state[base + number & PLACE]
        for place in range(WIDTH):
            slot[place] = 0


def write_accumulators(
    inputs: Written, row: int, rows: int, care: int, pool: int, slot: Written
) -> None:
    """Write down what the accumulators held before a visit, column by column.

    ``pool``: what counts under the inpatient ceiling.
    """
    row = row & PLACE
    rows = rows & PLACE
    care = care & PLACE
    inputs[row + INPUT_DEDUCTIBLE * rows] = slot[care]
    inputs[row + INPUT_ELIGIBLE * rows] = slot[care + ELIGIBLE]
    inputs[row + INPUT_POOLED * rows] = slot[care + POOLED]
    if pool != 0:
        inputs[row + INPUT_OUTPATIENT_POOLED * rows] = slot[OUTPATIENT + POOLED]
        inputs[row + INPUT_CHRONIC_POOLED * rows] = slot[CHRONIC + POOLED]
    if care != OUTPATIENT or pool & POOL_OUTPATIENT or slot[OWN] != 0:
        inputs[row + INPUT_INPATIENT_POOLED * rows] = slot[INPATIENT + POOLED]
        inputs[row + INPUT_SPECIAL * rows] = slot[SPECIAL]
        inputs[row + INPUT_UPPER * rows] = slot[UPPER]
        inputs[row + INPUT_ASSISTANCE * rows] = slot[ASSISTANCE]
        inputs[row + INPUT_OWN * rows] = slot[OWN]


def add_to(slot: Written, more: Increase) -> None:
    """Add what a visit used to the accumulators of a slot."""
    care = more.care & PLACE
    slot[care] += more.deductible
    slot[care + ELIGIBLE] += more.eligible
    slot[care + POOLED] += more.pooled
    if more.own != 0 or more.upper != 0 or care != OUTPATIENT:
        slot[SPECIAL] += more.special
        slot[UPPER] += more.upper
        slot[ASSISTANCE] += more.assistance
        slot[OWN] += more.own


def add_to_days(
    visits: Visits, state: Sequence[Written], base: int, row: int, more: Increase
) -> None:
    """Add what a visit used to the days in which its deductible is borne once."""
    of_days = state[base + visits.days_slot[row] & PLACE]
    days = visits.days[row] + 0
    day = visits.day[row] + 0
    begun = of_days[DAYS_BEGIN] + 0
    begin = days_begin(begun, days, day)
    if begin != begun:
        of_days[DAYS_BEGIN] = begin
        of_days[DAYS_DEDUCTIBLE] = 0
        of_days[DAYS_ELIGIBLE] = 0
    if within_days(begin, days, day):
        of_days[DAYS_DEDUCTIBLE] += more.deductible
        of_days[DAYS_ELIGIBLE] += more.eligible


def add_effect(
    visits: Visits,
    state: Sequence[Written],
    base: int,
    row: int,
    more: Increase,
    left: LeftBehind,
) -> None:
    """Add what a settled visit used to the state of its person."""
    if left.counts == 0:
        return
    of_year = state[base + visits.year_slot[row] & PLACE]
    add_to(of_year, more)
    if len(visits.days_slot) > 0 and visits.days_slot[row] >= 0 and more.eligible != 0:
        add_to_days(visits, state, base, row, more)
    if left.admissions != 0:
        of_admissions = state[base + visits.other_slot[row] & PLACE]
        of_admissions[ADMISSIONS] += left.admissions
    if left.disease_paid != 0:
        of_disease = state[base + visits.other_slot[row] & PLACE]
        of_disease[0] += left.disease_paid
    if left.ends_pregnancy != 0:
        of_mother = state[base + visits.person_slot[row] & PLACE]
        of_mother[MATERNITY_USED] = 0
    elif left.maternity_paid != 0:
        of_mother = state[base + visits.person_slot[row] & PLACE]
        of_mother[MATERNITY_USED] += left.maternity_paid
    if left.claims > 0:
        of_year[CLAIMS] += left.claims


def write_effect(effects: Written, row: int, more: Increase, left: LeftBehind) -> None:
    """Write down what a settled row has added."""
    start = row * EFFECT_WIDTH
    effects[start + EFFECT_CARE] = more.care
    effects[start + EFFECT_ADDED] = more.deductible
    effects[start + EFFECT_ADDED + 1] = more.eligible
    effects[start + EFFECT_ADDED + 2] = more.pooled
    effects[start + EFFECT_ADDED + 3] = more.special
    effects[start + EFFECT_ADDED + 4] = more.upper
    effects[start + EFFECT_ADDED + 5] = more.assistance
    effects[start + EFFECT_ADDED + 6] = more.own
    effects[start + EFFECT_COUNTS] = left.counts
    effects[start + EFFECT_ADMISSIONS] = left.admissions
    effects[start + EFFECT_DISEASE] = left.disease_paid
    effects[start + EFFECT_MATERNITY] = left.maternity_paid
    effects[start + EFFECT_ENDS_PREGNANCY] = left.ends_pregnancy
    effects[start + EFFECT_CLAIMS] = left.claims


def add_written_effect(
    visits: Visits, effects: Written, state: Sequence[Written], base: int, row: int
) -> None:
    """Add again what a row added when it was settled."""
    start = row * EFFECT_WIDTH
    more = Increase(
        effects[start + EFFECT_CARE],
        effects[start + EFFECT_ADDED],
        effects[start + EFFECT_ADDED + 1],
        effects[start + EFFECT_ADDED + 2],
        effects[start + EFFECT_ADDED + 3],
        effects[start + EFFECT_ADDED + 4],
        effects[start + EFFECT_ADDED + 5],
        effects[start + EFFECT_ADDED + 6],
    )
    left = LeftBehind(
        effects[start + EFFECT_COUNTS],
        effects[start + EFFECT_ADMISSIONS],
        effects[start + EFFECT_DISEASE],
        effects[start + EFFECT_MATERNITY],
        effects[start + EFFECT_ENDS_PREGNANCY],
        effects[start + EFFECT_CLAIMS],
    )
    add_effect(visits, state, base, row, more, left)


def too_much(slot: Written, more: Increase) -> bool:
    """Whether an accumulator would leave the range in which no product overflows."""
    eligible: int = slot[ELIGIBLE + more.care & PLACE] + more.eligible
    own: int = slot[OWN] + more.own
    return eligible > MOST_USED or own > MOST_USED


def carry_used_in(
    visits: Visits, extras: Extras, state: Sequence[Written], base: int, row: int, kind: int
) -> None:
    """Set what a row carries in of used amounts: it replaces what was counted."""
    start = extras.carried_start[row] & PLACE
    of_year = state[base + visits.year_slot[row] & PLACE]
    of_other = state[base + visits.other_slot[row] & PLACE]
    for place in range(WIDTH):
        value = extras.carried[start + place]
        if value != NOT_CARRIED:
            if place == ADMISSIONS and state_read(kind) == READS_ADMISSIONS:
                of_other[place] = value
            else:
                of_year[place] = value
    if extras.carried[start + CARRIED_DISEASE] != NOT_CARRIED:
        of_other[0] = extras.carried[start + CARRIED_DISEASE]
    borne = extras.carried[start + CARRIED_DAYS_DEDUCTIBLE]
    if borne != NOT_CARRIED and len(visits.days_slot) > 0 and visits.days_slot[row] >= 0:
        of_days = state[base + visits.days_slot[row] & PLACE]
        of_days[DAYS_BEGIN] = visits.day[row] + 0
        of_days[DAYS_DEDUCTIBLE] = borne
        of_days[DAYS_ELIGIBLE] = 0
        if extras.carried[start + CARRIED_DAYS_ELIGIBLE] != NOT_CARRIED:
            of_days[DAYS_ELIGIBLE] = extras.carried[start + CARRIED_DAYS_ELIGIBLE]
    if extras.carried[start + CARRIED_MATERNITY] != NOT_CARRIED:
        of_person = state[base + visits.person_slot[row] & PLACE]
        of_person[MATERNITY_USED] = extras.carried[start + CARRIED_MATERNITY]


def carry_in(
    visits: Visits, extras: Extras, state: Sequence[Written], base: int, row: int, kind: int
) -> None:
    """Set the state that a row carries in: used amounts, and what is on accounts."""
    carry_used_in(visits, extras, state, base, row, kind)
    start = extras.carried_start[row] & PLACE
    of_person = state[base + visits.person_slot[row] & PLACE]
    if extras.carried[start + CARRIED_BALANCE] != NOT_CARRIED:
        of_person[BALANCE] = extras.carried[start + CARRIED_BALANCE]
    if extras.carried[start + CARRIED_CHANGE] != NOT_CARRIED:
        of_person[BALANCE] += extras.carried[start + CARRIED_CHANGE]
    if extras.carried[start + CARRIED_GRANTOR_BALANCE] != NOT_CARRIED:
        of_grantor = state[base + extras.relative_slot[row] & PLACE]
        of_grantor[BALANCE] = extras.carried[start + CARRIED_GRANTOR_BALANCE]


def ceiling_bonus(
    rules: Sequence[Rules], extras: Extras, state: Sequence[Written], base: int, row: int
) -> int:
    """The incentives of a resident on the last day of a visit; or ``lacking(cell)``."""
    start = extras.bonus_year_start[row]
    years = extras.bonus_years[row]
    streak = 0
    earned = 0
    zero_claim_years = 0
    for number in range(years):
        slot = state[base + extras.bonus_year_slot[start + number] & PLACE]
        streak, earned, zero_claim_years = live_incentive_year(
            rules[extras.bonus_year_version[start + number]],
            streak,
            earned,
            zero_claim_years,
            extras.bonus[row] >> number & 1,
            slot[CLAIMS],
            slot[UPPER],
            1 if number < years - 1 else 0,
            None,
        )
    original, _, _, bonus = incentive(
        rules[extras.bonus_version[row]], earned, zero_claim_years, None
    )
    return original if original < -1 else bonus


STATE_FUNCTIONS: list[Callable[..., Any]] = [
    clear_family,
    write_accumulators,
    add_to,
    add_to_days,
    add_effect,
    write_effect,
    add_written_effect,
    too_much,
    carry_used_in,
    carry_in,
    ceiling_bonus,
]
"""Callees before callers, as the compiler wants them."""
