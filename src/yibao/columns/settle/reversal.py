"""A reversal: what its visit drew goes back, what it used is no longer counted.

Accounts do not depend on order.  Where a later visit of the same person would come out
otherwise, the rules of the reversed visit say whether the reversal is refused, or written with
a proposal for each of them.  Written in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from yibao.benefit.functions.left_behind import (
    READS_ADMISSIONS,
    READS_DISEASE,
    left_behind,
    state_read,
)
from yibao.benefit.functions.reversal import reversal_refused
from yibao.benefit.terms import Rules
from yibao.columns import packing as k
from yibao.columns.frame import (
    MATERNITY_USED,
    PATTERN_VERSION,
    PATTERN_WORD,
    PLACE,
    PROPOSED_FUND,
    PROPOSED_OWN,
    PROPOSED_ROW,
    PROPOSED_WIDTH,
    STATUS_DEPENDENT,
    STATUS_NOT_SETTLED,
    STATUS_TOO_MANY,
    WIDTH,
    Extras,
    Results,
    Visits,
    Written,
)
from yibao.columns.settle.family_state import (
    add_effect,
    add_written_effect,
    carry_used_in,
    ceiling_bonus,
    too_much,
)
from yibao.columns.settle.row import differs, draw, settle_on_state


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


def stands(results: Results, row: int, kind: int) -> bool:
    """Whether a row is a visit that was settled and not reversed."""
    standing: bool = kind < k.KIND_CARRY and results.status[row] == 0
    return standing and results.cancelled[row] == 0


def clear_used(
    patterns: Sequence[Written],
    visits: Visits,
    extras: Extras,
    state: Sequence[Written],
    base: int,
    begin: int,
    end: int,
    person: int,
) -> None:
    """Nothing used in the slots that a person's rows up to ``end`` read; accounts stay."""
    for row in range(begin, end):
        word = patterns[visits.pattern[row] & PLACE][PATTERN_WORD]
        kind = word & k.KIND_MASK
        if kind == k.KIND_REFUSED or extras.person[row] != person:
            continue
        of_year = state[base + visits.year_slot[row] & PLACE]
        for place in range(WIDTH):
            of_year[place] = 0
        reads = state_read(kind)
        apart = reads in (READS_ADMISSIONS, READS_DISEASE) or word >> k.BY_MONTH & 1 == 1
        if apart or kind == k.KIND_CARRY:
            of_other = state[base + visits.other_slot[row] & PLACE]
            for place in range(WIDTH):
                of_other[place] = 0
        if len(visits.days_slot) > 0 and visits.days_slot[row] >= 0:
            of_days = state[base + visits.days_slot[row] & PLACE]
            for place in range(WIDTH):
                of_days[place] = 0
        of_person = state[base + visits.person_slot[row] & PLACE]
        of_person[MATERNITY_USED] = 0


def add_standing(
    patterns: Sequence[Written],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Sequence[Written],
    base: int,
    row: int,
) -> None:
    """What a row carries in, and what it added if it stands."""
    word = patterns[visits.pattern[row] & PLACE][PATTERN_WORD]
    kind = word & k.KIND_MASK
    if kind != k.KIND_REFUSED and word >> k.CARRIED & 1:
        carry_used_in(visits, extras, state, base, row, kind)
    if stands(results, row, kind):
        add_written_effect(visits, results.effects, state, base, row)


def propose(extras: Extras, results: Results, reversal: int, row: int, fund: int, own: int) -> None:
    """Write down what a later row would come to."""
    number = extras.proposed_start[reversal] + results.proposed[reversal]
    results.proposed[reversal] += 1
    if number < extras.proposed_start[reversal + 1]:
        start = number * PROPOSED_WIDTH
        results.proposals[start + PROPOSED_ROW] = row
        results.proposals[start + PROPOSED_FUND] = fund
        results.proposals[start + PROPOSED_OWN] = own


def live_later_rows(
    rules: Sequence[Rules],
    patterns: Sequence[Written],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Sequence[Written],
    spare: Written,
    base: int,
    undone: int,
    reversal: int,
    careful: bool,
) -> None:
    """Settle the person's rows after ``undone`` again on a state without it, and propose what
    comes out otherwise.  One that is refused on that state stays as it is."""
    person = extras.person[undone]
    for row in range(undone + 1, reversal):
        if extras.person[row] != person:
            continue
        word = patterns[visits.pattern[row] & PLACE][PATTERN_WORD]
        kind = word & k.KIND_MASK
        if kind != k.KIND_REFUSED and word >> k.CARRIED & 1:
            carry_used_in(visits, extras, state, base, row, kind)
        if not stands(results, row, kind):
            continue
        bonus = bonus_of(rules, extras, state, base, row, word)
        if bonus < -1:
            add_written_effect(visits, results.effects, state, base, row)
            continue
        settlement, more, facts, _ = settle_on_state(
            rules, patterns, visits, state, spare, base, row, kind, word, bonus
        )
        of_year = state[base + visits.year_slot[row] & PLACE]
        if settlement.status < 0 or (careful and too_much(of_year, more)):
            add_written_effect(visits, results.effects, state, base, row)
            continue
        if differs(results, row, settlement):
            propose(extras, results, reversal, row, settlement.fund, settlement.own)
        add_effect(visits, state, base, row, more, left_behind(facts, settlement))


def reverse_row(
    rules: Sequence[Rules],
    patterns: Sequence[Written],
    visits: Visits,
    extras: Extras,
    results: Results,
    state: Sequence[Written],
    spare: Written,
    base: int,
    begin: int,
    row: int,
    careful: bool,
) -> None:
    """Undo an earlier visit of the family, or say why not."""
    undone = extras.reverses[row]
    if (
        undone < begin
        or undone >= row
        or patterns[visits.pattern[undone]][PATTERN_WORD] & k.KIND_MASK >= k.KIND_CARRY
        or results.status[undone] != 0
        or results.cancelled[undone] != 0
    ):
        results.status[row] = STATUS_NOT_SETTLED
        return
    person = extras.person[undone]
    results.cancelled[undone] = 1
    clear_used(patterns, visits, extras, state, base, begin, row + 1, person)
    for earlier in range(begin, undone + 1):
        if extras.person[earlier] == person:
            add_standing(patterns, visits, extras, results, state, base, earlier)
    live_later_rows(
        rules, patterns, visits, extras, results, state, spare, base, undone, row, careful
    )
    of_rules = rules[patterns[visits.pattern[undone] & PLACE][PATTERN_VERSION] & PLACE]
    if reversal_refused(of_rules, results.proposed[row]):
        results.status[row] = STATUS_DEPENDENT
    elif results.proposed[row] > extras.proposed_start[row + 1] - extras.proposed_start[row]:
        results.status[row] = STATUS_TOO_MANY
    if results.status[row] != 0:
        results.cancelled[undone] = 0
    else:
        mirror(results, row, undone)
        draw(
            visits,
            extras,
            state,
            base,
            undone,
            results.account[row] + 0,
            results.mutual_aid[row] + 0,
        )
    clear_used(patterns, visits, extras, state, base, begin, row + 1, person)
    for standing in range(begin, row + 1):
        if extras.person[standing] == person:
            add_standing(patterns, visits, extras, results, state, base, standing)


REVERSAL_FUNCTIONS: list[Callable[..., Any]] = [
    bonus_of,
    mirror,
    stands,
    clear_used,
    add_standing,
    propose,
    live_later_rows,
    reverse_row,
]
"""Callees before callers, as the compiler wants them."""
