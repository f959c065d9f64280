"""Fee items: over-limit amount, upfront share, out-of-catalogue amount (M25)."""

from yibao.benefit.functions.bands import portion
from yibao.benefit.functions.cells import cell_4
from yibao.benefit.functions.refusal import lacking
from yibao.benefit.steps import ITEM_OUT, ITEM_OVER_LIMIT, ITEM_UPFRONT, ITEM_UPFRONT_RATIO
from yibao.benefit.terms import FeeItem, Rules, Trace
from yibao.money.rounding import ratio_amount, round_scaled
from yibao.policy.parameters import BANDS, MISSING, ROUND_ITEM, UPFRONT, UPFRONT_BAND_TOP
from yibao.registry import benefit_function

CLASS_A = 0
CLASS_B = 1
CLASS_C = 2


@benefit_function
def banded_share(
    rules: Rules, scheme: int, setting: int, item_kind: int, amount: int, trace: Trace
) -> int:
    """The catalogue's upfront share of one piece, by the parts of its price that lie in each
    band; or ``lacking(cell)``."""
    scaled = 0
    bottom = 0
    for band in range(rules[BANDS] if rules[BANDS] > 0 else 1):
        top = rules[cell_4(rules, UPFRONT_BAND_TOP, scheme, setting, item_kind, band)]
        part = portion(0, amount, bottom, top)
        if part > 0:
            cell = cell_4(rules, UPFRONT, scheme, setting, item_kind, band)
            if rules[cell] == MISSING:
                return lacking(cell)
            if trace is not None:
                trace.append((ITEM_UPFRONT_RATIO, cell, rules[cell]))
            scaled += part * rules[cell]
        if top < 0 or amount <= top:
            break
        bottom = top
    share = round_scaled(scaled, rules[ROUND_ITEM])
    return share if share < amount else amount  # rounded up to jiao


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
    price limit of the whole line, -1 for none.  Where the catalogue's share is by bands of
    the price, a line is one piece.  Class A enters in full (S4-026,
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
            cell = cell_4(rules, UPFRONT, scheme, setting, item_kind, 0)
            ratio = rules[cell]
            if ratio == MISSING:
                return FeeItem(lacking(cell), 0, 0, 0, 0)
        if cell >= 0 and rules[cell_4(rules, UPFRONT_BAND_TOP, scheme, setting, item_kind, 0)] >= 0:
            share = banded_share(rules, scheme, setting, item_kind, amount - over_limit, trace)
            if share < 0:
                return FeeItem(share, 0, 0, 0, 0)
        else:
            share = ratio_amount(amount - over_limit, ratio, rules[ROUND_ITEM])
            if trace is not None:
                trace.append((ITEM_UPFRONT_RATIO, cell, ratio))
        if trace is not None:
            trace.append((ITEM_UPFRONT, ROUND_ITEM, share))
    return FeeItem(0, 0, over_limit, share, amount - over_limit - share)
