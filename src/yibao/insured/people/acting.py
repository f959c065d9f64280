"""For whom a signed-in person may act: children in one's charge, relatives on record."""

from __future__ import annotations

import datetime
from dataclasses import replace

from sqlalchemy import select

from yibao.access.permissions import Actor, require
from yibao.benefit.people import age_on
from yibao.database.unit import Database, Unit
from yibao.insured.enrolment.documents import catalogue
from yibao.insured.people.relations import relations_of
from yibao.insured.tables import person
from yibao.policy.kinds import RelationKind


def acting(database: Database, actor: Actor, day: datetime.date) -> Actor:
    """An insured actor with wards and relatives as on record on ``day``; others unchanged.

    A ward is a child of the actor's, by a relation recorded with proof, until grown up.
    """
    own = actor.person_id
    if own is None:
        return actor
    require(actor, "read_person", own)

    def operation(unit: Unit) -> Actor:
        relations = [relation for relation in relations_of(unit, own) if relation.holds_on(day)]
        children = sorted(
            relation.relative for relation in relations if relation.relation == RelationKind.CHILD
        )
        born = unit.run(
            select(person.c.person_id, person.c.birth).where(person.c.person_id.in_(children))
        )
        grown = catalogue()["ward_until"]
        return replace(
            actor,
            wards=frozenset(row.person_id for row in born if age_on(row.birth, day) < grown),
            relatives=frozenset(relation.relative for relation in relations),
        )

    return database.read(operation)
