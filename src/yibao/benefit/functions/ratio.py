"""The reimbursement ratio: table, retiree rule, place, bonuses, groups (M22, M23, M30)."""

from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    RATIO_DISEASE,
    RATIO_DISEASE_OWN,
    RATIO_FAMILY_DOCTOR,
    RATIO_GROUP,
    RATIO_PLACE,
    RATIO_PLACE_POINTS,
    RATIO_RETIREE_FACTOR,
    RATIO_RETIREE_POINTS,
    RATIO_TABLE,
)
from yibao.benefit.terms import Rules, Trace, VisitFacts
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.policy.keys import INPATIENT, MEMBER_RESIDENT, MEMBER_RETIRED, MEMBER_WORKING
from yibao.registry import benefit_function


@benefit_function
def table_ratio(
    rules: Rules, care: int, member: int, tier: int, age: int, band: int, trace: Trace
) -> int:
    """The home ratio.  A retiree has an own table, points on the worker's ratio, or a
    factor on the worker's own share (K11: all three occur)."""
    retiree_rule = rules[p.RETIREE_RULE + care] if member == MEMBER_RETIRED else 0
    row = MEMBER_WORKING if retiree_rule != 0 else member
    cell = p.RATIO + (((care * 3 + row) * 5 + tier) * 2 + age) * 5 + band
    ratio = rules[cell]
    if ratio == p.MISSING:
        return lacking(cell)
    if trace is not None:
        trace.append((RATIO_TABLE, cell, ratio))
    if retiree_rule == 1:
        points_cell = p.RETIREE_POINTS + care * 5 + tier
        ratio += rules[points_cell]
        if trace is not None:
            trace.append((RATIO_RETIREE_POINTS, points_cell, rules[points_cell]))
    elif retiree_rule == 2:
        factor_cell = p.RETIREE_OWN_SHARE_FACTOR + care
        ratio = 10_000 - ratio_amount(10_000 - ratio, rules[factor_cell], 0)
        if trace is not None:
            trace.append((RATIO_RETIREE_FACTOR, factor_cell, rules[factor_cell]))
    return ratio if ratio > 0 else 0  # below 0 would read as a missing figure


@benefit_function
def group_ratio(
    rules: Rules, care: int, member: int, tier: int, groups: int, ratio: int, trace: Trace
) -> int:
    """The ratio of the most favourable of the person's groups, if that is higher."""
    best = ratio
    best_cell = -1
    for group in range(12):
        if groups >> group & 1:
            cell = p.GROUP_RATIO + ((care * 3 + member) * 5 + tier) * 12 + group
            if rules[cell] > best:
                best = rules[cell]
                best_cell = cell
    if best_cell >= 0 and trace is not None:
        trace.append((RATIO_GROUP, best_cell, best))
    return best


@benefit_function
def reimbursement_ratio(
    rules: Rules,
    care: int,
    member: int,
    tier: int,
    age: int,
    band: int,
    place: int,
    groups: int,
    disease: int,
    family_doctor: int,
    trace: Trace,
) -> int:
    """Basis points of the eligible amount above the deductible, or ``lacking(cell)``.

    Out of area a replacement ratio stands in for the table; points are added to it
    (K15: points, never a multiplier).
    """
    line = care * 3 + member
    place_cell = p.PLACE_RATIO + line * 6 + place
    if rules[place_cell] >= 0:
        ratio = rules[place_cell]
        if trace is not None:
            trace.append((RATIO_PLACE, place_cell, ratio))
    else:
        ratio = table_ratio(rules, care, member, tier, age, band, trace)
        if ratio < 0:
            return ratio
    cell = p.PLACE_POINTS + line * 6 + place
    points = rules[cell]
    if points == p.MISSING:
        return lacking(cell)
    if points != 0:
        ratio += points
        if trace is not None:
            trace.append((RATIO_PLACE_POINTS, cell, points))
    if family_doctor != 0:
        cell = p.FAMILY_DOCTOR_POINTS + line * 5 + tier
        if rules[cell] != 0:
            ratio += rules[cell]
            if trace is not None:
                trace.append((RATIO_FAMILY_DOCTOR, cell, rules[cell]))
    if care == INPATIENT and disease >= 0:
        cell = p.DISEASE_POINTS + member * 64 + disease
        if rules[cell] != 0:
            ratio += rules[cell]
            if trace is not None:
                trace.append((RATIO_DISEASE, cell, rules[cell]))
    if groups != 0:
        ratio = group_ratio(rules, care, member, tier, groups, ratio, trace)
    if ratio < 0:
        return 0
    return ratio if ratio < 10_000 else 10_000


@benefit_function
def disease_cell(visit: VisitFacts, present: int, former: int) -> int:
    """A cell of the visit's disease: in the present list, or in the former one for a person
    who was admitted before it changed (rule shape 12)."""
    row = (0 if visit.member == MEMBER_RESIDENT else 1) * 64 + visit.disease
    return (former if visit.former != 0 else present) + row


@benefit_function
def disease_ratio(
    rules: Rules, care: int, member: int, place: int, ratio: int, cell: int, trace: Trace
) -> int:
    """A disease's own ratio, or ``lacking(cell)``.

    It stands in for the table, and loses the same points out of area.
    """
    if trace is not None:
        trace.append((RATIO_DISEASE_OWN, cell, ratio))
    points_cell = p.PLACE_POINTS + (care * 3 + member) * 6 + place
    points = rules[points_cell]
    if points == p.MISSING:
        return lacking(points_cell)
    if points != 0:
        ratio += points
        if trace is not None:
            trace.append((RATIO_PLACE_POINTS, points_cell, points))
    if ratio < 0:
        return 0
    return ratio if ratio < 10_000 else 10_000
