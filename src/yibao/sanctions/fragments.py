"""What rooms above may ask of suspensions within their own statements."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, ScalarSelect, String, func, literal_column, or_, select

from yibao.database.unit import Unit
from yibao.sanctions.states import SuspensionKind
from yibao.sanctions.tables import person_suspension

Named = str | BindParameter[str]
Dated = datetime.date | BindParameter[datetime.date]


def suspended_to(kind: SuspensionKind, person_id: Named, day: Dated) -> ScalarSelect[Any]:
    """A read fragment: the last day of a suspension that holds on a day; null: there is none."""
    suspended = person_suspension.c
    return (
        select(func.max(suspended.end))
        .where(
            suspended.person_id == person_id,
            # Written out: a prepared statement takes named values only.
            suspended.kind == literal_column(f"'{kind.value}'", String()),
            suspended.start <= day,
            suspended.end >= day,
            or_(suspended.lifted_on.is_(None), suspended.lifted_on > day),
        )
        .scalar_subquery()
    )


def ever_suspended(unit: Unit, people: Iterable[str]) -> set[str]:
    """A read fragment: who of these was ever suspended, whenever that was."""
    mine = person_suspension.c.person_id.in_(list(people))
    return set(unit.run(select(person_suspension.c.person_id).where(mine)).scalars())
