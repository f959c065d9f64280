"""The reimbursement ratio: table, retiree rule, place, bonuses, groups (M22, M23, M30)."""

from yibao.benefit.functions.cells import cell_1, cell_2, cell_3, cell_4, cell_5
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    RATIO_DISEASE,
    RATIO_DISEASE_OWN,
    RATIO_FAMILY_DOCTOR,
    RATIO_GROUP,
    RATIO_GROUP_POINTS,
    RATIO_PLACE,
    RATIO_PLACE_POINTS,
    RATIO_PLAN,
    RATIO_RETIREE_FACTOR,
    RATIO_RETIREE_POINTS,
    RATIO_TABLE,
)
from yibao.benefit.terms import Rules, Trace, VisitFacts
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.policy.keys import (
    EMPLOYEE,
    INPATIENT,
    MEMBER_RESIDENT,
    MEMBER_RETIRED,
    MEMBER_WORKING,
    RESIDENT,
)
from yibao.registry import benefit_function


@benefit_function
def plan_cell(rules: Rules, care: int, member: int, tier: int, band: int, groups: int) -> int:
    """The cell of the ratio that the tier of contribution has instead of the table's;
    -1: none.  Of several the highest counts."""
    best = -1
    best_cell = -1
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_5(rules, p.PLAN_RATIO, care, member, tier, band, group)
            if rules[cell] > best:
                best = rules[cell]
                best_cell = cell
    return best_cell


@benefit_function
def group_points(rules: Rules, care: int, member: int, tier: int, groups: int, trace: Trace) -> int:
    """The points that the most favoured of the person's groups adds; 0 where none adds any."""
    best = 0
    best_cell = -1
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_4(rules, p.GROUP_POINTS, care, member, tier, group)
            if rules[cell] != 0 and (best_cell < 0 or rules[cell] > best):
                best = rules[cell]
                best_cell = cell
    if best_cell >= 0 and trace is not None:
        trace.append((RATIO_GROUP_POINTS, best_cell, best))
    return best


@benefit_function
def table_ratio(
    rules: Rules,
    care: int,
    member: int,
    tier: int,
    age: int,
    band: int,
    groups: int,
    trace: Trace,
) -> int:
    """The home ratio.  A retiree has an own table, points on the worker's ratio, or a
    factor on the worker's own share (K11: all three occur)."""
    retiree_rule = rules[cell_1(rules, p.RETIREE_RULE, care)] if member == MEMBER_RETIRED else 0
    row = MEMBER_WORKING if retiree_rule != 0 else member
    own_cell = plan_cell(rules, care, row, tier, band, groups) if groups != 0 else -1
    cell = own_cell if own_cell >= 0 else cell_5(rules, p.RATIO, care, row, tier, age, band)
    ratio = rules[cell]
    if ratio == p.MISSING:
        return lacking(cell)
    if trace is not None:
        trace.append((RATIO_PLAN if own_cell >= 0 else RATIO_TABLE, cell, ratio))
    if retiree_rule == 1:
        points_cell = cell_2(rules, p.RETIREE_POINTS, care, tier)
        ratio += rules[points_cell]
        if trace is not None:
            trace.append((RATIO_RETIREE_POINTS, points_cell, rules[points_cell]))
    elif retiree_rule == 2:
        factor_cell = cell_1(rules, p.RETIREE_OWN_SHARE_FACTOR, care)
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
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_4(rules, p.GROUP_RATIO, care, member, tier, group)
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
    place_cell = cell_3(rules, p.PLACE_RATIO, care, member, place)
    if rules[place_cell] >= 0:
        ratio = rules[place_cell]
        if trace is not None:
            trace.append((RATIO_PLACE, place_cell, ratio))
    else:
        ratio = table_ratio(rules, care, member, tier, age, band, groups, trace)
        if ratio < 0:
            return ratio
    cell = cell_3(rules, p.PLACE_POINTS, care, member, place)
    points = rules[cell]
    if points == p.MISSING:
        return lacking(cell)
    if points != 0:
        ratio += points
        if trace is not None:
            trace.append((RATIO_PLACE_POINTS, cell, points))
    if family_doctor != 0:
        cell = cell_3(rules, p.FAMILY_DOCTOR_POINTS, care, member, tier)
        if rules[cell] != 0:
            ratio += rules[cell]
            if trace is not None:
                trace.append((RATIO_FAMILY_DOCTOR, cell, rules[cell]))
    if care == INPATIENT and disease >= 0:
        cell = cell_2(rules, p.DISEASE_POINTS, member, disease)
        if rules[cell] != 0:
            ratio += rules[cell]
            if trace is not None:
                trace.append((RATIO_DISEASE, cell, rules[cell]))
    if groups != 0:
        ratio += group_points(rules, care, member, tier, groups, trace)
        ratio = group_ratio(rules, care, member, tier, groups, ratio, trace)
    if ratio < 0:
        return 0
    return ratio if ratio < 10_000 else 10_000


@benefit_function
def disease_cell(rules: Rules, visit: VisitFacts, present: int, former: int) -> int:
    """A cell of the visit's disease: in the present list, or in the former one for a person
    who was admitted before it changed (rule shape 12)."""
    scheme = RESIDENT if visit.member == MEMBER_RESIDENT else EMPLOYEE
    return cell_2(rules, former if visit.former != 0 else present, scheme, visit.disease)


@benefit_function
def disease_ratio(
    rules: Rules, care: int, member: int, place: int, ratio: int, cell: int, trace: Trace
) -> int:
    """A disease's own ratio, or ``lacking(cell)``.

    It stands in for the table, and loses the same points out of area.
    """
    if trace is not None:
        trace.append((RATIO_DISEASE_OWN, cell, ratio))
    points_cell = cell_3(rules, p.PLACE_POINTS, care, member, place)
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
