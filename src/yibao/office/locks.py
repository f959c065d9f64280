"""The locks of a case: first everybody whom a decision touches, by id, then the case itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from yibao.access.chains import lock_ends
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.messages import message
from yibao.office.tables import office_case


def case_row(unit: Unit, case_id: str) -> Any:
    """A case as it stands; ``NotFoundError`` where there is none."""
    return _one(unit, case_id, select(office_case).where(office_case.c.case_id == case_id))


def has_case(unit: Unit, case_id: str) -> bool:
    """A read fragment: whether there is such a case."""
    query = select(office_case.c.case_id).where(office_case.c.case_id == case_id)
    return unit.run(query).one_or_none() is not None


def lock_case(unit: Unit, case_id: str, people: Iterable[str]) -> Any:
    """A case that nobody else moves until the transaction ends."""
    lock_ends(unit, people)
    this_case = office_case.c.case_id == case_id
    return _one(unit, case_id, select(office_case).where(this_case).with_for_update())


def _one(unit: Unit, case_id: str, query: Any) -> Any:
    row = unit.run(query).one_or_none()
    if row is None:
        raise NotFoundError(message("没有案件 {case_id}", case_id=case_id))
    return row
