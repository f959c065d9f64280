"""Which day of a stay counts: for its rules and year, and for the facts of its person (M26)."""

from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import OPTION
from yibao.benefit.terms import Rules, Trace
from yibao.policy import parameters as p
from yibao.policy.keys import KIND_INPATIENT
from yibao.registry import benefit_function


@benefit_function
def stay_rules_day(rules: Rules, first_day: int, last_day: int) -> tuple[int, int]:
    """Status, and the day whose rules and benefit year hold for a visit.

    ``rules`` are those of the last day; they say whether the discharge counts or the
    admission.
    """
    counts = rules[p.STAY_YEAR]
    if counts == p.MISSING:
        return lacking(p.STAY_YEAR), last_day
    return 0, first_day if counts == 1 else last_day


@benefit_function
def stay_person_day(rules: Rules, first_day: int, last_day: int) -> tuple[int, int]:
    """Status, and the day whose cover, age, groups, filings and price class hold for a visit.

    ``rules`` are those of the day that :func:`stay_rules_day` gives.
    """
    counts = rules[p.STAY_PERSON]
    if counts == p.MISSING:
        return lacking(p.STAY_PERSON), first_day
    return 0, first_day if counts == 0 else last_day


@benefit_function
def stay_steps(kind: int, trace: Trace) -> None:
    """Say of a stay that its days were chosen."""
    if trace is not None and kind == KIND_INPATIENT:
        trace.append((OPTION, p.STAY_YEAR, 0))
        trace.append((OPTION, p.STAY_PERSON, 0))
