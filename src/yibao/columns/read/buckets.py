"""Rows dealt out by a key to files on disk, or in memory: the same key, the same table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from yibao.private_files import reserve

_SPREAD = 0x9E3779B97F4A7C15
_LAST_BYTES = 16
"""How much of a text decides about its bucket: numbers differ at their end."""


def bucket_numbers(keys: pa.Array, count: int) -> npt.NDArray[np.int64]:
    """A bucket for each key, the same for the same key in every batch."""
    if count == 1:
        return np.zeros(len(keys), dtype=np.int64)
    if pa.types.is_integer(keys.type):
        numbers = keys.fill_null(0).cast(pa.int64(), safe=False).to_numpy(zero_copy_only=False)
        mixed = numbers.astype(np.uint64)
    else:
        mixed = _of_texts(keys.cast(pa.large_string()).fill_null(""))
    dealt: npt.NDArray[np.int64] = (
        ((mixed * np.uint64(_SPREAD)) >> np.uint64(33)) % np.uint64(count)
    ).astype(np.int64)
    return dealt


def _of_texts(texts: pa.Array) -> npt.NDArray[np.uint64]:
    """A number for each text, of its last bytes and its length."""
    _, offsets_buffer, data_buffer = texts.buffers()
    count = len(texts)
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64, count=count + 1 + texts.offset)
    offsets = offsets[texts.offset :]
    first, end = offsets[:-1], offsets[1:]
    mixed = (end - first).astype(np.uint64)
    if data_buffer is None or data_buffer.size == 0:
        return mixed
    data = np.frombuffer(data_buffer, dtype=np.uint8)
    longest = int((end - first).max(initial=0))
    for back in range(1, min(longest, _LAST_BYTES) + 1):
        at = end - back
        inside = at >= first
        # Texts shorter than others of their batch stay as they are: the number is their own.
        further = mixed * np.uint64(257) + data[np.where(inside, at, 0)].astype(np.uint64)
        mixed = np.where(inside, further, mixed)
    return mixed


class Buckets:
    """Tables that rows are dealt out to: files in ``folder``, in memory without one."""

    def __init__(self, folder: Path | None, name: str, count: int) -> None:
        self.count = count
        self.schemas: list[pa.Schema | None] = [None] * count
        self._paths = [folder and folder / f"{name}-{number}.arrow" for number in range(count)]
        self._writers: list[pa.RecordBatchStreamWriter | None] = [None] * count
        self._tables: list[list[pa.Table]] = [[] for _ in range(count)]

    def deal(self, table: pa.Table, numbers: npt.NDArray[np.int64]) -> None:
        """Add rows, each to the table of its number."""
        table = pa.table(
            {
                name: column.cast(column.type.value_type)
                if pa.types.is_dictionary(column.type)
                else column
                for name, column in zip(table.column_names, table.columns, strict=True)
            }
        )
        if self.count == 1:
            if table.num_rows:
                self._write(0, table)
            return
        dealt = table.take(pa.array(np.argsort(numbers, kind="stable")))
        ends = np.cumsum(np.bincount(numbers, minlength=self.count))
        start = 0
        for number, end in enumerate(ends.tolist()):
            if end > start:
                self._write(number, dealt.slice(start, end - start))
            start = end

    def _write(self, number: int, table: pa.Table) -> None:
        path = self._paths[number]
        schema = self.schemas[number]
        if schema is None:
            schema = self.schemas[number] = table.schema
            if path is not None:
                self._writers[number] = pa.ipc.new_stream(str(reserve(path)), schema)
        writer = self._writers[number]
        if writer is None:
            self._tables[number].append(table.cast(schema))
        else:
            writer.write_table(table.cast(schema))

    def files(self) -> list[Path]:
        """The files on disk that hold rows, finished, in order; whoever reads one removes it."""
        for writer in self._writers:
            if writer is not None:
                writer.close()
        written = zip(self._paths, self.schemas, strict=True)
        return [path for path, schema in written if path is not None and schema is not None]

    def tables(self) -> Iterator[pa.Table | None]:
        """The tables one after the other; each is let go once it has been read."""
        for writer in self._writers:
            if writer is not None:
                writer.close()
        for number, path in enumerate(self._paths):
            if self.schemas[number] is None:
                yield None
            elif path is None:
                parts, self._tables[number] = self._tables[number], []
                yield pa.concat_tables(parts)
            else:
                with pa.OSFile(str(path)) as file:
                    table = pa.ipc.open_stream(file).read_all()
                path.unlink()
                yield table
