"""The loop over visits in order: state in, benefit functions, state out.

Written, like the benefit functions, in what CPython and Numba share: the columns are
lists there and arrays here.  The loop finds state, adds and compares; every rule is a
call of a registered function.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import NamedTuple

from yibao.benefit.functions.account import draw, payable_by_accounts
from yibao.benefit.functions.incentive import incentive, incentive_year
from yibao.benefit.functions.settlement import settle
from yibao.benefit.terms import (
    MOST_FEN,
    Accumulators,
    Draw,
    Rules,
    Settlement,
    VisitFacts,
)
from yibao.columns import packing as k
from yibao.policy import parameters as p
from yibao.policy.keys import (
    KIND_CHRONIC,
    KIND_INPATIENT,
    KIND_MATERNITY,
    KIND_OUTPATIENT,
    KIND_PHARMACY,
    MEMBER_RESIDENT,
)

Column = Sequence[int]
Written = MutableSequence[int]

NOT_GIVEN = -(1 << 62)
"""In a column that carries values in: the row gives none."""

STATUS_OVERFLOW = -1
STATUS_DEPENDENT = 1
"""A reversal on which a later settlement depends."""
STATUS_NOT_SETTLED = 2
"""A reversal of a visit that was refused or reversed before."""

MOST_USED = 50 * MOST_FEN
"""Largest accumulator; its product with a ratio stays inside int64."""

# What a slot of the state holds: the accumulators in their order, then these.
ADMISSIONS = 13
CLAIMS = 14
WIDTH = 15
# A slot of a disease holds what was paid in its first place, that of a person these two.
BALANCE = 0
MATERNITY_USED = 1

# What a row may carry in, beside the fifteen of a year.
CARRIED_DISEASE = 15
CARRIED_MATERNITY = 16
CARRIED_BALANCE = 17
CARRIED_CHANGE = 18
CARRIED_GRANTOR_BALANCE = 19
CARRIED_WIDTH = 20

# What is kept of a row for its explanation: the accumulators before it, then these.
KEPT_NTH = 13
KEPT_DISEASE_USED = 14
KEPT_MATERNITY_USED = 15
KEPT_CEILING_BONUS = 16
KEPT_BALANCE = 17
KEPT_GRANTOR_BALANCE = 18
KEPT_WIDTH = 19

TAG_YEAR = 0
TAG_DISEASE = 1
TAG_PERSON = 2

YEARS = 62
"""Years that a mask of years paid in time can hold."""


class Visits(NamedTuple):
    """What the loop reads of each row; amounts are fen."""

    facts: Column
    """See ``packing``."""
    version: Column
    """Row of the table of rules."""
    end_version: Column
    """The same for the last day of the visit."""
    account_version: Column
    """The same for the area whose account pays."""
    person: Column
    """Number of the person in the batch."""
    year: Column
    """Benefit year."""
    admission_year: Column
    month: Column
    """Month of the last day, yyyymm."""
    total: Column
    out_of_catalogue: Column
    over_limit: Column
    upfront: Column
    bonus: Column
    """Bonus in fen, or the mask of years paid in time; empty where no row has one."""
    relative: Column
    """Number of the person whose account may pay; empty where no row names one."""
    limit: Column
    """Most that the relative pays at once; -1: none."""
    carried: Column
    """``CARRIED_WIDTH`` values for each row; empty where no row carries anything in."""
    reverses: Column
    """Row that a reversal reverses; empty where there is none."""


class Results(NamedTuple):
    """What the loop writes for each row."""

    status: Written
    """In: not 0 where the row was refused before; out: 0, a cell or a status above."""
    deductible: Written
    pooled: Written
    upper: Written
    assistance: Written
    other_fund: Written
    account: Written
    mutual_aid: Written
    kept: Written
    """Column by column what an explanation needs; empty where none is wanted."""
    cancelled: Written
    """1: the visit was reversed; empty where there is no reversal."""


class Memory(NamedTuple):
    """Room for the state of one family at a time."""

    bucket_family: Written
    bucket_slot: Written
    keys: Written
    slots: Written
    counts: Written
    """Number of the family, slots in use."""


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


def begin_family(memory: Memory) -> None:
    """Forget the state of the family before."""
    memory.counts[0] += 1
    memory.counts[1] = 0


def bucket_of(memory: Memory, key: int, person: int) -> int:
    """The bucket that holds ``key``, or the free one where it would stand."""
    mask = len(memory.bucket_slot) - 1
    bucket = (key ^ (person * 37) ^ (key >> 15)) & mask
    while memory.bucket_family[bucket] == memory.counts[0]:
        if memory.keys[memory.bucket_slot[bucket]] == key:
            break
        bucket = (bucket + 1) & mask
    return bucket


def key_of(tag: int, person: int, scheme: int, disease: int, period: int) -> int:
    """The key of a slot: whose, of what, when."""
    return (((person * 4 + tag) * 2 + scheme) * 128 + disease) * 262_144 + period


def slot_of(memory: Memory, tag: int, person: int, scheme: int, disease: int, period: int) -> int:
    """Where the slot of a key begins; a new one is empty."""
    key = key_of(tag, person, scheme, disease, period)
    bucket = bucket_of(memory, key, person)
    if memory.bucket_family[bucket] == memory.counts[0]:
        return memory.bucket_slot[bucket] * WIDTH
    slot = memory.counts[1]
    memory.counts[1] = slot + 1
    memory.bucket_family[bucket] = memory.counts[0]
    memory.bucket_slot[bucket] = slot
    memory.keys[slot] = key
    start = slot * WIDTH
    for at in range(start, start + WIDTH):
        memory.slots[at] = 0
    return start


def held(memory: Memory, person: int, year: int, at: int) -> int:
    """What the slot of a resident's year holds at ``at``; 0 where there is no slot."""
    key = key_of(TAG_YEAR, person, 0, 0, year)
    bucket = bucket_of(memory, key, person)
    if memory.bucket_family[bucket] != memory.counts[0]:
        return 0
    return memory.slots[memory.bucket_slot[bucket] * WIDTH + at]


def accumulators_at(slots: Written, start: int) -> Accumulators:
    """The accumulators of a slot."""
    return Accumulators(
        slots[start],
        slots[start + 1],
        slots[start + 2],
        slots[start + 3],
        slots[start + 4],
        slots[start + 5],
        slots[start + 6],
        slots[start + 7],
        slots[start + 8],
        slots[start + 9],
        slots[start + 10],
        slots[start + 11],
        slots[start + 12],
    )


def keep_accumulators(slots: Written, start: int, step: int, used: Accumulators) -> None:
    """Write accumulators ``step`` apart."""
    slots[start] = used.outpatient_deductible
    slots[start + step] = used.inpatient_deductible
    slots[start + step * 2] = used.chronic_deductible
    slots[start + step * 3] = used.outpatient_eligible
    slots[start + step * 4] = used.inpatient_eligible
    slots[start + step * 5] = used.chronic_eligible
    slots[start + step * 6] = used.outpatient_pooled
    slots[start + step * 7] = used.inpatient_pooled
    slots[start + step * 8] = used.chronic_pooled
    slots[start + step * 9] = used.special_pooled
    slots[start + step * 10] = used.upper
    slots[start + step * 11] = used.assistance
    slots[start + step * 12] = used.eligible_own


def too_much(used: Accumulators) -> bool:
    """Whether an accumulator has left the range in which no product overflows."""
    return (
        used.outpatient_eligible > MOST_USED
        or used.inpatient_eligible > MOST_USED
        or used.chronic_eligible > MOST_USED
        or used.eligible_own > MOST_USED
    )


def carry_in(visits: Visits, memory: Memory, row: int, word: int) -> None:
    """Set the state that a row carries in: what stands there replaces what was counted."""
    start = row * CARRIED_WIDTH
    person = visits.person[row]
    scheme = 0 if word >> k.MEMBER & 3 == MEMBER_RESIDENT else 1
    for at in range(WIDTH):
        value = visits.carried[start + at]
        if value != NOT_GIVEN:
            year = visits.admission_year[row] if at == ADMISSIONS else visits.year[row]
            memory.slots[slot_of(memory, TAG_YEAR, person, scheme, 0, year) + at] = value
    value = visits.carried[start + CARRIED_DISEASE]
    if value != NOT_GIVEN:
        period = visits.month[row] if word >> k.BY_MONTH & 1 else visits.year[row]
        disease = word >> k.DISEASE & 127
        memory.slots[slot_of(memory, TAG_DISEASE, person, scheme, disease, period)] = value
    own = slot_of(memory, TAG_PERSON, person, 0, 0, 0)
    if visits.carried[start + CARRIED_MATERNITY] != NOT_GIVEN:
        memory.slots[own + MATERNITY_USED] = visits.carried[start + CARRIED_MATERNITY]
    if visits.carried[start + CARRIED_BALANCE] != NOT_GIVEN:
        memory.slots[own + BALANCE] = visits.carried[start + CARRIED_BALANCE]
    if visits.carried[start + CARRIED_CHANGE] != NOT_GIVEN:
        memory.slots[own + BALANCE] += visits.carried[start + CARRIED_CHANGE]
    value = visits.carried[start + CARRIED_GRANTOR_BALANCE]
    if value != NOT_GIVEN:
        grantor = slot_of(memory, TAG_PERSON, visits.relative[row], 0, 0, 0)
        memory.slots[grantor + BALANCE] = value


def ceiling_bonus(
    rules: Sequence[Rules],
    year_versions: Column,
    memory: Memory,
    person: int,
    version: int,
    end_year: int,
    timely: int,
) -> int:
    """The incentives of a resident on the day of a visit; or ``lacking(cell)``."""
    today = rules[version]
    first = today[p.INCENTIVE_FIRST_YEAR]
    streak = 0
    earned = 0
    zero = 0
    if first >= 0:
        for year in range(first, end_year + 1):
            of_year = rules[year_versions[version * YEARS + year - first]]
            original = of_year[p.UPPER_ANNUAL_CEILING]
            spent = held(memory, person, year, 10)
            claimed = held(memory, person, year, CLAIMS) > 0 or year == end_year
            streak, earned, zero = incentive_year(
                of_year,
                streak,
                earned,
                zero,
                timely >> (year - first) & 1,
                1 if claimed else 0,
                1 if 0 <= original < spent else 0,
            )
    original, _, _, bonus = incentive(today, earned, zero, None)
    return original if original < -1 else bonus


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
    return VisitFacts(
        kind,
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


def settle_kind(
    rules: Rules,
    visits: Visits,
    row: int,
    kind: int,
    word: int,
    nth: int,
    maternity_used: int,
    disease_used: int,
    bonus: int,
    used: Accumulators,
) -> tuple[Settlement, Accumulators]:
    """``settle``, called with the kind as a constant so that a compiler can fold each call."""
    if kind == KIND_OUTPATIENT:
        return settle(
            rules, facts_of(visits, row, KIND_OUTPATIENT, word, 0, 0, 0, 0), used, None
        )
    if kind == KIND_PHARMACY:
        return settle(rules, facts_of(visits, row, KIND_PHARMACY, word, 0, 0, 0, 0), used, None)
    if kind == KIND_INPATIENT:
        return settle(
            rules, facts_of(visits, row, KIND_INPATIENT, word, nth, 0, 0, bonus), used, None
        )
    if kind == KIND_CHRONIC:
        return settle(
            rules,
            facts_of(visits, row, KIND_CHRONIC, word, 0, 0, disease_used, bonus),
            used,
            None,
        )
    return settle(
        rules, facts_of(visits, row, KIND_MATERNITY, word, 0, maternity_used, 0, 0), used, None
    )


def pay_own(
    rules: Rules,
    own: int,
    out_of_catalogue: int,
    word: int,
    balance: int,
    grantor_balance: int,
    limit: int,
) -> Draw:
    """Pay the own part from the accounts that the row names; the rest is cash."""
    return draw(
        rules,
        own,
        payable_by_accounts(rules, own, out_of_catalogue),
        word >> k.DRAW_OWN & 1,
        balance,
        word >> k.DRAW_RELATIVE & 1,
        grantor_balance,
        limit,
        None,
    )


def refused_row(status: int) -> Outcome:
    """A row of which nothing was settled."""
    return Outcome(status, 0, 0, 0, 0, 0, 0, 0)


def settle_row(
    rules: Sequence[Rules],
    year_versions: Column,
    visits: Visits,
    results: Results,
    memory: Memory,
    row: int,
    word: int,
    keep: bool,
) -> Outcome:
    """One visit on the state of its family; a refused one leaves no trace in it."""
    kind = word & 7
    person = visits.person[row] + 0
    scheme = 0 if word >> k.MEMBER & 3 == MEMBER_RESIDENT else 1
    year = visits.year[row] + 0
    slots = memory.slots
    of_year = slot_of(memory, TAG_YEAR, person, scheme, 0, year)
    used = accumulators_at(slots, of_year)
    of_admission = of_year
    of_disease = -1
    of_person = -1
    nth = 0
    disease_used = 0
    maternity_used = 0
    if kind == KIND_INPATIENT:
        if visits.admission_year[row] != year:
            of_admission = slot_of(
                memory, TAG_YEAR, person, scheme, 0, visits.admission_year[row] + 0
            )
        nth = slots[of_admission + ADMISSIONS] + 1
    elif kind == KIND_CHRONIC:
        period = visits.month[row] + 0 if word >> k.BY_MONTH & 1 else year
        of_disease = slot_of(
            memory, TAG_DISEASE, person, scheme, word >> k.DISEASE & 127, period
        )
        disease_used = slots[of_disease]
    if word >> k.DRAW_OWN & 3 != 0 or kind == KIND_MATERNITY:
        of_person = slot_of(memory, TAG_PERSON, person, 0, 0, 0)
        maternity_used = slots[of_person + MATERNITY_USED]
    bonus = 0
    bonus_kind = word >> k.BONUS & 3
    if bonus_kind == k.BONUS_GIVEN:
        bonus = visits.bonus[row] + 0
    elif bonus_kind == k.BONUS_YEARS:
        bonus = ceiling_bonus(
            rules,
            year_versions,
            memory,
            person,
            visits.end_version[row] + 0,
            visits.month[row] // 100,
            visits.bonus[row] + 0,
        )
        if bonus < -1:
            return refused_row(bonus)
    done, after = settle_kind(
        rules[visits.version[row]],
        visits,
        row,
        kind,
        word,
        nth,
        maternity_used,
        disease_used,
        bonus,
        used,
    )
    if done.status < 0:
        return refused_row(done.status)
    if done.own < 0 or done.eligible < 0 or too_much(after):
        return refused_row(STATUS_OVERFLOW)
    account = 0
    mutual_aid = 0
    balance = 0
    grantor_balance = 0
    if word >> k.DRAW_OWN & 3 != 0:
        balance = slots[of_person + BALANCE]
        of_grantor = of_person
        limit = -1
        if word >> k.DRAW_RELATIVE & 1:
            of_grantor = slot_of(memory, TAG_PERSON, visits.relative[row] + 0, 0, 0, 0)
            grantor_balance = slots[of_grantor + BALANCE]
            limit = visits.limit[row] + 0
        if done.own > 0:
            paid = pay_own(
                rules[visits.account_version[row]],
                done.own,
                done.out_of_catalogue,
                word,
                balance,
                grantor_balance,
                limit,
            )
            if paid.cash < 0:
                return refused_row(paid.cash)
            account = paid.account
            mutual_aid = paid.mutual_aid
            slots[of_person + BALANCE] -= account
            slots[of_grantor + BALANCE] -= mutual_aid
    if keep and len(results.kept) > 0:
        rows = len(results.status)
        keep_accumulators(results.kept, row, rows, used)
        results.kept[row + KEPT_NTH * rows] = nth
        results.kept[row + KEPT_DISEASE_USED * rows] = disease_used
        results.kept[row + KEPT_MATERNITY_USED * rows] = maternity_used
        results.kept[row + KEPT_CEILING_BONUS * rows] = bonus
        results.kept[row + KEPT_BALANCE * rows] = balance
        results.kept[row + KEPT_GRANTOR_BALANCE * rows] = grantor_balance
    if word >> k.ENTITLED & 1:
        keep_accumulators(slots, of_year, 1, after)
        if kind == KIND_INPATIENT:
            slots[of_admission + ADMISSIONS] += 1
        elif kind == KIND_CHRONIC:
            slots[of_disease] += done.disease_paid
        elif kind == KIND_MATERNITY:
            slots[of_person + MATERNITY_USED] += done.maternity_paid
            if word >> k.DELIVERY & 3 != 0:
                slots[of_person + MATERNITY_USED] = 0
        if scheme == 0:
            slots[of_year + CLAIMS] += done.fund
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


def write_outcome(results: Results, row: int, outcome: Outcome, sign: int) -> None:
    """The amounts of a row; of a reversal with the other sign."""
    results.status[row] = outcome.status
    results.deductible[row] = outcome.deductible * sign
    results.pooled[row] = outcome.pooled * sign
    results.upper[row] = outcome.upper * sign
    results.assistance[row] = outcome.assistance * sign
    if len(results.other_fund) > 0:
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
        0,
        results.account[row] + 0,
        results.mutual_aid[row] + 0,
    )


def differs(results: Results, row: int, outcome: Outcome) -> bool:
    """Whether a visit lived again gives other amounts than before."""
    return (
        outcome.status != results.status[row]
        or outcome.deductible != results.deductible[row]
        or outcome.pooled != results.pooled[row]
        or outcome.upper != results.upper[row]
        or outcome.assistance != results.assistance[row]
        or outcome.account != results.account[row]
        or outcome.mutual_aid != results.mutual_aid[row]
    )


FORWARD = 0
AGAIN = 1
"""Living the family's rows again without a visit, to see whether a later one depends on it."""
BACK = 2
"""Living them once more with it, because one does."""


def settle_family(
    rules: Sequence[Rules],
    year_versions: Column,
    visits: Visits,
    results: Results,
    memory: Memory,
    begin: int,
    end: int,
) -> None:
    """The rows of one family in order; a reversal lives them again without its visit."""
    begin_family(memory)
    phase = FORWARD
    target = -1
    dependent = 0
    row = begin
    while row < end:
        word = visits.facts[row]
        kind = word & 7
        if phase != FORWARD and row == target:
            undone = visits.reverses[row]
            if phase == AGAIN and dependent > 0:
                results.cancelled[undone] = 0
                results.status[row] = STATUS_DEPENDENT
                phase = BACK
                begin_family(memory)
                row = begin
                continue
            if phase == AGAIN:
                write_outcome(results, row, outcome_at(results, undone), -1)
            phase = FORWARD
            row += 1
            continue
        if results.status[row] != 0:
            row += 1
            continue
        if word >> k.CARRIED & 1:
            carry_in(visits, memory, row, word)
        if kind == k.KIND_REVERSE:
            if phase == FORWARD:
                undone = visits.reverses[row]
                if (
                    undone < begin
                    or undone >= row
                    or results.status[undone] != 0
                    or results.cancelled[undone] != 0
                ):
                    results.status[row] = STATUS_NOT_SETTLED
                else:
                    results.cancelled[undone] = 1
                    target = row
                    dependent = 0
                    phase = AGAIN
                    begin_family(memory)
                    row = begin
                    continue
            row += 1
            continue
        if kind == k.KIND_CARRY or (phase != FORWARD and results.cancelled[row] != 0):
            row += 1
            continue
        outcome = settle_row(
            rules, year_versions, visits, results, memory, row, word, phase == FORWARD
        )
        if phase == FORWARD:
            write_outcome(results, row, outcome, 1)
        elif differs(results, row, outcome):
            dependent += 1
        row += 1


def settle_rows(
    rules: Sequence[Rules],
    year_versions: Column,
    visits: Visits,
    results: Results,
    memory: Memory,
    families: Column,
    first: int,
    last: int,
) -> None:
    """The families from number ``first`` up to ``last``; ``families`` holds their first rows."""
    for family in range(first, last):
        settle_family(
            rules,
            year_versions,
            visits,
            results,
            memory,
            families[family],
            families[family + 1],
        )


LOOP_FUNCTIONS = [
    begin_family,
    key_of,
    bucket_of,
    slot_of,
    held,
    accumulators_at,
    keep_accumulators,
    too_much,
    carry_in,
    ceiling_bonus,
    facts_of,
    settle_kind,
    pay_own,
    refused_row,
    settle_row,
    write_outcome,
    outcome_at,
    differs,
    settle_family,
    settle_rows,
]
"""Callees before callers, as the compiler wants them."""
