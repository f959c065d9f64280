"""The one rounding function: scaled integers to fen.

A *scaled* amount is fen × basis points (fen / 10,000).  Bands are added in
scaled form, exactly, and rounded once per fund payment (DESIGN: rounding; the
sources name no rule, gap G26, so packs carry the mode as an assumed option).
"""

from yibao.registry import benefit_function

BASIS = 10_000
"""One whole, in basis points."""

ROUND_HALF_UP = 0
ROUND_DOWN = 1
ROUND_UP = 2
ROUND_HALF_UP_JIAO = 3
ROUND_HALF_UP_YUAN = 4


@benefit_function
def round_scaled(scaled: int, mode: int) -> int:
    """Round a non-negative amount in 1/10,000 fen to fen (or to jiao, or to yuan)."""
    if mode == ROUND_HALF_UP:
        return (scaled + 5_000) // 10_000
    if mode == ROUND_DOWN:
        return scaled // 10_000
    if mode == ROUND_UP:
        return (scaled + 9_999) // 10_000
    if mode == ROUND_HALF_UP_JIAO:
        return (scaled + 50_000) // 100_000 * 10
    return (scaled + 500_000) // 1_000_000 * 100


@benefit_function
def ratio_amount(amount: int, ratio: int, mode: int) -> int:
    """``amount`` fen at ``ratio`` basis points, rounded once.

    A part is never more than its whole: rounding to jiao could make it so.
    """
    part = round_scaled(amount * ratio, mode)
    return amount if ratio <= BASIS and part > amount else part
