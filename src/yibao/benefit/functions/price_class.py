"""The price class of an institution: as given, else from the hospital grade (K03)."""

from yibao.benefit.functions.cells import cell_2
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import OPTION
from yibao.benefit.terms import Rules, Trace
from yibao.policy import parameters as p
from yibao.policy.keys import (
    PLACE_HOME,
    TIER_CLASS_1,
    TIER_CLASS_2,
    TIER_CLASS_2_COUNTY,
    TIER_CLASS_3,
    TIER_COMMUNITY,
)
from yibao.registry import benefit_function

CLINIC_NONE, CLINIC_COMMUNITY, CLINIC_VILLAGE = range(3)
COMMUNITY_AWAY_STEP = OPTION, p.COMMUNITY_AWAY
"""The step, and the cell, of a community institution away that counts as another class."""


@benefit_function
def price_class_of(
    rules: Rules,
    clinic: int,
    stated: int,
    rank: int,
    grade: int,
    county: int,
    prescriber: int,
    trace: Trace,
) -> int:
    """Position of the price class; or ``lacking(cell)``.

    ``clinic``: one of ``CLINIC_...``, which the pack may count as any class.
    ``prescriber``: position of the class of the institution whose prescription a pharmacy
    fills, -1 where it is not told; a pharmacy may count as that one (S4-019, SH-S07).
    ``stated``: the class 1, 2 or 3 of the institution, 0 for none.  ``grade``: position of
    the hospital grade, -1 for none, as of a pharmacy; ``rank``: whose hospital it is, 0 where
    it is not told: both together decide the class.  ``county``: of a county, where the
    pack splits class 2.
    """
    if clinic == CLINIC_COMMUNITY:
        return rules[p.COMMUNITY_CLASS]
    if clinic == CLINIC_VILLAGE:
        return rules[p.VILLAGE_CLASS]
    if stated == 1:
        return TIER_CLASS_1
    if stated == 2:
        tier = TIER_CLASS_2
    elif stated == 3:
        return TIER_CLASS_3
    else:
        cell = cell_2(rules, p.GRADE_CLASS, rank, grade) if grade >= 0 else p.PHARMACY_CLASS
        tier = rules[cell]
        if tier == p.MISSING:
            return lacking(cell)
        if trace is not None:
            trace.append((OPTION, cell, tier))
        if cell == p.PHARMACY_CLASS and tier == p.PHARMACY_AS_PRESCRIBER:
            return prescriber if prescriber >= 0 else lacking(cell)
    if tier == TIER_CLASS_2 and county == 1 and rules[p.COUNTY_SPLIT] == 1:
        return TIER_CLASS_2_COUNTY
    return tier


@benefit_function
def class_at_place(rules: Rules, tier: int, place: int) -> int:
    """The price class that counts at a place: a community institution away may count as another."""
    if tier == TIER_COMMUNITY and place != PLACE_HOME:
        return rules[p.COMMUNITY_AWAY]
    return tier
