"""What a visit reads of its person's state, and what it leaves behind in it.

The accumulators of the year are read and raised by every visit, see ``settlement.add_up``;
beside them a stay counts in the calendar year of its admission, a visit for a listed
disease in the period of the disease's ceiling, maternity in the pregnancy.
"""

from typing import NamedTuple

from yibao.benefit.terms import Settlement, VisitFacts
from yibao.policy.keys import (
    KIND_CHRONIC,
    KIND_INPATIENT,
    KIND_MATERNITY,
    MEMBER_RESIDENT,
)
from yibao.registry import benefit_function

READS_YEAR, READS_ADMISSIONS, READS_DISEASE, READS_PREGNANCY = range(4)


class LeftBehind(NamedTuple):
    """What a settled visit changes in its person's state beside the year's accumulators."""

    counts: int
    """0: the visit was without entitlement and changes nothing at all, also no accumulator."""
    admissions: int
    """How many admissions more there are in the year of admission."""
    disease_paid: int
    """What more was paid for the disease, or for outpatients, in the period of the ceiling."""
    maternity_paid: int
    """What more was paid for the pregnancy that has not ended yet."""
    ends_pregnancy: int
    """1: the pregnancy has ended, nothing has been paid for the next one."""
    claims: int
    """What more the fund paid for a resident in the benefit year (zero-claim incentive); -1: the
    visit is no resident's."""


@benefit_function
def state_read(kind: int) -> int:
    """What a visit reads beside the accumulators of its year: one of ``READS_...``."""
    if kind == KIND_INPATIENT:
        return READS_ADMISSIONS
    if kind == KIND_CHRONIC:
        return READS_DISEASE
    return READS_PREGNANCY if kind == KIND_MATERNITY else READS_YEAR


@benefit_function
def nth_admission(kind: int, admissions: int) -> int:
    """The number of a stay in the year of its admission, after ``admissions`` others."""
    return admissions + 1 if kind == KIND_INPATIENT else 0


@benefit_function
def left_behind(visit: VisitFacts, settlement: Settlement) -> LeftBehind:
    """What is changed by a visit that was settled on the state which its facts tell."""
    if visit.entitled == 0:
        return LeftBehind(0, 0, 0, 0, 0, -1)
    maternity_paid = 0
    ends_pregnancy = 0
    if visit.kind == KIND_MATERNITY:
        if visit.delivery >= 0:
            ends_pregnancy = 1
        else:
            maternity_paid = settlement.maternity_paid
    return LeftBehind(
        1,
        1 if visit.kind == KIND_INPATIENT else 0,
        settlement.disease_paid,
        maternity_paid,
        ends_pregnancy,
        settlement.fund if visit.member == MEMBER_RESIDENT else -1,
    )
