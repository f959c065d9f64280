"""Rearranging on disk: rows of one family, or of one visit, into the same file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.read.buckets import Buckets, bucket_numbers
from yibao.columns.read.families import family_keys
from yibao.columns.read.sources import InputFile
from yibao.columns.schema import ITEM_COLUMNS
from yibao.messages import Message, Text, message


def in_buckets(batches: Iterator[pa.Table], folder: Path, count: int) -> Iterator[pa.Table]:
    """The same rows, those of a family always in the same table."""
    buckets = Buckets(folder, "family", count)
    for batch in batches:
        buckets.deal(batch, bucket_numbers(family_keys(batch), count))
    for table in buckets.tables():
        if table is not None:
            yield table


def no_such_visit(visit: Any) -> Message:
    """What is said of an item row whose visit stands nowhere."""
    return message("明细的就诊 {visit} 不在就诊文件里", visit=str(visit))


def joined_items(
    visits: InputFile,
    items: InputFile,
    folder: Path,
    batch_rows: int,
    refuse: Callable[[int | None, str, Text], None],
) -> Iterator[pa.Table]:
    """The visits with their item rows in a column of lists; items of no visit are refused."""
    size = visits.path.stat().st_size + items.path.stat().st_size
    count = max(1, min(512, size // (64 << 20) + 1))
    of_visits, of_items = Buckets(folder, "visit", count), Buckets(folder, "item", count)
    for source, buckets in ((visits, of_visits), (items, of_items)):
        for batch in source.batches(batch_rows):
            keys = batch.column("visit").combine_chunks().cast(pa.string())
            buckets.deal(batch, bucket_numbers(keys, count))
    for fault in items.malformed:
        refuse(fault.row, f"items.{fault.heading}".rstrip("."), fault.reason)
    kinds = next((schema for schema in of_items.schemas if schema is not None), None)
    for table, lines in zip(of_visits.tables(), of_items.tables(), strict=True):
        if lines is not None:
            known = pa.array([], pa.string())
            if table is not None:
                known = table.column("visit").cast(pa.string())
            inside = pc.is_in(lines.column("visit").cast(pa.string()), value_set=pc.unique(known))
            for row in lines.filter(pc.invert(inside)).to_pylist():
                refuse(
                    row["__row"],
                    "items.visit",
                    no_such_visit(row["visit"]),
                )
            lines = lines.filter(inside)
        if table is not None:
            yield table.append_column("__items", _lists(table, lines, kinds))


def _lists(table: pa.Table, lines: pa.Table | None, kinds: pa.Schema | None) -> pa.Array:
    """For each visit the list of its item rows, in their order."""
    names = [name for name in ITEM_COLUMNS if name != "visit" and kinds and name in kinds.names]
    if lines is None or lines.num_rows == 0 or kinds is None:
        empty = pa.struct([(name, kinds.field(name).type) for name in names] if kinds else [])
        return pa.array([[]] * table.num_rows, pa.list_(empty))
    visits = table.column("visit").cast(pa.string()).combine_chunks()
    place = pc.index_in(lines.column("visit").cast(pa.string()), value_set=visits)
    row = place.to_numpy()
    order = np.argsort(row, kind="stable")
    sorted_lines = lines.select(names).take(pa.array(order)).combine_chunks()
    struct = pa.StructArray.from_arrays(
        [_whole(sorted_lines.column(name)) for name in names], names=names
    )
    counts = np.bincount(row, minlength=table.num_rows)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), struct)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined
