"""A day is a number: days since 1970-01-01, civil days in Asia/Shanghai."""

from __future__ import annotations

import datetime
import re

_EPOCH = datetime.date(1970, 1, 1).toordinal()

EARLIEST = datetime.date.min.toordinal() - _EPOCH
LATEST = datetime.date.max.toordinal() - _EPOCH
"""The first and the last day that has a date."""


def day_number(date: datetime.date) -> int:
    """Days from 1970-01-01 to ``date``; negative before it."""
    return date.toordinal() - _EPOCH


def to_date(day: int) -> datetime.date:
    """The date of a day number between ``EARLIEST`` and ``LATEST``."""
    return datetime.date.fromordinal(day + _EPOCH)


_WITH_ZONE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)


def is_instant(text: str) -> bool:
    """Whether a text is an instant with a zone."""
    return _WITH_ZONE.fullmatch(text) is not None


def shanghai_instant(text: str) -> datetime.datetime | None:
    """An instant with a zone, ``2024-12-31T16:30Z``, in civil time; none: it is no instant.

    ``ValueError`` for one that there never was.
    """
    if not is_instant(text):
        return None
    from zoneinfo import ZoneInfo

    at = datetime.datetime.fromisoformat(text)
    try:
        return at.astimezone(ZoneInfo("Asia/Shanghai"))
    except OverflowError:  # before the first day of the calendar, or after the last
        raise ValueError(text) from None


def day_of_instant(text: str) -> datetime.date | None:
    """The civil day of :func:`shanghai_instant`."""
    at = shanghai_instant(text)
    return None if at is None else at.date()


def iso_day(day: int) -> str:
    """A day number as a stored rulebook has it: ``2025-03-09``."""
    return to_date(day).isoformat()


def read_iso_day(text: str) -> int:
    """The day number of such a text."""
    return day_number(datetime.date.fromisoformat(text))
