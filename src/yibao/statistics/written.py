"""Numbers of a table in words, and the table for a spreadsheet."""

from __future__ import annotations

import csv
import io

from yibao.messages import message_in, text_of
from yibao.money.text import format_yuan
from yibao.statistics.reading import MonthlyTable
from yibao.statistics.shapes import Measure, ShownRow, StatColumn
from yibao.statistics.words import HIDDEN

_PERCENT, _TENTHS = 100, 10
_ITEM = message_in("statistics", "项目")


def cell_text(row: ShownRow, column: StatColumn, *, grouped: bool = True) -> str:
    """One cell: yuan, percent, a number; empty where there is none."""
    if column.name in row.hidden:
        return str(HIDDEN)
    value = row.values.get(column.name)
    if value is None:
        return ""
    if column.measure is Measure.FEN:
        return format_yuan(value, grouped=grouped)
    if column.measure is Measure.SHARE:
        return f"{value // _PERCENT}.{value % _PERCENT:02}%"
    if column.measure is Measure.TENTHS:
        return f"{value // _TENTHS}.{value % _TENTHS}"
    return f"{value:,}" if grouped else str(value)


def table_csv(table: MonthlyTable) -> bytes:
    """UTF-8 with the mark that spreadsheets look for; a part stands after blanks."""
    rows = [[str(_ITEM), *(str(column.label) for column in table.columns)]]
    rows += [
        [
            "　" * row.depth + text_of(row.label),
            *(cell_text(row, column, grouped=False) for column in table.columns),
        ]
        for row in table.rows
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")
