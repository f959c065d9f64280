"""Day numbers against the standard library, over the whole Gregorian cycle."""

from __future__ import annotations

import datetime

import pytest

from yibao.benefit.functions.calendar import add_months, civil, day_of, month_length
from yibao.policy.days import day_number, to_date

FIRST, LAST = datetime.date(1600, 1, 1), datetime.date(2400, 12, 31)


def test_every_day_from_1600_to_2400() -> None:
    for number in range(day_number(FIRST), day_number(LAST) + 1):
        date = to_date(number)
        assert civil(number) == (date.year, date.month, date.day)
        assert day_of(date.year, date.month, date.day) == number


def test_month_lengths_from_1600_to_2400() -> None:
    for year in range(1600, 2401):
        for month in range(1, 13):
            following = datetime.date(year + month // 12, month % 12 + 1, 1)
            assert month_length(year, month) == (following - datetime.date(year, month, 1)).days


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2025-03-01", 3, "2025-06-01"),
        ("2025-03-31", 3, "2025-06-30"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2023-11-30", 3, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-12-15", 1, "2026-01-15"),
        ("2025-01-15", -1, "2024-12-15"),
        ("2025-05-15", 0, "2025-05-15"),
        ("2025-05-31", 600, "2075-05-31"),
    ],
)
def test_add_months(start: str, months: int, end: str) -> None:
    first = day_number(datetime.date.fromisoformat(start))
    assert to_date(add_months(first, months)).isoformat() == end
