"""The first locks of every writer: person rows by id, taken together before anything is read.

What is held is changed in memory and written back by :func:`store_person`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update

from yibao.access.operations import Answer, record_event
from yibao.access.permissions import Actor
from yibao.benefit.facts import Filing, Person
from yibao.benefit.state import PersonState
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.insured.profile import filings_of, person_of, profile_of, state_document, state_of
from yibao.insured.tables import person


@dataclass(slots=True)
class HeldPerson:
    """A person whose row is locked by this unit."""

    facts: Person
    filings: tuple[Filing, ...]
    state: PersonState
    sequence: int
    head: str


def lock_people(unit: Unit, ids: Iterable[str]) -> dict[str, HeldPerson]:
    """Lock and read people in the order of their ids; ``NotFoundError`` for one not registered."""
    wanted = sorted(set(ids))
    rows = unit.run(
        select(
            person.c.person_id,
            person.c.sex,
            person.c.birth,
            person.c.profile,
            person.c.state,
            person.c.sequence,
            person.c.head,
        )
        .where(person.c.person_id.in_(wanted))
        .order_by(person.c.person_id)
        .with_for_update()
    )
    held = {
        row.person_id: HeldPerson(
            facts=person_of(row.person_id, row.sex, row.birth, row.profile),
            filings=filings_of(row.person_id, row.profile),
            state=state_of(row.state),
            sequence=row.sequence,
            head=row.head,
        )
        for row in rows
    }
    for name in wanted:
        if name not in held:
            raise NotFoundError(f"没有登记的参保人 {name}")
    return held


def lock_person(unit: Unit, person_id: str) -> HeldPerson:
    """:func:`lock_people` for one person."""
    return lock_people(unit, [person_id])[person_id]


def store_person(
    unit: Unit, held: HeldPerson, actor: Actor, operation: str, content: Answer
) -> None:
    """Extend the person's chain and write the row back; the caller holds its lock."""
    sequence = held.sequence + 1
    head = record_event(unit, held.facts.id, sequence, held.head, actor.id, operation, content)
    unit.run(
        update(person)
        .where(person.c.person_id == held.facts.id)
        .values(
            area=held.facts.area,
            profile=profile_of(held.facts, held.filings),
            state=state_document(held.state),
            sequence=sequence,
            head=head,
        )
    )
    held.sequence, held.head = sequence, head
