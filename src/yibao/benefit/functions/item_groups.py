"""Items of a group of the catalogue, of which the fund pays some points more (GZ-S02, XA-S03).

Items of a group come first in the base: what the deductible or a ceiling takes is taken of
the others.
"""

from yibao.benefit.functions.bands import banded_payment, base_used_by_ceiling
from yibao.benefit.functions.cells import cell_4
from yibao.benefit.steps import ITEM_GROUP_BASE, ITEM_GROUP_POINTS
from yibao.benefit.terms import Figures, Rules, Trace, VisitFacts
from yibao.policy import parameters as p
from yibao.registry import benefit_function


@benefit_function
def group_payment(rules: Rules, visit: VisitFacts, care: int, base: int, trace: Trace) -> int:
    """What the points of the items' groups add to a base, in 1/10,000 fen."""
    left = base
    scaled = 0
    for group in range(2):
        amount = visit.essential_drugs if group == 0 else visit.chinese_medicine
        part = amount if amount < left else left
        left -= part
        if part > 0:
            cell = cell_4(rules, p.ITEM_POINTS, care, visit.member, visit.tier, group)
            scaled += part * rules[cell]
            if trace is not None and rules[cell] != 0:
                trace.append((ITEM_GROUP_BASE, -1, part))
                trace.append((ITEM_GROUP_POINTS, cell, rules[cell]))
    return scaled


@benefit_function
def payment_of_base(
    rules: Rules,
    visit: VisitFacts,
    figures: Figures,
    care: int,
    start: int,
    base: int,
    trace: Trace,
) -> int:
    """The fund's part of a base from ``start`` on before the ceiling, in 1/10,000 fen; or
    ``lacking``."""
    scaled = banded_payment(rules, visit, figures, care, start, start + base, trace)
    if scaled < 0 or visit.essential_drugs + visit.chinese_medicine == 0:
        return scaled
    scaled += group_payment(rules, visit, care, base, trace)
    if scaled > base * 10_000:
        return base * 10_000
    return scaled if scaled > 0 else 0


@benefit_function
def base_used(
    rules: Rules, visit: VisitFacts, figures: Figures, care: int, start: int, base: int, paid: int
) -> int:
    """The part of a base that a payment cut to ``paid`` fen used, rounded up."""
    if visit.essential_drugs + visit.chinese_medicine == 0:
        return base_used_by_ceiling(figures, start, start + base, paid)
    least = 0
    most = base
    while least < most:
        middle = (least + most) // 2
        if payment_of_base(rules, visit, figures, care, start, middle, None) >= paid * 10_000:
            most = middle
        else:
            least = middle + 1
    return least
