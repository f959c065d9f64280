"""The one schema object that every room's tables stand on, and the column types they share."""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import pkgutil
import sys
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    MetaData,
    String,
    Table,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Identifier = String(40)
"""A person, institution or record: text that no sequence gave out."""
Fen = BigInteger


class Instant(TypeDecorator[datetime.datetime]):
    """An instant: bound and read as aware UTC on both databases.

    SQLite keeps it without its zone; what has none is no instant, and is not bound.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        """As the column has it."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise AssertionError(f"{value} says no zone: it is no instant")
        return value.astimezone(datetime.UTC)

    def process_result_value(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        """As the code has it."""
        if value is None:
            return None
        return (
            value.astimezone(datetime.UTC) if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        )

    @staticmethod
    def stored_value(value: datetime.datetime) -> str:
        """The same text for what is about to be written and for what was read."""
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")


Document = JSON().with_variant(JSONB(), "postgresql")
"""Structured content that is read and written whole."""
OptionalDocument = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A document that may be missing: then the column is null and takes no room, where a JSON null
would take ten bytes."""

APPEND_ONLY = "append_only"
"""Key of ``Table.info``: rows are inserted, never changed or deleted."""

LOCK_ORDER = "lock_order"
"""Key of ``Table.info``: in which place a writer locks its rows; see :func:`locked`."""

DELETABLE = "deletable"
"""Key of ``Table.info``: the service deletes rows; see :func:`deletable`."""


def whole_schema() -> MetaData:
    """The schema with the tables of every room (``yibao.ROOM.tables``) defined on it."""
    tables_by_room()
    return METADATA


def tables_by_room() -> dict[str, list[str]]:
    """Names of the tables that each room defines, in modules named ``...tables``."""
    import yibao

    tables: dict[str, list[str]] = {}
    for room in pkgutil.iter_modules(yibao.__path__):
        if not room.ispkg or importlib.util.find_spec(f"yibao.{room.name}.tables") is None:
            continue
        importlib.import_module(f"yibao.{room.name}.tables")
        tables[room.name] = [
            table.name
            for name, module in sys.modules.copy().items()
            if name.startswith(f"yibao.{room.name}.") and name.endswith("tables")
            for table in vars(module).values()
            if isinstance(table, Table)
        ]
    return tables


def locked(table: Table, *, place: int) -> Table:
    """Declare that writers lock rows of ``table`` (by ``person_id``) before they read.

    All tables of a lower ``place`` come first, the rows of each in the order of their ids:
    the one order of locks of all writers.
    """
    table.info[LOCK_ORDER] = place
    return table


def locked_tables() -> list[Table]:
    """The tables that :func:`locked` declares, in the order in which they are locked."""
    tables = [table for table in whole_schema().tables.values() if LOCK_ORDER in table.info]
    return sorted(tables, key=lambda table: int(table.info[LOCK_ORDER]))


def deletable(*tables: Table) -> None:
    """Declare that the service deletes rows of ``tables``: what lapses, or is written anew.

    A database that knows roles lets the service delete from no other table.
    """
    for table in tables:
        table.info[DELETABLE] = True


def append_only(table: Table) -> Table:
    """Let the database itself refuse to change or delete a row of ``table``.

    Triggers, because a check in the code does not stop a slip of a person with a
    prompt; they cost nothing on an insert.  Only ciphers are written anew under another key
    (:mod:`yibao.database.rotation`).
    """

    def guard(_: Table, connection: Connection, **__: Any) -> None:
        for statement in guard_statements(table.name, connection.dialect.name):
            connection.execute(text(statement))

    table.info[APPEND_ONLY] = True
    event.listen(table, "after_create", guard)
    return table


def append_only_tables() -> list[str]:
    """The tables that :func:`append_only` guards, by name."""
    return sorted(table.name for table in METADATA.tables.values() if APPEND_ONLY in table.info)


def guard_statements(table: str, dialect: str) -> list[str]:
    """What makes ``table`` append only on a database; used by migrations too."""
    message = f"append only: {table}"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER append_only_{table}_{action} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for action in ("update", "delete")
        ]
    return [
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF TG_OP = 'UPDATE' AND current_setting('yibao.rekeying', true) = 'on' "
        "THEN RETURN NULL; END IF; "
        "RAISE EXCEPTION 'append only: %', TG_TABLE_NAME; END $$",
        f"CREATE TRIGGER append_only_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
    ]
