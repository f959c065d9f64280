"""Where every audit chain ends: of a person in columns that a room above hands over, of a user,
an institution and the store itself in a table of this room.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CompoundSelect,
    Table,
    TableClause,
    bindparam,
    column,
    insert,
    select,
    table,
    union_all,
    update,
)

from yibao.access.names import NO_PERSON
from yibao.access.operations import START, Answer, record_event
from yibao.access.tables import chain, event
from yibao.database.schema import Identifier, whole_schema
from yibao.database.statements import Query, Write
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.messages import message

_ENDS_CHAINS = "ends_chains"
_AREA = "area"
_COLUMNS = ("person_id", "sequence", "head")


def ends_chains(people: Table) -> Table:
    """Declare that the rows of ``people`` are the ends of the chains.

    ``person_id`` is whose chain it is, ``sequence`` the number of its last event and ``head``
    that event's hash; whoever extends the chain holds the row's lock.  ``area`` is where the
    person is insured.
    """
    people.info[_ENDS_CHAINS] = True
    return people


@cache
def chain_end() -> TableClause:
    """The three columns of the declared table, all that this room knows of it."""
    people = _people()
    return table(people.name, *(column(name, people.c[name].type) for name in _COLUMNS))


@cache
def _people() -> Table:
    (people,) = (
        declared for declared in whole_schema().tables.values() if _ENDS_CHAINS in declared.info
    )
    return people


def area_of(database: Database, person_id: str) -> str | None:
    """Where a person is insured, as the declared table has it; None: nobody knows the person."""
    people = _people()
    query = select(people.c[_AREA]).where(people.c.person_id == person_id)
    area: str | None = database.read(lambda unit: unit.run(query).scalar_one_or_none())
    return area


@cache
def locking_end() -> Query:
    """The end of the chain of ``person``, locked."""
    end = chain_end()
    return Query(
        select(end)
        .where(end.c.person_id == bindparam("person", type_=Identifier))
        .with_for_update()
    )


class ChainEnd(NamedTuple):
    """The end of a chain as somebody read it without locking it."""

    sequence: int
    head: str


@cache
def going_on() -> Write:
    """Another end of the chain of ``person``, if it still ends at ``before``, ``head_before``."""
    end = chain_end()
    changes = {name: bindparam(name, type_=end.c[name].type) for name in ("sequence", "head")}
    return Write(
        update(end)
        .where(
            end.c.person_id == bindparam("person", type_=Identifier),
            end.c.sequence == bindparam("before", type_=end.c.sequence.type),
            end.c.head == bindparam("head_before", type_=end.c.head.type),
        )
        .values(changes)
    )


@cache
def storing_end() -> Write:
    """Another end of the chain of ``person``."""
    end = chain_end()
    changes = {name: bindparam(name, type_=end.c[name].type) for name in ("sequence", "head")}
    mine = end.c.person_id == bindparam("person", type_=Identifier)
    return Write(update(end).where(mine).values(changes), key=("person",))


def every_end() -> CompoundSelect[Any]:
    """The ends of all chains, whoever's they are."""
    end = chain_end()
    names = [end.c[name].label(name) for name in _COLUMNS]
    return union_all(
        select(*names), select(chain.c.name.label("person_id"), chain.c.sequence, chain.c.head)
    )


def lock_ends(unit: Unit, people: Iterable[str]) -> None:
    """Lock people for a room that knows no more of them, in the order of all writers: by id.

    ``NotFoundError`` for one who is not registered.
    """
    for name in sorted(set(people)):
        if not unit.run(locking_end(), {"person": name}):
            raise NotFoundError(message("没有登记的参保人 {person_id}", person_id=name))


def extend_any_chain(unit: Unit, name: str, by: str, operation: str, content: Answer) -> None:
    """Another event of a chain, whoever's it is, with whatever the unit wrote of its rows.

    What a person's own room has left for the end of the unit is done first.
    """
    if name.startswith(NO_PERSON):
        extend_chain(unit, name, by, operation, content)
        return
    unit.finish([name])
    (end,) = unit.run(locking_end(), {"person": name})
    noted = unit.notes.take(name).with_content(content)
    head = record_event(unit, name, end.sequence + 1, end.head, by, operation, noted)
    unit.run(storing_end(), {"person": name, "sequence": end.sequence + 1, "head": head})


def extend_chain(unit: Unit, name: str, by: str, operation: str, content: Answer) -> None:
    """Another event of a chain that is no person's, with whatever the unit wrote of its rows.

    Of two at once the second waits, or fails where it is the first event of both.
    """
    end = unit.run(select(chain).where(chain.c.name == name).with_for_update()).one_or_none()
    sequence, previous = (1, START) if end is None else (end.sequence + 1, end.head)
    noted = unit.notes.take(name).with_content(content)
    head = record_event(unit, name, sequence, previous, by, operation, noted)
    values = {"sequence": sequence, "head": head}
    if end is None:
        unit.run(insert(chain), {"name": name, **values})
    else:
        unit.run(update(chain).where(chain.c.name == name).values(values))


def hold_chain(unit: Unit, name: str) -> None:
    """Hold the end of a chain that is no person's: of two at once the second waits.

    Of a chain that has no event yet nothing is held; then the second fails to write the first.
    """
    unit.run(select(chain.c.name).where(chain.c.name == name).with_for_update()).all()


def chain_head(unit: Unit, name: str) -> tuple[int, str] | None:
    """A read fragment: number and hash of the last event of a chain that is no person's."""
    query = select(chain.c.sequence, chain.c.head).where(chain.c.name == name)
    end = unit.run(query).one_or_none()
    return None if end is None else (end.sequence, end.head)


def record_setting(
    database: Database, name: str, by: str, operation: str, content: dict[str, Any]
) -> bool:
    """Put what a program was set to on a chain, unless the chain says so already; whether it did.

    ``content``: of texts and lists, as JSON gives them back.
    """
    latest = (
        select(event.c.content)
        .where(event.c.person_id == name, event.c.operation == operation)
        .order_by(event.c.sequence.desc())
        .limit(1)
    )

    def record(unit: Unit) -> bool:
        if unit.run(latest).scalar_one_or_none() == content:
            return False
        extend_chain(unit, name, by, operation, content)
        return True

    return database.write(record)
