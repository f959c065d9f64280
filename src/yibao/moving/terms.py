"""What an area's rules say of moving: limits in working days, and gaps."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.benefit.facts import months_between
from yibao.benefit.rules import day_rules
from yibao.errors import RefusedError
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary


def rule_of(
    library: PolicyLibrary, area: str, day: datetime.date, table: int, position: int | None = None
) -> int | None:
    """A value of an area on a day; None: no source gives one, or nobody knows the area's rules."""
    try:
        rules = day_rules(library, area, day, None)
        value = rules.rules[table] if position is None else rules.at(table, position)
    except RefusedError:
        return None
    return None if value in (p.NONE, p.MISSING) else int(value)


def out_days(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Working days in which the old area sends the form."""
    return rule_of(library, area, day, p.MOVING_OUT_DAYS)


def in_days(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Working days in which the new area books it."""
    return rule_of(library, area, day, p.MOVING_IN_DAYS)


@dataclass(frozen=True, slots=True)
class PaymentGap:
    """Months between two areas in which nothing was paid."""

    months: int
    is_repairable: bool | None
    """Whether it may be paid for afterwards, and is covered then; None: no source says."""
    longest_wait: int | None
    """Months of waiting at most, where it may not; None: no source says."""


def gap_between(
    library: PolicyLibrary, area: str, day: datetime.date, last_paid: int, first_here: int
) -> PaymentGap:
    """The gap from the last month paid there to the first month here (both yyyymm)."""
    months = max(months_between(last_paid, first_here) - 1, 0)
    most = rule_of(library, area, day, p.MOVING_GAP_MONTHS)
    wait = rule_of(library, area, day, p.MOVING_LONGEST_WAIT)
    return PaymentGap(months, None if most is None else months <= most, wait)
