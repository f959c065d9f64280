"""Care that was settled after somebody's death: a list for whoever looks into it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.access.permissions import Actor, require
from yibao.care.fragments import settled_after_death
from yibao.database.unit import Database


@dataclass(frozen=True, slots=True)
class CareAfterDeath:
    """A settlement that stands of care after a death."""

    person_id: str
    visit_id: str
    end: datetime.date
    died_on: datetime.date


def care_after_death(database: Database, *, actor: Actor) -> list[CareAfterDeath]:
    """Every such settlement of the store, by person and day."""
    require(actor, "assess_impact")
    rows = database.read(lambda unit: list(settled_after_death(unit)), consistent=True)
    return [CareAfterDeath(*row) for row in rows]
