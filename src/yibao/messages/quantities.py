"""What stands in a message and is written by its kind: money, ratios, spans of time, lists."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Self

from yibao.messages.catalogue import CHINESE, translated
from yibao.money.text import format_yuan


class Quantity(int):
    """A whole number that knows what it counts."""

    __slots__ = ()

    def text(self, language: str = CHINESE) -> str:
        """The number with its unit."""
        raise NotImplementedError


class Fen(Quantity):
    """Money in fen: ``1,234.50 元``, ``¥1,234.50``."""

    __slots__ = ()

    def text(self, language: str = CHINESE) -> str:
        return translated("{amount} 元", "money", language).format(amount=format_yuan(self))


class Yuan(Quantity):
    """Money in fen where the unit is said elsewhere: ``1,234.50``."""

    __slots__ = ()

    def text(self, language: str = CHINESE) -> str:
        return format_yuan(self)


class Ratio(Quantity):
    """Basis points: ``82%``, ``96.1%``."""

    __slots__ = ()

    def text(self, language: str = CHINESE) -> str:
        return format_yuan(self, grouped=False).rstrip("0").rstrip(".") + "%"


class Months(Quantity):
    """A number of months: ``3 个月``."""

    __slots__ = ()

    def text(self, language: str = CHINESE) -> str:
        if self == 1:
            return translated("{count} 个月", "one", language).format(count=1)
        return translated("{count} 个月", "many", language).format(count=int(self))


class Days(Quantity):
    """A number of days: ``98 天``."""

    __slots__ = ()

    def text(self, language: str = CHINESE) -> str:
        if self == 1:
            return translated("{count} 天", "one", language).format(count=1)
        return translated("{count} 天", "many", language).format(count=int(self))


class Years(Quantity):
    """A number of years: ``25 年``."""

    __slots__ = ()

    def text(self, language: str = CHINESE) -> str:
        if self == 1:
            return translated("{count} 年", "one", language).format(count=1)
        return translated("{count} 年", "many", language).format(count=int(self))


class Listed(tuple[Any, ...]):
    """Several names one after the other: ``甲、乙``, ``a, b``."""

    __slots__ = ()

    def __new__(cls, values: Iterable[Any]) -> Self:
        return super().__new__(cls, values)

    def text(self, language: str = CHINESE) -> str:
        """The parts in a language, with what stands between them."""
        return self.separator(language).join(text_of(part, language) for part in self)

    def __str__(self) -> str:
        return self.text()

    def separator(self, language: str) -> str:
        """What stands between two."""
        return translated("、", "list", language)


class Phrases(Listed):
    """Several parts of a sentence: ``甲，乙``, ``a, b``."""

    __slots__ = ()

    def separator(self, language: str) -> str:
        return translated("，", "list", language)


class Alternatives(Listed):
    """Several of which one is enough: ``甲或乙``, ``a or b``."""

    __slots__ = ()

    def separator(self, language: str) -> str:
        return translated("或", "list", language)


class Statements(Listed):
    """Several statements: ``甲；乙``, ``a; b``."""

    __slots__ = ()

    def separator(self, language: str) -> str:
        return translated("；", "list", language)


class Sentences(Listed):
    """Several sentences without their stops: ``甲。乙。``, ``a. b.``."""

    __slots__ = ()

    def text(self, language: str = CHINESE) -> str:
        stop = self.separator(language)
        return f"{super().text(language)}{stop.rstrip()}"

    def separator(self, language: str) -> str:
        return translated("。", "list", language)


def text_of(value: Any, language: str = CHINESE) -> str:
    """A value, as it is written in a language."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    said = getattr(value, "text", None)
    return str(value) if said is None else str(said(language))
