"""The loop over visits in order: state in, benefit functions, state out.

Family by family, row by row: what a row carries in is set (``family_state``), a visit is
settled (``row``), a reversal lives the family again without its visit.  Written, like the
benefit functions, in what CPython and Numba share.

State stands in *slots*, rows of ``WIDTH`` integers, numbered within a family: one for each
person, scheme and year, one for each disease and period, one for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from yibao.benefit.terms import Rules
from yibao.columns import packing as k
from yibao.columns.frame import (
    PATTERN_WORD,
    PLACE,
    STATUS_DEPENDENT,
    STATUS_NOT_SETTLED,
    Column,
    Extras,
    Results,
    Visits,
    Written,
)
from yibao.columns.settle.family_state import (
    STATE_FUNCTIONS,
    carry_in,
    ceiling_bonus,
    clear_family,
)
from yibao.columns.settle.row import AGAIN, BACK, FORWARD, VISIT_FUNCTIONS, settle_row


def bonus_of(
    rules: Sequence[Rules],
    extras: Extras,
    state: Sequence[Written],
    base: int,
    row: int,
    word: int,
) -> int:
    """What incentives add to the ceiling of a row; or ``lacking(cell)``."""
    how = word >> k.BONUS & k.BONUS_MASK
    if how == k.BONUS_STATED:
        stated: int = extras.bonus[row] + 0
        return stated
    if how == k.BONUS_YEARS:
        return ceiling_bonus(rules, extras, state, base, row)
    return 0


def mirror(results: Results, row: int, undone: int) -> None:
    """The amounts of a reversal: those of what it undoes, with the other sign."""
    results.deductible[row] = -results.deductible[undone]
    results.pooled[row] = -results.pooled[undone]
    results.upper[row] = -results.upper[undone]
    results.assistance[row] = -results.assistance[undone]
    results.account[row] = -results.account[undone]
    results.mutual_aid[row] = -results.mutual_aid[undone]


def reverse_row(
    patterns: Sequence[Written],
    visits: Visits,
    extras: Extras,
    results: Results,
    begin: int,
    row: int,
    phase: int,
    dependent: bool,
) -> int:
    """What follows a reversal: living the family again, back, or going on ``FORWARD``.

    ``dependent``: another fen came of a row between the visit and here.
    """
    undone = extras.reverses[row]
    if phase == FORWARD:
        if (
            undone < begin
            or undone >= row
            or patterns[visits.pattern[undone]][PATTERN_WORD] & k.KIND_MASK >= k.KIND_CARRY
            or results.status[undone] != 0
            or results.cancelled[undone] != 0
        ):
            results.status[row] = STATUS_NOT_SETTLED
            return FORWARD
        results.cancelled[undone] = 1
        return AGAIN
    if phase == AGAIN and dependent:
        results.cancelled[undone] = 0
        results.status[row] = STATUS_DEPENDENT
        return BACK
    if phase == AGAIN:
        mirror(results, row, undone)
    return FORWARD


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
    explained = len(results.inputs) > 0
    phase = FORWARD
    reversal = -1
    dependent = False
    row = begin
    while row < end:
        row = row & PLACE
        word = patterns[visits.pattern[row] & PLACE][PATTERN_WORD]
        kind = word & k.KIND_MASK
        if kind != k.KIND_REFUSED and word >> k.CARRIED & 1:
            carry_in(visits, extras, state, base, row, kind)
        if kind < k.KIND_CARRY:
            if phase == FORWARD or (results.cancelled[row] == 0 and results.status[row] == 0):
                bonus = bonus_of(rules, extras, state, base, row, word)
                if bonus < -1:
                    results.status[row] = bonus
                else:
                    other = settle_row(
                        rules, patterns, visits, extras, results, state, spare, base, row, kind,
                        word, bonus, phase, explained, careful,
                    )  # fmt: skip
                    dependent = dependent or other
        elif kind == k.KIND_REVERSE and (phase == FORWARD or row == reversal):
            phase = reverse_row(patterns, visits, extras, results, begin, row, phase, dependent)
            if phase != FORWARD:
                reversal = row
                dependent = False
                clear_family(state, base, slots)
                row = begin
                continue
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
    *STATE_FUNCTIONS,
    *VISIT_FUNCTIONS,
    bonus_of,
    mirror,
    reverse_row,
    settle_family,
    settle_rows,
]
"""Callees before callers, as the compiler wants them; after those of ``patterns``."""
