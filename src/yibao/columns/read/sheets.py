"""Workbooks (.xlsx): the rows of a sheet as texts, some at a time."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import pyarrow as pa

from yibao.columns.read.mapped import number_text
from yibao.errors import InputError
from yibao.extras import install_command
from yibao.messages import Listed, message

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

SUFFIXES = (".xlsx", ".xlsm")
MOST_EXACT = 10**15
"""From here on a workbook's numbers have lost digits."""


class SheetRows:
    """A sheet of a workbook; formulas stand as what they came to when it was saved."""

    def __init__(self, path: Path, name: str | None, header: int) -> None:
        self.path = path
        self._header = header
        with warnings.catch_warnings():
            # What openpyxl leaves out (styles, validation) is nothing that is read.
            warnings.simplefilter("ignore")
            workbook = _opened(path)
        try:
            self.name = _chosen(workbook, name, path)
            rows = workbook[self.name].iter_rows(min_row=header, max_row=header, values_only=True)
            self.headings = _texts(next(iter(rows), ()))
        finally:
            workbook.close()
        while self.headings and not self.headings[-1]:
            self.headings.pop()

    def batches(self, rows: int, names: Sequence[str]) -> Iterator[pa.Table]:
        """The rows under these headings, ``rows`` at a time; empty ones keep their number."""
        places = [self.headings.index(name) for name in names]
        workbook = _opened(self.path)
        try:
            batch: list[list[str]] = []
            empty = 0
            for cells in workbook[self.name].iter_rows(
                min_row=self._header + 1, max_col=len(self.headings), values_only=True
            ):
                texts = _texts(cells)
                if not any(texts):
                    # Those at the end are none; others are refused as rows without a person.
                    empty += 1
                    continue
                batch += [[""] * len(self.headings)] * empty
                empty = 0
                batch.append(texts + [""] * (len(self.headings) - len(texts)))
                if len(batch) >= rows:
                    yield _table(batch, names, places)
                    batch = []
            if batch:
                yield _table(batch, names, places)
        finally:
            workbook.close()


def _opened(path: Path) -> Workbook:
    try:
        import openpyxl
    except ImportError:
        raise InputError(
            message("没有安装读 Excel 文件的包：{command}", command=install_command("columns"))
        ) from None
    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError):
        raise InputError(
            message("读不出这个 Excel 文件：请另存为 .xlsx 再试"), place=str(path)
        ) from None


def _chosen(workbook: Workbook, name: str | None, path: Path) -> str:
    names = [str(sheet.title) for sheet in workbook.worksheets]
    if not names:
        raise InputError(message("这个工作簿里没有工作表"), place=str(path))
    if name is None:
        return names[0]
    if name not in names:
        raise InputError(
            message("没有工作表 {name}，有的是：{names}", name=name, names=Listed(names)),
            place=str(path),
        )
    return name


def _texts(cells: Sequence[Any]) -> list[str]:
    return [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float():
            return number_text(cell)
        case int() if abs(cell) >= MOST_EXACT:
            # The digits after the fifteenth are lost: the reader refuses it as a name.
            return number_text(float(cell))
        case datetime.datetime():
            return cell.strftime("%Y-%m-%d")
        case datetime.date():
            return cell.isoformat()
    return str(cell).strip()


def _table(rows: list[list[str]], names: Sequence[str], places: list[int]) -> pa.Table:
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in places]
    return pa.table(columns, names=list(names))
