"""A file of an agency, read by the reader of columns: rows of values, some at a time."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yibao.benefit.terms import NO_DAY
from yibao.columns.read.cells import FIRST_STATUS, NONE, BatchFaults, Reader, check_names
from yibao.columns.read.families import ROW
from yibao.columns.read.mapped import RowFault
from yibao.columns.read.mapping import FileMapping
from yibao.columns.read.sources import UTF_8, InputFile
from yibao.columns.schema import Column
from yibao.messages import message
from yibao.policy.days import to_date

ROWS_TOGETHER = 500
"""Rows that are read and written at once; those of one person stay together."""
_FROM_FLAG = {-1: None, 0: False, 1: True}

Values = Mapping[str, Any]
"""By column: text, fen or count, day, or whether; None where the cell is empty."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of the file that every cell can be read of."""

    number: int
    """From 1, without the headings."""
    values: Values


@dataclass(frozen=True, slots=True)
class RowsRead:
    """Some rows in their order, and those that cannot be read."""

    rows: Sequence[SourceRow]
    faults: Sequence[RowFault]


class AgencyFile:
    """One file of an agency under its columns."""

    def __init__(
        self,
        path: Path,
        known: Mapping[str, Column],
        mapping: FileMapping | None = None,
        encoding: str = UTF_8,
    ) -> None:
        self._file = InputFile(path, encoding, known=known, mapping=mapping)
        self.known = known
        check_names(self._file.names, known)

    def read(self, rows: int = ROWS_TOGETHER) -> Iterator[RowsRead]:
        """All rows, about ``rows`` at a time; neighbours of one person are not parted."""
        waiting: list[SourceRow] = []
        told = 0
        for table in self._file.batches(rows):
            for start in range(0, table.num_rows, rows):
                read = self._rows(table.slice(start, rows))
                malformed, told = self._file.malformed[told:], len(self._file.malformed)
                waiting += read.rows
                ready = _before_the_last_person(waiting)
                faults = sorted([*malformed, *read.faults], key=lambda fault: fault.row)
                yield RowsRead(waiting[:ready], faults)
                waiting = waiting[ready:]
        yield RowsRead(waiting, self._file.malformed[told:])

    def shown(self, column: str) -> str:
        """What the file calls a column."""
        return self._file.shown(column)

    def _rows(self, table: Any) -> RowsRead:
        numbers = table.column(ROW).to_pylist()
        faults = BatchFaults(table.num_rows)
        reader = Reader(table.drop_columns([ROW]), self.known, faults)
        columns = {name: self._values(reader, column) for name, column in self.known.items()}
        for name, column in self.known.items():
            if column.required:
                empty = np.array([value is None for value in columns[name]], dtype=np.bool_)
                faults.mark(empty, name, message("这一格必填"))
        good = [place for place, status in enumerate(faults.status.tolist()) if status == 0]
        return RowsRead(
            [
                SourceRow(numbers[place], {name: values[place] for name, values in columns.items()})
                for place in good
            ],
            [
                RowFault(numbers[place], self._file.shown(text[0]), text[1])
                for place, status in enumerate(faults.status.tolist())
                if status and (text := faults.texts[status - FIRST_STATUS])
            ],
        )

    def _values(self, reader: Reader, column: Column) -> Sequence[Any]:
        if not reader.has(column.name):
            return [None] * reader.rows
        match column.unit:
            case "fen" | "count":
                return [None if n == NONE else n for n in reader.number(column.name).tolist()]
            case "day":
                return [_date(day) for day in reader.day(column.name).tolist()]
            case "flag":
                return [_FROM_FLAG[flag] for flag in reader.flag(column.name, NONE).tolist()]
            case "choice":
                places = reader.choice(column.name).tolist()
                return [None if place == NONE else column.choices[place] for place in places]
        codes = reader.codes(column.name)
        texts = [text.strip() or None for text in codes.texts]
        return [None if code == NONE else texts[code] for code in codes.numbers.tolist()]


def _date(day: int) -> datetime.date | None:
    return None if day == NO_DAY else to_date(day)


def _before_the_last_person(rows: Sequence[SourceRow]) -> int:
    """How many rows stand before the neighbours of the last one that are of the same person."""
    if not rows or "person" not in rows[-1].values:
        return len(rows)
    last = rows[-1].values["person"]
    place = len(rows)
    while place and rows[place - 1].values["person"] == last:
        place -= 1
    return place
