"""From Arrow columns to arrays of integers, each cell checked; faults by row and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefit.terms import MOST_FEN, NO_DAY
from yibao.columns.read.calendar import FIRST_DAY, LAST_DAY
from yibao.columns.schema import Column
from yibao.errors import InputError
from yibao.messages import Listed, Message, Text, message
from yibao.policy.days import day_number, day_of_instant

Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

FIRST_STATUS = 1_000
"""Statuses from here on are faults with a text of their own."""
NONE = -1
"""An empty cell in a column of choices, counts or non-negative amounts."""

_PANDAS = message("pandas 里有空格的整数列请先转成 Int64")
CIVIL_ZONE = "Asia/Shanghai"
"""Where an instant with a zone is a day."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FLAGS = {"true": 1, "false": 0, "1": 1, "0": 0}


class CellError(Exception):
    """A text that does not fit its column."""

    def __init__(self, what: Message) -> None:
        super().__init__(what)
        self.what = what
        """What is said after the cell."""


def _of_cell(cell: Any, what: Message) -> Message:
    """What is said of a cell, after the cell as it stands."""
    return message("{cell} {what}", cell=repr(cell), what=what)


class BatchFaults:
    """The faults of a batch: the first of each row, and all texts."""

    def __init__(self, rows: int) -> None:
        self.status = np.zeros(rows, dtype=np.int32)
        self.texts: list[tuple[str, Text]] = []
        self._numbers: dict[tuple[str, Text], int] = {}

    def number(self, column: str, text: Text) -> int:
        """The status of a fault."""
        key = (column, text)
        status = self._numbers.get(key)
        if status is None:
            status = self._numbers[key] = FIRST_STATUS + len(self.texts)
            self.texts.append(key)
        return status

    def mark(self, where: Bools, column: str, text: Text) -> None:
        """Record a fault in the rows where ``where`` holds and none is recorded yet."""
        if where.any():
            self.status[where & (self.status == 0)] = self.number(column, text)

    def by_row(self, rows: Ints, column: str, texts: Sequence[Text]) -> None:
        """Record a fault of its own in each of ``rows``."""
        for row, text in zip(rows.tolist(), texts, strict=True):
            if self.status[row] == 0:
                self.status[row] = self.number(column, text)


def as_table(data: Any) -> pa.Table:
    """An Arrow table of a table, a record batch, or a frame that speaks Arrow."""
    if isinstance(data, pa.Table):
        return _plain_texts(data)
    if isinstance(data, pa.RecordBatch):
        return _plain_texts(pa.Table.from_batches([data]))
    if hasattr(data, "__arrow_c_stream__"):
        table = pa.table(data)
        # What pandas adds of a frame whose rows were picked from another.
        index = [name for name in table.column_names if name.startswith("__index_level_")]
        return _plain_texts(table.drop_columns(index))
    raise InputError(message("数据要能转成 Arrow 表：pyarrow、Polars 或 pandas 2.2 以上的表都可以"))


def _plain_texts(table: pa.Table) -> pa.Table:
    """Texts in views (Polars) as ordinary ones, which every kernel of Arrow takes."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string_view(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return table


def check_names(names: Sequence[str], known: Mapping[str, Column]) -> None:
    """Refuse columns that nobody knows, twice the same, or a required one missing."""
    unknown = [name for name in names if name not in known and not name.startswith("x_")]
    if unknown:
        raise InputError(
            message(
                "不认识的列：{unknown}；自己的列请以 x_ 开头，可用的列见 docs/columns.md",
                unknown=Listed(unknown),
            )
        )
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise InputError(message("列名重复：{twice}", twice=Listed(twice)))
    missing = [
        column.name for column in known.values() if column.required and column.name not in names
    ]
    if missing:
        raise InputError(message("缺少必填的列：{missing}", missing=Listed(missing)))


class Codes:
    """A text column as numbers with the texts behind them; -1 where a cell is empty."""

    def __init__(self, numbers: Ints, texts: list[str] | pa.Array) -> None:
        self.numbers = numbers
        self._texts = texts

    @property
    def texts(self) -> list[str]:
        """The texts by number; made when first asked for, as people are many."""
        if not isinstance(self._texts, list):
            self._texts = [str(text) for text in self._texts.to_pylist()]
        return self._texts

    @property
    def count(self) -> int:
        """How many texts there are."""
        return len(self._texts)


def _filled(array: pa.Array) -> Ints:
    """Whole numbers in 64 bits, 0 where a cell is empty; not to be written."""
    filled = array.fill_null(0) if array.null_count else array
    numbers: Ints = filled.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return numbers


class Reader:
    """The checked columns of one batch."""

    def __init__(self, table: pa.Table, known: Mapping[str, Column], faults: BatchFaults) -> None:
        self.table = table
        self.known = known
        self.faults = faults
        self.rows = table.num_rows
        self._names = frozenset(table.column_names)
        self._constants: dict[int, Ints] = {}
        self._arrays: dict[str, pa.Array] = {}
        self._read: set[str] = set()

    def constant(self, value: int) -> Ints:
        """One value in all rows; not to be written."""
        column = self._constants.get(value)
        if column is None:
            column = np.full(self.rows, value, dtype=np.int64).view()
            column.flags.writeable = False
            self._constants[value] = column
        return column

    def value_of(self, column: Ints) -> int | None:
        """The one value of a column that is a ``constant``; None of any other."""
        for value, constant in self._constants.items():
            if column is constant:
                return value
        return None

    def has(self, name: str) -> bool:
        """Whether the file has the column at all."""
        return name in self._names

    def check_unread(self, names: Iterable[str]) -> None:
        """Check the cells of columns that nothing has read: no rule looks at them yet."""
        for name in names:
            if not self.has(name) or name in self._read:
                continue
            match self.known[name].unit:
                case "flag":
                    self.flag(name)
                case "choice":
                    self.choice(name)
                case "count":
                    self.number(name)
                case _:
                    self.codes(name)

    def _array(self, name: str) -> pa.Array:
        self._read.add(name)
        array = self._arrays.get(name)
        if array is None:
            array = self.table.column(name)
            if isinstance(array, pa.ChunkedArray):
                array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
            self._arrays[name] = array
        return array

    def _fault(self, name: str, where: Bools, array: pa.Array, what: Message) -> None:
        """A fault per distinct cell, with the cell as it stands."""
        rows = np.flatnonzero(where & (self.faults.status == 0))
        if len(rows):
            cells = array.take(pa.array(rows)).to_pylist()
            self.faults.by_row(rows, name, [_of_cell(cell, what) for cell in cells])

    def _nulls(self, array: pa.Array) -> Bools:
        if array.null_count == 0:
            return np.zeros(len(array), dtype=np.bool_)
        nulls: Bools = pc.is_null(array).to_numpy(zero_copy_only=False)
        return nulls

    def require(self, name: str, nulls: Bools) -> None:
        """A fault in the empty cells of a column that has to be filled in."""
        if self.known[name].required:
            self.faults.mark(nulls, name, message("这一格必填"))

    # --- text ---

    def codes(self, name: str) -> Codes:
        """A column of texts or of whole numbers that serve as names."""
        if not self.has(name):
            return Codes(self.constant(NONE), [])
        array = self._array(name)
        if not pa.types.is_dictionary(array.type):
            kind = array.type
            if not (
                pa.types.is_string(kind)
                or pa.types.is_large_string(kind)
                or pa.types.is_integer(kind)
                or pa.types.is_null(kind)
            ):
                raise InputError(
                    message(
                        "列 {name} 的类型 {kind} 应为文本或整数；{hint}",
                        name=name,
                        kind=str(kind),
                        hint=_PANDAS,
                    )
                    if pa.types.is_floating(kind)
                    else message(
                        "列 {name} 的类型 {kind} 应为文本或整数", name=name, kind=str(kind)
                    )
                )
            if pa.types.is_null(kind):
                array = array.cast(pa.string())
            array = pc.dictionary_encode(array)
        indices = array.indices.fill_null(NONE) if array.null_count else array.indices
        numbers = indices.to_numpy(zero_copy_only=False).astype(np.int64)
        if not pa.types.is_integer(array.dictionary.type):
            empty = pc.index(array.dictionary, pa.scalar("", array.dictionary.type)).as_py()
            if empty >= 0:
                numbers[numbers == empty] = NONE
        return Codes(numbers, array.dictionary)

    def mapped(self, name: str, number: Callable[[str], int]) -> Ints:
        """A column of texts through ``number``, which raises ``CellError``; empty: -1."""
        codes = self.codes(name)
        table = np.full(len(codes.texts) + 1, NONE, dtype=np.int64)
        for code, text in enumerate(codes.texts):
            try:
                table[code] = number(text)
            except CellError as error:
                self.faults.mark(codes.numbers == code, name, _of_cell(text, error.what))
        return table[codes.numbers]

    def choice(self, name: str, default: int = NONE) -> Ints:
        """Positions in the column's choices."""
        column = self.known[name]

        def number(text: str) -> int:
            if text not in column.choices:
                raise CellError(message("应写 {choices} 之一", choices=Listed(column.choices)))
            return column.choices.index(text)

        if not self.has(name):
            return self.constant(default)
        positions = self.mapped(name, number)
        return positions if default == NONE else np.where(positions < 0, default, positions)

    # --- numbers ---

    def _numbers(self, name: str) -> tuple[Ints, Bools]:
        """The cells as whole numbers, and where they are empty; a fault where they are none."""
        array = self._array(name)
        kind = array.type
        nulls = self._nulls(array)
        if pa.types.is_null(kind):
            return np.zeros(self.rows, dtype=np.int64), nulls
        if (
            pa.types.is_string(kind)
            or pa.types.is_large_string(kind)
            or pa.types.is_dictionary(kind)
        ):
            array = array.cast(pa.string())
            empty = pc.fill_null(pc.equal(array, ""), False).to_numpy(zero_copy_only=False)
            nulls = nulls | empty
            good = pc.fill_null(pc.match_substring_regex(array, r"^-?[0-9]{1,18}$"), False)
            good_rows = good.to_numpy(zero_copy_only=False)
            self._fault(name, ~good_rows & ~nulls, array, message("不是整数"))
            array = pc.if_else(good, array, "0").cast(pa.int64())
        elif pa.types.is_uint64(kind):
            array = array.cast(pa.int64(), safe=False)
            wide = array.fill_null(0).to_numpy(zero_copy_only=False)
            self._fault(name, wide < 0, array, message("超出可计算的范围"))
        elif pa.types.is_boolean(kind):
            array = array.cast(pa.int8())
        elif pa.types.is_integer(kind):
            pass
        elif pa.types.is_floating(kind):
            raise InputError(
                message(
                    "列 {name} 是小数：金额用整数分，比例用整数基点；{hint}",
                    name=name,
                    hint=_PANDAS,
                )
            )
        else:
            raise InputError(message("列 {name} 的类型 {kind} 应为整数", name=name, kind=str(kind)))
        return _filled(array), nulls

    def number(self, name: str, default: int = NONE) -> Ints:
        """Counts and amounts inside their bounds; ``default`` where a cell is empty."""
        if not self.has(name):
            return self.constant(default)
        column = self.known[name]
        if pa.types.is_boolean(self._array(name).type):
            raise InputError(message("列 {name} 是真假值，应为整数", name=name))
        numbers, nulls = self._numbers(name)
        least, most = 0, MOST_FEN
        if column.unit == "signed_fen":
            least = -MOST_FEN
        elif column.unit == "basis_points":
            most = 10_000
        elif column.unit == "count":
            most = column.most
        wrong = (numbers < least) | (numbers > most)
        if wrong.any():
            self._fault(
                name,
                wrong & ~nulls,
                self._array(name),
                message("应在 {least} 到 {most} 之间", least=least, most=most),
            )
        self.require(name, nulls)
        if nulls.any():
            return np.where(nulls, default, numbers)
        return numbers

    def flag(self, name: str, default: int = 0) -> Ints:
        """1, 0, or ``default`` where a cell is empty."""
        if not self.has(name):
            return self.constant(default)
        array = self._array(name)
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):

            def number(text: str) -> int:
                if text.lower() not in _FLAGS:
                    raise CellError(message("应写 true 或 false"))
                return _FLAGS[text.lower()]

            flags = self.mapped(name, number)
            return np.where(flags < 0, default, flags)
        numbers, nulls = self._numbers(name)
        wrong = (numbers != 0) & (numbers != 1)
        if wrong.any():
            self._fault(name, wrong & ~nulls, array, message("应写 true 或 false"))
        return np.where(nulls, default, numbers) if nulls.any() else numbers

    def day(self, name: str) -> Ints:
        """Day numbers; ``NO_DAY`` where a cell is empty."""
        if not self.has(name):
            return self.constant(NO_DAY)
        array = self._array(name)
        kind = array.type
        nulls = self._nulls(array)
        if (
            pa.types.is_string(kind)
            or pa.types.is_large_string(kind)
            or pa.types.is_dictionary(kind)
        ):

            def number(text: str) -> int:
                try:
                    if (day := day_of_instant(text)) is not None:
                        return day_number(day)
                    if not _DAY.fullmatch(text):
                        raise ValueError(text)
                    return int(np.datetime64(text, "D").astype(np.int64))
                except ValueError:
                    raise CellError(message("不是日期，请写成 2025-03-01")) from None

            codes = self.codes(name)
            table = np.full(len(codes.texts) + 1, NO_DAY, dtype=np.int64)
            for code, text in enumerate(codes.texts):
                try:
                    table[code] = number(text) if text else NO_DAY
                except CellError as error:
                    self.faults.mark(codes.numbers == code, name, _of_cell(text, error.what))
            numbers: Ints = table[codes.numbers]
            nulls = numbers == NO_DAY
        elif pa.types.is_date32(kind) or pa.types.is_integer(kind):
            whole = array.cast(pa.int32()) if pa.types.is_date32(kind) else array
            numbers = _filled(whole)
        elif pa.types.is_timestamp(kind) or pa.types.is_date64(kind):
            if pa.types.is_timestamp(kind) and kind.tz is not None:
                array = pc.local_timestamp(array.cast(pa.timestamp(kind.unit, CIVIL_ZONE)))
            days = array.cast(pa.date32(), safe=False).cast(pa.int32())
            numbers = _filled(days)
        elif pa.types.is_null(kind):
            return np.full(self.rows, NO_DAY, dtype=np.int64)
        else:
            raise InputError(message("列 {name} 的类型 {kind} 应为日期", name=name, kind=str(kind)))
        if name != "birth_day":
            self.require(name, nulls)
        wrong = ((numbers < FIRST_DAY) | (numbers > LAST_DAY)) & ~nulls & (numbers != NO_DAY)
        if wrong.any():
            self._fault(name, wrong, array, message("不在 1900 年到 2199 年之间"))
            numbers = np.where(wrong, 0, numbers)
        return np.where(nulls, NO_DAY, numbers) if nulls.any() else numbers
