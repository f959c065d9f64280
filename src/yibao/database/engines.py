"""Engines of the two databases: how they begin, what they wait for, what their errors mean."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from yibao.errors import InputError
from yibao.messages import message

SPREAD_VARIABLE = "YIBAO_STORE_SPREAD"
SPREAD = "yibao_spread"
"""Execution option where the rows of a person lie together on one of several nodes, with the
person as the column that says on which: a statement then names one person, or none.
``YIBAO_STORE_SPREAD=1`` sets it."""

READS_ONLY = "yibao_reads_only"
"""Execution option of a connection whose transaction will not write."""

WIRE = "yibao_wire"
"""Where a connection of the pool to PostgreSQL keeps what sends constant statements on it."""

BUSY_SECONDS = 30
"""How long a writer of SQLite waits for the writers before it."""

_RETRY_STATES = ("40001", "40P01", "26000")
"""PostgreSQL: serialisation failure, deadlock; a prepared statement that somebody deallocated."""
_BUSY_STATES = ("55P03", "57014")
"""PostgreSQL: lock or statement timeout."""
_LOST_STATES = ("57P01", "57P02", "57P03")
"""PostgreSQL: shut down by an administrator, by a crash, cannot connect now."""


# A connection that cannot be rolled back any more is told with where that arose; whoever used
# it is told what happened, once.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


def engine_for(url: str) -> Engine:
    """The engine of an address; ``InputError`` for what is no address of a database."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError(
            message("{url} 不是数据库地址，例如 sqlite:///yibao.db", url=repr(url))
        ) from None
    if parsed.get_backend_name() in ("sqlite", "postgresql"):
        engine = (
            _sqlite(parsed)
            if parsed.get_backend_name() == "sqlite"
            else _postgresql(parsed, isolation_level="READ COMMITTED")
        )
        engine.update_execution_options(**{SPREAD: os.environ.get(SPREAD_VARIABLE) == "1"})
        return engine
    raise InputError(
        message(
            "不支持 {name}，可以用 sqlite 或 postgresql",
            name=parsed.get_backend_name(),
        )
    )


def reading_engine(engine: Engine) -> Engine:
    """Connections for reads.

    On PostgreSQL each statement sees what is committed when it begins, inside a transaction
    or not; without one, a read costs one round trip instead of three.
    """
    if engine.dialect.name == "postgresql":
        reading = _postgresql(engine.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
        reading.update_execution_options(**{SPREAD: engine.get_execution_options().get(SPREAD)})
        return reading
    return engine.execution_options(**{READS_ONLY: True})


def _postgresql(url: URL, **more: Any) -> Engine:
    from psycopg.types.numeric import Int8Dumper

    from yibao.database.wire import Wire

    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=16,
        max_overflow=16,
        pool_pre_ping=False,
        json_serializer=to_json,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,  # neither an error nor a log says whose row it was
        **more,
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, record: Any) -> None:
        # By default the type follows the value, and each mix of types is a statement to prepare.
        connection.adapters.register_dumper(int, Int8Dumper)
        if not connection.autocommit:
            # With a rollback the driver deallocates all that is prepared, if it prepared any of it.
            connection.prepare_threshold = None
        record.info[WIRE] = Wire(connection)

    return engine


def to_json(value: Any) -> str:
    """A document as text; what UTF-8 cannot hold is escaped, for the database to refuse."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value)


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite address; None where it is no SQLite file."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))


def _sqlite(url: URL) -> Engine:
    from pysqlite3 import dbapi2

    file = sqlite_file(url)
    if file is None:
        raise InputError(message("SQLite 数据库要写明文件，例如 sqlite:///yibao.db"))
    engine = create_engine(
        url,
        module=dbapi2,
        paramstyle="named",
        connect_args={"timeout": BUSY_SECONDS},
        pool_size=16,
        max_overflow=48,
        json_serializer=to_json,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,  # neither an error nor a log says whose row it was
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer says so with its first statement: no upgrade of a read can fail.
        reads_only = connection.get_execution_options().get(READS_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(cursor: Any) -> None:
    """Switch to WAL; several first openers may meet, and SQLite does not wait here."""
    for attempt in range(10):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except Exception as error:
            if "locked" not in str(error) or attempt == 9:
                raise
            time.sleep(0.01 * 2**attempt)


def reason(error: DBAPIError) -> str:
    """The first line of what the driver says."""
    text = str(error.orig) if error.orig is not None else str(error)
    return (text.strip().splitlines() or [type(error).__name__])[0]


def may_retry(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when run again."""
    return getattr(error.orig, "sqlstate", None) in _RETRY_STATES


def was_lost(error: DBAPIError) -> bool:
    """Whether the connection went, so that a new one may be tried."""
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _LOST_STATES


def is_busy(error: DBAPIError) -> bool:
    """Whether a lock was waited for in vain."""
    state = getattr(error.orig, "sqlstate", None)
    return state in _BUSY_STATES or "database is locked" in str(error.orig)


def lacks_table(error: DBAPIError) -> bool:
    """Whether a table or column of the schema is not there."""
    state = getattr(error.orig, "sqlstate", None)
    return state in ("42P01", "42703") or "no such table" in str(error.orig)
