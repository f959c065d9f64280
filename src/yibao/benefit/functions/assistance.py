"""Medical assistance: the last layer, for poor groups (M36)."""

from yibao.benefit.functions.cells import cell_1
from yibao.benefit.steps import ASSISTANCE, ASSISTANCE_RATIO
from yibao.benefit.terms import Rules, Trace
from yibao.money.rounding import ratio_amount
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def assistance(
    rules: Rules, groups: int, own_before: int, own_after: int, used: int, trace: Trace
) -> int:
    """What assistance pays on the year's eligible own payment that this visit added.

    ``own_before`` and ``own_after``: the year's eligible own payment left after the
    upper layer and earlier assistance, before and with this visit.  The best ratio of
    the person's groups counts, with that group's threshold and ceiling.
    """
    if groups == 0:
        return 0
    best = -1
    best_cell = -1
    best_group = -1
    for group in range(rules[p.GROUPS]):
        if groups >> group & 1:
            cell = cell_1(rules, p.ASSISTANCE_RATIO, group)
            if rules[cell] > best:
                best = rules[cell]
                best_cell = cell
                best_group = group
    if best_group < 0:
        return 0
    threshold = rules[cell_1(rules, p.ASSISTANCE_THRESHOLD, best_group)]
    before = own_before if own_before > threshold else threshold
    if own_after <= before:
        return 0
    paid = ratio_amount(own_after - before, best, rules[p.ROUND_FUND])
    ceiling = rules[cell_1(rules, p.ASSISTANCE_CEILING, best_group)]
    if ceiling >= 0:
        left = ceiling - used if ceiling > used else 0
        if paid > left:
            paid = left
    if trace is not None:
        trace.append((ASSISTANCE_RATIO, best_cell, best))
        trace.append((ASSISTANCE, -1, paid))
    return paid
