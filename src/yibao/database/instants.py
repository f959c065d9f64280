"""The instant of an operation, and the civil day that it falls on."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

CIVIL_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime.datetime:
    """The instant of an operation, UTC."""
    return datetime.datetime.now(datetime.UTC)


def civil_day(at: datetime.datetime) -> datetime.date:
    """The civil day of an instant."""
    return at.astimezone(CIVIL_ZONE).date()


def day_begins(day: datetime.date) -> datetime.datetime:
    """The first instant of a civil day, UTC."""
    return datetime.datetime.combine(day, datetime.time.min, CIVIL_ZONE).astimezone(datetime.UTC)
