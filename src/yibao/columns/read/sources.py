"""Files of visits: Parquet, Arrow (Feather), CSV; read batch by batch, rows numbered."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from yibao.columns.read.families import ROW
from yibao.columns.schema import COLUMNS
from yibao.errors import InputError
from yibao.messages import Text, message

_MANY_VALUES = ("person", "family", "visit", "reverses", "draw_relative")
_DICTIONARY = [
    column.name
    for column in COLUMNS.values()
    if column.unit in ("text", "choice") and column.name not in _MANY_VALUES
]


UTF_8 = "utf-8"
ENCODINGS = (UTF_8, "gbk", "gb18030")
"""In which a file of texts may be; quotes and ends of lines are the same bytes in each."""
_PIECE = 16 << 20


class InputFile:
    """One input file."""

    def __init__(self, path: Path, encoding: str = UTF_8) -> None:
        self.path = path
        self.encoding = encoding
        self.malformed: list[tuple[int, Text]] = []
        """Rows that are no rows at all: number and reason (CSV)."""
        self.rows: int | None = None
        if not path.is_file():
            raise InputError(message("没有这个文件"), place=str(path))
        suffix = path.suffix.lower()
        try:
            if suffix == ".parquet":
                self.names = list(pq.read_schema(path).names)
                coded = [name for name in _DICTIONARY if name in self.names]
                # Read ahead, it would hold the whole file by the end of it.
                self._file = pq.ParquetFile(path, read_dictionary=coded, pre_buffer=False)
                self.rows = self._file.metadata.num_rows
            elif suffix in (".arrow", ".feather", ".ipc"):
                with pa.memory_map(str(path)) as mapped:
                    self.names = _ipc(mapped).schema.names
            elif suffix in (".csv", ".txt"):
                with path.open(encoding="utf-8-sig" if encoding == UTF_8 else encoding) as text:
                    self.names = next(_csv_rows(text.readline()), [])
            else:
                raise InputError(
                    message("不认识的文件类型，可以是 .parquet、.arrow、.feather、.csv"),
                    place=str(path),
                )
        except UnicodeDecodeError:
            raise self._not_in_encoding() from None
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(
                message("读不出这个文件：{error}", error=str(error)), place=str(path)
            ) from None
        self.suffix = suffix

    def schema(self) -> pa.Schema:
        """The columns with their types; those of a file of texts are texts."""
        if self.suffix == ".parquet":
            return self._file.schema_arrow
        if self.suffix in (".csv", ".txt"):
            return pa.schema([(name, pa.string()) for name in self.names])
        with pa.memory_map(str(self.path)) as mapped:
            return _ipc(mapped).schema

    def batches(self, rows: int, only: Sequence[str] = ()) -> Iterator[pa.Table]:
        """The rows in order, about ``rows`` at a time, with their numbers in ``ROW``.

        ``only``: the columns that are wanted, those of them that there are; none: all.
        """
        first = 1
        self.malformed.clear()
        names = [name for name in self.names if not only or name in only]
        for batch in self._batches(rows, names):
            numbers = np.arange(first, first + batch.num_rows)
            if self.malformed:
                numbers = self._past_malformed(first, batch.num_rows)
            if batch.num_rows:
                first = int(numbers[-1]) + 1
                yield batch.append_column(ROW, pa.array(numbers))

    def _past_malformed(self, first: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Numbers of ``count`` rows from ``first`` on, without those of malformed rows."""
        bad = np.array([number for number, _ in self.malformed], dtype=np.int64)
        bad = np.unique(bad[bad >= first])
        numbers = np.arange(first, first + count + len(bad))
        return np.setdiff1d(numbers, bad)[:count]

    def _batches(self, rows: int, names: list[str]) -> Iterator[pa.Table]:
        try:
            if self.suffix == ".parquet":
                for batch in self._file.iter_batches(
                    batch_size=rows, columns=names, use_threads=False
                ):
                    yield pa.Table.from_batches([batch])
            elif self.suffix in (".csv", ".txt"):
                yield from self._csv(names)
            else:
                with pa.memory_map(str(self.path)) as mapped:
                    reader = _ipc(mapped)
                    batches = (
                        reader
                        if isinstance(reader, pa.RecordBatchStreamReader)
                        else map(reader.get_batch, range(reader.num_record_batches))
                    )
                    for batch in batches:
                        table = pa.Table.from_batches([batch]).select(names)
                        for start in range(0, table.num_rows, rows):
                            yield table.slice(start, rows)
        except UnicodeDecodeError:
            raise self._not_in_encoding() from None
        except pa.ArrowInvalid as error:
            if self.suffix in (".csv", ".txt") and not self._decodes():
                raise self._not_in_encoding() from None
            raise InputError(
                message("读不出这个文件：{error}", error=str(error)), place=str(self.path)
            ) from None

    def _decodes(self) -> bool:
        """Whether the whole file is text in its encoding."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        try:
            with self.path.open("rb") as file:
                while piece := file.read(_PIECE):
                    decoder.decode(piece)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    def _not_in_encoding(self) -> InputError:
        what = message(
            "这个文件不是 UTF-8 编码：如果是 GBK（表格软件常这样存），请加 --encoding gbk"
        )
        if self.encoding != UTF_8:
            what = message("这个文件不是所写的 {encoding} 编码", encoding=self.encoding)
        return InputError(what, place=str(self.path))

    def _check_quotes(self) -> None:
        """Refuse the first line whose quotes do not pair: it would swallow those after it."""
        line, rest = 0, b""
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE):
                lines = (rest + piece).split(b"\n") if b'"' in piece or b'"' in rest else None
                if lines is None:
                    line += piece.count(b"\n")
                    rest = b""
                    continue
                rest = lines.pop()
                for number, text in enumerate(lines, line + 1):
                    if text.count(b'"') % 2:
                        raise self._unpaired(number)
                line += len(lines)
        if rest.count(b'"') % 2:
            raise self._unpaired(line + 1)

    def _unpaired(self, line: int) -> InputError:
        what = message("引号没有在同一行闭合：补上引号，或去掉格子里的换行")
        return InputError(what, place=f"{self.path}:{line}")

    def _csv(self, names: list[str]) -> Iterator[pa.Table]:
        def skip(row: csv.InvalidRow) -> str:
            reason = message(
                "应有 {expected} 格，实有 {actual} 格",
                expected=row.expected_columns,
                actual=row.actual_columns,
            )
            # The number that Arrow gives counts the line of names.
            number = (row.number or 0) - 1
            self.malformed.append((number, reason))
            return "skip"

        self._check_quotes()
        with csv.open_csv(
            self.path,
            read_options=csv.ReadOptions(
                block_size=16 << 20, use_threads=False, encoding=self.encoding
            ),
            parse_options=csv.ParseOptions(invalid_row_handler=skip, newlines_in_values=False),
            convert_options=csv.ConvertOptions(
                column_types={name: pa.string() for name in self.names}, strings_can_be_null=True,
                null_values=[""], include_columns=names,
            ),
        ) as reader:  # fmt: skip
            for batch in reader:
                yield pa.Table.from_batches([batch])


def _csv_rows(line: str) -> Iterator[list[str]]:
    import csv as plain_csv

    yield from plain_csv.reader([line])


def _ipc(mapped: pa.MemoryMappedFile) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    try:
        return pa.ipc.open_file(mapped)
    except pa.ArrowInvalid:
        mapped.seek(0)
        return pa.ipc.open_stream(mapped)
