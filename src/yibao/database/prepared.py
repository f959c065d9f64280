"""Statements of the hot paths: compiled once by SQLAlchemy, then sent by the driver itself.

A statement that is built or compiled for every call costs several times what the database
takes to answer it.  A :class:`Prepared` statement is a constant of a module, with
``bindparam`` wherever a value goes; types are converted as SQLAlchemy would.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Insert,
    PoolProxiedConnection,
    Select,
    Update,
    bindparam,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError

Convert = Callable[[Any], Any]
Statement = Select[Any] | Insert | Update | Delete
Split = Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]


class _Compiled:
    """A statement for one dialect."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.fixed = dict(compiled.params)
        self.order = tuple(compiled.positiontup or ())
        self.converters: dict[str, Convert] = {}
        for bound, name in compiled.bind_names.items():
            convert = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                self.converters[name] = convert
        self.row: Convert | None = None
        columns = list(statement.exported_columns)
        if columns:
            self.row = _row_maker(columns, dialect)

    def rows(self, driver: Any, given: Mapping[str, Any]) -> list[Any]:
        """Run it on a connection of the driver and take its rows."""
        assert self.row is not None
        cursor = driver.cursor()
        try:
            cursor.execute(self.sql, self.values(given))
            return [self.row(row) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def values(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        values = {**self.fixed, **given}
        for name, convert in self.converters.items():
            values[name] = convert(values[name])
        return tuple(values[name] for name in self.order) if self.order else values


def _row_maker(columns: Sequence[ColumnElement[Any]], dialect: Dialect) -> Convert:
    shape: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
    make: Convert = shape._make
    converters = [
        (position, convert)
        for position, column in enumerate(columns)
        if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    if not converters:
        return make

    def converted(row: Any) -> Any:
        values = list(row)
        for position, convert in converters:
            values[position] = convert(values[position])
        return make(values)

    return converted


class Prepared:
    """A constant statement of a module."""

    def __init__(self, statement: Statement, split: Split | None = None) -> None:
        self.statement = statement
        self.split = split
        """The rows of a table that an ``INSERT`` of several rows writes, from its values."""
        self._compiled: dict[str, _Compiled] = {}

    def compiled(self, dialect: Dialect) -> _Compiled:
        """The statement as a database takes it."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self.statement, dialect)
        return found

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[Any]:
        """Run a ``SELECT``, or a write that returns; its rows, columns by name."""
        compiled = self.compiled(connection.dialect)
        driver: Any = connection.connection.dbapi_connection
        try:
            return compiled.rows(driver, given)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection.dialect, driver, error, connection) from error

    def rows_alone(self, engine: Engine, given: Mapping[str, Any]) -> list[Any]:
        """:meth:`rows` of a ``SELECT`` that needs no transaction around it."""
        held = engine.raw_connection()
        driver: Any = held.dbapi_connection
        try:
            return self.compiled(engine.dialect).rows(driver, given)
        except engine.dialect.loaded_dbapi.Error as error:
            raise _wrapped(engine.dialect, driver, error, held) from error
        finally:
            held.close()

    def run(self, connection: Connection, given: Mapping[str, Any]) -> int:
        """Run anything else; how many rows it touched."""
        compiled = self.compiled(connection.dialect)
        driver: Any = connection.connection.dbapi_connection
        cursor = driver.cursor()
        try:
            cursor.execute(compiled.sql, compiled.values(given))
            return int(cursor.rowcount)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection.dialect, driver, error, connection) from error
        finally:
            cursor.close()

    def run_many(self, connection: Connection, given: Iterable[Mapping[str, Any]]) -> None:
        """Run a write for many values, one after the other."""
        compiled = self.compiled(connection.dialect)
        values = [compiled.values(one) for one in given]
        with errors_of(connection):
            cursor = connection.connection.cursor()
            cursor.executemany(compiled.sql, values)
            cursor.close()


def placeholders(count: int, kind: Any) -> list[BindParameter[Any]]:
    """Places for so many values of one kind; see :func:`numbered`."""
    return [bindparam(f"at{position}", type_=kind) for position in range(count)]


def numbered(values: Iterable[Any]) -> dict[str, Any]:
    """Values for :func:`placeholders`."""
    return {f"at{position}": value for position, value in enumerate(values)}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A write that is sent with others."""

    statement: Prepared
    values: Mapping[str, Any]
    missed: Exception | None
    """Raised where it touched no row."""
    broken: Callable[[IntegrityError], Exception | None]
    """What a broken constraint means, if it is one of this write's own."""


def send_together(
    connection: Connection, waiting: Sequence[Waiting], *, commit: bool = False
) -> None:
    """Send writes in their order; PostgreSQL gets them all at once and answers once.

    ``commit``: the commit goes with them to PostgreSQL; the caller commits in any case.
    """
    try:
        _send(connection, waiting, commit)
    except IntegrityError as error:
        meant = (one.broken(error) for one in waiting)
        found = next((one for one in meant if one is not None), None)
        if found is None:
            raise
        raise found from None


def _send(connection: Connection, waiting: Sequence[Waiting], commit: bool) -> None:
    dialect = connection.dialect
    if dialect.name != "postgresql" or (len(waiting) == 1 and not commit):
        for one in waiting:
            _require(one, one.statement.run(connection, one.values))
        return
    driver: Any = connection.connection.dbapi_connection
    cursors = []
    try:
        with driver.pipeline():
            for one in waiting:
                compiled = one.statement.compiled(dialect)
                cursor = driver.cursor()
                cursors.append(cursor)
                cursor.execute(compiled.sql, compiled.values(one.values))
            if commit:
                driver.commit()
    except dialect.loaded_dbapi.Error as error:
        raise _wrapped(dialect, driver, error, connection) from error
    for one, cursor in zip(waiting, cursors, strict=True):
        _require(one, cursor.rowcount)
        cursor.close()


def _require(one: Waiting, touched: int) -> None:
    if touched == 0 and one.missed is not None:
        raise one.missed


@contextmanager
def errors_of(connection: Connection) -> Iterator[None]:
    """Errors of the driver as SQLAlchemy wraps them."""
    dialect: Any = connection.dialect
    driver: Any = connection.connection.dbapi_connection
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        raise _wrapped(dialect, driver, error, connection) from error


def _wrapped(
    dialect: Any, driver: Any, error: Any, held: Connection | PoolProxiedConnection
) -> DBAPIError:
    """An error of the driver as SQLAlchemy wraps it; a connection that went is not used again."""
    lost = dialect.is_disconnect(error, driver, None)
    if lost:
        held.invalidate(error)
    made = DBAPIError.instance(
        None,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    assert isinstance(made, DBAPIError)
    return made
