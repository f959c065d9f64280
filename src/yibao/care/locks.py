"""Locking people for a settlement, with the recorded visit read by the same statement.

The record is as the statement first saw it, which may be before it had waited for the lock:
whoever settles it checks its revision afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from yibao.care.tables import visit as visits
from yibao.care.visits import Recorded, missing_visit, recorded_of
from yibao.database.schema import Identifier
from yibao.database.unit import Unit
from yibao.insured.locks import HeldPerson, lock_people_beside

_ONE = (visits.c.person_id == bindparam("of_person", type_=Identifier)) & (
    visits.c.visit_id == bindparam("visit", type_=Identifier)
)
_BESIDE = tuple(
    select(column).where(_ONE).scalar_subquery().label(f"visit_{column.name}")
    for column in (visits.c.document, visits.c.revision, visits.c.lines)
)


def lock_with_visit(
    unit: Unit, ids: Iterable[str], person_id: str, visit_id: str
) -> tuple[dict[str, HeldPerson], Recorded]:
    """Lock people and read a recorded visit; ``NotFoundError`` for either."""
    values = {"of_person": person_id, "visit": visit_id}
    held, row = lock_people_beside(unit, ids, _BESIDE, values)
    if row.visit_revision is None:
        raise missing_visit(person_id, visit_id)
    return held, recorded_of(row.visit_document, row.visit_revision, row.visit_lines)
