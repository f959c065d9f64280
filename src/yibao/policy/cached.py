"""A compiled rulebook as the cache holds it: a start compiles nothing, and unpacks what it asks."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, overload

from yibao.policy.citation import Citation
from yibao.policy.layout import Layout
from yibao.policy.rulebook import Rulebook

_NUMBER = "q"
_SIZE = 8


class _Rows(Sequence[tuple[int, ...]]):
    """Rows of equal length, made into tuples one by one."""

    def __init__(self, packed: bytes, width: int) -> None:
        self._packed = packed
        self._width = width
        self._rows: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._packed) // (self._width * _SIZE) if self._width else 0

    @overload
    def __getitem__(self, index: int) -> tuple[int, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[int, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, ...] | list[tuple[int, ...]]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        number = range(len(self))[index]
        row = self._rows.get(number)
        if row is None:
            start = number * self._width * _SIZE
            row = tuple(array(_NUMBER, self._packed[start : start + self._width * _SIZE]))
            self._rows[number] = row
        return row

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return (self[number] for number in range(len(self)))


class _Citations(Sequence[Citation]):
    """Citations, made from plain rows one by one."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Citation: ...
    @overload
    def __getitem__(self, index: slice) -> list[Citation]: ...
    def __getitem__(self, index: int | slice) -> Citation | list[Citation]:
        if isinstance(index, slice):
            return [Citation._make(row) for row in self._rows[index]]
        return Citation._make(self._rows[index])


def _packed(rows: Sequence[tuple[int, ...]]) -> bytes:
    return b"".join(array(_NUMBER, row).tobytes() for row in rows)


def pack_rulebook(rulebook: Rulebook) -> dict[str, Any]:
    """What the cache holds: plain values only."""
    return {
        "area": rulebook.area,
        "known_on": rulebook.known_on,
        "slots": {str(key): tuple(map(str, slots)) for key, slots in rulebook.layout.slots.items()},
        "days": rulebook.days,
        "width": len(rulebook.layout.defaults),
        "rules": _packed(rulebook.segments),
        "cells": _packed(rulebook.cells),
        "citations": [tuple(citation) for citation in rulebook.citations],
        "groups": dict(rulebook.group_names),
        "diseases": dict(rulebook.disease_names),
        "hash": rulebook.hash,
        "content": json.dumps(rulebook.content(), ensure_ascii=False),
    }


def unpack_rulebook(packed: dict[str, Any]) -> Rulebook:
    """The rulebook of such an entry."""
    return Rulebook(
        area=packed["area"],
        known_on=packed["known_on"],
        layout=Layout(packed["slots"]),
        days=packed["days"],
        segments=_Rows(packed["rules"], packed["width"]),
        cells=_Rows(packed["cells"], packed["width"]),
        citations=_Citations(packed["citations"]),
        group_names=packed["groups"],
        disease_names=packed["diseases"],
        hash=packed["hash"],
        content=lambda: json.loads(packed["content"]),
    )
