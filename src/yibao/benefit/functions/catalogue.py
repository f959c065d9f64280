"""Fee items: over-limit amount, upfront share, out-of-catalogue amount (M25)."""

from yibao.benefit.functions.cells import cell_3
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import ITEM_OUT, ITEM_OVER_LIMIT, ITEM_UPFRONT, ITEM_UPFRONT_RATIO
from yibao.benefit.terms import FeeItem, Rules, Trace
from yibao.money.rounding import ratio_amount
from yibao.policy.parameters import MISSING, ROUND_ITEM, UPFRONT
from yibao.registry import benefit_function

CLASS_A = 0
CLASS_B = 1
CLASS_C = 2


@benefit_function
def fee_item(
    rules: Rules,
    scheme: int,
    setting: int,
    item_kind: int,
    item_class: int,
    amount: int,
    upfront: int,
    limit: int,
    trace: Trace,
) -> FeeItem:
    """Split one fee item: over-limit first, then the upfront share of what is left.

    ``upfront`` in basis points, -1 for the catalogue's own share; ``limit`` is the
    price limit of the whole line, -1 for none.  Class A enters in full (S4-026,
    K25), class B after the upfront share (S4-027), class C not at all.
    """
    if item_class == CLASS_C:
        if trace is not None:
            trace.append((ITEM_OUT, -1, amount))
        return FeeItem(0, amount, 0, 0, 0)
    over_limit = 0
    if limit >= 0 and amount > limit:
        over_limit = amount - limit
        if trace is not None:
            trace.append((ITEM_OVER_LIMIT, -1, over_limit))
    share = 0
    if item_class == CLASS_B:
        cell = -1
        ratio = upfront
        if ratio < 0:
            cell = cell_3(rules, UPFRONT, scheme, setting, item_kind)
            ratio = rules[cell]
            if ratio == MISSING:
                return FeeItem(lacking(cell), 0, 0, 0, 0)
        share = ratio_amount(amount - over_limit, ratio, rules[ROUND_ITEM])
        if trace is not None:
            trace.append((ITEM_UPFRONT_RATIO, cell, ratio))
            trace.append((ITEM_UPFRONT, ROUND_ITEM, share))
    return FeeItem(0, 0, over_limit, share, amount - over_limit - share)
