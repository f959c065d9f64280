"""Where an input is cut into buckets of whole families, for processes to settle apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yibao.columns.read.buckets import Buckets, bucket_numbers
from yibao.columns.read.families import NotInOrderError, family_keys
from yibao.private_files import reserve


@dataclass(frozen=True, slots=True)
class Bucket:
    """Some whole families of the input."""

    number: int
    rows: tuple[int, int] | None = None
    """Where they stand in a Parquet file in order: the first row and that after the last."""
    spool: Path | None = None
    """Or a file of their own (Arrow), which is removed once they are settled."""
    in_order: bool = True


def ranges(file: pq.ParquetFile, least: int) -> Iterator[Bucket]:
    """Runs of at least so many rows of a file in order, cut near the ends of its row groups.

    ``NotInOrderError`` where families do not ascend from one run to the next.
    """
    names = [name for name in ("person", "family") if name in file.schema_arrow.names]
    counts = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    whole = sum(counts)
    begin = number = at = 0
    for group, count in enumerate(counts):
        at += count
        end = at
        if at < whole:
            if at - begin < least:
                continue
            before = family_keys(file.read_row_group(group, columns=names))
            after = family_keys(file.read_row_group(group + 1, columns=names))
            last = before[len(before) - 1]
            further = pc.index(pc.fill_null(pc.equal(after, last), True), False).as_py()
            if further < 0:
                continue  # The whole next group belongs to this family.
            if not pc.less(last, after[further]).as_py():
                raise NotInOrderError
            end = at + further
        if end > begin:
            yield Bucket(number, rows=(begin, end))
            begin, number = end, number + 1


def spooled(families: Iterator[pa.Table], folder: Path, least: int) -> Iterator[Bucket]:
    """Runs of at least so many rows as files of their own, in the order of the input."""
    number = rows = 0
    writer: pa.RecordBatchStreamWriter | None = None
    path, schema = folder, None
    for table in families:
        plain = pa.table(
            {
                name: column.cast(column.type.value_type)
                if pa.types.is_dictionary(column.type)
                else column
                for name, column in zip(table.column_names, table.columns, strict=True)
            }
        )
        if writer is None:
            path, schema = folder / f"run-{number}.arrow", plain.schema
            path.unlink(missing_ok=True)
            writer = pa.ipc.new_stream(str(reserve(path)), schema)
        writer.write_table(plain.cast(schema))
        rows += plain.num_rows
        if rows >= least:
            writer.close()
            yield Bucket(number, spool=path)
            writer, number, rows = None, number + 1, 0
    if writer is not None:
        writer.close()
        yield Bucket(number, spool=path)


def dealt(batches: Iterator[pa.Table], folder: Path, count: int) -> Iterator[Bucket]:
    """Families dealt out by a hash of their key, where the input is in no order."""
    buckets = Buckets(folder, "family", count)
    for batch in batches:
        buckets.deal(batch, bucket_numbers(family_keys(batch), count))
    for number, path in enumerate(buckets.files()):
        yield Bucket(number, spool=path, in_order=False)
