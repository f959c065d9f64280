"""Fee lines: quantity times price, rounded half up to the fen once per line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yibao.benefit.terms import MOST_FEN
from yibao.errors import InputError

UNIT = 10_000
"""A quantity is kept in 1/10,000 unit, a price in 1/10,000 fen a unit."""

_DECIMAL = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?")
_PRICE_PLACES = 6
_QUANTITY_PLACES = 4


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One charged line as the institution sends it."""

    code: str
    name: str
    item_class: str
    quantity: int
    """In 1/10,000 unit."""
    price: int
    """In 1/10,000 fen a unit."""
    kind: str = "drug"
    upfront: int | None = None
    limit: int | None = None
    """Price limit of the whole line, fen."""

    @property
    def amount(self) -> int:
        """Fen, half up."""
        return line_amount(self.quantity, self.price)


def line_amount(quantity: int, price: int) -> int:
    """Quantity (1/10,000 unit) times price (1/10,000 fen) in fen, half up; ``InputError``."""
    if quantity <= 0 or price < 0:
        raise InputError("费用明细的数量应大于 0，单价不能为负")
    amount = (quantity * price + UNIT * UNIT // 2) // (UNIT * UNIT)
    if amount > MOST_FEN:
        raise InputError("费用明细的金额过大，超出可计算的范围")
    return amount


def parse_quantity(text: str) -> int:
    """A quantity with at most four decimals, in 1/10,000 unit."""
    return _scaled(text, _QUANTITY_PLACES, "数量")


def parse_price(text: str) -> int:
    """A price in yuan with at most six decimals, in 1/10,000 fen."""
    return _scaled(text, _PRICE_PLACES, "单价")


def _scaled(text: str, places: int, what: str) -> int:
    match = _DECIMAL.fullmatch(text.strip())
    decimals = (match[2] or "") if match else ""
    if match is None or len(decimals) > places:
        raise InputError(f"{what} {text!r} 应写成最多 {places} 位小数的数，例如 1.5")
    return int(match[1] + decimals.ljust(places, "0"))
