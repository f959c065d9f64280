"""What rooms above may read of people beside their own rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from yibao.database.unit import Unit
from yibao.insured.tables import enrolment, person


def registered(unit: Unit, ids: Iterable[str]) -> set[str]:
    """Those of some people who are registered."""
    return set(
        unit.run(select(person.c.person_id).where(person.c.person_id.in_(set(ids)))).scalars()
    )


def people_after(unit: Unit, after: str, most: int) -> list[str]:
    """The next people by id."""
    ids = select(person.c.person_id).where(person.c.person_id > after)
    return list(unit.run(ids.order_by(person.c.person_id).limit(most)).scalars())


def stored_state(unit: Unit, person_id: str) -> Any:
    """The document of what a person has used, as it is stored."""
    return unit.run(select(person.c.state).where(person.c.person_id == person_id)).scalar_one()


def people_rows(unit: Unit, people: Iterable[str]) -> Sequence[Any]:
    """Sex, birth and what has been used, as people's own rows have them."""
    columns = (person.c.person_id, person.c.sex, person.c.birth, person.c.state)
    return unit.run(select(*columns).where(person.c.person_id.in_(list(people)))).all()


def areas_insured_in(unit: Unit, scheme: str) -> list[str]:
    """Areas in which somebody is, or was, enrolled in a scheme."""
    areas = select(enrolment.c.area).where(enrolment.c.scheme == scheme).distinct()
    return list(unit.run(areas.order_by(enrolment.c.area)).scalars())
