"""Rows that an audit chain vouches for, and what a unit writes of them as an event keeps it.

A table of money, right or role is declared with :func:`tied`.  Whatever a unit writes there
is noted by its hash for the chain that it belongs to, and the event of the same unit takes the
note along: a row that is changed, added or taken away by anybody else no longer agrees with
its chain.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Column, LargeBinary, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from yibao.database.schema import whole_schema

_TIED = "tied"
_HASH_BYTES = 9
HASH_LENGTH = 12
"""Characters of the hash of a row: enough that no other row can be made to fit."""

Rows = dict[str, dict[str, str | None]]
"""table → key → hash, None: deleted."""


@dataclass(frozen=True, slots=True)
class Tie:
    """How the rows of a table hang on a chain."""

    owner: str
    """The column that says whose they are."""
    prefix: str = ""
    """Before it, in the name of the chain."""
    together: str | None = None
    """Rows with the same value in this column are written at once and are one note."""
    once: str = ""
    """Rows are written once and never changed: the event keeps their hashes alone, each after
    this letter."""
    loose: bool = False
    """Some rows are written without an event, and stand for nobody's money or right."""
    leaving_out: frozenset[str] = frozenset()
    """Columns that are encrypted, and change with the key: what they hold vouches for itself."""

    def chain(self, row: Mapping[str, Any]) -> str:
        """The chain that a row belongs to."""
        return f"{self.prefix}{row[self.owner]}"


def tied(
    table: Table,
    owner: str = "person_id",
    *,
    prefix: str = "",
    together: str | None = None,
    once: str = "",
    loose: bool = False,
    leaving_out: Iterable[str] = (),
) -> Table:
    """Declare that every row of ``table`` is written with an event of its owner's chain."""
    table.info[_TIED] = Tie(owner, prefix, together, once, loose, frozenset(leaving_out))
    return table


def tie_of(table: object) -> Tie | None:
    """How a table is tied; None where it is not."""
    return table.info.get(_TIED) if isinstance(table, Table) else None


def tied_tables() -> list[tuple[Table, Tie]]:
    """Every tied table of the schema, by name."""
    return [
        (table, tie)
        for _, table in sorted(whole_schema().tables.items())
        if (tie := tie_of(table)) is not None
    ]


def short_hash(content: Any) -> str:
    """The hash of some content as events keep it."""
    encoded = msgspec.json.encode(content, order="sorted")
    return base64.urlsafe_b64encode(hashlib.sha256(encoded).digest()[:_HASH_BYTES]).decode()


def rows_hash(table: Table, tie: Tie, rows: Iterable[Mapping[str, Any]]) -> str:
    """The hash of rows as they stand in the table; a column without a value is not named."""
    columns = _hashed_columns(table, tie)
    content: list[Any] = [_name_of(table)]
    for row in rows:
        named = {}
        for name, plain in columns:
            value = row[name]
            if value is not None:
                named[name] = value if plain is None else plain(value)
        content.append(named)
    return short_hash(content)


Plain = Callable[[Any], Any]
"""Makes a value the same whether it is about to be written or was read."""


def _digits(value: bytes | memoryview) -> str:
    return bytes(value).hex()


def _plain(column: Column[Any]) -> Plain | None:
    stored_value: Plain | None = getattr(column.type, "stored_value", None)
    if stored_value is not None:
        return stored_value
    return _digits if isinstance(column.type, LargeBinary) else None


@cache
def _hashed_columns(table: Table, tie: Tie) -> list[tuple[str, Plain | None]]:
    return [
        (str.__str__(column.name), _plain(column))
        for column in table.columns
        if column.name not in tie.leaving_out
    ]


@cache
def _key_columns(table: Table, tie: Tie) -> list[tuple[str, Plain]]:
    return [
        (str.__str__(column.name), _plain(column) or str)
        for column in table.primary_key.columns
        if column.name != tie.owner
    ]


@cache
def _name_of(table: Table) -> str:
    """As plain text, which SQLAlchemy's own is not always."""
    return str.__str__(table.name)


def row_key(table: Table, tie: Tie, row: Mapping[str, Any]) -> str:
    """What tells a row from the others of its chain, as text."""
    return "/".join(str(plain(row[name])) for name, plain in _key_columns(table, tie))


def whole_row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """A new row as it will stand in the table: what is not told is null or its default."""
    return {
        str.__str__(column.name): (
            values[column.name] if column.name in values else _default(column)
        )
        for column in table.columns
    }


def _default(column: Column[Any]) -> Any:
    default = column.default
    return default.arg if isinstance(default, ScalarElementColumnDefault) else None


@dataclass(slots=True)
class WrittenRows:
    """What was written of one chain since its last event."""

    written: list[str] = field(default_factory=list)
    """Hashes of rows that are written once."""
    rows: Rows = field(default_factory=dict)

    def with_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """The content of an event with the note."""
        noted = dict(content)
        if self.written:
            noted["written"] = "".join(self.written)
        if self.rows:
            noted["rows"] = self.rows
        return noted


class Notes:
    """What a unit has written of tied tables, by chain."""

    def __init__(self) -> None:
        self._notes: dict[str, WrittenRows] = {}

    def add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows that now stand in a table, each with every column."""
        tie = tie_of(table)
        assert tie is not None
        if tie.together is not None:
            for group in _groups(rows, (tie.owner, tie.together)):
                note = self.of(tie.chain(group[0]))
                note.written.append(tie.once + rows_hash(table, tie, group))
            return
        for row in rows:
            note, hashed = self.of(tie.chain(row)), rows_hash(table, tie, [row])
            if tie.once:
                note.written.append(tie.once + hashed)
            else:
                note.rows.setdefault(_name_of(table), {})[row_key(table, tie, row)] = hashed

    def remove(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows that no longer stand in a table."""
        tie = tie_of(table)
        assert tie is not None
        for row in rows:
            note = self.of(tie.chain(row))
            note.rows.setdefault(_name_of(table), {})[row_key(table, tie, row)] = None

    def of(self, chain: str) -> WrittenRows:
        """The note for a chain."""
        return self._notes.setdefault(chain, WrittenRows())

    def take(self, chain: str) -> WrittenRows:
        """The note for a chain, which begins anew."""
        return self._notes.pop(chain, WrittenRows())

    def clear(self) -> None:
        """Forget everything: it was rolled back."""
        self._notes.clear()


def _groups(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> list[list[Mapping[str, Any]]]:
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in columns), []).append(row)
    return list(groups.values())
