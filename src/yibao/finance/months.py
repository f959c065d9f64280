"""Months of the books: their days, and up to which they are closed."""

from __future__ import annotations

import calendar
import datetime

from sqlalchemy import func, select

from yibao.database.unit import Unit
from yibao.errors import InputError
from yibao.finance.states import ClosingState
from yibao.finance.tables import month_closing
from yibao.messages import message

_EARLIEST, _LATEST = 190001, 299912


def month_days(month: int) -> tuple[datetime.date, datetime.date]:
    """First and last day of ``YYYYMM``; ``InputError`` for what is no month."""
    year, number = divmod(month, 100)
    if not (_EARLIEST <= month <= _LATEST and 1 <= number <= 12):
        raise InputError(message("月份写六位数，如 202610"), place="month")
    last = calendar.monthrange(year, number)[1]
    return datetime.date(year, number, 1), datetime.date(year, number, last)


def month_of(day: datetime.date) -> int:
    """``YYYYMM`` of a day."""
    return day.year * 100 + day.month


def next_month(month: int) -> int:
    """``YYYYMM`` of the month after."""
    return month + 1 if month % 100 < 12 else month + 89


def months_between(first: int, last: int) -> list[int]:
    """Every month from the one to the other, both included."""
    months = []
    while first <= last:
        months.append(first)
        first = next_month(first)
    return months


def last_closed_month(unit: Unit, area: str) -> int | None:
    """The latest month of an area that is closed; None: none ever was."""
    latest = select(func.max(month_closing.c.month)).where(
        month_closing.c.area == area, month_closing.c.state == ClosingState.CLOSED
    )
    month: int | None = unit.run(latest).scalar_one()
    return month


def first_open_month(unit: Unit, area: str) -> int | None:
    """The month after the last that is closed: the earliest that is still written to."""
    closed = last_closed_month(unit, area)
    return None if closed is None else next_month(closed)
