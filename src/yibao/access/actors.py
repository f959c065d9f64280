"""A user's row as somebody who acts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from yibao.access.chains import area_of
from yibao.access.permissions import Actor, Role, is_within
from yibao.access.tables import actor as actors
from yibao.access.tables import agency
from yibao.database.unit import Database


def users(*more: Any) -> Select[Any]:
    """Users with the area of their agencies, and ``more`` beside them."""
    return select(actors, agency.c.area, *more).join_from(
        actors, agency, agency.c.agency_id == actors.c.agency_id, isouter=True
    )


def actor_of(database: Database, row: Any) -> Actor:
    """Who a row of :func:`users` is; staff reach the people of their agency's area."""
    area: str | None = row.area

    def lives_here(person_id: str) -> bool:
        home = area_of(database, person_id)
        return area is not None and home is not None and is_within(home, area)

    return Actor(
        row.actor_id,
        Role(row.role),
        row.person_id,
        row.institution_id,
        employer_id=row.employer_id,
        agency_id=row.agency_id,
        area=area,
        lives_here=None if area is None else lives_here,
    )
