"""What rooms above may read of people beside their own rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Subquery, func, select

from yibao.database.unit import Unit
from yibao.insured.states import JobStatus
from yibao.insured.tables import (
    account_closing,
    contribution,
    departure,
    enrolment,
    job,
    job_skip,
    person,
)
from yibao.policy.kinds import ClosingReason


def registered(unit: Unit, ids: Iterable[str]) -> set[str]:
    """Those of some people who are registered."""
    return set(
        unit.run(select(person.c.person_id).where(person.c.person_id.in_(set(ids)))).scalars()
    )


def home_areas(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """Where those of some people who are registered are insured, by person."""
    query = select(person.c.person_id, person.c.area).where(person.c.person_id.in_(set(ids)))
    return {row.person_id: row.area for row in unit.run(query)}


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


def opening_periods(unit: Unit, person_id: str) -> set[tuple[str, int]]:
    """Scheme and period of what only opens a person's record, and was not paid."""
    rows = unit.run(
        select(contribution.c.scheme, contribution.c.period).where(
            contribution.c.person_id == person_id, contribution.c.opening.is_(True)
        )
    )
    return {(row.scheme, row.period) for row in rows}


def deaths_after(unit: Unit, after: str, most: int) -> list[tuple[str, datetime.date]]:
    """The next people by id whose death is known, each with the day."""
    query = select(departure.c.person_id, departure.c.last_day).where(
        departure.c.reason == ClosingReason.DEATH, departure.c.person_id > after
    )
    rows = unit.run(query.order_by(departure.c.person_id).limit(most))
    return [(row.person_id, row.last_day) for row in rows]


def departure_of(unit: Unit, person_id: str) -> tuple[str, datetime.date] | None:
    """Why somebody left for good, and the last day; None: nothing of it is known."""
    query = select(departure.c.reason, departure.c.last_day)
    row = unit.run(query.where(departure.c.person_id == person_id)).one_or_none()
    return None if row is None else (row.reason, row.last_day)


def account_is_closed(unit: Unit, person_id: str) -> bool:
    """Whether a personal account was closed for good."""
    closed = account_closing.c.person_id == person_id
    return unit.run(select(account_closing.c.person_id).where(closed)).first() is not None


def deaths_of(unit: Unit, people: Iterable[str]) -> dict[str, datetime.date]:
    """Whose death is known, and the last day."""
    query = select(departure.c.person_id, departure.c.last_day).where(
        departure.c.person_id.in_(list(people)), departure.c.reason == ClosingReason.DEATH
    )
    return {row.person_id: row.last_day for row in unit.run(query)}


def people_of_area(area: str) -> Subquery:
    """Rows of ``person_id``: whoever is insured in an area now."""
    return select(person.c.person_id).where(person.c.area == area).subquery("people_of_area")


def unfinished_credits(unit: Unit, area: str, month: int) -> tuple[bool, int]:
    """Whether a month's credits of an area have run to the end, and how many were left out."""
    this = {"kind": "credit", "area": area, "period": month}
    ended = unit.run(
        select(job.c.status).where(*(job.c[name] == value for name, value in this.items()))
    ).scalar_one_or_none()
    skipped = unit.run(
        select(func.count())
        .select_from(job_skip)
        .where(*(job_skip.c[name] == value for name, value in this.items()))
    ).scalar_one()
    return ended == JobStatus.DONE, int(skipped)


def areas_of(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """Where people are insured, by id."""
    query = select(person.c.person_id, person.c.area).where(person.c.person_id.in_(set(ids)))
    return {row.person_id: row.area for row in unit.run(query)}
