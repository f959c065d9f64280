"""Price lists as files: headings as hospitals write them, every faulty line by its number."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from yibao.care.catalogue import parse_price
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.files import read_table
from yibao.errors import InputError
from yibao.messages import Listed, message

_CODE = re.compile(r"[\w.:/+()\[\]（）-]{1,60}")
_MOST_NAME = 200
_FIRST_DAY = datetime.date(1990, 1, 1)
_LAST_DAY = datetime.date(2199, 12, 31)
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "own_code": ("院内编码", "本院编码", "自编码", "medins_list_codg", "own_code"),
    "code": ("国家编码", "医保编码", "med_list_codg", "code"),
    "name": ("名称", "项目名称", "medins_list_name", "name"),
    "price": ("单价", "价格", "pric", "price"),
    "start": ("起始日", "开始日期", "执行日期", "begndate", "from"),
}

Row = TypeVar("Row")
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of a file."""

    line: int
    """As the file counts them, from 1."""
    own_code: str
    code: str
    name: str
    price: int
    """In 1/10,000 fen a unit."""
    start: datetime.date


def read_prices(content: bytes) -> list[PriceLine]:
    """The lines of a CSV or a workbook; ``FaultyLinesError`` names every one that is none."""
    lines = read_rows(content, _COLUMNS, (), _line)
    firsts: dict[tuple[str, datetime.date], int] = {}
    faults = []
    for line in lines:
        first = firsts.setdefault((line.own_code, line.start), line.line)
        if first != line.line:
            faults.append(LineFault(line.line, message("与第 {line} 行重复", line=first)))
    if faults:
        raise FaultyLinesError(faults)
    return lines


def read_rows(
    content: bytes,
    columns: Mapping[str, Sequence[str]],
    may_lack: Sequence[str],
    row_of: Callable[[int, Cells], Row],
) -> list[Row]:
    """Every row of a file by ``row_of``, which is given its number and its cells by column.

    ``columns``: the headings that name each.  ``InputError`` for a column that is not there and
    not in ``may_lack``; ``FaultyLinesError`` names every row that ``row_of`` refuses.
    """
    headings, rows, first_line = read_table(content)
    plain = [heading.strip().lower() for heading in headings]
    places = {
        column: next((at for at, heading in enumerate(plain) if heading in names), None)
        for column, names in columns.items()
    }
    missing = [
        columns[column][0]
        for column, place in places.items()
        if place is None and column not in may_lack
    ]
    if missing:
        raise InputError(
            message(
                "文件里找不到这些列：{missing}；有的是：{headings}",
                missing=Listed(missing),
                headings=Listed(headings),
            ),
            place="file",
        )
    taken: list[Row] = []
    faults: list[LineFault] = []
    for number, row in enumerate(rows, first_line):
        if not any(row):
            continue
        cells = {
            column: row[place].strip() if place is not None and place < len(row) else ""
            for column, place in places.items()
        }
        try:
            taken.append(row_of(number, cells))
        except InputError as error:
            faults.append(LineFault(number, error.message))
    if faults:
        raise FaultyLinesError(faults)
    if not taken:
        raise InputError(message("文件里没有价目或目录的行"), place="file")
    return taken


def day_of(text: str) -> datetime.date:
    """A day as files write it; ``InputError``."""
    digits = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", text)
    try:
        if digits is None:
            raise ValueError
        day = datetime.date(int(digits[1]), int(digits[2]), int(digits[3]))
    except ValueError:
        raise InputError(
            message("日期 {text} 读不出来，请写成 2025-03-01", text=repr(text[:40]))
        ) from None
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise InputError(message("日期 {text} 太远", text=day.isoformat()))
    return day


def _line(number: int, cells: Cells) -> PriceLine:
    for column, said in (("own_code", message("院内编码")), ("code", message("国家编码"))):
        if not _CODE.fullmatch(cells[column]):
            raise InputError(
                message("{column}是 1 到 60 个字母、数字和 . : / + - 等，不能空", column=said)
            )
    if not 0 < len(cells["name"]) <= _MOST_NAME:
        raise InputError(message("名称不能空，最多 {most} 个字", most=_MOST_NAME))
    price = parse_price(cells["price"].replace(",", ""))
    if price <= 0:
        raise InputError(message("单价要大于零"))
    return PriceLine(
        number, cells["own_code"], cells["code"], cells["name"], price, day_of(cells["start"])
    )
