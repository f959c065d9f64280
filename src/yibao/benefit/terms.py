"""What goes into and comes out of the benefit functions: NamedTuples of ints.

Both CPython and Numba take these; a field's unit is fen unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Trace = list[tuple[int, int, int]] | None
"""``None``, or a list that receives (step code, cell, amount)."""

Rules = Sequence[int]
"""One segment: a tuple of ints in CPython, an int64 array under Numba."""

STATUS_SETTLED = 0
"""Any other status is ``lacking(cell)``: the figure in that cell has no source."""

MOST_FEN = 10**13
"""Largest amount the functions take; the product with a ratio stays inside int64."""


class VisitFacts(NamedTuple):
    """One visit as the functions see it; positions are those of ``yibao.policy.keys``."""

    kind: int
    member: int
    tier: int
    """Position of the price class."""
    age: int
    """0 below the age line, 1 from it."""
    place: int
    groups: int
    """Bit mask of group positions."""
    nth: int
    """Number of this admission in its calendar year, from 1; 0 if it is none."""
    disease: int
    """Position, or -1."""
    former: int
    """1: the person keeps the terms from before the list changed."""
    entitled: int
    prescription: int
    family_doctor: int
    delivery: int
    """Position, or -1: prenatal care."""
    fetuses: int
    gestation_months: int
    qualifying_months: int
    """Months of contribution before a maternity visit, counted by the road."""
    contribution_class: int
    maternity_used: int
    """Paid from this pregnancy's quota or ceiling before."""
    disease_used: int
    """Paid for this disease in the month or year of its ceiling before."""
    ceiling_bonus: int
    """Incentives added to the major-illness ceiling."""
    total: int
    out_of_catalogue: int
    over_limit: int
    upfront: int


class Accumulators(NamedTuple):
    """What a person has used in a benefit year, per scheme."""

    outpatient_deductible: int = 0
    inpatient_deductible: int = 0
    chronic_deductible: int = 0
    outpatient_eligible: int = 0
    inpatient_eligible: int = 0
    chronic_eligible: int = 0
    outpatient_pooled: int = 0
    inpatient_pooled: int = 0
    chronic_pooled: int = 0
    special_pooled: int = 0
    """The part of ``chronic_pooled`` that counts under the inpatient ceiling."""
    upper: int = 0
    assistance: int = 0
    eligible_own: int = 0
    """Eligible − pooled of inpatient and chronic visits, before the upper layer."""


class Settlement(NamedTuple):
    """What one visit gives; the identities of ``docs/scenario.md`` hold."""

    status: int
    total: int
    out_of_catalogue: int
    over_limit: int
    upfront: int
    eligible: int
    deductible: int
    pooled: int
    upper: int
    assistance: int
    other_fund: int
    fund: int
    own: int
    disease_paid: int
    """Counts toward the disease's own ceiling."""
    maternity_paid: int
    """Counts toward the pregnancy's quota or ceiling."""


class Basic(NamedTuple):
    """The basic pooled layer of one visit."""

    status: int
    deductible: int
    pooled: int
    passed: int
    """Base above the ceiling, for the upper layer."""


class FeeItem(NamedTuple):
    """One fee item, split."""

    status: int
    out_of_catalogue: int
    over_limit: int
    upfront: int
    eligible: int


class Draw(NamedTuple):
    """How the own part is paid."""

    account: int
    mutual_aid: int
    cash: int
