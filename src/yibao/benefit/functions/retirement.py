"""Years that a retiree needs, what is missing, and what the rest costs (M35)."""

from yibao.benefit.functions.cells import cell_1
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import (
    CONTRIBUTION_RATE,
    RETIREMENT_ACTUAL,
    RETIREMENT_COST,
    RETIREMENT_REQUIRED,
    RETIREMENT_SHORT,
)
from yibao.benefit.terms import Rules, Trace
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def retirement_shortfall(
    rules: Rules, sex: int, actual_months: int, deemed_months: int, trace: Trace
) -> int:
    """Months still missing for lifelong benefits; or ``lacking(cell)`` (K32).

    The sum of actual and deemed months must reach the years by sex, and the actual
    months a minimum of their own; the larger gap counts.
    """
    cell = cell_1(rules, p.RETIREMENT_YEARS, sex)
    if rules[cell] == p.MISSING:
        return lacking(cell)
    required = rules[cell] * 12
    actual_required = rules[p.RETIREMENT_ACTUAL] * 12
    missing = required - actual_months - deemed_months
    actual_missing = actual_required - actual_months
    if actual_missing > missing:
        missing = actual_missing
    if missing < 0:
        missing = 0
    if trace is not None:
        trace.append((RETIREMENT_REQUIRED, cell, required))
        trace.append((RETIREMENT_ACTUAL, p.RETIREMENT_ACTUAL, actual_required))
        trace.append((RETIREMENT_SHORT, -1, missing))
    return missing


@benefit_function
def shortfall_cost(rules: Rules, months: int, own_base: int, trace: Trace) -> int:
    """What the missing months cost when paid at once; or ``lacking(cell)``."""
    if months == 0:
        return 0
    if rules[p.SHORTFALL_RATE] == p.MISSING:
        return lacking(p.SHORTFALL_RATE)
    if rules[p.SHORTFALL_BASE] == p.MISSING:
        return lacking(p.SHORTFALL_BASE)
    base = own_base
    cell = p.SHORTFALL_BASE
    if rules[p.SHORTFALL_BASE] == 0:
        cell = p.BASE_FLOOR
        base = rules[cell]
    elif rules[p.SHORTFALL_BASE] == 1:
        cell = p.AVERAGE_WAGE_MONTH
        base = rules[cell]
    if base < 0:
        return lacking(cell)
    cost = ratio_amount(base, rules[p.SHORTFALL_RATE], rules[p.ROUND_BILL]) * months
    if trace is not None:
        trace.append((CONTRIBUTION_RATE, p.SHORTFALL_RATE, rules[p.SHORTFALL_RATE]))
        trace.append((RETIREMENT_COST, cell, cost))
    return cost
