"""A listed disease: former terms, the period of its ceiling, whose shares and ceiling count."""

from yibao.benefit.functions.cells import cell_1, cell_2
from yibao.benefit.terms import NO_DAY, Rules
from yibao.policy import parameters as p
from yibao.policy.keys import KIND_CHRONIC, KIND_INPATIENT
from yibao.registry import benefit_function


@benefit_function
def keeps_former_terms(rules: Rules, scheme: int, admitted_day: int, last_day: int) -> int:
    """1 if the person was admitted to the list before it changed (O-CD-03: 老人老办法).

    ``admitted_day``: first day of the earliest filing that holds; ``NO_DAY`` without one.
    """
    before = rules[cell_1(rules, p.FORMER_ADMITTED_BEFORE, scheme)]
    until = rules[cell_1(rules, p.FORMER_UNTIL, scheme)]
    if admitted_day == NO_DAY or before <= 0 or until <= 0:
        return 0
    return 1 if admitted_day < before and last_day <= until else 0


@benefit_function
def ceiling_by_month(rules: Rules, scheme: int, disease: int, former: int) -> int:
    """1 if the disease's ceiling is one of a month, 0 if of a year."""
    table = p.FORMER_TERM if former == 1 else p.DISEASE_TERM
    return 1 if rules[cell_2(rules, table, scheme, disease)] == p.TERMS_MONTH else 0


@benefit_function
def disease_period(by_month: int, year: int, last_month: int) -> int:
    """The period in which a disease's payments are counted.

    The benefit year, or the month (yyyymm) of the visit's last day.
    """
    return last_month if by_month == 1 else year


@benefit_function
def shares_inpatient_ceiling(rules: Rules, scheme: int, disease: int, former: int) -> int:
    """1 if payments for the disease count under the inpatient ceiling."""
    table = p.FORMER_TERM if former == 1 else p.DISEASE_TERM
    return 1 if rules[cell_2(rules, table, scheme, disease)] == p.TERMS_INPATIENT else 0


@benefit_function
def catalogue_setting(rules: Rules, kind: int, scheme: int, disease: int) -> int:
    """Whose class B shares count: those of outpatients (0) or of inpatients (1)."""
    if kind == KIND_CHRONIC:
        if disease < 0:
            return 0
        return rules[cell_2(rules, p.DISEASE_SETTING, scheme, disease)]
    return 1 if kind == KIND_INPATIENT else 0
