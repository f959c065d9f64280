"""Working days in China: Saturdays that are made up for, and holidays on weekdays.

The days come from ``chinesecalendar``; a year that it does not know is refused.
"""

from __future__ import annotations

import datetime

from yibao.messages import message
from yibao.office.errors import UnknownYearError

_ONE_DAY = datetime.timedelta(days=1)


def is_working_day(day: datetime.date) -> bool:
    """Whether offices are open on a day; ``UnknownYearError`` for a year without a calendar."""
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise UnknownYearError(
            message(
                "没有 {year} 年的放假安排，算不出哪天到期",
                year=str(day.year),
            )
        ) from None


def next_working_day(day: datetime.date) -> datetime.date:
    """The day itself, or the first one after it on which offices are open."""
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def after_working_days(day: datetime.date, count: int) -> datetime.date:
    """The last day of a limit of ``count`` working days that runs from ``day``.

    The day itself does not count.  With a count of 0 or less it is the day itself, or that many
    working days before it: the limit was over then.
    """
    step = _ONE_DAY if count > 0 else -_ONE_DAY
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day)
    return day


def working_days_between(first: datetime.date, last: datetime.date) -> int:
    """How many working days come after ``first``, up to ``last`` with it."""
    days = (last - first).days
    return sum(is_working_day(first + datetime.timedelta(days=day)) for day in range(1, days + 1))
