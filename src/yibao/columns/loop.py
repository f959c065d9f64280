"""The loop over visits in order: state in, benefit functions, state out.

Written, like the benefit functions, in what CPython and Numba share: the columns are
lists there and arrays here.  The loop finds state, adds and compares; every rule is a
call of a registered function.

State stands in *slots*, rows of ``WIDTH`` integers, numbered within a family by ``slots``: one
for each person, scheme and year, one for each disease and period, one for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from yibao.benefit.functions.account import draw, payable_by_accounts
from yibao.benefit.functions.basic import write_terms
from yibao.benefit.functions.settlement import settle_on_terms
from yibao.benefit.terms import Rules, VisitFacts
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
    NTH_KEPT,
    PATTERN_VERSION,
    PATTERN_WORD,
    PLACE,
    STATUS_DEPENDENT,
    STATUS_NOT_SETTLED,
    STATUS_OVERFLOW,
    Column,
    Extras,
    Results,
    Visits,
    Written,
)
from yibao.columns.patterns import facts_of_word
from yibao.columns.slots import (
    add_to,
    carry_in,
    ceiling_bonus,
    clear_family,
    keep_state,
    too_much,
)
from yibao.policy.keys import (
    CHRONIC,
    INPATIENT,
    KIND_CHRONIC,
    KIND_INPATIENT,
    KIND_MATERNITY,
    MEMBER_RESIDENT,
    OUTPATIENT,
)

FORWARD = 0
AGAIN = 1
"""Living the family's rows again without a visit, to see whether a later one depends on it."""
BACK = 2
"""Living them once more with it, because one does."""


def facts_of(
    visits: Visits,
    row: int,
    kind: int,
    word: int,
    nth: int,
    maternity_used: int,
    disease_used: int,
    bonus: int,
) -> VisitFacts:
    """The facts of a row as the benefit functions take them."""
    return facts_of_word(
        kind,
        word,
        nth,
        maternity_used,
        disease_used,
        bonus,
        # Columns may be of 32 bits; adding a whole number widens them.
        visits.total[row] + 0,
        visits.out_of_catalogue[row] + 0,
        visits.over_limit[row] + 0,
        visits.upfront[row] + 0,
    )


def refuse_row(results: Results, row: int, status: int, phase: int) -> bool:
    """A row of which nothing was settled; whether that is new since the first time."""
    if phase != FORWARD:
        return True
    results.status[row] = status
    return False


def settle_row(
    rules: Sequence[Rules],
    patterns: Sequence[Written],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Sequence[Written],
    spare: Written,
    base: int,
    row: int,
    kind: int,
    word: int,
    bonus: int,
    phase: int,
    keep: bool,
    careful: bool,
) -> bool:
    """One visit on the state of its family; a refused one leaves no trace in it.

    Whether another fen comes of it than the first time, where it is lived again.
    """
    at = visits.pattern[row] & PLACE
    figures = patterns[at]
    of_rules = rules[figures[PATTERN_VERSION] & PLACE]
    of_year = state[base + visits.year_slot[row] & PLACE]
    of_other = of_year
    of_person = of_year
    nth = 0
    disease_used = 0
    maternity_used = 0
    if kind == KIND_INPATIENT:
        of_other = state[base + visits.other_slot[row] & PLACE]
        nth = of_other[ADMISSIONS] + 1
        if nth <= NTH_KEPT:
            figures = patterns[at + nth - 1 & PLACE]
        else:
            write_terms(of_rules, facts_of_word(kind, word, nth, 0, 0, 0, 0, 0, 0, 0), spare)
            figures = spare
    elif kind == KIND_CHRONIC:
        of_other = state[base + visits.other_slot[row] & PLACE]
        disease_used = of_other[0]
    elif kind == KIND_MATERNITY:
        of_person = state[base + visits.person_slot[row] & PLACE]
        maternity_used = of_person[MATERNITY_USED]
    done, more = settle_on_terms(
        of_rules,
        facts_of(visits, row, kind, word, nth, maternity_used, disease_used, bonus),
        figures,
        of_year,
        None,
    )
    if done.status < 0:
        return refuse_row(results, row, done.status, phase)
    if careful and too_much(of_year, more):
        return refuse_row(results, row, STATUS_OVERFLOW, phase)
    account = 0
    mutual_aid = 0
    balance = 0
    of_grantor = of_person
    grantor_balance = 0
    if word >> k.DRAW_OWN & 3 != 0:
        of_person = state[base + visits.person_slot[row] & PLACE]
        balance = of_person[BALANCE]
        limit = -1
        if word >> k.DRAW_RELATIVE & 1:
            of_grantor = state[base + extras.relative_slot[row] & PLACE]
            grantor_balance = of_grantor[BALANCE]
            limit = extras.limit[row] + 0
        if done.own > 0:
            of_account = rules[extras.account_version[row] & PLACE]
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
                return refuse_row(results, row, paid.cash, phase)
            account = paid.account
            mutual_aid = paid.mutual_aid
    if keep:
        rows = len(results.status)
        care = OUTPATIENT
        if kind == KIND_INPATIENT:
            care = INPATIENT
            results.kept[row + KEPT_NTH * rows] = nth
        elif kind == KIND_CHRONIC:
            care = CHRONIC
            results.kept[row + KEPT_DISEASE_USED * rows] = disease_used
        elif kind == KIND_MATERNITY:
            results.kept[row + KEPT_MATERNITY_USED * rows] = maternity_used
        keep_state(results.kept, row, rows, care, of_year)
        if bonus != 0:
            results.kept[row + KEPT_CEILING_BONUS * rows] = bonus
        results.kept[row + KEPT_BALANCE * rows] = balance
        if grantor_balance != 0:
            results.kept[row + KEPT_GRANTOR_BALANCE * rows] = grantor_balance
    if account != 0:
        of_person[BALANCE] -= account
    if mutual_aid != 0:
        of_grantor[BALANCE] -= mutual_aid
    if word >> k.ENTITLED & 1 != 0:
        add_to(of_year, more)
        if kind == KIND_INPATIENT:
            of_other[ADMISSIONS] += 1
        elif kind == KIND_CHRONIC:
            of_other[0] += done.disease_paid
        elif kind == KIND_MATERNITY:
            of_person[MATERNITY_USED] += done.maternity_paid
            if word >> k.DELIVERY & 3 != 0:
                of_person[MATERNITY_USED] = 0
        if word >> k.MEMBER & 3 == MEMBER_RESIDENT:
            of_year[CLAIMS] += done.fund
    if phase != FORWARD:
        differs: bool = (
            results.deductible[row] != done.deductible
            or results.pooled[row] != done.pooled
            or results.upper[row] != done.upper
            or results.assistance[row] != done.assistance
            or results.account[row] != account
            or results.mutual_aid[row] != mutual_aid
        )
        return differs
    results.deductible[row] = done.deductible
    results.pooled[row] = done.pooled
    results.account[row] = account
    if kind in (KIND_INPATIENT, KIND_CHRONIC):
        results.upper[row] = done.upper
        results.assistance[row] = done.assistance
    if mutual_aid != 0:
        results.mutual_aid[row] = mutual_aid
    return False


def mirror(results: Results, row: int, undone: int) -> None:
    """The amounts of a reversal: those of what it undoes, with the other sign."""
    results.deductible[row] = -results.deductible[undone]
    results.pooled[row] = -results.pooled[undone]
    results.upper[row] = -results.upper[undone]
    results.assistance[row] = -results.assistance[undone]
    results.account[row] = -results.account[undone]
    results.mutual_aid[row] = -results.mutual_aid[undone]


def settle_family(
    rules: Sequence[Rules],
    patterns: Sequence[Written],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Sequence[Written],
    spare: Written,
    base: int,
    slots: int,
    begin: int,
    end: int,
    careful: bool,
) -> None:
    """The rows of one family in order; a reversal lives them again without its visit."""
    clear_family(state, base, slots)
    keeps = len(results.kept) > 0
    phase = FORWARD
    target = -1
    dependent = False
    row = begin
    while row < end:
        row = row & PLACE
        word = patterns[visits.pattern[row] & PLACE][PATTERN_WORD]
        kind = word & 7
        if kind >= k.KIND_CARRY:
            if kind == k.KIND_REFUSED:
                row += 1
                continue
            if word >> k.CARRIED & 1:
                carry_in(visits, extras, state, base, row, kind)
            if kind == k.KIND_CARRY or (phase != FORWARD and row != target):
                row += 1
                continue
            undone = extras.reverses[row]
            if phase == FORWARD:
                if (
                    undone < begin
                    or undone >= row
                    or patterns[visits.pattern[undone]][PATTERN_WORD] & 7 >= k.KIND_CARRY
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
                    mirror(results, row, undone)
                phase = FORWARD
                row += 1
                continue
            dependent = False
            clear_family(state, base, slots)
            row = begin
            continue
        if word >> k.CARRIED & 1:
            carry_in(visits, extras, state, base, row, kind)
        if phase != FORWARD and (results.cancelled[row] != 0 or results.status[row] != 0):
            row += 1
            continue
        bonus = 0
        bonus_kind = word >> k.BONUS & 3
        if bonus_kind == k.BONUS_GIVEN:
            bonus = extras.bonus[row] + 0
        elif bonus_kind == k.BONUS_YEARS:
            bonus = ceiling_bonus(rules, extras, state, base, row)
        if bonus < -1:
            results.status[row] = bonus
            row += 1
            continue
        differs = settle_row(
            rules,
            patterns,
            visits,
            extras,
            results,
            state,
            spare,
            base,
            row,
            kind,
            word,
            bonus,
            phase,
            keeps and phase == FORWARD,
            careful,
        )
        dependent = dependent or differs
        row += 1


def settle_rows(
    rules: Sequence[Rules],
    patterns: Sequence[Written],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Sequence[Written],
    spare: Written,
    family_rows: Column,
    family_slots: Column,
    first: int,
    last: int,
    separate: bool,
    careful: bool,
) -> None:
    """The families from number ``first`` up to ``last``.

    ``family_rows`` and ``family_slots`` hold where the rows and slots of each begin.
    Without ``separate`` slots all families take turns in the same room.  ``careful``: the
    amounts of a family may leave the range in which no product overflows.
    """
    for family in range(first, last):
        settle_family(
            rules,
            patterns,
            visits,
            extras,
            results,
            state,
            spare,
            family_slots[family] if separate else 0,
            family_slots[family + 1] - family_slots[family],
            family_rows[family],
            family_rows[family + 1],
            careful,
        )


LOOP_FUNCTIONS: list[Callable[..., Any]] = [
    keep_state,
    add_to,
    too_much,
    carry_in,
    ceiling_bonus,
    facts_of_word,
    facts_of,
    refuse_row,
    settle_row,
    mirror,
    clear_family,
    settle_family,
    settle_rows,
]
"""Callees before callers, as the compiler wants them."""
