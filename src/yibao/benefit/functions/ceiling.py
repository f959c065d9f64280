"""The ceiling on the basic layer: of a kind of care, of a group, shared, on payments or cost."""

from yibao.benefit.functions.cells import cell_1, cell_2, cell_3
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.terms import (
    POOL_CHRONIC,
    POOL_COST,
    POOL_OUTPATIENT,
    T_CEILING,
    T_CEILING_BY_MONTH,
    T_POOL,
    T_SHARED_CEILING,
    U_CHRONIC_POOLED,
    U_ELIGIBLE_OWN,
    U_INPATIENT_POOLED,
    U_OUTPATIENT_POOLED,
    U_SPECIAL_POOLED,
    Figures,
    Rules,
    Used,
)
from yibao.policy import parameters as p
from yibao.policy.keys import CHRONIC, INPATIENT
from yibao.registry import benefit_function


@benefit_function
def pool_of(rules: Rules, member: int) -> int:
    """What counts under the inpatient ceiling beside stays: a sum of ``terms.POOL_...``."""
    if rules[cell_1(rules, p.CEILING_ON, member)] == 1:
        pool = POOL_COST + POOL_CHRONIC
    elif rules[cell_1(rules, p.CHRONIC_POOL, member)] == 1:
        pool = POOL_CHRONIC
    else:
        pool = 0
    if rules[cell_1(rules, p.OUTPATIENT_POOL, member)] == 1:
        pool += POOL_OUTPATIENT
    return pool


@benefit_function
def own_ceiling_cell(rules: Rules, care: int, member: int, groups: int) -> int:
    """The cell of the yearly ceiling of a kind of care: the highest of the person's groups, else
    everybody's."""
    best_cell = cell_2(rules, p.ANNUAL_CEILING, care, member)
    if groups != 0:
        best = -1
        for group in range(rules[p.GROUPS]):
            if groups >> group & 1:
                cell = cell_3(rules, p.GROUP_CEILING, care, member, group)
                if rules[cell] > best:
                    best = rules[cell]
                    best_cell = cell
    return best_cell


@benefit_function
def sure_ceiling(rules: Rules, care: int, member: int, cell: int) -> int:
    """What a ceiling of which no source gives the amount is not below; or ``lacking(cell)``.

    Up to it a visit is settled as under any ceiling; what would be cut is refused.
    """
    least = rules[cell_1(rules, p.CEILING_AT_LEAST, member)] if care == INPATIENT else -1
    return least if least >= 0 else lacking(cell)


@benefit_function
def write_ceilings(
    rules: Rules, care: int, under: int, member: int, groups: int, figures: Figures
) -> None:
    """The ceilings of a visit; ``under``: whose ceiling a listed disease comes under."""
    cell = own_ceiling_cell(rules, under, member, groups)
    pool = pool_of(rules, member)
    shared = -1
    if under != INPATIENT and pool & (POOL_CHRONIC if care == CHRONIC else POOL_OUTPATIENT):
        shared_cell = own_ceiling_cell(rules, INPATIENT, member, groups)
        shared = rules[shared_cell]
        if shared == p.MISSING:
            shared = sure_ceiling(rules, INPATIENT, member, shared_cell)
    ceiling = rules[cell]
    if ceiling == p.MISSING:
        ceiling = sure_ceiling(rules, under, member, cell)
    figures[T_CEILING] = ceiling
    figures[T_POOL] = pool
    figures[T_SHARED_CEILING] = shared
    figures[T_CEILING_BY_MONTH] = 1 if rules[cell_1(rules, p.CEILING_PERIOD, member)] > 0 else 0


@benefit_function
def shared_used(pool: int, used: Used) -> int:
    """What the year has used of the inpatient ceiling, in payments or in cost."""
    if pool & POOL_COST:
        spent = used[U_INPATIENT_POOLED] + used[U_CHRONIC_POOLED] + used[U_ELIGIBLE_OWN]
    elif pool & POOL_CHRONIC:
        spent = used[U_INPATIENT_POOLED] + used[U_CHRONIC_POOLED]
    else:
        spent = used[U_INPATIENT_POOLED] + used[U_SPECIAL_POOLED]
    if pool & POOL_OUTPATIENT:
        spent += used[U_OUTPATIENT_POOLED]
    return spent


@benefit_function
def ceiling_left(ceiling: int, care: int, pool: int, used: Used) -> int:
    """What is left of a ceiling on the basic layer; -1: there is none."""
    if ceiling < 0:
        return -1
    if care == INPATIENT:
        spent = shared_used(pool, used)
    elif care == CHRONIC:
        spent = used[U_CHRONIC_POOLED] - used[U_SPECIAL_POOLED]
    else:
        spent = used[U_OUTPATIENT_POOLED]
    return ceiling - spent if ceiling > spent else 0
