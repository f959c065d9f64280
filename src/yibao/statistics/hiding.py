"""Small numbers are not shown, and cannot be worked out from what is.

A cell about fewer people than :func:`least_people` is left out.  Where one row of a split is
left out, another one is too, so that no sum gives it away: at least two, of which one is about
enough people; where there is no such row, the sum itself is left out.  What stands below a row
that is left out is left out with it.  Columns that follow from one another go together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from yibao.errors import InputError
from yibao.messages import message
from yibao.statistics.shapes import ShownRow, StatRow, StatTable

LEAST_VARIABLE = "YIBAO_LEAST_PEOPLE"
_LEAST, _FEWEST, _MOST = 10, 3, 1_000
"""No source names the number: ten is this program's own, and an office may set another."""

_Hidden = dict[int, set[str]]
"""Names of the columns that are left out, by the identity of the row."""


def least_people() -> int:
    """How many people a cell must be about to be shown; ``InputError`` for an unusable setting."""
    text = os.environ.get(LEAST_VARIABLE, "")
    if not text:
        return _LEAST
    if not text.isdecimal() or not _FEWEST <= int(text) <= _MOST:
        raise InputError(
            message(
                "{name} 应是 {fewest} 到 {most} 的整数",
                name=LEAST_VARIABLE,
                fewest=_FEWEST,
                most=_MOST,
            ),
            place=LEAST_VARIABLE,
        )
    return int(text)


def shown_rows(table: StatTable, least: int) -> list[ShownRow]:
    """The rows of a table as they may be read, each below what it is a part of."""
    hidden: _Hidden = {}
    every = list(_walk(table.rows))
    for row in every:
        hidden[id(row)] = {
            name for name, cell in row.cells.items() if 0 < (cell.people or 0) < least
        }
    while _hide_more(every, table, hidden, least):
        pass
    return [line for row in table.rows for line in _lines(row, 0, hidden)]


def _walk(rows: Sequence[StatRow]) -> Iterator[StatRow]:
    for row in rows:
        yield row
        for split in row.splits:
            yield from _walk(split)


def _people(row: StatRow, name: str) -> int:
    return row.cells[name].people or 0


def _hide_more(rows: Sequence[StatRow], table: StatTable, hidden: _Hidden, least: int) -> bool:
    """Leave out what else must be; whether there was anything."""
    before = sum(map(len, hidden.values()))
    for row in rows:
        for group in table.linked:
            if hidden[id(row)].intersection(group):
                hidden[id(row)].update(name for name in group if name in row.cells)
        for split in row.splits:
            for column in table.columns:
                _protect(row, split, column.name, hidden, least)
    return sum(map(len, hidden.values())) > before


def _protect(
    whole: StatRow, split: Sequence[StatRow], name: str, hidden: _Hidden, least: int
) -> None:
    if name not in whole.cells:
        return
    parts = [row for row in split if name in row.cells and _people(row, name)]
    if name in hidden[id(whole)]:
        for row in parts:
            hidden[id(row)].add(name)
        return
    left_out = [row for row in parts if name in hidden[id(row)]]
    if not left_out:
        return
    if len(left_out) > 1 and any(_people(row, name) >= least for row in left_out):
        return
    others = [row for row in parts if name not in hidden[id(row)]]
    if others:
        hidden[id(min(others, key=lambda row: _people(row, name)))].add(name)
    elif len(left_out) == 1:
        hidden[id(whole)].add(name)


def _lines(row: StatRow, depth: int, hidden: _Hidden) -> Iterator[ShownRow]:
    names = hidden[id(row)]
    values = {name: cell.value for name, cell in row.cells.items() if name not in names}
    yield ShownRow(row.label, depth, values, frozenset(names))
    for split in row.splits:
        for part in split:
            yield from _lines(part, depth + 1, hidden)
