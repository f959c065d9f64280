"""The rows of a file under the names, values and units that the columns have."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.read.cells import Bools, Ints
from yibao.columns.read.mapping import ColumnSource
from yibao.errors import InputError
from yibao.messages import Listed, Message, Text, message
from yibao.money import AmountError, parse_percent, parse_yuan

_FLAGS = {
    **dict.fromkeys(("是", "有", "Y", "y", "T", "TRUE", "True", "√"), "true"),
    **dict.fromkeys(("否", "无", "N", "n", "F", "FALSE", "False"), "false"),
}
_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})"
    r"|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_ZEROS = re.compile(r"(\.[0-9]{2})0+")
_DIGITS = 15
"""Of a number with a point that a spreadsheet or frame keeps exactly."""


class _CellTextError(Exception):
    def __init__(self, what: Message) -> None:
        super().__init__(what)
        self.what = what


class RowFault(NamedTuple):
    """A row that cannot be read."""

    row: int
    heading: str
    reason: Text


def check_headings(sources: Sequence[ColumnSource], headings: Sequence[str]) -> None:
    """Refuse a mapping whose headings the file does not have."""
    used = [each.heading for each in sources if each.heading]
    lacking = [each for each in used if each not in headings]
    if lacking:
        raise InputError(
            message(
                "文件里没有这些表头：{lacking}；文件的表头是：{headings}",
                lacking=Listed(lacking),
                headings=Listed(headings),
            )
        )
    twice = sorted({each for each in used if headings.count(each) > 1})
    if twice:
        raise InputError(message("列名重复：{twice}", twice=Listed(twice)))


def read_as(
    sources: Sequence[ColumnSource], table: pa.Table, numbers: Sequence[int] | Ints
) -> tuple[pa.Table, list[RowFault]]:
    """The columns of some rows, numbered ``numbers``, without the rows that cannot be read."""
    columns, faults = [], []
    good = np.ones(table.num_rows, dtype=np.bool_)
    for source in sources:
        column, bad = _column(source, table)
        for place, what in bad:
            if good[place]:
                good[place] = False
                faults.append(RowFault(int(numbers[place]), source.heading, what))
        columns.append(column)
    mapped = pa.table(columns, names=[source.column.name for source in sources])
    return (mapped if good.all() else mapped.filter(pa.array(good))), faults


def _column(
    source: ColumnSource, table: pa.Table
) -> tuple[pa.Array | pa.ChunkedArray, list[tuple[int, Message]]]:
    if not source.heading:
        value = _converter(source)(source.value)
        return pa.repeat(pa.scalar(value, pa.string()), table.num_rows), []
    array = table.column(source.heading)
    if not _is_converted(source, array.type):
        return array, []
    texts = pc.dictionary_encode(_as_texts(source, array))
    convert = _converter(source)
    values: list[str | None] = []
    wrong: dict[int, Message] = {}
    chunk = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    for code, text in enumerate(chunk.dictionary.to_pylist()):
        try:
            values.append(convert(text.strip()))
        except _CellTextError as fault:
            values.append(None)
            wrong[code] = message("{cell} {what}", cell=repr(text), what=fault.what)
    column = pa.array(values, pa.string()).take(chunk.indices)
    if source.empty is not None:
        blank = pc.fill_null(pc.equal(column, ""), True)
        column = pc.if_else(blank, pa.scalar(source.empty), column)
    if not wrong:
        return column, []
    codes = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    places: Bools = np.isin(codes, list(wrong))
    return column, [(place, wrong[int(codes[place])]) for place in np.flatnonzero(places).tolist()]


def _is_converted(source: ColumnSource, kind: pa.DataType) -> bool:
    """Whether the cells are read here at all, or go on as they stand."""
    if source.values or source.otherwise is not None or source.empty is not None:
        return True
    if source.unit in ("yuan", "percent", "fraction"):
        return True
    texts = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return texts and source.column.unit in ("day", "flag")


def _as_texts(source: ColumnSource, array: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_floating(array.type):
        if source.column.unit == "text":
            raise InputError(
                message("列 {name} 是小数，编号会丢失：请按文本格式导出", name=source.heading)
            )
        texts = [None if value is None else number_text(value) for value in array.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    return array.cast(pa.string())


def number_text(number: float) -> str:
    """A number of a spreadsheet as it shows it: 12.340000000000002 is 12.34."""
    return f"{number:.{_DIGITS}g}"


def _converter(source: ColumnSource) -> Callable[[str], str]:
    """What makes of a text of the file the text of a cell."""
    kind, unit = source.column.unit, source.unit
    read: Callable[[str], str] = str
    if kind in ("fen", "signed_fen") and unit == "yuan":
        read = _fen
    elif kind == "basis_points" and unit in ("percent", "fraction"):
        read = _percent if unit == "percent" else _fraction
    elif kind == "day":
        read = _day
    elif kind == "flag":
        read = _flag

    def convert(text: str) -> str:
        if text in source.values:
            return source.values[text]
        if text == "":
            return text
        return read(text) if source.otherwise is None else source.otherwise

    return convert


def _fen(text: str) -> str:
    plain = text.removeprefix("¥").removesuffix("元")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        return str(parse_yuan(_ZEROS.sub(r"\1", plain)))
    except AmountError:
        raise _CellTextError(message("不是以元为单位的金额，最多两位小数")) from None


def _percent(text: str) -> str:
    try:
        return str(parse_percent(text.removesuffix("%")))
    except AmountError:
        raise _CellTextError(message("不是百分数，最多两位小数")) from None


def _fraction(text: str) -> str:
    digits = re.fullmatch(r"([01])(?:\.(\d{1,4}))?0*", text)
    if digits is None:
        raise _CellTextError(message("不是 0 到 1 之间的比例，最多四位小数"))
    return str(int(digits[1]) * 10_000 + int((digits[2] or "").ljust(4, "0")))


def _day(text: str) -> str:
    """As ISO where it is one of the usual ways to write a day; another text as it stands."""
    parts = _DAY.fullmatch(text)
    if parts is None:
        return text
    year, month, day = (part for part in parts.groups() if part is not None)
    return f"{year}-{int(month):02}-{int(day):02}"


def _flag(text: str) -> str:
    return _FLAGS.get(text, text)
