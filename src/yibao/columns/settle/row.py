"""One visit on the state of its family: read, settle, pay, write down, leave behind.

Written, like the benefit functions, in what CPython and Numba share: the columns are
lists there and arrays here.  The steps find state, add and compare; every rule is a call
of a registered function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.benefit.functions.basic import write_terms
from yibao.benefit.functions.deductible_days import within_days
from yibao.benefit.functions.left_behind import (
    READS_ADMISSIONS,
    READS_DISEASE,
    READS_PREGNANCY,
    left_behind,
    nth_admission,
    state_read,
)
from yibao.benefit.functions.own_part import pay_own_part
from yibao.benefit.functions.settlement import settle_on_terms
from yibao.benefit.functions.visit_facts import care_of_kind
from yibao.benefit.terms import T_POOL, Increase, Rules, Settlement, VisitFacts
from yibao.columns import packing as k
from yibao.columns.frame import (
    ADMISSIONS,
    BALANCE,
    DAYS_BEGIN,
    DAYS_DEDUCTIBLE,
    DAYS_ELIGIBLE,
    INPUT_BALANCE,
    INPUT_CEILING_BONUS,
    INPUT_CHINESE_MEDICINE,
    INPUT_DAYS_DEDUCTIBLE,
    INPUT_DAYS_ELIGIBLE,
    INPUT_DISEASE_USED,
    INPUT_ESSENTIAL_DRUGS,
    INPUT_GRANTOR_BALANCE,
    INPUT_MATERNITY_USED,
    INPUT_NTH,
    MATERNITY_USED,
    PATTERN_GROUPS,
    PATTERN_VERSION,
    PLACE,
    STATUS_OVERFLOW,
    STAY_PATTERNS,
    Extras,
    Results,
    Visits,
    Written,
)
from yibao.columns.settle.family_state import (
    add_effect,
    too_much,
    write_accumulators,
    write_effect,
)
from yibao.columns.settle.patterns import facts_of_word
from yibao.policy.keys import OUTPATIENT


class UsedBefore(NamedTuple):
    """What a visit reads of the state beside the accumulators of its year."""

    nth: int
    """Number of this admission; 0 if it is none."""
    disease: int
    """Paid for its disease, or for outpatients, in the period of the ceiling."""
    maternity: int
    deductible: int
    """Borne in the days in which it is borne once; this and the next 0 where none count."""
    eligible: int


class RowPayment(NamedTuple):
    """How the person's part of a row is paid, and what was on the accounts."""

    status: int
    account: int
    mutual_aid: int
    balance: int
    grantor_balance: int


def used_in_days(visits: Visits, state: Sequence[Written], base: int, row: int) -> tuple[int, int]:
    """What was borne and eligible before in the days in which the deductible is borne once."""
    if len(visits.days_slot) == 0 or visits.days_slot[row] < 0:
        return 0, 0
    of_days = state[base + visits.days_slot[row] & PLACE]
    if not within_days(of_days[DAYS_BEGIN] + 0, visits.days[row] + 0, visits.day[row] + 0):
        return 0, 0
    return of_days[DAYS_DEDUCTIBLE] + 0, of_days[DAYS_ELIGIBLE] + 0


def used_before(
    visits: Visits, state: Sequence[Written], base: int, row: int, kind: int, word: int
) -> UsedBefore:
    """Read what a visit of this kind reads."""
    reads = state_read(kind)
    borne, eligible = used_in_days(visits, state, base, row)
    if reads == READS_ADMISSIONS:
        of_other = state[base + visits.other_slot[row] & PLACE]
        return UsedBefore(nth_admission(kind, of_other[ADMISSIONS]), 0, 0, borne, eligible)
    if reads == READS_DISEASE:
        of_other = state[base + visits.other_slot[row] & PLACE]
        return UsedBefore(0, of_other[0], 0, borne, eligible)
    in_month = 0
    if word >> k.BY_MONTH & 1:
        of_other = state[base + visits.other_slot[row] & PLACE]
        in_month = of_other[0]
    if reads == READS_PREGNANCY:
        of_person = state[base + visits.person_slot[row] & PLACE]
        return UsedBefore(0, in_month, of_person[MATERNITY_USED], borne, eligible)
    return UsedBefore(0, in_month, 0, borne, eligible)


def facts_of(
    visits: Visits, row: int, kind: int, word: int, groups: int, used: UsedBefore, bonus: int
) -> VisitFacts:
    """The facts of a row as the benefit functions take them."""
    essential_drugs = 0
    chinese_medicine = 0
    if len(visits.essential_drugs) > 0:
        essential_drugs = visits.essential_drugs[row] + 0
        chinese_medicine = visits.chinese_medicine[row] + 0
    return facts_of_word(
        kind,
        word,
        groups,
        used.nth,
        used.maternity,
        used.disease,
        bonus,
        # Columns may be of 32 bits; adding a whole number widens them.
        visits.total[row] + 0,
        visits.out_of_catalogue[row] + 0,
        visits.over_limit[row] + 0,
        visits.upfront[row] + 0,
        essential_drugs,
        chinese_medicine,
        used.deductible,
        used.eligible,
    )


def figures_row(pattern: int, nth: int) -> int:
    """Where the figures of a row stand, of a stay those of its number in the year.

    -1: a stay after those of which the table has figures.
    """
    if nth <= 1:
        return pattern
    return pattern + nth - 1 if nth <= STAY_PATTERNS else -1


def pay_row(
    rules: Sequence[Rules],
    visits: Visits,
    extras: Extras,
    state: Sequence[Written],
    base: int,
    row: int,
    word: int,
    settlement: Settlement,
) -> RowPayment:
    """Pay the person's part from the accounts that may pay; nothing is written."""
    if (word >> k.DRAW_OWN | word >> k.DRAW_RELATIVE) & 1 == 0:
        return RowPayment(0, 0, 0, 0, 0)
    of_person = state[base + visits.person_slot[row] & PLACE]
    balance = of_person[BALANCE]
    grantor_balance = 0
    limit = -1
    if word >> k.DRAW_RELATIVE & 1:
        of_grantor = state[base + extras.relative_slot[row] & PLACE]
        grantor_balance = of_grantor[BALANCE]
        limit = extras.limit[row] + 0
    paid = pay_own_part(
        rules[extras.account_version[row] & PLACE],
        settlement.own,
        settlement.out_of_catalogue,
        word >> k.DRAW_OWN & 1,
        balance,
        word >> k.DRAW_RELATIVE & 1,
        grantor_balance,
        limit,
        None,
    )
    status = paid.cash if paid.cash < 0 else 0
    return RowPayment(status, paid.account, paid.mutual_aid, balance, grantor_balance)


def write_inputs(
    results: Results,
    row: int,
    kind: int,
    pool: int,
    of_year: Written,
    used: UsedBefore,
    bonus: int,
    payment: RowPayment,
) -> None:
    """Write down what the benefit functions read, for the explanation of the row."""
    rows = len(results.status)
    reads = state_read(kind)
    if reads == READS_ADMISSIONS:
        results.inputs[row + INPUT_NTH * rows] = used.nth
    elif reads == READS_DISEASE or used.disease != 0:
        results.inputs[row + INPUT_DISEASE_USED * rows] = used.disease
    if reads == READS_PREGNANCY:
        results.inputs[row + INPUT_MATERNITY_USED * rows] = used.maternity
    write_accumulators(results.inputs, row, rows, care_of_kind(kind), pool, of_year)
    if bonus != 0:
        results.inputs[row + INPUT_CEILING_BONUS * rows] = bonus
    results.inputs[row + INPUT_BALANCE * rows] = payment.balance
    if payment.grantor_balance != 0:
        results.inputs[row + INPUT_GRANTOR_BALANCE * rows] = payment.grantor_balance


def write_rare_inputs(results: Results, row: int, facts: VisitFacts) -> None:
    """Write down what enters of each group of items, and what the days of a deductible hold."""
    rows = len(results.status)
    if facts.essential_drugs != 0:
        results.inputs[row + INPUT_ESSENTIAL_DRUGS * rows] = facts.essential_drugs
    if facts.chinese_medicine != 0:
        results.inputs[row + INPUT_CHINESE_MEDICINE * rows] = facts.chinese_medicine
    if facts.period_eligible != 0:
        results.inputs[row + INPUT_DAYS_DEDUCTIBLE * rows] = facts.period_deductible
        results.inputs[row + INPUT_DAYS_ELIGIBLE * rows] = facts.period_eligible


def draw(
    visits: Visits,
    extras: Extras,
    state: Sequence[Written],
    base: int,
    row: int,
    account: int,
    mutual_aid: int,
) -> None:
    """Take what a visit draws from the accounts; a reversal gives it back."""
    if account != 0:
        of_payer = state[base + visits.person_slot[row] & PLACE]
        of_payer[BALANCE] -= account
    if mutual_aid != 0:
        of_grantor = state[base + extras.relative_slot[row] & PLACE]
        of_grantor[BALANCE] -= mutual_aid


def differs(results: Results, row: int, settlement: Settlement) -> bool:
    """Whether a visit comes to other amounts than it was settled to."""
    other: bool = (
        results.deductible[row] != settlement.deductible
        or results.pooled[row] != settlement.pooled
        or results.upper[row] != settlement.upper
        or results.assistance[row] != settlement.assistance
    )
    return other


def write_amounts(
    results: Results, row: int, kind: int, settlement: Settlement, payment: RowPayment
) -> None:
    """Write what the visit came to."""
    results.deductible[row] = settlement.deductible
    results.pooled[row] = settlement.pooled
    results.account[row] = payment.account
    if care_of_kind(kind) != OUTPATIENT or settlement.upper != 0 or settlement.assistance != 0:
        results.upper[row] = settlement.upper
        results.assistance[row] = settlement.assistance
    if payment.mutual_aid != 0:
        results.mutual_aid[row] = payment.mutual_aid


class OnState(NamedTuple):
    """What a row comes to on the state as it is, and what it read of it."""

    settlement: Settlement
    more: Increase
    facts: VisitFacts
    used: UsedBefore


def settle_on_state(
    rules: Sequence[Rules],
    patterns: Sequence[Written],
    visits: Visits,
    state: Sequence[Written],
    spare: Written,
    base: int,
    row: int,
    kind: int,
    word: int,
    bonus: int,
) -> OnState:
    """What a row comes to; nothing is written."""
    pattern = visits.pattern[row] & PLACE
    of_pattern = patterns[pattern]
    of_rules = rules[of_pattern[PATTERN_VERSION] & PLACE]
    of_year = state[base + visits.year_slot[row] & PLACE]
    used = used_before(visits, state, base, row, kind, word)
    facts = facts_of(visits, row, kind, word, of_pattern[PATTERN_GROUPS], used, bonus)
    place = figures_row(pattern, used.nth)
    figures = patterns[place & PLACE] if place >= 0 else spare
    if place < 0:
        write_terms(of_rules, facts, spare)
    settlement, more = settle_on_terms(of_rules, facts, figures, of_year, None)
    return OnState(settlement, more, facts, used)


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
    explained: bool,
    careful: bool,
) -> None:
    """One visit on the state of its family; a refused one leaves no trace in it."""
    settlement, more, facts, used = settle_on_state(
        rules, patterns, visits, state, spare, base, row, kind, word, bonus
    )
    if settlement.status < 0:
        results.status[row] = settlement.status
        return
    of_year = state[base + visits.year_slot[row] & PLACE]
    if careful and too_much(of_year, more):
        results.status[row] = STATUS_OVERFLOW
        return
    payment = pay_row(rules, visits, extras, state, base, row, word, settlement)
    if payment.status < 0:
        results.status[row] = payment.status
        return
    if explained:
        write_rare_inputs(results, row, facts)
        pool = patterns[visits.pattern[row] & PLACE][T_POOL]
        write_inputs(results, row, kind, pool, of_year, used, bonus, payment)
    draw(visits, extras, state, base, row, payment.account, payment.mutual_aid)
    left = left_behind(facts, settlement)
    add_effect(visits, state, base, row, more, left)
    if len(results.effects) > 0:
        write_effect(results.effects, row, more, left)
    write_amounts(results, row, kind, settlement, payment)


VISIT_FUNCTIONS: list[Callable[..., Any]] = [
    used_in_days,
    used_before,
    facts_of,
    figures_row,
    pay_row,
    write_inputs,
    write_rare_inputs,
    draw,
    differs,
    write_amounts,
    settle_on_state,
    settle_row,
]
"""Callees before callers, as the compiler wants them."""
