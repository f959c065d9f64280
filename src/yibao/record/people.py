"""Whom somebody may act for: oneself, one's children who are minors, one's relatives."""

from __future__ import annotations

import datetime
from dataclasses import replace

from sqlalchemy import select

from yibao.access.permissions import Actor
from yibao.database.unit import Database, Unit
from yibao.insured.relations import relations_of
from yibao.insured.tables import person

_MAJORITY = 18
"""Years of age at which a person acts alone (Civil Code, article 17)."""


def acting(database: Database, actor: Actor, day: datetime.date) -> Actor:
    """The actor with the wards and relatives that are on record on ``day``."""
    own = actor.person_id
    if own is None:
        return actor

    def operation(unit: Unit) -> tuple[frozenset[str], frozenset[str]]:
        related = [one for one in relations_of(unit, own) if one.holds_on(day)]
        children = [one.relative for one in related if one.relation == "child"]
        wards: frozenset[str] = frozenset()
        if children:
            rows = unit.run(
                select(person.c.person_id, person.c.birth).where(person.c.person_id.in_(children))
            )
            wards = frozenset(
                row.person_id
                for row in rows
                if (row.birth.year + _MAJORITY, row.birth.month, row.birth.day)
                > (day.year, day.month, day.day)
            )
        return wards, frozenset(one.relative for one in related)

    wards, relatives = database.read(operation)
    return replace(actor, wards=wards, relatives=relatives)
