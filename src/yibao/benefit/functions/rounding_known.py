"""What no settlement can do without: how amounts are rounded."""

from yibao.benefit.functions.refusal import lacking
from yibao.benefit.terms import Rules
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def rounding_known(rules: Rules) -> int:
    """0, or ``lacking(cell)`` of the first way of rounding that is not in force."""
    if rules[p.ROUND_FUND] == p.MISSING:
        return lacking(p.ROUND_FUND)
    if rules[p.ROUND_ITEM] == p.MISSING:
        return lacking(p.ROUND_ITEM)
    if rules[p.ROUND_BILL] == p.MISSING:
        return lacking(p.ROUND_BILL)
    return 0
