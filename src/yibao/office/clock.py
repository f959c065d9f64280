"""The clock of a case: working days that are left, running or paused."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from yibao.messages import Text
from yibao.office.calendar import after_working_days, working_days_between
from yibao.office.errors import UnknownYearError


@dataclass(frozen=True, slots=True)
class CaseClock:
    """What a case's row has of its deadline."""

    start: datetime.date | None = None
    """The day from which ``days`` are counted; None: it is paused, or has not begun."""
    days: int | None = None
    """Working days that are left; None: no limit is known, or it has not begun."""

    @property
    def due_on(self) -> datetime.date | None:
        """The last day; None where it does not run, or nobody knows the working days yet."""
        return due_on(self.start, self.days)[0]

    def row(self) -> dict[str, Any]:
        """The columns of a case."""
        return {"clock_from": self.start, "clock_days": self.days, "due_on": self.due_on}

    def running(self, day: datetime.date, limit: int | None) -> CaseClock:
        """The clock running from ``day``: with what is left, or with the whole limit."""
        if self.start is not None:
            return self
        return CaseClock(day, limit if self.days is None else self.days)

    def paused(self, day: datetime.date) -> CaseClock:
        """The clock standing from ``day`` on; the day of the pause is not used up."""
        if self.start is None or self.days is None:
            return CaseClock(None, self.days)
        used = working_days_between(self.start, day - datetime.timedelta(days=1))
        return CaseClock(None, self.days - used)


def due_on(start: datetime.date | None, days: int | None) -> tuple[datetime.date | None, Text]:
    """The last day of a limit, and why there is none where its year is not known."""
    if start is None or days is None:
        return None, ""
    try:
        return after_working_days(start, days), ""
    except UnknownYearError as unknown:
        return None, unknown.message
