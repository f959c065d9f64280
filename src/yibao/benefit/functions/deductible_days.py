"""Deductibles that are borne once in a number of days, anywhere or at each institution.

A period begins with the first visit that the fund looks at and lasts its days, whatever year
they fall in; one day at one institution is a period too.
"""

from yibao.benefit.functions.cells import cell_2
from yibao.benefit.functions.visit_facts import care_of_kind
from yibao.benefit.terms import Rules
from yibao.policy import parameters as p
from yibao.policy.keys import CARE, MEMBERS
from yibao.registry import benefit_function

_CARES, _MEMBERS = len(CARE), len(MEMBERS)


@benefit_function
def days_of_deductible(rules: Rules, kind: int, member: int) -> int:
    """For how many days a visit's deductible is borne once; 0: that is no matter of days."""
    days = rules[cell_2(rules, p.DEDUCTIBLE_DAYS, care_of_kind(kind), member)]
    return days if days > 0 else 0


@benefit_function
def days_at_institution(rules: Rules, kind: int, member: int) -> int:
    """1: each institution has days of its own."""
    return rules[cell_2(rules, p.DEDUCTIBLE_DAYS_AT, care_of_kind(kind), member)]


@benefit_function
def counts_days(rules: Rules) -> bool:
    """Whether somebody's deductible is borne once in a number of days."""
    by_days = False
    for care in range(_CARES):
        for member in range(_MEMBERS):
            by_days = by_days or rules[cell_2(rules, p.DEDUCTIBLE_DAYS, care, member)] > 0
    return by_days


@benefit_function
def within_days(start: int, days: int, day: int) -> int:
    """1: a day (number) lies in the period that began on ``start``; 0 there: none has begun."""
    return 1 if start != 0 and start <= day and day < start + days else 0


@benefit_function
def days_begin(start: int, days: int, day: int) -> int:
    """The first day of the period after a visit: its own where it lies past the one before.

    A visit from before the period leaves it as it is.
    """
    return day if start == 0 or day >= start + days else start
