"""Periods in which amounts are counted: benefit years, and the months of a ceiling."""

from yibao.benefit.functions.cells import cell_1, cell_2
from yibao.benefit.terms import Rules
from yibao.policy import parameters as p
from yibao.policy.keys import KIND_CHRONIC, KIND_INPATIENT, MEMBERS, SCHEMES
from yibao.policy.kinds import HOSPITALS
from yibao.registry import benefit_function

PERIOD_YEAR, PERIOD_MONTH, PERIOD_QUARTER = range(3)
_SCHEMES, _MEMBERS, _HOSPITALS = len(SCHEMES), len(MEMBERS), len(HOSPITALS)


@benefit_function
def benefit_year(rules: Rules, scheme: int, year: int, month: int) -> int:
    """The benefit year of a month of a calendar year, named by the year that it begins in."""
    return year if month >= rules[cell_1(rules, p.YEAR_FIRST_MONTH, scheme)] else year - 1


@benefit_function
def counted_month(rules: Rules, kind: int, member: int, last_month: int) -> int:
    """The first month (yyyymm) of the period that the ceiling for outpatients is one of.

    ``last_month``: of the visit's last day.  -1: the ceiling is one of the year, or the visit
    comes under another.
    """
    if kind in (KIND_INPATIENT, KIND_CHRONIC):
        return -1
    period = rules[cell_1(rules, p.CEILING_PERIOD, member)]
    if period == PERIOD_YEAR:
        return -1
    if period == PERIOD_MONTH:
        return last_month
    month = last_month % 100
    return last_month - (month - 1) % 3


@benefit_function
def shifts_years(rules: Rules) -> bool:
    """Whether a scheme's benefit year begins elsewhere than in January."""
    shifted = False
    for scheme in range(_SCHEMES):
        shifted = shifted or rules[cell_1(rules, p.YEAR_FIRST_MONTH, scheme)] != 1
    return shifted


@benefit_function
def counts_months(rules: Rules) -> bool:
    """Whether somebody's ceiling is one of a month or of a quarter."""
    monthly = False
    for member in range(_MEMBERS):
        monthly = monthly or rules[cell_1(rules, p.CEILING_PERIOD, member)] != PERIOD_YEAR
    return monthly


@benefit_function
def repeats_deductibles(rules: Rules) -> bool:
    """Whether a long stay bears somebody's deductible again, or one at some hospital never."""
    repeated = False
    for member in range(_MEMBERS):
        for hospital in range(_HOSPITALS):
            days = rules[cell_2(rules, p.DEDUCTIBLE_EVERY_DAYS, member, hospital)]
            free = rules[cell_2(rules, p.DEDUCTIBLE_FREE, member, hospital)]
            repeated = repeated or days > 0 or free == 1
    return repeated


@benefit_function
def groups_by_age(rules: Rules) -> bool:
    """Whether people belong to a group by their age."""
    by_age = False
    for group in range(rules[p.GROUPS]):
        by_age = by_age or rules[cell_1(rules, p.GROUP_FROM_AGE, group)] >= 0
        by_age = by_age or rules[cell_1(rules, p.GROUP_TO_AGE, group)] >= 0
    return by_age
