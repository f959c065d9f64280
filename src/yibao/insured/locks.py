"""The first locks of every writer: person rows by id, taken together before anything is read.

What is held is changed in memory and written back by :func:`store_person`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update

from yibao.access.operations import Answer, record_event
from yibao.access.permissions import Actor
from yibao.benefit.facts import Filing, Person
from yibao.benefit.state import PersonState
from yibao.database.schema import Identifier
from yibao.database.statements import Query, Write, numbered, placeholders
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.insured.profile import filings_of, person_of, profile_of, state_document, state_of
from yibao.insured.tables import person

_CHANGED = ("area", "profile", "state", "sequence", "head")
_STORE = Write(
    update(person)
    .where(person.c.person_id == bindparam("person", type_=Identifier))
    .values({name: bindparam(name, type_=person.c[name].type) for name in _CHANGED}),
    key=("person",),
)


@dataclass(slots=True)
class HeldPerson:
    """A person whose row is locked by this unit."""

    facts: Person
    filings: tuple[Filing, ...]
    state: PersonState
    sequence: int
    head: str


@lru_cache(maxsize=256)
def _locking(count: int, beside: tuple[ColumnElement[Any], ...]) -> Query:
    return Query(
        select(
            person.c.person_id,
            person.c.sex,
            person.c.birth,
            person.c.profile,
            person.c.state,
            person.c.sequence,
            person.c.head,
            *beside,
        )
        .where(person.c.person_id.in_(placeholders(count, Identifier)))
        .order_by(person.c.person_id)
        .with_for_update(of=person)
    )


def lock_people(unit: Unit, ids: Iterable[str]) -> dict[str, HeldPerson]:
    """Lock and read people in the order of their ids; ``NotFoundError`` for one not registered."""
    return lock_people_beside(unit, ids, (), {})[0]


def lock_people_beside(
    unit: Unit,
    ids: Iterable[str],
    columns: tuple[ColumnElement[Any], ...],
    values: dict[str, Any],
) -> tuple[dict[str, HeldPerson], Any]:
    """:func:`lock_people`, and the first row with other columns that the statement read beside.

    ``columns`` are constants of a module, ``values`` what stands in their places.
    """
    ordered_ids = sorted(set(ids))
    rows = unit.run(_locking(len(ordered_ids), columns), {**numbered(ordered_ids), **values})
    people = {
        row.person_id: HeldPerson(
            facts=person_of(row.person_id, row.sex, row.birth, row.profile),
            filings=filings_of(row.person_id, row.profile),
            state=state_of(row.state),
            sequence=row.sequence,
            head=row.head,
        )
        for row in rows
    }
    for name in ordered_ids:
        if name not in people:
            raise NotFoundError(f"没有登记的参保人 {name}")
    return people, rows[0] if rows else None


def lock_person(unit: Unit, person_id: str) -> HeldPerson:
    """:func:`lock_people` for one person."""
    return lock_people(unit, [person_id])[person_id]


def store_person(
    unit: Unit, locked: HeldPerson, actor: Actor, operation: str, content: Answer
) -> None:
    """Extend the person's chain and write the row back; the caller holds its lock."""
    sequence = locked.sequence + 1
    head = record_event(unit, locked.facts.id, sequence, locked.head, actor.id, operation, content)
    unit.run(
        _STORE,
        {
            "person": locked.facts.id,
            "area": locked.facts.area,
            "profile": profile_of(locked.facts, locked.filings),
            "state": state_document(locked.state),
            "sequence": sequence,
            "head": head,
        },
    )
    locked.sequence, locked.head = sequence, head
