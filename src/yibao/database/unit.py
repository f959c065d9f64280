"""Opening a database, and the unit of work: one transaction, its statements counted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from yibao.database.schema import METADATA
from yibao.errors import ConflictError, InputError, YibaoError

Result = TypeVar("Result")

_ATTEMPTS = 8
_RETRY_STATES = ("40001", "40P01")
"""PostgreSQL: serialisation failure, deadlock."""


class DatabaseError(YibaoError):
    """The database cannot be used; nothing was written."""


class Unit:
    """One transaction; ``statements`` counts what was sent, BEGIN and COMMIT left out."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.statements = 0

    @property
    def is_postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def run(
        self, statement: Executable, values: Sequence[dict[str, Any]] | dict[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Send one statement."""
        self.statements += 1
        return self.connection.execute(statement, values)


class Database:
    """An open database; every operation takes a unit from :meth:`write` or :meth:`read`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    def create_all(self) -> None:
        """Make every table of the schema (tests and fresh embedded stores)."""
        METADATA.create_all(self.engine)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """One transaction: committed at the end, rolled back whole on any error."""
        try:
            with self.engine.begin() as connection:
                yield Unit(connection)
        except OperationalError as error:
            if _may_retry(error):
                raise
            raise DatabaseError(f"数据库不可用，没有写入任何内容：{_reason(error)}") from None

    def write(self, operation: Callable[[Unit], Result]) -> Result:
        """Run ``operation`` in a transaction; deadlocks and serialisation failures again.

        A bounded number of attempts with growing, random pauses; then ``ConflictError``.
        """
        for attempt in range(_ATTEMPTS):
            try:
                with self.unit() as unit:
                    return operation(unit)
            except DBAPIError as error:
                if not _may_retry(error):
                    raise
                time.sleep(random.uniform(0, 0.002 * 2**attempt))
        raise ConflictError("数据库繁忙，多次重试仍冲突，请稍后再试；没有写入任何内容")

    read = write

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if error.orig is not None else str(error)


def _may_retry(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in _RETRY_STATES or "database is locked" in str(error.orig)


def open_database(url: str) -> Database:
    """Open ``sqlite:///file.db`` or ``postgresql://...``; ``InputError`` for anything else."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError(f"{url!r} 不是数据库地址，例如 sqlite:///yibao.db") from None
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite(url))
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            isolation_level="READ COMMITTED",
            pool_size=16,
            max_overflow=16,
            pool_pre_ping=False,
        )
        return Database(engine)
    raise InputError(f"不支持 {parsed.get_backend_name()}，可以用 sqlite 或 postgresql")


def _sqlite(url: str) -> Engine:
    from pysqlite3 import dbapi2

    engine = create_engine(url, module=dbapi2, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # One writer at a time, known from the first statement on: no upgrade deadlocks.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
