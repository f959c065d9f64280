"""The first locks of every writer: person rows by id, taken together before anything is read.

What is held is changed in memory and written back by :func:`store_person`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import LargeBinary, bindparam, case, null, or_, select, type_coerce, update

from yibao.access.operations import Answer, record_event
from yibao.access.permissions import Actor
from yibao.benefit.facts import Filing, Person
from yibao.benefit.state import PersonState
from yibao.database.schema import Identifier
from yibao.database.sealed import Sealed
from yibao.database.statements import Query, Write, numbered, placeholders
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.insured.errors import MergedError
from yibao.insured.stored.facts import facts_version
from yibao.insured.stored.profile import profile_of, read_profile, state_document, state_of
from yibao.insured.stored.versions import keep_chain
from yibao.insured.tables import person
from yibao.messages import message


def _storing(*names: str) -> Write:
    """The write that replaces columns of a person's row."""
    return Write(
        update(person)
        .where(person.c.person_id == bindparam("person", type_=Identifier))
        .values({name: bindparam(name, type_=person.c[name].type) for name in names}),
        key=("person",),
    )


_STORE = _storing("state", "sequence", "head", "facts_version", "used_version")
_STORE_FACTS = _storing("area", "profile")
_STORE_VERSION = _storing("facts_version")
STORE_HEAD = _storing("head")

Facts = tuple[Person, tuple[Filing, ...]]


class _ReadFacts:
    """Facts that this process has read, by person and version; they never change."""

    MOST = 1_000

    def __init__(self) -> None:
        self._facts: OrderedDict[str, tuple[bytes, Facts]] = OrderedDict()
        self._turn = threading.Lock()

    def of(self, person_id: str) -> tuple[bytes, Facts | None]:
        """The version that was read of a person; empty: none."""
        return self._facts.get(person_id, (b"", None))

    def add(self, person_id: str, version: bytes, facts: Facts) -> None:
        with self._turn:
            self._facts[person_id] = (version, facts)
            self._facts.move_to_end(person_id)
            if len(self._facts) > self.MOST:
                self._facts.popitem(last=False)


_READ = _ReadFacts()


@dataclass(slots=True)
class HeldPerson:
    """A person whose row is locked by this unit."""

    facts: Person
    filings: tuple[Filing, ...]
    state: PersonState
    sequence: int
    head: str
    stored: Facts
    """Facts and filings as the row has them."""
    facts_version: bytes | None
    """Of ``stored``, where a settlement has kept it."""
    used_version: bytes | None
    merged_into: str | None = None
    """Whose record goes on where this one is closed."""
    events: list[tuple[int, str, str, Answer]] = field(default_factory=list)
    """Those that wait for the end of the unit: sequence, actor, operation, content."""

    @property
    def is_as_stored(self) -> bool:
        """Whether neither facts nor filings were changed since they were read."""
        return self.facts is self.stored[0] and self.filings is self.stored[1]


@lru_cache(maxsize=256)
def _locking(count: int) -> Query:
    """Profiles come only where this process has not read that version."""
    known = [
        (person.c.person_id == name) & (person.c.facts_version == version)
        for name, version in zip(
            placeholders(count, Identifier),
            [bindparam(f"known{position}", type_=LargeBinary()) for position in range(count)],
            strict=True,
        )
    ]
    return Query(
        select(
            person.c.person_id,
            person.c.sex,
            person.c.birth,
            type_coerce(
                case((or_(*known), null()), else_=type_coerce(person.c.profile, LargeBinary)),
                Sealed("person.profile", "text"),
            ).label("profile"),
            type_coerce(person.c.state, Sealed("person.state", "text")).label("state"),
            person.c.sequence,
            person.c.head,
            person.c.facts_version,
            person.c.used_version,
            person.c.merged_into,
        )
        .where(person.c.person_id.in_(placeholders(count, Identifier)))
        .order_by(person.c.person_id)
        .with_for_update(of=person)
    )


def lock_people(
    unit: Unit, ids: Iterable[str], *, closed_too: bool = False
) -> dict[str, HeldPerson]:
    """Lock and read people in the order of their ids; ``NotFoundError`` for one not registered.

    ``MergedError`` for a record that was closed because the person has another, unless a run
    over many asks for ``closed_too`` and passes it over.
    """
    names = sorted(set(ids))
    if not names:
        return {}
    unit.finish(names)
    read = {name: _READ.of(name) for name in names}
    rows: list[Any] = []
    # One after the other where they lie on several nodes, in the same order everywhere.
    for together in [[name] for name in names] if unit.is_spread else [names]:
        known = {f"known{position}": read[name][0] for position, name in enumerate(together)}
        rows += unit.run(_locking(len(together)), {**numbered(together), **known})
    people = {row.person_id: _locked(row, read[row.person_id][1]) for row in rows}
    for name in names:
        if name not in people:
            raise NotFoundError(message("没有登记的参保人 {name}", name=name))
    for row in rows:
        if row.merged_into is not None and not closed_too:
            raise MergedError(row.person_id, row.merged_into)
    return people


def _locked(row: Any, known: Facts | None) -> HeldPerson:
    version = None if row.facts_version is None else bytes(row.facts_version)
    if row.profile is None and known is not None:
        facts = known
    else:
        facts = read_profile(row.person_id, row.sex, row.birth, row.profile)
        if version is not None:
            _READ.add(row.person_id, version, facts)
    return HeldPerson(
        facts=facts[0],
        filings=facts[1],
        state=state_of(row.state),
        sequence=row.sequence,
        head=row.head,
        stored=facts,
        facts_version=version,
        used_version=None if row.used_version is None else bytes(row.used_version),
        merged_into=row.merged_into,
    )


def lock_person(unit: Unit, person_id: str) -> HeldPerson:
    """:func:`lock_people` for one person."""
    return lock_people(unit, [person_id])[person_id]


def keep_facts(unit: Unit, locked: HeldPerson) -> bytes:
    """The version of a person's facts as stored, kept for whoever points to it."""
    assert locked.is_as_stored
    if locked.facts_version is None:
        version = facts_version(locked.facts, locked.filings)
        keep_chain(unit, [*version.paid, version.facts])
        locked.facts_version = version.facts.hash
        _READ.add(locked.facts.id, locked.facts_version, locked.stored)
        unit.run(_STORE_VERSION, {"person": locked.facts.id, "facts_version": locked.facts_version})
    return locked.facts_version


def store_person(
    unit: Unit, locked: HeldPerson, actor: Actor, operation: str, content: Answer
) -> None:
    """Extend the person's chain and write the row back; the caller holds its lock.

    Both are done when the unit ends: the event vouches for every row of the person that the
    unit writes, whether before or after this call.
    """
    person_id = locked.facts.id
    if not locked.is_as_stored:
        locked.stored, locked.facts_version = (locked.facts, locked.filings), None
        profile = profile_of(locked.facts, locked.filings)
        values = {"person": person_id, "area": locked.facts.area, "profile": profile}
        unit.run(_STORE_FACTS, values)
    locked.sequence += 1
    locked.events.append((locked.sequence, actor.id, operation, content))
    unit.at_the_end(person_id, lambda: _write_events(unit, locked))


def _write_events(unit: Unit, locked: HeldPerson) -> None:
    """The events that wait, the last of them with what was written; and the row."""
    person_id = locked.facts.id
    events, locked.events = locked.events, []
    for sequence, actor_id, operation, content in events:
        noted = content
        if sequence == locked.sequence:
            noted = unit.notes.take(person_id).with_content(content)
        locked.head = record_event(
            unit, person_id, sequence, locked.head, actor_id, operation, noted
        )
    unit.run(
        _STORE,
        {
            "person": person_id,
            "state": state_document(locked.state),
            "sequence": locked.sequence,
            "head": locked.head,
            "facts_version": locked.facts_version,
            "used_version": locked.used_version,
        },
    )
