"""Texts of a message as values: fen, scaled numbers, days, instants."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, InvalidOperation

from yibao.gateway.errors import MessageError

ZONE = datetime.timezone(datetime.timedelta(hours=8))
"""Civil time of the interface."""

_MOST_DIGITS = 40
_NOISE = Decimal("0.000000001")
"""What a client's binary floats may add to a decimal; anything more is another number."""
_DAY = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})")


def scaled(text: str, places: int, place: str) -> int:
    """A number with at most ``places`` decimals, in units of the last one."""
    try:
        if len(text) > _MOST_DIGITS:
            raise InvalidOperation
        value = Decimal(text)
        if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
            raise InvalidOperation
    except InvalidOperation:
        raise MessageError(f"{text[:40]!r} 不是数，请写成如 12.5 的数", place=place) from None
    unit = Decimal(1).scaleb(-places)
    nearest = value.quantize(unit)
    if abs(value - nearest) > _NOISE:
        raise MessageError(f"{text} 的小数多于 {places} 位，请先四舍五入", place=place)
    return int(nearest.scaleb(places))


def fen(text: str, place: str) -> int:
    """Yuan with at most two decimals, in fen."""
    return scaled(text, 2, place)


def day(text: str, place: str) -> datetime.date:
    """``yyyy-MM-dd``, with or without a time; other usual separators too."""
    match = _DAY.match(text)
    try:
        if match is None:
            raise ValueError
        return datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise MessageError(f"{text[:20]!r} 不是日期，请写成 yyyy-MM-dd", place=place) from None


def instant(text: str, place: str) -> datetime.datetime:
    """``yyyy-MM-dd HH:mm:ss``; a day alone is its first second."""
    date = day(text, place)
    clock = re.search(r"[T ](\d{1,2}):(\d{2})(?::(\d{2}))?", text)
    try:
        hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
        return datetime.datetime.combine(date, datetime.time(hour, minute, second), ZONE)
    except ValueError:
        raise MessageError(
            f"{text[:20]!r} 不是时间，请写成 yyyy-MM-dd HH:mm:ss", place=place
        ) from None


def instant_text(at: datetime.datetime) -> str:
    """``yyyy-MM-dd HH:mm:ss`` in civil time."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def stamp(at: datetime.datetime) -> str:
    """``yyyyMMddHHmmssSSS``."""
    civil = at.astimezone(ZONE)
    return civil.strftime("%Y%m%d%H%M%S") + f"{civil.microsecond // 1000:03d}"
