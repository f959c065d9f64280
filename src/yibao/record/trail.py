"""Who looked at or changed somebody's records, as the person is told it: by role and name."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import select

from yibao.access.permissions import Role
from yibao.access.tables import actor
from yibao.access.trail import latest_events
from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.record.care import institution_names
from yibao.record.insurance import masked_name, names_of


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One event of a person's chain."""

    at: datetime.datetime
    role: Role | None
    """Of whoever did it; None for a program and for what no user did."""
    name: str
    """Of the institution, or of the relative, masked; empty for staff, who act by their post."""
    is_self: bool
    operation: str


def trail_rows(unit: Unit, secrets: Secrets, person_id: str, most: int) -> list[TrailRow]:
    """The latest events, the newest first."""
    events = latest_events(unit, person_id, most)
    acting = sorted({event.actor for event in events})
    users = {
        row.actor_id: row
        for row in unit.run(
            select(actor.c.actor_id, actor.c.role, actor.c.person_id, actor.c.institution_id).where(
                actor.c.actor_id.in_(acting)
            )
        )
    }
    # Somebody who acts without a login, at a machine of an institution or as a scenario does, is
    # named by the institution's or the person's own id.
    unknown = [name for name in acting if name not in users]
    places = institution_names(
        unit, [*unknown, *(row.institution_id for row in users.values() if row.institution_id)]
    )
    people = names_of(
        unit, secrets, sorted({*unknown, *(row.person_id for row in users.values())} - {None})
    )
    rows = []
    for event in events:
        user = users.get(event.actor)
        who = event.actor if user is None else user.person_id or user.institution_id or ""
        is_self = who == person_id
        role = None if user is None else Role(user.role)
        name = places.get(who, "")
        if role is None and name:
            role = Role.INSTITUTION
        if not name and people.get(who):
            role, name = Role.INSURED, masked_name(people[who])
        rows.append(TrailRow(event.at, role, "" if is_self else name, is_self, event.operation))
    return rows
