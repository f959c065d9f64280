"""What stands in a message and is written by its kind: money, ratios, spans of time, lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yibao.messages.catalogue import translated
from yibao.money.text import format_yuan


class Quantity(int):
    """A whole number that knows what it counts."""

    __slots__ = ()

    def text(self, language: str) -> str:
        """The number with its unit."""
        raise NotImplementedError


class Fen(Quantity):
    """Money in fen: ``1,234.50 元``, ``¥1,234.50``."""

    __slots__ = ()

    def text(self, language: str) -> str:
        return translated("{amount} 元", "money", language).format(amount=format_yuan(self))


class Bare(Quantity):
    """Money in fen where the unit is said elsewhere: ``1,234.50``."""

    __slots__ = ()

    def text(self, language: str) -> str:
        return format_yuan(self)


class Ratio(Quantity):
    """Basis points: ``82%``, ``96.1%``."""

    __slots__ = ()

    def text(self, language: str) -> str:
        return format_yuan(self, grouped=False).rstrip("0").rstrip(".") + "%"


class Months(Quantity):
    """A number of months: ``3 个月``."""

    __slots__ = ()

    def text(self, language: str) -> str:
        if self == 1:
            return translated("{count} 个月", "one", language).format(count=1)
        return translated("{count} 个月", "many", language).format(count=int(self))


class Days(Quantity):
    """A number of days: ``98 天``."""

    __slots__ = ()

    def text(self, language: str) -> str:
        if self == 1:
            return translated("{count} 天", "one", language).format(count=1)
        return translated("{count} 天", "many", language).format(count=int(self))


class Years(Quantity):
    """A number of years: ``25 年``."""

    __slots__ = ()

    def text(self, language: str) -> str:
        if self == 1:
            return translated("{count} 年", "one", language).format(count=1)
        return translated("{count} 年", "many", language).format(count=int(self))


class Listed(tuple[Any, ...]):
    """Several values one after the other: ``甲、乙``, ``a, b``."""

    __slots__ = ()

    def __new__(cls, values: Iterable[Any]) -> Listed:
        return super().__new__(cls, values)
