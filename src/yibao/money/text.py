"""Yuan and percent as decimal text, exactly; never through a float."""

from __future__ import annotations

import re
from typing import Literal

_AMOUNT = re.compile(r"-?[0-9]{1,11}(?:\.[0-9]{1,2})?")
_PERCENT = re.compile(r"-?[0-9]{1,5}(?:\.[0-9]{1,2})?")


class AmountError(ValueError):
    """A text that is no amount or percentage; the room of messages words it."""

    def __init__(self, text: str, kind: Literal["yuan", "percent"]) -> None:
        super().__init__(text, kind)
        self.text = text
        self.kind = kind


def _hundredths(text: str) -> int:
    negative = text.startswith("-")
    whole, _, fraction = text.lstrip("-").partition(".")
    value = int(whole) * 100 + int(fraction.ljust(2, "0") or "0")
    return -value if negative else value


def parse_yuan(text: str) -> int:
    """Yuan with at most two decimals to fen; ``AmountError`` otherwise."""
    if not _AMOUNT.fullmatch(text):
        raise AmountError(text, "yuan")
    return _hundredths(text)


def parse_percent(text: str) -> int:
    """Percent with at most two decimals to basis points; ``AmountError`` otherwise."""
    if not _PERCENT.fullmatch(text):
        raise AmountError(text, "percent")
    return _hundredths(text)


def format_yuan(fen: int, *, grouped: bool = True) -> str:
    """Fen as yuan with two decimals, thousands grouped: ``-1,234.50``."""
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{rest:02d}" if grouped else f"{sign}{whole}.{rest:02d}"
