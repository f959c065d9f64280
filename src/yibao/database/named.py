"""Values as documents hold them: by name, so that what is added later reads what is old.

A field that stands at its default is left out, and one that a document does not name reads
as its default: a class may grow fields that have one without touching what is stored.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec

Value = TypeVar("Value")
Named = dict[str, Any]
Kind = Any
"""A dataclass."""


@cache
def _fields(kind: Kind) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))


def named(value: Any, without: Sequence[str] = ()) -> Named:
    """The fields of a dataclass by name, in their order; ``without`` these.

    Tuples of dataclasses become lists of such documents.
    """
    document = {}
    kind: Kind = type(value)
    for name, default in _fields(kind):
        if name in without:
            continue
        content = getattr(value, name)
        if default is dataclasses.MISSING or content != default:
            if isinstance(content, tuple) and content and dataclasses.is_dataclass(content[0]):
                content = [named(part) for part in content]
            document[name] = content
    return document


def struct_of(
    kind: Kind, without: Sequence[str] = (), more: Sequence[tuple[Any, ...]] = ()
) -> type[Any]:
    """What msgspec reads the document of a dataclass into; ``more``: fields beside its own."""
    hints = _hints(kind)
    fields = [
        (name, hints[name]) if default is dataclasses.MISSING else (name, hints[name], default)
        for name, default in _fields(kind)
        if name not in without
    ]
    return msgspec.defstruct(kind.__name__, [*more, *fields], kw_only=True)


def fields_of(struct: Any) -> Named:
    """The fields of a struct as keyword arguments."""
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def typed(values: Mapping[str, Any], kind: Kind) -> Named:
    """Values of columns and documents as the fields of a dataclass have them."""
    hints = _hints(kind)
    return {name: msgspec.convert(value, hints[name]) for name, value in values.items()}


@cache
def _hints(kind: Kind) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def columns(values: Sequence[Any]) -> Named:
    """Many values of one dataclass: each field once, with one value where all are the same.

    ``count`` says how many there are.
    """
    table: Named = {"count": len(values)}
    kind: Kind = type(values[0])
    for name, default in _fields(kind):
        column = [getattr(value, name) for value in values]
        if column.count(column[0]) == len(column):
            if default is dataclasses.MISSING or column[0] != default:
                table[name] = column[:1]
        else:
            table[name] = column
    return table


def values_of(table: Mapping[str, Any], kind: type[Value]) -> list[Value]:
    """The values that :func:`columns` wrote; days and the like are read by their types."""
    count = table["count"]
    table_columns = []
    readers: Any = _readers
    for name, read in readers(kind):
        column = table.get(name)
        if column is not None:
            read_column = column if read is None else [read(item) for item in column]
            table_columns.append(
                (name, read_column * count if len(read_column) < count else read_column)
            )
    names = [name for name, _ in table_columns]
    return [
        kind(**dict(zip(names, row, strict=True)))
        for row in zip(*(column for _, column in table_columns), strict=True)
    ]


@cache
def _readers(kind: Kind) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """How the JSON of each field is read; None: as it stands."""
    hints = _hints(kind)
    plain = (int, str, bool, type(None))

    def reader(hint: Any) -> Callable[[Any], Any] | None:
        parts = typing.get_args(hint) or (hint,)
        if all(part in plain for part in parts):
            return None
        return lambda item: msgspec.convert(item, hint)

    return tuple((name, reader(hints[name])) for name, _ in _fields(kind))
