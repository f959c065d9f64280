"""Money is integer fen, a ratio is integer basis points; nothing here is a float.

``ratio_amount`` and, of sums that are no benefit, ``money.shares`` are the places where an
amount meets a ratio (docs/decisions/0015).  ``ratio_amount`` is plain
integer code, so that CPython and Numba run the same source.
"""

from yibao.money.rounding import (
    BASIS,
    ROUND_DOWN,
    ROUND_HALF_UP,
    ROUND_HALF_UP_JIAO,
    ROUND_UP,
    ratio_amount,
    round_scaled,
)
from yibao.money.shares import divided_by_weight, half_up, in_units_of, share_of
from yibao.money.text import AmountError, format_yuan, parse_percent, parse_yuan

__all__ = [
    "BASIS",
    "ROUND_DOWN",
    "ROUND_HALF_UP",
    "ROUND_HALF_UP_JIAO",
    "ROUND_UP",
    "AmountError",
    "divided_by_weight",
    "format_yuan",
    "half_up",
    "in_units_of",
    "parse_percent",
    "parse_yuan",
    "ratio_amount",
    "round_scaled",
    "share_of",
]
