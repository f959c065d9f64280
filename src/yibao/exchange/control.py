"""What a sandbox is told while it runs: its clock, what fails next, that it began again."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import select

from yibao.database.identifiers import new_identifier
from yibao.database.nature import require_sandbox
from yibao.database.schema import whole_schema
from yibao.database.tables import OF_THE_STORE
from yibao.database.unit import Database, Unit
from yibao.exchange.files import drop_record, put_record
from yibao.exchange.tables import exchange_record

OWNER, KIND = "sandbox", "control"
CLOCK, FAULT, GENERATION, DEMO = "clock", "fault", "generation", "demo"
"""What is told: the time, the next fault, that it is whole, that it holds the demo."""


def controls(database: Database) -> dict[str, dict[str, Any]]:
    """Everything that was told, by name."""
    query = select(exchange_record.c.record_id, exchange_record.c.document).where(
        exchange_record.c.institution_id == OWNER, exchange_record.c.kind == KIND
    )
    rows = database.read(lambda unit: unit.run(query).all())
    return {row.record_id: row.document for row in rows}


def tell(database: Database, name: str, document: dict[str, Any] | None) -> None:
    """Tell a sandbox something; None takes it back.  ``RefusedError`` for a real store."""

    def operation(unit: Unit) -> None:
        require_sandbox(unit.connection)
        if document is None:
            drop_record(unit, OWNER, KIND, name)
        else:
            now = datetime.datetime.now(datetime.UTC)
            put_record(unit, OWNER, KIND, name, document, now)

    database.write(operation)


def take_fault(database: Database, infno: str) -> dict[str, Any] | None:
    """The fault that waits for this transaction; it happens once."""
    waiting = controls(database).get(FAULT)
    if waiting is None or waiting.get("infno") not in (None, infno):
        return None
    taken = database.write(lambda unit: drop_record(unit, OWNER, KIND, FAULT))
    return waiting if taken else None


def begin_again(database: Database) -> None:
    """Empty a sandbox, all at once or not at all; it is whole again once :func:`tell_whole`."""
    with database.unit() as unit:
        require_sandbox(unit.connection)
        schema = whole_schema()
        of_rooms = [table for table in schema.sorted_tables if table not in OF_THE_STORE]
        schema.drop_all(unit.connection, of_rooms)
        schema.create_all(unit.connection, of_rooms)


def tell_whole(database: Database) -> None:
    """Say that a sandbox is filled: a new generation begins, and running servers notice."""
    tell(database, GENERATION, {"generation": new_identifier()})


def is_whole(database: Database) -> bool:
    """Whether a sandbox was filled to the end, since it was made or emptied."""
    return GENERATION in controls(database)
