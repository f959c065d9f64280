"""Money is integer fen, a ratio is integer basis points; nothing here is a float.

``ratio_amount`` is the one place where an amount meets a ratio.  It is plain
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
from yibao.money.text import AmountError, format_yuan, parse_percent, parse_yuan

__all__ = [
    "BASIS",
    "ROUND_DOWN",
    "ROUND_HALF_UP",
    "ROUND_HALF_UP_JIAO",
    "ROUND_UP",
    "AmountError",
    "format_yuan",
    "parse_percent",
    "parse_yuan",
    "ratio_amount",
    "round_scaled",
]
