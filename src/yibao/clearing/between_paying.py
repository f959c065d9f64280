"""What the payments between areas need of the declarations that went into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from yibao.clearing.tables import clearing_between
from yibao.database.unit import Unit

BETWEEN = "clearing_between"
"""The purpose of the payments."""


def net_of(rows: Sequence[Any], area: str) -> int:
    """What an area has to pay of some declarations after netting; below zero it gets it."""
    return sum((row.booked + row.corrected) * (1 if row.home_area == area else -1) for row in rows)


def change_between(unit: Unit, condition: Any, **values: Any) -> None:
    """Write some columns."""
    unit.run(update(clearing_between).where(condition).values(**values))


def net_rows(unit: Unit, net_id: str) -> Sequence[Any]:
    """What went into one payment, locked."""
    query = select(clearing_between).where(clearing_between.c.net_id == net_id)
    return unit.run(query.order_by(clearing_between.c.between_id).with_for_update()).all()
