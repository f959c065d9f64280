"""Statements of the hot paths: compiled once by SQLAlchemy, then sent by the driver itself.

A statement that is built or compiled for every call costs several times what the database
takes to answer it.  A :class:`Prepared` statement is a constant of a module, with
``bindparam`` wherever a value goes; types are converted as SQLAlchemy would.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Convert = Callable[[Any], Any]
Statement = Select[Any] | Insert | Update | Delete


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
        if isinstance(statement, Select):
            self.row = _row_maker(statement, dialect)

    def values(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        values = {**self.fixed, **given}
        for name, convert in self.converters.items():
            values[name] = convert(values[name])
        return tuple(values[name] for name in self.order) if self.order else values


def _row_maker(statement: Select[Any], dialect: Dialect) -> Convert:
    columns = list(statement.selected_columns)
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

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def _for(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return found

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[Any]:
        """Run a ``SELECT``; its rows, columns by name."""
        compiled = self._for(connection)
        assert compiled.row is not None
        cursor = _execute(connection, compiled, compiled.values(given))
        try:
            return [compiled.row(row) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def run(self, connection: Connection, given: Mapping[str, Any]) -> int:
        """Run anything else; how many rows it touched."""
        compiled = self._for(connection)
        cursor = _execute(connection, compiled, compiled.values(given))
        try:
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def run_many(self, connection: Connection, given: Sequence[Mapping[str, Any]]) -> None:
        """Run for several rows together."""
        compiled = self._for(connection)
        values = [compiled.values(one) for one in given]
        _execute(connection, compiled, values, many=True).close()


def _execute(
    connection: Connection, compiled: _Compiled, values: Any, *, many: bool = False
) -> Any:
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(compiled.sql, values)
    except Exception as error:
        cursor.close()
        dialect: Any = connection.dialect
        if not isinstance(error, dialect.loaded_dbapi.Error):
            raise
        lost = dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            compiled.sql,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        ) from error
    return cursor
