"""The quick way to check a row: in one pass, as nearly every row is written.

It takes a row of which nothing has to be said: declared names as the table writes them,
plain values, forms that hold, codes of their tables, nothing missing that is needed.  Of such a
row it gives exactly what the long way (``checking``) gives.  Of any other it gives None, and the
long way, which alone knows the words, goes over the row from its beginning.  What holds is asked
of the same functions (``values``); the order of the looks alone is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from yibao.gateway.errors import MessageError
from yibao.gateway.fields import FieldNode, NodeField
from yibao.gateway.message import Row
from yibao.gateway.reading import scalar_text
from yibao.gateway.values import day, instant, plain_number

_NUMBER, _TEXT, _DAY, _INSTANT = range(4)
_FORMS = {"num": _NUMBER, "date": _DAY, "datetime": _INSTANT}

_SPOKEN_OF = (bool, dict, list)
"""What may stand for a value, and is looked at closely."""


class _Column(NamedTuple):
    """How the values of a field are looked at."""

    form: int
    size: int
    """Of a number its decimals, of a text its most characters (0: any)."""
    codes: Mapping[str, Any] | None


class QuickRows(NamedTuple):
    """What the rows of a node are read by."""

    columns: Mapping[str, _Column]
    needed: tuple[NodeField, ...]
    """What a message without it is refused for."""
    marked: tuple[NodeField, ...]
    """What only the document marks: told of once for all rows."""

    def row(self, cells: Mapping[str, Any]) -> Row | None:
        """The row of these cells; None: go the long way."""
        row: Row = {}
        columns = self.columns
        for name, value in cells.items():
            column = columns.get(name)
            if column is None or isinstance(value, _SPOKEN_OF):
                return None
            text = row[name] = scalar_text(value)
            if text is None:
                continue
            form, size, codes = column
            if form == _TEXT:
                if len(text) > size > 0:
                    return None
            elif form == _NUMBER:
                if plain_number(text, size) is None:
                    return None
            else:
                try:
                    (day if form == _DAY else instant)(text, "")
                except MessageError:
                    return None
            if codes is not None and text not in codes:
                return None
        for field in self.needed:
            if row.get(field.name) is None and row.get(field.instead) is None:
                return None
        return row


@cache
def quick_of(node: FieldNode) -> QuickRows:
    """The quick way of a node, made once."""
    return QuickRows(
        {
            expected.field.name: _Column(
                _FORMS.get(expected.field.type, _TEXT),
                expected.places if expected.number else expected.longest,
                None if expected.codes is None else expected.codes["codes"],
            )
            for expected in node.expected
        },
        tuple(expected.field for expected in node.expected if expected.field.why),
        tuple(
            expected.field
            for expected in node.expected
            if expected.field.marked and not expected.field.why
        ),
    )
