"""Day numbers as days, years and months of the calendar, whole arrays at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int64]
"""Day numbers, or what the calendar says of them."""


def _calendar() -> tuple[int, int, npt.NDArray[np.int32]]:
    first = int(np.datetime64("1900-01-01", "D").astype(np.int64))
    last = int(np.datetime64("2199-12-31", "D").astype(np.int64))
    days = np.arange(first, last + 1).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month_number = months.astype(np.int64)
    years = month_number // 12 + 1970
    day_of_month = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    civil = years * 10_000 + (month_number % 12 + 1) * 100 + day_of_month
    return first, last, civil.astype(np.int32)


FIRST_DAY, LAST_DAY, _CIVIL = _calendar()
_YEARS, _MONTHS = _CIVIL // 10_000, _CIVIL // 100


def civil_number(days: Days) -> Days:
    """Day numbers as yyyymmdd; an empty cell as the first day there is."""
    numbers: Days = _CIVIL[np.maximum(days, FIRST_DAY) - FIRST_DAY]
    return numbers


def year_number(days: Days) -> Days:
    """The calendar years of day numbers."""
    numbers: Days = _YEARS[np.maximum(days, FIRST_DAY) - FIRST_DAY]
    return numbers


def month_number(days: Days) -> Days:
    """The months yyyymm of day numbers."""
    numbers: Days = _MONTHS[np.maximum(days, FIRST_DAY) - FIRST_DAY]
    return numbers
