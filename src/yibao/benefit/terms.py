"""What goes into and comes out of the benefit functions: NamedTuples of ints.

Both CPython and Numba take these; a field's unit is fen unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import NamedTuple

Trace = list[tuple[int, int, int]] | None
"""``None``, or a list that receives (step code, cell, amount)."""

Rules = Sequence[int]
"""One segment: a tuple of ints in CPython, an int64 array under Numba."""

STATUS_SETTLED = 0
"""Any other status is ``lacking(cell)``: the figure in that cell has no source."""

MOST_FEN = 10**13
"""Largest amount the functions take; the product with a ratio stays inside int64."""

NO_DAY = -(1 << 40)
"""In a day number: there is none."""


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
    """Paid for this disease in the month or year of its ceiling before; of other visits: paid
    for outpatients in the month or quarter of their ceiling."""
    ceiling_bonus: int
    """Incentives added to the major-illness ceiling."""
    total: int
    out_of_catalogue: int
    over_limit: int
    upfront: int
    deductible_times: int = 1
    """How many times a long stay bears the deductible; -1: it bears none."""
    sent_on: int = 0
    """1: by an institution of first contact."""
    without_stay: int = 0
    """1: a maternity visit without a stay."""
    essential_drugs: int = 0
    """Of the total, after upfront shares: of items of that group."""
    chinese_medicine: int = 0
    period_deductible: int = 0
    """Borne before in the days in which the deductible is borne once; 0 where none count."""
    period_eligible: int = 0


Figures = MutableSequence[int]
"""What the rules say on a visit's basic layer whatever its amounts, by the positions below.

A sequence that ``write_terms`` fills, or a row of a table: a road that settles millions
looks it up, since many visits share one.  Everything in it depends on the rules and on
facts of the visit, nothing on amounts or accumulators.
"""

T_DEDUCTIBLE = 0
"""Borne first, before what was borne earlier in the year; or ``lacking(cell)``."""
T_DEDUCTIBLE_YEARLY = 1
"""1: that deductible is that of the year; 2: that of a number of days."""
T_DEDUCTIBLE_CEILING = 2
"""Most that the year's deductibles come to; -1: no such limit."""
T_CEILING = 3
"""Of the year's payments; -1: none; or ``lacking(cell)``."""
T_ROUNDING = 4
T_TOP_1 = 5
"""Where the first band ends; -1: nowhere."""
T_RATIO_1 = 6
"""Basis points, or ``lacking(cell)``; of the first band."""
T_BAND_START = 7
"""1: bands are measured from the deductible on."""
T_BAND_PERIOD = 8
"""1: bands are measured over the year; 2: over the days of the deductible."""
T_DISEASE_TERMS = 9
"""Position of the disease's terms in their choices, or ``lacking(cell)``; -1: no chronic visit."""
T_DISEASE_CEILING = 10
"""Of the disease's own payments, or ``lacking(cell)``; -1: no chronic visit."""
T_POOL = 11
"""What counts under the inpatient ceiling beside stays: a sum of the ``POOL_...`` below."""
T_SHARED_CEILING = 12
"""The inpatient ceiling where a visit of another kind counts under it too; -1: it does not, or
there is none; or ``lacking(cell)``."""
T_CEILING_BY_MONTH = 13
"""1: the ceiling for outpatients is one of a month or quarter."""
T_OUTPATIENT_COUNTS = 14
"""1: what an outpatient visit leaves to the person counts for the layer above."""
T_FIRST_VISIT = 15
"""1: an institution of first contact had to be seen before, and was not."""
T_OF_ROAD = 16
"""From here on three places that a road may keep something in."""
T_MORE_BANDS = 19
"""From here on top and ratio of the second and each later band."""

POOL_OUTPATIENT, POOL_CHRONIC, POOL_COST = 1, 2, 4
"""Payments for outpatients; for listed diseases; and the ceiling is one of cost, not of payments:
eligible amounts of stays and of listed diseases count."""


class Increase(NamedTuple):
    """What one visit adds to the accumulators of its year; all 0: it leaves no trace."""

    care: int
    """Whose deductible, eligible and pooled amounts: a position of ``keys.CARE``."""
    deductible: int
    eligible: int
    pooled: int
    special: int
    upper: int
    assistance: int
    own: int


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
    """Eligible − pooled of inpatient and chronic visits, before the upper layer; of others,
    upfront shares and what is above a ceiling as the pack counts them."""


Used = Sequence[int]
"""What a person has used, read by the positions below: :class:`Accumulators`, or a slot."""

U_OUTPATIENT_DEDUCTIBLE, U_INPATIENT_DEDUCTIBLE, U_CHRONIC_DEDUCTIBLE = 0, 1, 2
U_OUTPATIENT_ELIGIBLE, U_INPATIENT_ELIGIBLE, U_CHRONIC_ELIGIBLE = 3, 4, 5
U_OUTPATIENT_POOLED, U_INPATIENT_POOLED, U_CHRONIC_POOLED = 6, 7, 8
U_SPECIAL_POOLED, U_UPPER, U_ASSISTANCE, U_ELIGIBLE_OWN = 9, 10, 11, 12


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
    """Counts toward the disease's own ceiling, or the month's for outpatients."""
    maternity_paid: int
    """Counts toward the pregnancy's quota or ceiling."""


class Basic(NamedTuple):
    """The basic pooled layer of one visit."""

    status: int
    deductible: int
    pooled: int
    passed: int
    """Base above a ceiling."""
    own_cut: int = 0
    """The part of ``passed`` that a ceiling of this kind of care alone cut: no layer gets it."""


class Shares(NamedTuple):
    """What a visit's own kind of care bears and pays, before the layers above."""

    status: int
    deductible: int
    pooled: int
    passed: int
    """Base above a ceiling."""
    counted: int
    """Eligible amount that enters the accumulators; -1: the visit leaves no trace in them."""
    quota: int
    """The part of ``pooled`` that counts toward a pregnancy's quota or ceiling instead."""
    own_cut: int = 0
    """The part of ``passed`` that no layer above gets."""


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
