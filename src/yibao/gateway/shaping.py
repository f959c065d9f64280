"""Outputs made whole: every field that the tables name for an answer is there.

The interface writes an empty number as 0 and any other empty value as ``""``; fields that
the tables do not name stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec

from yibao.gateway.answers import Output, decimal
from yibao.gateway.fields import FieldNode, NodeField, transactions

_DIGITS = frozenset("0123456789")
_ALSO = {
    "9001": {"result": "signinoutb"},
    "9002": {"signoutoutb": "sign_time", "result": "sign_time"},
    "4101": {"output": "data"},
}
"""Names under which other editions read a node of an answer, and the node."""

Shape = Callable[[Output], Output]


def _empty(field: NodeField) -> Any:
    if field.type == "rows":
        return []
    return decimal(0, field.places) if field.type == "num" else ""


def _of_node(node: FieldNode, nodes: Sequence[FieldNode]) -> Shape:
    empty = {field.name: _empty(field) for field in node.fields.values()}
    numbers = {field.name: field.places for field in node.fields.values() if field.type == "num"}
    inside = [
        (inner.name, _of_node(inner, nodes))
        for inner in nodes
        if inner.inside and inner.inside == node.name
    ]

    def shape(row: Output) -> Output:
        full_row = {**empty, **row}
        for name in numbers.keys() & row.keys():
            if isinstance(row[name], str):
                full_row[name] = _number(row[name], empty[name])
        for name, shape_inner in inside:
            full_row[name] = [shape_inner(inner) for inner in full_row[name]]
        return full_row

    return shape


def _number(text: str, empty: Any) -> Any:
    """What an institution told as text, as the number that the field is."""
    if not text:
        return empty
    plain = text.removeprefix("-").replace(".", "", 1)
    if plain and set(plain) <= _DIGITS and not text.startswith((".", "-.")):
        whole, dot, rest = text.partition(".")
        sign = "-" if whole.startswith("-") else ""
        whole = whole.removeprefix("-").lstrip("0") or "0"
        return msgspec.Raw(f"{sign}{whole}{dot if rest else ''}{rest}".encode())
    return text


@cache
def _shapes(infno: str) -> tuple[tuple[str, bool, Shape], ...]:
    """Name, many, shape of every node of an answer."""
    nodes = transactions()[infno].output
    return tuple((node.name, node.many, _of_node(node, nodes)) for node in nodes if not node.inside)


def shaped_row(infno: str, row: Output, node: str = "") -> Output:
    """A row of a node of an answer, with every field of the node."""
    return next(shape for name, _, shape in _shapes(infno) if name == node)(row)


def shaped(infno: str, output: Output) -> Output:
    """An output with every node and field that the tables name for it."""
    full = dict(output)
    for name, many, shape in _shapes(infno):
        if not name:
            full = shape(full)
            continue
        part = output.get(name)
        if isinstance(part, list):
            full[name] = [shape(row) for row in part]
        elif part is not None or not many:
            full[name] = shape(part or {})
        else:
            full[name] = []
    for name, node in _ALSO.get(infno, {}).items():
        full[name] = full[node]
    return full
