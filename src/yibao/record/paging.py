"""Lists in pages: each page costs the same, however long the list is.

A page begins after the key of the last row of the one before it, which an index finds.  A
cursor is that key in writing, signed, so that it fits the list and the person it was made for.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, literal, tuple_

from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.errors import InputError
from yibao.messages import message

MOST_ROWS = 100
FEW_ROWS = 20
_SIGNATURE = 32

Key = tuple[Any, ...]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, the newest first, and where the next page begins."""

    rows: tuple[Row, ...]
    after: Key | None
    """The key after which the next page begins; None: this was the last one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page somebody asks for."""

    after: Key | None = None
    most: int = FEW_ROWS

    def __post_init__(self) -> None:
        if not 1 <= self.most <= MOST_ROWS:
            raise InputError(message("一页 1 到 {most} 行", most=MOST_ROWS), place="limit")


def read_page(
    unit: Unit,
    query: Select[Any],
    columns: Sequence[ColumnElement[Any]],
    asked: Asked,
    make: Callable[[Any], Row],
) -> Page[Row]:
    """One page of a query in falling order of ``columns``, which an index has to hold."""
    rows, after = read_rows(unit, query, columns, asked)
    return Page(tuple(make(row) for row in rows), after)


def read_rows(
    unit: Unit, query: Select[Any], columns: Sequence[ColumnElement[Any]], asked: Asked
) -> tuple[list[Any], Key | None]:
    """:func:`read_page` for what needs all rows of the page at once."""
    one_more = list(unit.run(page_query(query, columns, asked)))
    rows = one_more[: asked.most]
    more = len(one_more) > asked.most
    names = [column.key for column in columns]
    return rows, tuple(getattr(rows[-1], str(name)) for name in names) if more else None


def page_query(
    query: Select[Any], columns: Sequence[ColumnElement[Any]], asked: Asked
) -> Select[Any]:
    """The statement of a page: one row more than asked for says whether there is another."""
    if asked.after is not None:
        marks = [
            literal(value, column.type) for value, column in zip(asked.after, columns, strict=True)
        ]
        query = query.where(
            tuple_(*columns) < tuple_(*marks) if len(columns) > 1 else columns[0] < marks[0]
        )
    return query.order_by(*(column.desc() for column in columns)).limit(asked.most + 1)


# --- cursors ---


def cursor_text(secrets: Secrets, listing: str, person_id: str, key: Key | None) -> str | None:
    """The key of a page in writing; None where there is no further page."""
    if key is None:
        return None
    body = base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")
    return f"{body}.{_signature(secrets, listing, person_id, body)}"


def cursor_key(secrets: Secrets, listing: str, person_id: str, text: str) -> Key:
    """What :func:`cursor_text` wrote; ``InputError`` for anything else."""
    body, _, signature = text.partition(".")
    expected = _signature(secrets, listing, person_id, body)
    try:
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise ValueError
        key = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error):
        raise InputError(
            message("这不是这个列表给出的游标，请从第一页开始"), place="cursor"
        ) from None
    return tuple(key)


def _signature(secrets: Secrets, listing: str, person_id: str, body: str) -> str:
    return secrets.lasting_hash(f"cursor:{listing}:{person_id}:{body}")[:_SIGNATURE]
