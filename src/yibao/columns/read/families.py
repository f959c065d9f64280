"""Who belongs together, and in which order: the unit of order is the family.

Rows in any order are put in order (``ordered``), a stream is cut between families
(``whole_families``), and the people of a batch are numbered (``find_people``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.benefit.terms import NO_DAY
from yibao.columns.read.cells import NONE, BatchFaults, Bools, Codes, Ints, Reader
from yibao.columns.schema import COLUMNS
from yibao.messages import message

BEFORE_EVERY_ROW = -(1 << 61)
"""The order of what a family opens with."""
ROW = "__row"
"""Number of a row in the input, from 1."""


_NAMES = ("person", "family", "visit", "reverses", "draw_relative")
_ROUNDED = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]{1,2}$"


@dataclass(slots=True)
class BatchPeople:
    """Numbers of the people and families of a batch; rows of a family stand together."""

    person: Ints
    relative: Ints
    """Number of the person whose account may pay, or -1; empty where no row names one."""
    family_rows: Ints
    """Where the rows of each family begin, and where the last one's end."""
    names: Codes
    """The texts of the numbers."""


def ordered(table: pa.Table) -> tuple[pa.Table, bool]:
    """The rows with those of a family together and in order, and whether they had to move."""
    family = family_numbers(table)
    order, _ = order_of_rows(table)
    step = np.diff(family)
    if not ((step < 0) | ((step == 0) & (np.diff(order) < 0))).any():
        return table, False
    return table.take(pa.array(np.lexsort((order, family)))), True


def family_numbers(table: pa.Table) -> Ints:
    """A number for the family of each row, by first appearance; -1 where nobody is named."""
    coded = pc.dictionary_encode(family_keys(table))
    numbers: Ints = coded.indices.fill_null(NONE).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def order_of_rows(table: pa.Table) -> tuple[Ints, Bools]:
    """By what the rows of a family are ordered, and where that cannot be read."""
    faults = BatchFaults(table.num_rows)
    reader = Reader(table, COLUMNS, faults)
    order = reader.number("order", 0) if reader.has("order") else reader.day("end_day")
    unread = (faults.status != 0) | (order == NO_DAY)
    order = np.where(order == NO_DAY, 0, order)
    if reader.has("opening"):
        order = np.where(reader.flag("opening") == 1, BEFORE_EVERY_ROW, order)
    return order, unread


class NotInOrderError(Exception):
    """The rows are not in the order of families."""


def family_keys(table: pa.Table) -> pa.Array:
    """The family of each row; a person without one stands for itself."""
    person = plain_array(table.column("person"))
    if "family" not in table.column_names:
        return person
    family = plain_array(table.column("family"))
    if pa.types.is_string(family.type) or pa.types.is_large_string(family.type):
        family = pc.if_else(pc.equal(family, ""), pa.scalar(None, family.type), family)
    if family.null_count == 0:
        return family
    if family.type != person.type:
        family, person = family.cast(pa.string()), person.cast(pa.string())
    return pc.coalesce(family, person)


def plain_array(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, its cells themselves where it was coded."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    return array


def _in_order(table: pa.Table, keys: pa.Array) -> bool:
    """Whether families ascend, and the rows of each are in their order."""
    if keys.null_count:
        return False
    before, after = keys.slice(0, len(keys) - 1), keys.slice(1)
    if pc.any(pc.less(after, before)).as_py():
        return False
    order, unread = order_of_rows(table)
    if unread.any():
        return False
    same = pc.equal(after, before).to_numpy(zero_copy_only=False)
    return not bool((same & (np.diff(order) < 0)).any())


def whole_families(batches: Iterator[pa.Table], *, check: bool = True) -> Iterator[pa.Table]:
    """The same rows in batches of whole families; ``NotInOrderError`` where there are none."""
    unfinished: pa.Table | None = None
    """The rows of the last family, of which more may follow."""
    for batch in batches:
        table = batch
        if unfinished is not None:
            table = pa.concat_tables([unfinished, batch], promote_options="permissive")
        if table.num_rows == 0:
            continue
        keys = family_keys(table)
        if check and not _in_order(table, keys):
            raise NotInOrderError
        last = keys[len(keys) - 1]
        same = pc.equal(keys, last).fill_null(True).to_numpy(zero_copy_only=False)
        # The run of the last family at the end of the table.
        different = np.flatnonzero(~same)
        cut = int(different[-1]) + 1 if len(different) else 0
        unfinished = table.slice(cut)
        if cut:
            yield table.slice(0, cut)
    if unfinished is not None and unfinished.num_rows:
        yield unfinished


def find_people(table: pa.Table, faults: BatchFaults) -> BatchPeople:
    """Number people and families; a family's rows stand together.

    Who stands in two families, or names a grantor of another one, is looked for over the
    whole input (``whole_input``), not here.
    """
    reader = Reader(table, COLUMNS, faults)
    rows = table.num_rows
    person = reader.codes("person")
    faults.mark(person.numbers < 0, "person", message("这一格必填"))
    _refuse_rounded(table, faults)
    numbers = np.maximum(person.numbers, 0)
    family = family_numbers(table) if reader.has("family") else numbers
    change = np.flatnonzero(np.diff(family)) + 1
    family_rows = np.concatenate(([0], change, [rows])).astype(np.int64)
    relative = np.zeros(0, dtype=np.int64)
    if reader.has("draw_relative"):
        named = reader.codes("draw_relative")
        every = list(person.texts)
        number_of = {name: number for number, name in enumerate(every)}
        table_of = np.full(len(named.texts) + 1, NONE, dtype=np.int64)
        for code, name in enumerate(named.texts):
            if name == "":
                continue
            if name not in number_of:
                number_of[name] = len(every)
                every.append(name)
            table_of[code] = number_of[name]
        relative = table_of[named.numbers]
        person = Codes(person.numbers, every)
    return BatchPeople(numbers, relative, family_rows, person)


def _refuse_rounded(table: pa.Table, faults: BatchFaults) -> None:
    """Numbers that a spreadsheet wrote as 1.40105E+17: which one it was is lost."""
    for name in _NAMES:
        if name not in table.column_names:
            continue
        array = plain_array(table.column(name))
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            rounded = pc.fill_null(pc.match_substring_regex(array, _ROUNDED), False)
            faults.mark(
                rounded.to_numpy(zero_copy_only=False),
                name,
                message("编号被表格软件改成了科学计数，原来的数字已丢失：请按文本格式重新导出"),
            )


def split_evenly(family_rows: Ints, parts: int) -> list[tuple[int, int]]:
    """Families in ``parts`` runs of about as many rows; none is split."""
    families = len(family_rows) - 1
    goals = family_rows[-1] * np.arange(1, parts) // parts
    cuts = np.searchsorted(family_rows, goals).tolist()
    bounds = [0, *cuts, families]
    return [(first, last) for first, last in pairwise(bounds) if first < last]
