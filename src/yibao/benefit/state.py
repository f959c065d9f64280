"""What a person has used, kept by a road between visits.

Accumulators are kept per scheme and benefit year, admissions per scheme and
calendar year of admission, a disease's payments per month or year of its ceiling.
A change of status keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from yibao.benefit.facts import Used
from yibao.benefit.terms import Accumulators
from yibao.policy.kinds import Care

YearKey = tuple[str, int]
"""(scheme, year)."""
DiseaseKey = tuple[str, str, int]
"""(scheme, disease, year or month yyyymm)."""
PeriodKey = tuple[str, str, str]
"""(scheme, kind of care, institution); no institution where the days count anywhere."""
ORDINARY_OUTPATIENT = Care.OUTPATIENT
"""Stands for a disease where what is paid for outpatients is counted by month or quarter."""


class DeductibleDays(NamedTuple):
    """The latest days in which a deductible is borne once; amounts in fen."""

    start: int
    """Day number."""
    deductible: int
    eligible: int


NO_DAYS = DeductibleDays(0, 0, 0)
"""None have begun."""


@dataclass(slots=True)
class PersonState:
    """One person's accumulators; plain data, copied by the road that needs a copy."""

    accumulators: dict[YearKey, Accumulators] = field(default_factory=dict)
    admissions: dict[YearKey, int] = field(default_factory=dict)
    diseases: dict[DiseaseKey, int] = field(default_factory=dict)
    maternity_used: int = 0
    """Paid for the pregnancy that has not ended yet."""
    claims: dict[int, int] = field(default_factory=dict)
    """Fund payments of a resident per year, of any kind (zero-claim incentive)."""
    periods: dict[PeriodKey, DeductibleDays] = field(default_factory=dict)

    def year(self, scheme: str, year: int) -> Accumulators:
        return self.accumulators.get((scheme, year), Accumulators())

    def copy(self) -> PersonState:
        return PersonState(
            dict(self.accumulators),
            dict(self.admissions),
            dict(self.diseases),
            self.maternity_used,
            dict(self.claims),
            dict(self.periods),
        )


def state_from_used(used: Used | None, scheme: str) -> PersonState:
    """The state that a scenario carries in."""
    state = PersonState()
    if used is None:
        return state
    state.accumulators[scheme, used.year] = Accumulators(
        outpatient_deductible=used.outpatient_deductible,
        outpatient_eligible=used.outpatient_eligible,
        outpatient_pooled=used.outpatient_pooled,
        inpatient_pooled=used.inpatient_pooled,
        chronic_pooled=sum(used.chronic_pooled.values()),
        upper=used.upper,
        assistance=used.assistance,
        eligible_own=used.eligible_own,
    )
    state.admissions[scheme, used.year] = used.admissions
    for disease, paid in used.chronic_pooled.items():
        if disease:
            state.diseases[scheme, disease, used.year] = paid
    paid = (
        used.outpatient_pooled
        + used.inpatient_pooled
        + sum(used.chronic_pooled.values())
        + used.upper
        + used.assistance
    )
    state.claims[used.year] = paid
    return state
