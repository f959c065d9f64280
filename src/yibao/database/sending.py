"""Constant statements on a connection of the driver; its errors as SQLAlchemy names them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Connection, Engine, PoolProxiedConnection, exc
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.types import TypeDecorator, TypeEngine

from yibao.database.engines import WIRE, to_json
from yibao.database.statements import Insertion, Query, StatementForm, Values, Write

if TYPE_CHECKING:  # SQLite alone needs no driver of PostgreSQL
    from yibao.database.wire import Wire

_DIVISION_BY_ZERO = "22012"
"""How PostgreSQL says that a write touched no row; see ``Write.touching``."""

Broken = Callable[[IntegrityError], Exception | None]
"""What a broken constraint means, where it is one of the write's own."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A write that is sent with others."""

    statement: Write | Insertion
    values: Sequence[Values]
    """The rows of an insertion; of any other write one."""
    missed: Exception | None = None
    """Raised where it touched no row."""
    broken: Broken | None = None

    def ready(self, dialect: Dialect, *, touching: bool = False) -> tuple[StatementForm, Values]:
        """The statement and its parameters as the database takes them.

        ``touching``: as one that fails where it should have touched a row and did not.
        """
        if isinstance(self.statement, Insertion):
            form = self.statement.form(dialect, len(self.values))
            return form, form.parameters(self.statement.values(self.values), dialect)
        (row,) = self.values
        must_touch = touching and self.missed is not None
        form = self.statement.touching(dialect) if must_touch else self.statement.form(dialect)
        return form, form.parameters(row, dialect)

    def check(self, touched: int) -> None:
        """Raise what it is where nothing was touched."""
        if touched == 0 and self.missed is not None:
            raise self.missed


def read(connection: Connection, query: Query, values: Values) -> list[Any]:
    """The rows of a query, columns by name."""
    return _rows(connection, connection.dialect, query, values)


def read_alone(engine: Engine, query: Query, values: Values) -> list[Any]:
    """:func:`read` of a ``SELECT`` that needs no transaction around it."""
    proxied = raw_connection(engine)
    try:
        return _rows(proxied, engine.dialect, query, values)
    finally:
        proxied.close()


def raw_connection(engine: Engine) -> PoolProxiedConnection:
    """A connection of the pool; what the driver raises when there is none, as SQLAlchemy's.

    ``connection_invalidated``: where there is no database now, there may be one soon.
    """
    dialect = engine.dialect
    try:
        return engine.raw_connection()
    except dialect.loaded_dbapi.Error as error:
        raise _kind_of(error)(
            None, None, error, hide_parameters=True, connection_invalidated=True
        ) from error


def _rows(
    connection: Connection | PoolProxiedConnection, dialect: Dialect, query: Query, values: Values
) -> list[Any]:
    form, row_of = query.form(dialect)
    with errors_of(connection, dialect) as driver:
        parameters = form.parameters(values, dialect)
        if dialect.name == "postgresql":
            (rows,) = _wire(connection).rows([(form.positional, parameters)])
            return [row_of(row, dialect) for row in rows]
        cursor = driver.cursor()
        try:
            cursor.execute(form.sql, parameters)
            return [row_of(row, dialect) for row in cursor.fetchall()]
        finally:
            cursor.close()


def read_together(connection: Connection, asked: Sequence[tuple[Query, Values]]) -> list[list[Any]]:
    """:func:`read` of several queries, which go to PostgreSQL in one message and in their order."""
    dialect = connection.dialect
    forms = [query.form(dialect) for query, _ in asked]
    with errors_of(connection, dialect):
        answers = _wire(connection).rows(
            [
                (form.positional, form.parameters(values, dialect))
                for (form, _), (_, values) in zip(forms, asked, strict=True)
            ]
        )
    return [
        [row_of(row, dialect) for row in rows]
        for (_, row_of), rows in zip(forms, answers, strict=True)
    ]


def _wire(connection: Connection | PoolProxiedConnection) -> Wire:
    wire: Wire = connection.info[WIRE]
    return wire


def send(connection: Connection, waiting: Sequence[Waiting], *, commit: bool = False) -> None:
    """Send writes in their order; PostgreSQL gets them all at once and answers once.

    ``commit``: the commit goes with them to PostgreSQL, and what should have touched a row
    and did not fails before it; the caller commits in any case.
    """
    dialect = connection.dialect
    try:
        with errors_of(connection, dialect) as driver:
            if dialect.name == "postgresql":
                ready = [write.ready(dialect, touching=commit) for write in waiting]
                touched = _wire(connection).touched(
                    [(form.positional, values) for form, values in ready], commit=commit
                )
            else:
                touched = _one_by_one(driver, dialect, waiting)
    except IntegrityError as error:
        explained = (write.broken(error) for write in waiting if write.broken is not None)
        meant = next((meaning for meaning in explained if meaning is not None), None)
        if meant is None:
            raise
        raise meant from None
    except DataError as error:
        missed = [write.missed for write in waiting if write.missed is not None]
        if not (commit and missed and getattr(error.orig, "sqlstate", "") == _DIVISION_BY_ZERO):
            raise
        raise missed[0] from None
    for write, count in zip(waiting, touched, strict=True):
        write.check(count)


def _one_by_one(driver: Any, dialect: Dialect, waiting: Sequence[Waiting]) -> list[int]:
    cursor = driver.cursor()
    touched = []
    try:
        for write in waiting:
            form, values = write.ready(dialect)
            cursor.execute(form.sql, values)
            touched.append(int(cursor.rowcount))
    finally:
        cursor.close()
    return touched


def send_many(
    connection: Connection, statement: Write | Insertion, values: Sequence[Values]
) -> None:
    """Send one write for many values, new rows by COPY to PostgreSQL."""
    dialect = connection.dialect
    postgresql = dialect.name == "postgresql"
    with errors_of(connection, dialect) as driver:
        if isinstance(statement, Insertion):
            if postgresql:
                _copy(driver, dialect, statement, values)
                return
            form = statement.form(dialect, 1)
        else:
            form = statement.form(dialect)
        rows = [form.parameters(row, dialect) for row in values]
        if postgresql:
            _wire(connection).touched([(form.positional, row) for row in rows])
            return
        cursor = driver.cursor()
        try:
            cursor.executemany(form.sql, rows)
        finally:
            cursor.close()


def _copy(driver: Any, dialect: Dialect, insertion: Insertion, rows: Sequence[Values]) -> None:
    from psycopg.sql import SQL, Identifier

    columns = [(column.name, _for_copy(column.type, dialect)) for column in insertion.table.columns]
    names = SQL(", ").join(Identifier(name) for name, _ in columns)
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(insertion.table.name), names)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(
                [row[name] if convert is None else convert(row[name]) for name, convert in columns]
            )


def _for_copy(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What COPY takes for a value of a column; None: the value itself."""
    if isinstance(kind, JSON):
        optional = kind.none_as_null
        return lambda value: None if optional and value is None else to_json(value)
    if isinstance(kind, TypeDecorator):
        return lambda value: kind.process_bind_param(value, dialect)
    return None


# --- errors --------------------------------------------------------------------------------------

_ERRORS = {
    kind.__name__: kind
    for kind in (
        exc.DataError,
        exc.DatabaseError,
        exc.IntegrityError,
        exc.InterfaceError,
        exc.InternalError,
        exc.NotSupportedError,
        exc.OperationalError,
        exc.ProgrammingError,
    )
}
"""The errors that every driver has (PEP 249), as SQLAlchemy names them."""


@contextmanager
def errors_of(connection: Connection | PoolProxiedConnection, dialect: Dialect) -> Iterator[Any]:
    """The connection of the driver; its errors are raised as SQLAlchemy's."""
    proxied = connection.connection if isinstance(connection, Connection) else connection
    driver: Any = proxied.dbapi_connection
    try:
        yield driver
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, driver, None)
        if lost:  # it is not used again
            connection.invalidate(error)
        raise _kind_of(error)(
            None, None, error, hide_parameters=True, connection_invalidated=lost
        ) from error
    except BaseException as error:
        if getattr(driver, "closed", False):  # it was interrupted amid a conversation
            connection.invalidate(error)
        raise


def _kind_of(error: BaseException) -> type[DBAPIError]:
    for kind in type(error).__mro__:
        if kind.__name__ in _ERRORS:
            return _ERRORS[kind.__name__]
    return DBAPIError
