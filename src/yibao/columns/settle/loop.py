"""The loop over visits in order: state in, benefit functions, state out.

Family by family, row by row: what a row carries in is set (``family_state``), a visit is
settled (``row``), a reversal gives back what its visit drew and used (``reversal``).  Written,
like the benefit functions, in what CPython and Numba share.

State stands in *slots*, rows of ``WIDTH`` integers, numbered within a family: one for each
person, scheme and year, one for each disease and period, one for each person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from yibao.benefit.terms import Rules
from yibao.columns import packing as k
from yibao.columns.frame import PATTERN_WORD, PLACE, Column, Extras, Results, Visits, Written
from yibao.columns.settle.family_state import STATE_FUNCTIONS, carry_in, clear_family
from yibao.columns.settle.reversal import REVERSAL_FUNCTIONS, bonus_of, reverse_row
from yibao.columns.settle.row import VISIT_FUNCTIONS, settle_row


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
    """The rows in order of the families from number ``first`` up to ``last``.

    One function and not one a family: what is compiled is one body, and is compiled once.

    ``family_rows`` and ``family_slots`` hold where the rows and slots of each begin.
    Without ``separate`` slots all families take turns in the same room.  ``careful``: the
    amounts of a family may leave the range in which no product overflows.
    """
    explained = len(results.inputs) > 0
    for family in range(first, last):
        base = family_slots[family] if separate else 0
        begin, end = family_rows[family], family_rows[family + 1]
        clear_family(state, base, family_slots[family + 1] - family_slots[family])
        for place in range(begin, end):
            row = place & PLACE
            word = patterns[visits.pattern[row] & PLACE][PATTERN_WORD]
            kind = word & k.KIND_MASK
            if kind != k.KIND_REFUSED and word >> k.CARRIED & 1:
                carry_in(visits, extras, state, base, row, kind)
            if kind < k.KIND_CARRY:
                bonus = bonus_of(rules, extras, state, base, row, word)
                if bonus < -1:
                    results.status[row] = bonus
                else:
                    settle_row(
                        rules, patterns, visits, extras, results, state, spare, base, row, kind,
                        word, bonus, explained, careful,
                    )  # fmt: skip
            elif kind == k.KIND_REVERSE:
                reverse_row(
                    rules, patterns, visits, extras, results, state, spare, base, begin, row,
                    careful,
                )  # fmt: skip


LOOP_FUNCTIONS: list[Callable[..., Any]] = [
    *STATE_FUNCTIONS,
    *VISIT_FUNCTIONS,
    *REVERSAL_FUNCTIONS,
    settle_rows,
]
"""Callees before callers, as the compiler wants them; after those of ``patterns``."""
