"""Locking people for a settlement, with the recorded visit read by the same statement.

The record is as the statement first saw it, which may be before it had waited for the lock:
whoever settles it checks its revision afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import select

from yibao.care.tables import visit as visits
from yibao.care.visits import Recorded, missing_visit, recorded_of
from yibao.database.unit import Unit
from yibao.insured.locks import HeldPerson, lock_people


class _Beside:
    """A unit whose statement reads a recorded visit beside what it was written for."""

    def __init__(self, unit: Unit, person_id: str, visit_id: str) -> None:
        self.unit = unit
        one = (visits.c.person_id == person_id) & (visits.c.visit_id == visit_id)
        self.columns = [
            select(column).where(one).scalar_subquery().label(f"visit_{column.name}")
            for column in (visits.c.document, visits.c.revision, visits.c.lines)
        ]
        self.rows: list[Any] = []

    def run(self, statement: Any) -> list[Any]:
        self.rows = list(self.unit.run(statement.add_columns(*self.columns)))
        return self.rows


def lock_with_visit(
    unit: Unit, ids: Iterable[str], person_id: str, visit_id: str
) -> tuple[dict[str, HeldPerson], Recorded]:
    """Lock people and read a recorded visit; ``NotFoundError`` for either."""
    beside = _Beside(unit, person_id, visit_id)
    held = lock_people(cast(Unit, beside), ids)
    row = beside.rows[0]
    if row.visit_revision is None:
        raise missing_visit(person_id, visit_id)
    return held, recorded_of(row.visit_document, row.visit_revision, row.visit_lines)
