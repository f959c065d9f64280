"""Working days: made-up Saturdays and Sundays, 国庆 and 春节, and years nobody knows."""

from __future__ import annotations

import datetime

import pytest

from yibao.office.calendar import after_working_days, is_working_day, working_days_between
from yibao.office.clock import CaseClock, due_on
from yibao.office.errors import UnknownYearError

day = datetime.date.fromisoformat


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        # 2025 国庆中秋: 10-01 to 10-08 off; Sunday 09-28 and Saturday 10-11 are worked.
        ("2025-09-26", 1, "2025-09-28"),
        ("2025-09-30", 1, "2025-10-09"),
        ("2025-09-30", 3, "2025-10-11"),
        ("2025-09-30", 4, "2025-10-13"),
        # 2025 春节: 01-28 to 02-04 off; Sunday 01-26 and Saturday 02-08 are worked.
        ("2025-01-24", 1, "2025-01-26"),
        ("2025-01-27", 1, "2025-02-05"),
        ("2025-01-27", 4, "2025-02-08"),
        ("2025-01-10", 20, "2025-02-13"),
        ("2025-03-03", 0, "2025-03-03"),
        ("2025-03-03", -1, "2025-02-28"),
    ],
)
def test_a_limit_counts_the_days_on_which_offices_are_open(
    start: str, count: int, last: str
) -> None:
    assert after_working_days(day(start), count) == day(last)
    if count > 0:
        assert working_days_between(day(start), day(last)) == count


def test_a_year_that_nobody_knows_is_refused_and_not_guessed() -> None:
    with pytest.raises(UnknownYearError, match="没有 2003 年的放假安排"):
        is_working_day(day("2003-05-05"))
    assert due_on(day("2003-05-05"), 3)[0] is None
    assert "算不出哪天到期" in str(due_on(day("2003-05-05"), 3)[1])


def test_a_paused_clock_keeps_what_is_left() -> None:
    running = CaseClock().running(day("2025-09-26"), 20)
    assert running.due_on == day("2025-10-30")
    # Asked for papers on 09-30: Sunday the 28th and Monday the 29th are used up.
    paused = running.paused(day("2025-09-30"))
    assert (paused.start, paused.days, paused.due_on) == (None, 18, None)
    again = paused.running(day("2025-10-20"), 20)
    assert again.due_on == day("2025-11-13")
    assert again.running(day("2025-10-22"), 20) == again
    assert CaseClock().running(day("2025-01-02"), None).due_on is None


def test_what_was_over_before_a_pause_is_over_after_it() -> None:
    paused = CaseClock(day("2025-03-03"), 2).paused(day("2025-03-07"))
    assert paused.days == -1
    assert paused.running(day("2025-03-10"), 2).due_on == day("2025-03-07")
