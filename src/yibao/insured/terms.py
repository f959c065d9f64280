"""What an area's rules say of registering people: in how many working days the office decides."""

from __future__ import annotations

import datetime

from yibao.benefit.rules import day_rules
from yibao.errors import RefusedError
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary


def registration_days(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Working days from acceptance until somebody is registered; None: no source says."""
    return _days(library, area, day, p.REGISTRATION_DAYS)


def change_days(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Working days from acceptance until a registration is changed; None: no source says."""
    return _days(library, area, day, p.REGISTRATION_CHANGE_DAYS)


def _days(library: PolicyLibrary, area: str, day: datetime.date, table: int) -> int | None:
    try:
        value = day_rules(library, area, day, None).rules[table]
    except RefusedError:
        return None
    return None if value in (p.NONE, p.MISSING) else int(value)
