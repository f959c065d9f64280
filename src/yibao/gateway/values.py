"""Texts of a message as values: fen, scaled numbers, days, instants."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from functools import lru_cache

from yibao.gateway.errors import MessageError
from yibao.messages import Text, message
from yibao.money import format_yuan
from yibao.policy.days import shanghai_instant

ZONE = datetime.timezone(datetime.timedelta(hours=8))
"""Civil time of the interface."""

_MOST_DIGITS = 14
"""Before the decimal point, as many as the fields of the interface hold (16 with two after it)."""
_LONGEST_NUMBER = 40
_NOISE = Decimal("0.000000001")
"""What a client's binary floats may add to a decimal; anything more is another number."""
_DAY = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})", re.ASCII)
_CLOCK = re.compile(r"[T ](\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_PLAIN = re.compile(r"(-?)([0-9]{1,14})(?:\.([0-9]{1,6}))?")
"""How nearly every number is written: read without a decimal's cost."""
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
"""Other digits than these ten, ``NaN`` and ``Infinity`` are no numbers of the interface; some
clients write 12,345,678.90 as ``1.23456789E7``."""
_LONGEST_KEPT = 32
"""Characters of a text whose reading is kept for the next message that says the same."""


def plain_number(text: str, places: int) -> int | None:
    """:func:`scaled` of a number that is written as nearly every one is; None: look closer."""
    return (_kept_number if len(text) <= _LONGEST_KEPT else _plain_number)(text, places)


def _plain_number(text: str, places: int) -> int | None:
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return None
    sign, whole, decimals = plain.groups("")
    return int(sign + whole + decimals.ljust(places, "0")) if len(decimals) <= places else None


_kept_number = lru_cache(maxsize=8_192)(_plain_number)


def scaled(text: str, places: int, place: Text) -> int:
    """A number with at most ``places`` decimals, in units of the last one."""
    plain = plain_number(text, places)
    if plain is not None:
        return plain
    if _NUMBER.fullmatch(text) is None:
        raise MessageError(
            message("{text} 不是数，请写成如 12.5 的数", text=repr(text[:40])), place=place
        )
    value = Decimal(text)
    if value.adjusted() >= _MOST_DIGITS or len(text) > _LONGEST_NUMBER:
        raise MessageError(
            message("{text} 太大，小数点前最多 {most} 位", text=repr(text[:40]), most=_MOST_DIGITS),
            place=place,
        )
    unit = Decimal(1).scaleb(-places)
    nearest = value.quantize(unit)
    if abs(value - nearest) > _NOISE:
        raise MessageError(
            message("{text} 的小数多于 {places} 位，请先四舍五入", text=text, places=places),
            place=place,
        )
    return int(nearest.scaleb(places))


def fen(text: str, place: Text) -> int:
    """Yuan with at most two decimals, in fen."""
    return scaled(text, 2, place)


def yuan(amount: int) -> str:
    """Fen as a message to a person writes them."""
    return format_yuan(amount, grouped=False)


def day(text: str, place: Text) -> datetime.date:
    """``yyyy-MM-dd``, with or without a time; other usual separators too."""
    parsed = _kept_day(text) if len(text) <= _LONGEST_KEPT else _day_of(text)
    if parsed is None:
        raise MessageError(
            message("{text} 不是日期，请写成 yyyy-MM-dd", text=repr(text[:20])), place=place
        )
    return parsed


def _day_of(text: str) -> datetime.date | None:
    try:
        zoned = shanghai_instant(text)
    except ValueError:
        return None
    if zoned is not None:
        return zoned.date()
    match = _DAY.match(text)
    if match is None:
        return None
    try:
        return datetime.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


_kept_day = lru_cache(maxsize=4_096)(_day_of)


def instant(text: str, place: Text) -> datetime.datetime:
    """``yyyy-MM-dd HH:mm:ss``; a day alone is its first second.  One with a zone
    (``2024-12-31T16:30Z``) is read in civil time: 00:30 of the next day."""
    date = day(text, place)
    clock = _kept_clock(text) if len(text) <= _LONGEST_KEPT else _clock_of(text)
    if clock is None:
        raise MessageError(
            message("{text} 不是时间，请写成 yyyy-MM-dd HH:mm:ss", text=repr(text[:20])),
            place=place,
        )
    return datetime.datetime.combine(date, clock, ZONE)


def _clock_of(text: str) -> datetime.time | None:
    """The time of day in a text; midnight where it has none, None where it has no such hour."""
    try:
        zoned = shanghai_instant(text)
    except ValueError:
        return None
    if zoned is not None:
        return zoned.time().replace(microsecond=0)
    clock = _CLOCK.search(text)
    if clock is None:
        return datetime.time()
    try:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        return datetime.time(hour, minute, second)
    except ValueError:
        return None


_kept_clock = lru_cache(maxsize=4_096)(_clock_of)


def instant_text(at: datetime.datetime) -> str:
    """``yyyy-MM-dd HH:mm:ss`` in civil time."""
    return _civil(at).isoformat(" ", "seconds")[:19]


def stamp(at: datetime.datetime) -> str:
    """``yyyyMMddHHmmssSSS``."""
    text = _civil(at).isoformat(" ", "milliseconds")
    return f"{text[:4]}{text[5:7]}{text[8:10]}{text[11:13]}{text[14:16]}{text[17:19]}{text[20:23]}"


def _civil(at: datetime.datetime) -> datetime.datetime:
    return at if at.tzinfo is ZONE else at.astimezone(ZONE)
