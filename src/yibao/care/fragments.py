"""What rooms above may read of settlements beside their own rows."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from yibao.care.tables import settlement
from yibao.database.unit import Unit


def settled_money(
    unit: Unit, people: Iterable[str]
) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """(person, settlement) → total, fund, from accounts (mutual aid included), cash; in fen."""
    columns = settlement.c
    rows = unit.run(
        select(
            columns.person_id,
            columns.settlement_id,
            columns.total,
            columns.fund,
            columns.account,
            columns.mutual_aid,
            columns.cash,
        ).where(columns.person_id.in_(list(people)))
    )
    return {
        (row.person_id, row.settlement_id): (
            row.total,
            row.fund,
            row.account + row.mutual_aid,
            row.cash,
        )
        for row in rows
    }
