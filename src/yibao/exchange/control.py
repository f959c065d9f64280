"""What a sandbox is told while it runs: its clock, what fails next, that it began again."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import select

from yibao.database.identifiers import new_identifier
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, Unit
from yibao.errors import RefusedError
from yibao.exchange.files import drop_record, put_record
from yibao.exchange.tables import exchange_record
from yibao.messages import message

OWNER, KIND = "sandbox", "control"
CLOCK, FAULT, GENERATION = "clock", "fault", "generation"


def controls(database: Database) -> dict[str, dict[str, Any]]:
    """Everything that was told, by name."""
    query = select(exchange_record.c.record_id, exchange_record.c.document).where(
        exchange_record.c.institution_id == OWNER, exchange_record.c.kind == KIND
    )
    rows = database.read(lambda unit: unit.run(query).all())
    return {row.record_id: row.document for row in rows}


def tell(database: Database, name: str, document: dict[str, Any] | None) -> None:
    """Tell a sandbox something; None takes it back."""

    def operation(unit: Unit) -> None:
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
    """Empty an embedded store and begin a new generation; refused for a service's database."""
    if database.is_postgresql:
        raise RefusedError(message("沙箱只清空内置的 SQLite 库；服务用的数据库请自行重建"))
    schema = whole_schema()
    schema.drop_all(database.engine)
    schema.create_all(database.engine)
    tell(database, GENERATION, {"generation": new_identifier()})


def is_sandbox(database: Database) -> bool:
    """Whether a store was made as a sandbox."""
    return GENERATION in controls(database)
