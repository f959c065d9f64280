"""The deductible: per visit, per admission or per year, and what lowers it (M22, M23)."""

from yibao.benefit.functions.cells import cell_2, cell_3, cell_4, cell_5
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    DEDUCTIBLE,
    DEDUCTIBLE_AGAIN,
    DEDUCTIBLE_CEILING,
    DEDUCTIBLE_DAYS,
    DEDUCTIBLE_FAMILY_DOCTOR,
    DEDUCTIBLE_FREE,
    DEDUCTIBLE_GROUP,
    DEDUCTIBLE_NTH,
    DEDUCTIBLE_PLACE,
    DEDUCTIBLE_STANDARD,
    DEDUCTIBLE_YEAR,
)
from yibao.benefit.terms import (
    T_DEDUCTIBLE,
    T_DEDUCTIBLE_CEILING,
    T_DEDUCTIBLE_YEARLY,
    Figures,
    Rules,
    Trace,
    VisitFacts,
)
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.policy.keys import INPATIENT, KIND_INPATIENT
from yibao.policy.kinds import HOSPITALS
from yibao.registry import benefit_function

_HOSPITALS = len(HOSPITALS)
NO_TIME = -1
"""At a hospital that is free of the deductible."""
BY_DAYS = 2
"""Of the figures ``T_DEDUCTIBLE_YEARLY`` and ``T_BAND_PERIOD``: in a number of days."""
MOST_TIMES = 14
"""Of the deductible in one stay: more than three years at ninety days each."""


@benefit_function
def group_nth_cell(rules: Rules, member: int, nth: int, groups: int) -> int:
    """The cell of the least factor that the person's groups have for themselves; -1: none has."""
    best_cell = -1
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_3(rules, p.GROUP_NTH_FACTOR, member, nth - 1, group)
            if rules[cell] >= 0 and (best_cell < 0 or rules[cell] < rules[best_cell]):
                best_cell = cell
    return best_cell


@benefit_function
def nth_admission_deductible(
    rules: Rules,
    member: int,
    tier: int,
    place: int,
    nth: int,
    groups: int,
    amount: int,
    trace: Trace,
) -> int:
    """The deductible of the nth admission: a factor, or a fixed step down to a floor.

    The factor of one of the person's groups stands in for both.
    """
    if nth <= 1 or rules[cell_2(rules, p.NTH_APPLIES, member, place)] == 0:
        return amount
    of_group = group_nth_cell(rules, member, nth, groups) if groups != 0 else -1
    cell = of_group if of_group >= 0 else cell_3(rules, p.NTH_FACTOR, member, tier, nth - 1)
    step_cell = cell_2(rules, p.NTH_STEP, member, tier)
    if of_group >= 0 or rules[step_cell] <= 0:
        reduced = ratio_amount(amount, rules[cell], rules[p.ROUND_FUND])
    else:
        cell = step_cell
        reduced = amount - rules[step_cell] * (nth - 1)
        floor = rules[cell_2(rules, p.NTH_FLOOR, member, tier)]
        if reduced < floor:
            reduced = floor if floor < amount else amount
    if trace is not None:
        trace.append((DEDUCTIBLE_NTH, cell, reduced))
    return reduced


@benefit_function
def group_deductible(
    rules: Rules, care: int, member: int, tier: int, groups: int, amount: int, trace: Trace
) -> int:
    """The deductible after the most favourable factor of the person's groups."""
    least = 10_000
    least_cell = -1
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_4(rules, p.GROUP_DEDUCTIBLE_FACTOR, care, member, tier, group)
            if rules[cell] < least:
                least = rules[cell]
                least_cell = cell
    if least_cell < 0:
        return amount
    reduced = ratio_amount(amount, least, rules[p.ROUND_FUND])
    if trace is not None:
        trace.append((DEDUCTIBLE_GROUP, least_cell, reduced))
    return reduced


@benefit_function
def group_deductible_cell(rules: Rules, visit: VisitFacts, care: int, nth: int) -> int:
    """The cell of the lowest deductible that is one of the person's groups; -1: none is.

    ``nth`` is a position of :func:`admission_position`.
    """
    least_cell = -1
    for group in range(rules[p.GROUPS]):
        if visit.groups >> group & 1:
            cell = cell_5(rules, p.GROUP_DEDUCTIBLE, care, visit.member, visit.tier, nth, group)
            if rules[cell] >= 0 and (least_cell < 0 or rules[cell] < rules[least_cell]):
                least_cell = cell
    return least_cell


@benefit_function
def deductible_times(
    rules: Rules, kind: int, member: int, hospital: int, first_day: int, last_day: int
) -> int:
    """How many times a visit bears the deductible: a stay once more after every so many days, and
    never at a kind of hospital that is free of it."""
    if kind != KIND_INPATIENT:
        return 1
    if rules[cell_2(rules, p.DEDUCTIBLE_FREE, member, hospital)] == 1:
        return NO_TIME
    days = rules[cell_2(rules, p.DEDUCTIBLE_EVERY_DAYS, member, hospital)]
    if days <= 0 or last_day - first_day <= days:
        return 1
    times = (last_day - first_day - 1) // days + 1
    return times if times < MOST_TIMES else MOST_TIMES


@benefit_function
def admission_position(rules: Rules, care: int, member: int, place: int, nth: int) -> int:
    """The position of a stay's number in the year; of all else, and away where it does not
    count, that of the first."""
    if care != INPATIENT or nth <= 1:
        return 0
    return nth - 1 if rules[cell_2(rules, p.NTH_APPLIES, member, place)] != 0 else 0


@benefit_function
def home_deductible(rules: Rules, visit: VisitFacts, care: int, trace: Trace) -> tuple[int, int]:
    """The amount of the person's groups, else of the age, else of the table, or a lower one of
    people with a family doctor, and its cell; or ``lacking(cell)``."""
    nth = admission_position(rules, care, visit.member, visit.place, visit.nth)
    cell = -1
    if visit.groups != 0:
        cell = group_deductible_cell(rules, visit, care, nth)
    if cell < 0:
        cell = cell_4(rules, p.AGE_DEDUCTIBLE, care, visit.member, visit.tier, visit.age)
        if rules[cell] < 0:
            cell = cell_4(rules, p.DEDUCTIBLE, care, visit.member, visit.tier, nth)
    amount = rules[cell]
    if amount == p.MISSING:
        return lacking(cell), cell
    if trace is not None:
        trace.append((DEDUCTIBLE_STANDARD, cell, amount))
    if visit.family_doctor != 0:
        own_cell = cell_3(rules, p.FAMILY_DOCTOR_DEDUCTIBLE, care, visit.member, visit.tier)
        if 0 <= rules[own_cell] < amount:
            cell = own_cell
            amount = rules[cell]
            if trace is not None:
                trace.append((DEDUCTIBLE_FAMILY_DOCTOR, cell, amount))
    return amount, cell


@benefit_function
def free_cell(rules: Rules, member: int) -> int:
    """The cell by which a kind of hospital is free of the deductible; -1: none is."""
    for hospital in range(_HOSPITALS):
        cell = cell_2(rules, p.DEDUCTIBLE_FREE, member, hospital)
        if rules[cell] == 1:
            return cell
    return -1


@benefit_function
def standard_deductible(
    rules: Rules, visit: VisitFacts, care: int, trace: Trace
) -> tuple[int, int]:
    """The deductible before what was borne earlier, and its cell; or ``lacking(cell)``."""
    cell = cell_3(rules, p.PLACE_DEDUCTIBLE, care, visit.member, visit.place)
    amount = rules[cell]
    if amount < 0:
        amount, cell = home_deductible(rules, visit, care, trace)
        if amount < 0:
            return amount, cell
    elif trace is not None:
        trace.append((DEDUCTIBLE_PLACE, cell, amount))
    if care == INPATIENT:
        amount = nth_admission_deductible(
            rules, visit.member, visit.tier, visit.place, visit.nth, visit.groups, amount, trace
        )
    if visit.groups != 0:
        amount = group_deductible(
            rules, care, visit.member, visit.tier, visit.groups, amount, trace
        )
    if visit.deductible_times == NO_TIME:
        if trace is not None:
            trace.append((DEDUCTIBLE_FREE, free_cell(rules, visit.member), 0))
        return 0, cell
    if visit.deductible_times > 1:
        amount = amount * visit.deductible_times
        if trace is not None:
            again_cell = cell_2(rules, p.DEDUCTIBLE_EVERY_DAYS, visit.member, 0)
            trace.append((DEDUCTIBLE_AGAIN, again_cell, amount))
    return amount, cell


@benefit_function
def deductible(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    care: int,
    used: int,
    eligible: int,
    trace: Trace,
) -> int:
    """What this visit bears before the fund does, never more than ``eligible``.

    ``used`` is the year's deductible of this kind of care so far.  Answers
    ``lacking(cell)`` where no deductible is in force.
    """
    amount = figures[T_DEDUCTIBLE]
    if amount < 0:
        return amount
    cell = -1
    if trace is not None:
        _, cell = standard_deductible(rules, visit, care, trace)
    if figures[T_DEDUCTIBLE_YEARLY] == 1:
        amount = amount - used if amount > used else 0
        if trace is not None:
            period_cell = cell_2(rules, p.DEDUCTIBLE_PERIOD, care, visit.member)
            trace.append((DEDUCTIBLE_YEAR, period_cell, amount))
    elif figures[T_DEDUCTIBLE_YEARLY] == BY_DAYS:
        borne = visit.period_deductible
        amount = amount - borne if amount > borne else 0
        if trace is not None:
            days_cell = cell_2(rules, p.DEDUCTIBLE_DAYS, care, visit.member)
            trace.append((DEDUCTIBLE_DAYS, days_cell, amount))
    ceiling = figures[T_DEDUCTIBLE_CEILING]
    if ceiling >= 0:
        left = ceiling - used if ceiling > used else 0
        if amount > left:
            amount = left
            if trace is not None:
                ceiling_cell = cell_2(rules, p.DEDUCTIBLE_YEAR_CEILING, care, visit.member)
                trace.append((DEDUCTIBLE_CEILING, ceiling_cell, left))
    if amount > eligible:
        amount = eligible
    if trace is not None:
        trace.append((DEDUCTIBLE, cell, amount))
    return amount
