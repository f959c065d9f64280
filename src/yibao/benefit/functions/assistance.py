"""Medical assistance: the last layer, for poor groups (M36)."""

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
    best_group = -1
    for group in range(12):
        if groups >> group & 1 and rules[p.ASSISTANCE_RATIO + group] > best:
            best = rules[p.ASSISTANCE_RATIO + group]
            best_group = group
    if best_group < 0:
        return 0
    threshold = rules[p.ASSISTANCE_THRESHOLD + best_group]
    before = own_before if own_before > threshold else threshold
    if own_after <= before:
        return 0
    paid = ratio_amount(own_after - before, best, rules[p.ROUND_FUND])
    ceiling = rules[p.ASSISTANCE_CEILING + best_group]
    if ceiling >= 0:
        left = ceiling - used if ceiling > used else 0
        if paid > left:
            paid = left
    if trace is not None:
        trace.append((ASSISTANCE_RATIO, p.ASSISTANCE_RATIO + best_group, best))
        trace.append((ASSISTANCE, -1, paid))
    return paid
