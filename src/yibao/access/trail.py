"""The audit trail: events on a person's chain, reads by others among them, and its check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import select

from yibao.access.chains import ChainEnd, every_end, going_on, locking_end, storing_end
from yibao.access.names import NO_PERSON
from yibao.access.operations import START, chain_hash, event_row, record_event, write_event
from yibao.access.permissions import Actor, require
from yibao.access.tables import event, sealed_head
from yibao.database.sealed import unreadable_as_none
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.messages import Message, message

Result = TypeVar("Result")

_BATCH = 500


class _FasterError(Exception):
    """Somebody else extended the chain since its end was read."""


# --- reads by others -----------------------------------------------------------------------------


def read_record(
    database: Database,
    actor: Actor,
    operation: str,
    person_id: str,
    fetch: Callable[[Unit], Result],
    *,
    institution_id: str | None = None,
    purpose: str = "",
    end: ChainEnd | None = None,
) -> Result:
    """What ``fetch`` reads of a person's records, if ``actor`` may.

    The read by anybody but the person stands on the person's chain before the reader
    sees it; one's own leaves no event.  ``end``: of the chain, where it was just read; one
    message writes then what goes on from it, and only where somebody was faster is it locked.
    """
    require(actor, operation, person_id, institution_id)
    if actor.person_id == person_id:
        return database.read(fetch)

    content = {"institution": institution_id, "purpose": purpose}

    def at_once(unit: Unit) -> Result:
        assert end is not None
        result = fetch(unit)
        sequence = end.sequence + 1
        row = event_row(person_id, sequence, end.head, actor.id, operation, content)
        before = {"before": end.sequence, "head_before": end.head}
        changes = {"person": person_id, "sequence": sequence, "head": row["hash"], **before}
        unit.run(going_on(), changes, missed=_FasterError())
        write_event(unit, row)
        return result

    def logged(unit: Unit) -> Result:
        ends = unit.run(locking_end(), {"person": person_id})
        if not ends:
            raise NotFoundError(message("没有登记的参保人 {person_id}", person_id=person_id))
        end = ends[0]
        result = fetch(unit)
        head = record_event(
            unit, person_id, end.sequence + 1, end.head, actor.id, operation, content
        )
        changes = {"sequence": end.sequence + 1, "head": head}
        unit.run(storing_end(), {"person": person_id, **changes})
        return result

    if end is not None and database.is_postgresql and not database.grouped:
        with suppress(_FasterError):
            return database.write(at_once)
    return database.write(logged, people=[person_id])


def latest_events(unit: Unit, person_id: str, most: int) -> Sequence[Any]:
    """A read fragment: who did what when, of a person's last events, the latest first."""
    return unit.run(
        select(event.c.sequence, event.c.at, event.c.actor, event.c.operation)
        .where(event.c.person_id == person_id)
        .order_by(event.c.sequence.desc())
        .limit(most)
    ).all()


def actor_of_event(unit: Unit, person_id: str, sequence: int) -> str | None:
    """A read fragment: who did what one event of a person's says; None: there is no such."""
    who: str | None = unit.run(
        select(event.c.actor).where(event.c.person_id == person_id, event.c.sequence == sequence)
    ).scalar_one_or_none()
    return who


# --- checking ------------------------------------------------------------------------------------


def chain_faults(person_id: str, end: Any, events: Iterable[Any]) -> list[Message]:
    """What is wrong with one chain; ``end`` is the person's row, None where there is none."""
    previous, expected = START, 0
    for expected, row in enumerate(events, start=1):
        computed = chain_hash(
            row.person_id,
            row.sequence,
            row.at,
            row.actor,
            row.operation,
            row.content,
            previous,
        )
        repeated = previous if row.previous is None else row.previous
        if row.sequence != expected or repeated != previous or row.hash != computed:
            return [
                message(
                    "{person_id} 的审计链在第 {expected} 个事件处断开",
                    person_id=person_id,
                    expected=expected,
                )
            ]
        previous = row.hash
    if end is None:
        return [message("{person_id} 有审计事件，却没有登记", person_id=person_id)]
    if (end.sequence, end.head) != (expected, previous):
        return [
            message(
                "{person_id} 的审计链有 {count} 个事件，登记行却指向第 {sequence} 个",
                person_id=person_id,
                count=expected,
                sequence=end.sequence,
            )
        ]
    return []


def verify_people(database: Database, people: Iterable[str]) -> Iterator[Message]:
    """What is wrong with the chains and sealed heads of these people, in batches."""
    every = list(people)
    for start in range(0, len(every), _BATCH):
        some = every[start : start + _BATCH]
        yield from database.read(
            lambda unit, some=some: _faults(unit, some),  # type: ignore[misc]
            consistent=True,
        )


def _faults(unit: Unit, people: list[str]) -> list[Message]:
    end = every_end().subquery()
    ends = {row.person_id: row for row in unit.run(select(end).where(end.c.person_id.in_(people)))}
    with unreadable_as_none():
        rows = unit.run(
            select(event)
            .where(event.c.person_id.in_(people))
            .order_by(event.c.person_id, event.c.sequence)
        ).all()
    chains = {name: list(group) for name, group in groupby(rows, lambda row: str(row.person_id))}
    sealed = unit.run(select(sealed_head).where(sealed_head.c.person_id.in_(people))).all()
    faults: list[Message] = []
    for name in people:
        faults += chain_faults(name, ends.get(name), chains.get(name, []))
    for row in sealed:
        events = chains.get(row.person_id, [])
        hash_now = events[row.sequence - 1].hash if row.sequence <= len(events) else None
        if hash_now != row.head:
            faults.append(
                message(
                    "{person_id} 的第 {sequence} 个事件与第 {seal} 号封存不符",
                    person_id=row.person_id,
                    sequence=row.sequence,
                    seal=row.seal,
                )
            )
    return faults


def all_people(database: Database) -> list[str]:
    """Everybody with a chain, by id."""
    return [name for name in all_chains(database) if not name.startswith(NO_PERSON)]


def all_chains(database: Database) -> list[str]:
    """Every chain by its name: people by their ids, then what is no person's."""

    def operation(unit: Unit) -> list[str]:
        ends = every_end().subquery()
        names = set(unit.run(select(ends.c.person_id)).scalars())
        names.update(unit.run(select(event.c.person_id).distinct()).scalars())
        return sorted(names, key=_people_first)

    return database.read(operation)


def _people_first(name: str) -> tuple[bool, str]:
    return name.startswith(NO_PERSON), name
