"""The loop over visits in order: state in, benefit functions, state out.

Written, like the benefit functions, in what CPython and Numba share: the columns are
lists there and arrays here.  The loop finds state, adds and compares; every rule is a
call of a registered function.

State stands in *slots* of ``WIDTH`` integers, numbered within a family by ``slots``: one
for each person, scheme and year, one for each disease and period, one for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.benefit.functions.account import draw, payable_by_accounts
from yibao.benefit.functions.settlement import settle
from yibao.benefit.terms import Accumulators, Rules, Settlement, VisitFacts
from yibao.columns import packing as k
from yibao.columns.frame import (
    ADMISSIONS,
    BALANCE,
    CLAIMS,
    KEPT_BALANCE,
    KEPT_CEILING_BONUS,
    KEPT_DISEASE_USED,
    KEPT_GRANTOR_BALANCE,
    KEPT_MATERNITY_USED,
    KEPT_NTH,
    MATERNITY_USED,
    STATUS_DEPENDENT,
    STATUS_NOT_SETTLED,
    STATUS_OVERFLOW,
    WIDTH,
    Column,
    Extras,
    Results,
    Visits,
    Written,
)
from yibao.columns.slots import (
    accumulators_at,
    carry_in,
    ceiling_bonus,
    clear_family,
    keep_accumulators,
    too_much,
)
from yibao.policy.keys import KIND_CHRONIC, KIND_INPATIENT, KIND_MATERNITY, MEMBER_RESIDENT


class Outcome(NamedTuple):
    """One visit, settled and paid."""

    status: int
    deductible: int
    pooled: int
    upper: int
    assistance: int
    other_fund: int
    account: int
    mutual_aid: int


def facts_of(
    visits: Visits,
    row: int,
    word: int,
    nth: int,
    maternity_used: int,
    disease_used: int,
    bonus: int,
) -> VisitFacts:
    """The facts of a row as the benefit functions take them."""
    return VisitFacts(
        word & 7,
        word >> k.MEMBER & 3,
        word >> k.TIER & 7,
        word >> k.AGE & 1,
        word >> k.PLACE & 7,
        word >> k.GROUPS & 4_095,
        nth,
        (word >> k.DISEASE & 127) - 1,
        word >> k.FORMER & 1,
        word >> k.ENTITLED & 1,
        word >> k.PRESCRIPTION & 1,
        word >> k.FAMILY_DOCTOR & 1,
        (word >> k.DELIVERY & 3) - 1,
        word >> k.FETUSES & 15,
        word >> k.GESTATION_MONTHS & 15,
        word >> k.QUALIFYING_MONTHS & 1_023,
        word >> k.CONTRIBUTION_CLASS & 1,
        maternity_used,
        disease_used,
        bonus,
        # Columns may be of 32 bits; adding a whole number widens them.
        visits.total[row] + 0,
        visits.out_of_catalogue[row] + 0,
        visits.over_limit[row] + 0,
        visits.upfront[row] + 0,
    )


def outcome_of(done: Settlement, account: int, mutual_aid: int) -> Outcome:
    """A settled visit with the way its own part is paid."""
    return Outcome(
        0,
        done.deductible,
        done.pooled,
        done.upper,
        done.assistance,
        done.other_fund,
        account,
        mutual_aid,
    )


def refused_row(status: int) -> Outcome:
    """A row of which nothing was settled."""
    return Outcome(status, 0, 0, 0, 0, 0, 0, 0)


def settle_row(
    rules: Sequence[Rules],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Written,
    base: int,
    row: int,
    word: int,
    bonus: int,
    used: Accumulators,
    keep: bool,
    careful: bool,
) -> tuple[Outcome, Accumulators]:
    """One visit on the state of its family; a refused one leaves no trace in it."""
    kind = word & 7
    of_other = base
    of_person = base
    nth = 0
    disease_used = 0
    maternity_used = 0
    if kind == KIND_INPATIENT:
        of_other = base + visits.other_slot[row] * WIDTH
        nth = state[of_other + ADMISSIONS] + 1
    elif kind == KIND_CHRONIC:
        of_other = base + visits.other_slot[row] * WIDTH
        disease_used = state[of_other]
    elif kind == KIND_MATERNITY:
        of_person = base + visits.person_slot[row] * WIDTH
        maternity_used = state[of_person + MATERNITY_USED]
    done, after = settle(
        rules[visits.version[row]],
        facts_of(visits, row, word, nth, maternity_used, disease_used, bonus),
        used,
        None,
    )
    if done.status < 0:
        return refused_row(done.status), used
    if careful and too_much(after):
        return refused_row(STATUS_OVERFLOW), used
    account = 0
    mutual_aid = 0
    balance = 0
    grantor_balance = 0
    if word >> k.DRAW_OWN & 3 != 0:
        of_person = base + visits.person_slot[row] * WIDTH
        balance = state[of_person + BALANCE]
        of_grantor = of_person
        limit = -1
        if word >> k.DRAW_RELATIVE & 1:
            of_grantor = base + extras.relative_slot[row] * WIDTH
            grantor_balance = state[of_grantor + BALANCE]
            limit = extras.limit[row] + 0
        if done.own > 0:
            of_account = rules[extras.account_version[row]]
            paid = draw(
                of_account,
                done.own,
                payable_by_accounts(of_account, done.own, done.out_of_catalogue),
                word >> k.DRAW_OWN & 1,
                balance,
                word >> k.DRAW_RELATIVE & 1,
                grantor_balance,
                limit,
                None,
            )
            if paid.cash < 0:
                return refused_row(paid.cash), used
            account = paid.account
            mutual_aid = paid.mutual_aid
            state[of_person + BALANCE] -= account
            state[of_grantor + BALANCE] -= mutual_aid
    if keep:
        rows = len(results.status)
        keep_accumulators(results.kept, row, rows, used)
        results.kept[row + KEPT_NTH * rows] = nth
        results.kept[row + KEPT_DISEASE_USED * rows] = disease_used
        results.kept[row + KEPT_MATERNITY_USED * rows] = maternity_used
        results.kept[row + KEPT_CEILING_BONUS * rows] = bonus
        results.kept[row + KEPT_BALANCE * rows] = balance
        results.kept[row + KEPT_GRANTOR_BALANCE * rows] = grantor_balance
    if word >> k.ENTITLED & 1 == 0:
        return outcome_of(done, account, mutual_aid), used
    if kind == KIND_INPATIENT:
        state[of_other + ADMISSIONS] += 1
    elif kind == KIND_CHRONIC:
        state[of_other] += done.disease_paid
    elif kind == KIND_MATERNITY:
        state[of_person + MATERNITY_USED] += done.maternity_paid
        if word >> k.DELIVERY & 3 != 0:
            state[of_person + MATERNITY_USED] = 0
    if word >> k.MEMBER & 3 == MEMBER_RESIDENT:
        state[base + visits.year_slot[row] * WIDTH + CLAIMS] += done.fund
    return outcome_of(done, account, mutual_aid), after


def write_outcome(results: Results, row: int, outcome: Outcome, sign: int) -> None:
    """The amounts of a row; of a reversal with the other sign."""
    if outcome.status != 0:
        results.status[row] = outcome.status
        return
    results.deductible[row] = outcome.deductible * sign
    results.pooled[row] = outcome.pooled * sign
    results.upper[row] = outcome.upper * sign
    results.assistance[row] = outcome.assistance * sign
    results.other_fund[row] = outcome.other_fund * sign
    results.account[row] = outcome.account * sign
    results.mutual_aid[row] = outcome.mutual_aid * sign


def outcome_at(results: Results, row: int) -> Outcome:
    """The amounts that were written for a row."""
    return Outcome(
        results.status[row] + 0,
        results.deductible[row] + 0,
        results.pooled[row] + 0,
        results.upper[row] + 0,
        results.assistance[row] + 0,
        results.other_fund[row] + 0,
        results.account[row] + 0,
        results.mutual_aid[row] + 0,
    )


FORWARD = 0
AGAIN = 1
"""Living the family's rows again without a visit, to see whether a later one depends on it."""
BACK = 2
"""Living them once more with it, because one does."""


def settle_family(
    rules: Sequence[Rules],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Written,
    base: int,
    slots: int,
    begin: int,
    end: int,
    careful: bool,
) -> None:
    """The rows of one family in order; a reversal lives them again without its visit.

    The accumulators of the year at hand stay in ``used`` and go back to their slot when
    another one is wanted: a compiler keeps them at hand.
    """
    clear_family(state, base, slots)
    keeps = len(results.kept) > 0
    phase = FORWARD
    target = -1
    dependent = False
    current = -1
    used = Accumulators(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    row = begin
    while row < end:
        word = visits.facts[row]
        kind = word & 7
        if kind >= k.KIND_CARRY:
            if kind == k.KIND_REFUSED:
                row += 1
                continue
            if word >> k.CARRIED & 1:
                if current >= 0:
                    keep_accumulators(state, current, 1, used)
                    current = -1
                carry_in(visits, extras, state, base, row)
            if kind == k.KIND_CARRY or (phase != FORWARD and row != target):
                row += 1
                continue
            undone = extras.reverses[row]
            if phase == FORWARD:
                if (
                    undone < begin
                    or undone >= row
                    or visits.facts[undone] & 7 >= k.KIND_CARRY
                    or results.status[undone] != 0
                    or results.cancelled[undone] != 0
                ):
                    results.status[row] = STATUS_NOT_SETTLED
                    row += 1
                    continue
                results.cancelled[undone] = 1
                target = row
                phase = AGAIN
            elif phase == AGAIN and dependent:
                results.cancelled[undone] = 0
                results.status[row] = STATUS_DEPENDENT
                phase = BACK
            else:
                if phase == AGAIN:
                    write_outcome(results, row, outcome_at(results, undone), -1)
                phase = FORWARD
                row += 1
                continue
            dependent = False
            current = -1
            clear_family(state, base, slots)
            row = begin
            continue
        of_year = base + visits.year_slot[row] * WIDTH
        if word >> k.CARRIED & 1:
            if current >= 0:
                keep_accumulators(state, current, 1, used)
                current = -1
            carry_in(visits, extras, state, base, row)
        if phase != FORWARD and (results.cancelled[row] != 0 or results.status[row] != 0):
            row += 1
            continue
        if of_year != current:
            if current >= 0:
                keep_accumulators(state, current, 1, used)
            current = of_year
            used = accumulators_at(state, current)
        bonus = 0
        bonus_kind = word >> k.BONUS & 3
        if bonus_kind == k.BONUS_GIVEN:
            bonus = extras.bonus[row] + 0
        elif bonus_kind == k.BONUS_YEARS:
            keep_accumulators(state, current, 1, used)
            bonus = ceiling_bonus(rules, extras, state, base, row)
        if bonus < -1:
            results.status[row] = bonus
            row += 1
            continue
        outcome, used = settle_row(
            rules,
            visits,
            extras,
            results,
            state,
            base,
            row,
            word,
            bonus,
            used,
            keeps and phase == FORWARD,
            careful,
        )
        if phase == FORWARD:
            write_outcome(results, row, outcome, 1)
        elif outcome != outcome_at(results, row):
            dependent = True
        row += 1
    if current >= 0:
        keep_accumulators(state, current, 1, used)


def settle_rows(
    rules: Sequence[Rules],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Written,
    family_rows: Column,
    family_slots: Column,
    first: int,
    last: int,
    keep_state: bool,
    careful: bool,
) -> None:
    """The families from number ``first`` up to ``last``.

    ``family_rows`` and ``family_slots`` hold where the rows and slots of each begin.
    Without ``keep_state`` all families take turns in the same room.  ``careful``: the
    amounts of a family may leave the range in which no product overflows.
    """
    for family in range(first, last):
        settle_family(
            rules,
            visits,
            extras,
            results,
            state,
            family_slots[family] * WIDTH if keep_state else 0,
            family_slots[family + 1] - family_slots[family],
            family_rows[family],
            family_rows[family + 1],
            careful,
        )


LOOP_FUNCTIONS: list[Callable[..., Any]] = [
    accumulators_at,
    keep_accumulators,
    too_much,
    carry_in,
    ceiling_bonus,
    facts_of,
    outcome_of,
    refused_row,
    settle_row,
    write_outcome,
    outcome_at,
    clear_family,
    settle_family,
    settle_rows,
]
"""Callees before callers, as the compiler wants them."""
