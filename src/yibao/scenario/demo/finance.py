"""The fund of a demo: last month is carried, so that it can be closed at once."""

from __future__ import annotations

import datetime

from yibao.access.operations import Key
from yibao.access.permissions import officer
from yibao.database.unit import Database
from yibao.finance.carrying import carry_month
from yibao.finance.statement import month_before

_OFFICE = officer("demo")


def leave_month(database: Database, area: str, today: datetime.date) -> None:
    """Carry what was paid and credited to the end of last month; nothing else blocks it."""
    carry_month(database, Key("demo", "carry", "1"), area, month_before(today), actor=_OFFICE)
