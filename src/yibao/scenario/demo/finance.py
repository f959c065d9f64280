"""The fund of a demo: last month is carried, so that it can be closed at once; a budget holds."""

from __future__ import annotations

import datetime

from yibao.access.agencies import agencies_of
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, officer
from yibao.access.users import SYSTEM, users_of
from yibao.database.unit import Database
from yibao.finance.budgets import BUDGETED_ITEMS, Budgeted, approve_budget, enter_budget
from yibao.finance.carrying import carry_month
from yibao.finance.statement import figures_between, month_before

_OFFICE = officer("demo")
_MONTHS = 12
_STEP = 1_000_000
"""A budget is planned in units of 10,000 yuan; fen."""


def leave_month(database: Database, area: str, today: datetime.date) -> None:
    """Carry what was paid and credited to the end of last month; nothing else blocks it."""
    month = month_before(today)
    carry_month(database, Key("demo", "carry", "1"), area, month, actor=_OFFICE)
    _leave_budget(database, area, month)


def _leave_budget(database: Database, area: str, month: int) -> None:
    """A year's budget, entered by the cashier and approved by the head.

    Invented: what came and went so far, for twelve months, rounded up.
    """
    year = month // 100
    figures = database.read(lambda unit: figures_between(unit, area, year * 100 + 1, month))
    lines: Budgeted = {}
    for cell, items in figures.items.items():
        for item, amount in items.items():
            if item in BUDGETED_ITEMS and amount > 0:
                whole_year = amount * _MONTHS // (month % 100)
                lines.setdefault(cell, {})[item] = (whole_year // _STEP + 1) * _STEP
    if not lines:
        return
    cashier, head = _staff(database, Role.CASHIER), _staff(database, Role.HEAD)
    key = Key("demo", "enter_budget", str(year))
    entered = enter_budget(database, key, area, year, lines, "演示的年度预算", actor=cashier)
    approving = Key("demo", "approve_budget", str(year))
    approve_budget(database, approving, str(entered["budget"]), actor=head)


def _staff(database: Database, role: Role) -> Actor:
    (agency,) = agencies_of(database, SYSTEM)
    known = next(row for row in users_of(database, SYSTEM) if row["role"] == role.value)
    return Actor(known["actor_id"], role, agency_id=agency.agency, area=agency.area)
