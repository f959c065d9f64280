"""Cutting a stream of rows between families."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.reading import NO_DAY, Faults, Reader
from yibao.columns.schema import COLUMNS


class NotInOrderError(Exception):
    """The rows are not in the order of families."""


def family_keys(table: pa.Table) -> pa.Array:
    """The family of each row; a person without one stands for itself."""
    person = _plain(table.column("person"))
    if "family" not in table.column_names:
        return person
    family = _plain(table.column("family"))
    if family.null_count == 0:
        return family
    if family.type != person.type:
        family, person = family.cast(pa.string()), person.cast(pa.string())
    return pc.coalesce(family, person)


def _plain(column: pa.ChunkedArray) -> pa.Array:
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
    faults = Faults(table.num_rows)
    reader = Reader(table, COLUMNS, faults)
    order = reader.number("order", 0) if reader.has("order") else reader.day("end_day")
    if (faults.status != 0).any() or (order == NO_DAY).any():
        return False
    same = pc.equal(after, before).to_numpy(zero_copy_only=False)
    return not bool((same & (np.diff(order) < 0)).any())


def whole_families(batches: Iterator[pa.Table], *, check: bool = True) -> Iterator[pa.Table]:
    """The same rows in batches of whole families; ``NotInOrderError`` where there are none."""
    tail: pa.Table | None = None
    for batch in batches:
        table = (
            batch if tail is None else pa.concat_tables([tail, batch], promote_options="permissive")
        )
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
        tail = table.slice(cut)
        if cut:
            yield table.slice(0, cut)
    if tail is not None and tail.num_rows:
        yield tail
