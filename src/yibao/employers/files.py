"""Files of declarations, CSV and workbooks (.xlsx): headings and rows as texts."""

from __future__ import annotations

import csv
import datetime
import io
import warnings
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zipfile import BadZipFile

from yibao.errors import InputError
from yibao.extras import install_command
from yibao.messages import message

MOST_BYTES = 4 * 1024 * 1024
_MOST_ROWS = 6_000
_MOST_COLUMNS = 60
_MOST_EXACT = 10**15
"""From here on a workbook's numbers have lost digits."""
WAGE_DECIMALS = 2
"""Of wages, which a workbook often works out, as a mean of months; in yuan."""
WORKBOOK = b"PK\x03\x04"
"""How a workbook begins."""
_HEADING_ROWS = 5
"""Rows above the headings that may be a title."""

Table = tuple[list[str], list[list[str]], int]
"""Headings, rows, and the number of the first row in the file."""


def read_table(content: bytes, decimals: int | None = None) -> Table:
    """The first sheet of a workbook or a CSV (UTF-8 or GB 18030), whichever it is.

    A workbook's numbers are read as they stand, to fifteen digits, so that one with too many
    decimals is refused as in a CSV; with ``decimals`` they are rounded to so many.
    """
    if len(content) > MOST_BYTES:
        raise InputError(message("文件最多 {most} MB", most=MOST_BYTES // 1024**2), place="file")
    rows = _of_workbook(content, decimals) if content.startswith(WORKBOOK) else _of_csv(content)
    for number, row in enumerate(rows[:_HEADING_ROWS]):
        if sum(bool(cell) for cell in row) > 1:
            return row, rows[number + 1 :], number + 2
    raise InputError(message("文件里没有要申报的行"), place="file")


def _of_csv(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(message("读不出这个文件：请存成 UTF-8 的 CSV 或 .xlsx"), place="file")
    if "\0" in text:
        raise InputError(message("读不出这个文件：请存成 UTF-8 的 CSV 或 .xlsx"), place="file")
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]
    except csv.Error:
        raise InputError(
            message("读不出这个文件：请存成 UTF-8 的 CSV 或 .xlsx"), place="file"
        ) from None
    return _bounded(rows)


def _of_workbook(content: bytes, decimals: int | None) -> list[list[str]]:
    try:
        import openpyxl
    except ImportError:
        raise InputError(
            message("没有安装读 Excel 文件的包：{command}", command=install_command("columns"))
        ) from None
    try:
        with warnings.catch_warnings():
            # What openpyxl leaves out (styles, validation) is nothing that is read.
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            try:
                cells = workbook.worksheets[0].iter_rows(
                    max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS, values_only=True
                )
                return _bounded([[_text(cell, decimals) for cell in row] for row in cells])
            finally:
                workbook.close()
    except (BadZipFile, KeyError, ValueError, OSError, IndexError):
        raise InputError(
            message("读不出这个 Excel 文件：请另存为 .xlsx 再试"), place="file"
        ) from None


def _bounded(rows: Sequence[list[str]]) -> list[list[str]]:
    if len(rows) > _MOST_ROWS:
        raise InputError(message("一次最多 {most} 行", most=_MOST_ROWS), place="file")
    return list(rows)


def _text(cell: Any, decimals: int | None) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case int() | float() if abs(cell) >= _MOST_EXACT:
            # The digits after the fifteenth are lost: read as a number it is refused.
            return f"{cell:.15g}"
        case float():
            as_it_stands = f"{Decimal(f'{cell:.15g}'):f}"
            written = as_it_stands if decimals is None else f"{cell:.{decimals}f}"
            return written.rstrip("0").rstrip(".") if "." in written else written
        case datetime.datetime() | datetime.date():
            return cell.isoformat()[:10]
    return str(cell).strip()
