"""Constant statements of the hot paths: compiled once for each database, sent by its driver.

A statement that is built or compiled for every call costs several times what the database
takes to answer it.  These stand in a module, with a typed ``bindparam`` wherever a value
goes; values are converted as SQLAlchemy would.  :meth:`yibao.database.unit.Unit.run` sends
them like any other statement.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Insert,
    LargeBinary,
    Select,
    Table,
    Update,
    bindparam,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import visitors
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from yibao.database.positional import Positional
from yibao.database.sealed import Sealed

RowOf = Callable[[Any, Dialect], Any]
Values = Mapping[str, Any]

_PLACE = re.compile(r"%\((\w+)\)s(?=(::\w+)?)|%%")
"""Where a value goes in a statement for the driver, and as what; a per cent sign is doubled."""
_BYTES, _AS_FITS = 17, 0
"""PostgreSQL's number of the type of bytes; of none: what the statement says it is."""


class StatementForm:
    """A statement as one database takes it."""

    def __init__(
        self,
        statement: Select[Any] | Insert | Update | Delete,
        types: Mapping[str, TypeEngine[Any]],
        dialect: Dialect,
    ) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        if set(compiled.params) != set(types):
            raise AssertionError(f"a prepared statement takes named values only: {self.sql}")
        self._of_bytes = {name for name, type_ in types.items() if _is_bytes(type_, dialect)}
        self._sealed = [(name, type_) for name, type_ in types.items() if isinstance(type_, Sealed)]
        self._converters = [
            (name, convert)
            for name, type_ in types.items()
            if not isinstance(type_, Sealed)
            and (convert := type_.dialect_impl(dialect).bind_processor(dialect)) is not None
        ]

    @cached_property
    def positional(self) -> Positional:
        """The statement for PostgreSQL without its driver."""
        places: dict[tuple[str, str | None], int] = {}

        def numbered_place(place: re.Match[str]) -> str:
            name, cast = place.groups()
            if name is None:
                return "%"
            return f"${places.setdefault((name, cast), len(places) + 1)}"

        sql = _PLACE.sub(numbered_place, self.sql).encode()
        names = tuple(name for name, _ in places)
        kinds = (_BYTES if name in self._of_bytes else _AS_FITS for name in names)
        return Positional(sql, names, tuple(kinds))

    def parameters(self, values: Values, dialect: Dialect) -> Values:
        """Values as the driver takes them; more than the statement asks for do no harm.

        ``dialect``: of the store they go to, whose key encrypts what has to be.
        """
        if not self._converters and not self._sealed:
            return values
        parameters = dict(values)
        for name, convert in self._converters:
            parameters[name] = convert(parameters[name])
        for name, type_ in self._sealed:
            parameters[name] = type_.process_bind_param(parameters[name], dialect)
        return parameters


class Query:
    """A statement that gives rows: a ``SELECT``, or a write that returns what it wrote."""

    def __init__(
        self,
        statement: Select[Any] | Insert | Update | Delete,
        types: Mapping[str, TypeEngine[Any]] | None = None,
    ) -> None:
        """``types``: of its values by name, where they stand in rows that nobody can look into."""
        self._statement = statement
        self._types = _types_of(statement) if types is None else types
        self.is_dml = statement.is_dml
        """Whether it is a write that returns."""
        self._forms: dict[str, tuple[StatementForm, RowOf]] = {}

    def form(self, dialect: Dialect) -> tuple[StatementForm, RowOf]:
        """What to send, and what makes a row of what comes back."""
        prepared = self._forms.get(dialect.name)
        if prepared is None:
            columns = list(self._statement.exported_columns)
            prepared = (
                StatementForm(self._statement, self._types, dialect),
                _row_maker(columns, dialect),
            )
            self._forms[dialect.name] = prepared
        return prepared


class Write:
    """An update or a deletion that gives nothing back.

    ``key``: the values that say which row it replaces; of two with the same key that wait
    together the later is the whole of it.  Without one every single one counts.
    """

    def __init__(self, statement: Update | Delete, key: Sequence[str] = ()) -> None:
        self._statement = statement
        self._types = _types_of(statement)
        self.key = tuple(key)
        if not set(self.key) <= set(self._types):
            raise AssertionError(f"no such values: {self.key}")
        self._forms: dict[str, StatementForm] = {}
        self._touching: StatementForm | None = None

    def form(self, dialect: Dialect) -> StatementForm:
        """What to send."""
        prepared = self._forms.get(dialect.name)
        if prepared is None:
            prepared = self._forms[dialect.name] = StatementForm(
                self._statement, self._types, dialect
            )
        return prepared

    def touching(self, dialect: Dialect) -> StatementForm:
        """The same for PostgreSQL as a statement that fails where it touches no row."""
        if self._touching is None:
            changed = self._statement.returning(literal_column("1").label("row")).cte("touched")
            asked: Select[Any] = select(literal_column("1 / count(*)")).select_from(changed)
            self._touching = StatementForm(asked, self._types, dialect)
        return self._touching

    def to_send(self, values: Sequence[Values]) -> Sequence[Values]:
        """What is left to send of values that wait together: the last of each key."""
        if not self.key:
            return values
        return list({tuple(row[name] for name in self.key): row for row in values}.values())


class Insertion:
    """New rows of a table, every column given; several rows go as one statement."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._forms: dict[tuple[str, int], StatementForm] = {}

    def form(self, dialect: Dialect, count: int) -> StatementForm:
        """What to send for so many rows."""
        prepared = self._forms.get((dialect.name, count))
        if prepared is None:
            rows = insertion_places(self.table, count)
            statement = insert(self.table).values(rows[0] if count == 1 else rows)
            prepared = self._forms[dialect.name, count] = StatementForm(
                statement, types_of_places(rows), dialect
            )
        return prepared

    def to_send(self, values: Sequence[Values]) -> Sequence[Values]:
        """Every row."""
        return values

    @staticmethod
    def values(rows: Sequence[Values]) -> Values:
        """The values of so many rows for :meth:`form`."""
        if len(rows) == 1:
            return rows[0]
        return {
            _place(column, number): value
            for number, row in enumerate(rows)
            for column, value in row.items()
        }


def columns_of(table: Table) -> dict[str, BindParameter[Any]]:
    """A place for every column of a new row, by its name."""
    return {column.name: bindparam(column.name, type_=column.type) for column in table.columns}


def insertion_places(table: Table, count: int) -> list[dict[str, BindParameter[Any]]]:
    """Places for the columns of so many new rows; their values: :meth:`Insertion.values`."""
    return [
        {
            column.name: bindparam(_place(column.name, number), type_=column.type)
            for column in table.columns
        }
        for number in range(count)
    ]


def types_of_places(rows: Iterable[Mapping[str, BindParameter[Any]]]) -> dict[str, TypeEngine[Any]]:
    """The types of what :func:`insertion_places` gave, by the names of the values."""
    return {place.key: place.type for row in rows for place in row.values()}


def adding(table: Table, count: int, *, postgresql: bool, giving: str) -> Query:
    """Write so many rows but those that are there; the column ``giving`` of those that were not.

    The values: :meth:`Insertion.values`.
    """
    make = insert_postgresql if postgresql else insert_sqlite
    rows = insertion_places(table, count)
    statement = make(table).values(rows).on_conflict_do_nothing()
    return Query(statement.returning(table.columns[giving]), types_of_places(rows))


def placeholders(count: int, kind: Any) -> list[BindParameter[Any]]:
    """Places for so many values of one kind; see :func:`numbered`."""
    return [bindparam(f"at{position}", type_=kind) for position in range(count)]


def numbered(values: Iterable[Any]) -> dict[str, Any]:
    """Values for :func:`placeholders`."""
    return {f"at{position}": value for position, value in enumerate(values)}


def _place(column: str, number: int) -> str:
    return f"{column}_{number}" if number else column


def _is_bytes(type_: TypeEngine[Any], dialect: Dialect) -> bool:
    stored = type_.dialect_impl(dialect)
    while isinstance(stored, TypeDecorator):
        stored = stored.impl_instance
    return isinstance(stored, LargeBinary)


def _types_of(
    statement: Select[Any] | Insert | Update | Delete,
) -> dict[str, TypeEngine[Any]]:
    """The types of the values that a statement takes, by name."""
    types: dict[str, TypeEngine[Any]] = {}
    for element in visitors.iterate(statement):
        if isinstance(element, BindParameter):
            if isinstance(element.type, NullType):
                raise AssertionError(f"the value {element.key} of a prepared statement has no type")
            types[element.key] = element.type
    return types


def _row_maker(columns: Sequence[ColumnElement[Any]], dialect: Dialect) -> RowOf:
    shape: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
    sealed = [
        (position, column.type)
        for position, column in enumerate(columns)
        if isinstance(column.type, Sealed)
    ]
    converters = [
        (position, convert)
        for position, column in enumerate(columns)
        if not isinstance(column.type, Sealed)
        and (convert := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]

    def row_of(values: Any, of_store: Dialect) -> Any:
        if converters or sealed:
            values = list(values)
            for position, convert in converters:
                values[position] = convert(values[position])
            for position, type_ in sealed:
                values[position] = type_.process_result_value(values[position], of_store)
        return shape(*values)

    return row_of
