"""Files of visits: Parquet, Arrow (Feather), CSV, Excel; read batch by batch, rows numbered."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from yibao.columns.read import sheets
from yibao.columns.read.families import ROW
from yibao.columns.read.mapped import RowFault, check_headings, read_as
from yibao.columns.read.mapping import ColumnSource, FileMapping, identity
from yibao.columns.schema import COLUMNS, Column
from yibao.errors import InputError
from yibao.messages import message

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
_TEXTS = (".csv", ".txt")


class InputFile:
    """One input file, read as ``known`` columns.

    ``mapping``: where its headings are not the columns' names; ``of_items``: it has the item rows.
    """

    def __init__(
        self,
        path: Path,
        encoding: str = UTF_8,
        *,
        known: Mapping[str, Column] = COLUMNS,
        mapping: FileMapping | None = None,
        of_items: bool = False,
    ) -> None:
        self.path = path
        self.encoding = encoding
        self.header = 1 if mapping is None else mapping.header
        self.malformed: list[RowFault] = []
        """Rows that cannot be read at all."""
        self.metadata: Mapping[bytes, bytes] | None = None
        """Of a Parquet or Arrow file."""
        self.rows: int | None = None
        if not path.is_file():
            raise InputError(message("没有这个文件"), place=str(path))
        suffix = path.suffix.lower()
        try:
            if suffix == ".parquet":
                self.headings = list(pq.read_schema(path).names)
                coded = [name for name in _DICTIONARY if name in self.headings]
                # Read ahead, it would hold the whole file by the end of it.
                self._file = pq.ParquetFile(path, read_dictionary=coded, pre_buffer=False)
                self.rows = self._file.metadata.num_rows
                self.metadata = self._file.metadata.metadata
            elif suffix in (".arrow", ".feather", ".ipc"):
                with pa.memory_map(str(path)) as mapped:
                    schema = _ipc(mapped).schema
                    self.headings, self.metadata = schema.names, schema.metadata
            elif suffix in _TEXTS:
                with path.open(encoding="utf-8-sig" if encoding == UTF_8 else encoding) as text:
                    for _ in range(self.header - 1):
                        text.readline()
                    self.headings = next(_csv_rows(text.readline()), [])
            elif suffix in sheets.SUFFIXES:
                self._sheet = sheets.SheetRows(
                    path, mapping.sheet if mapping else None, self.header
                )
                self.headings = self._sheet.headings
            else:
                raise InputError(
                    message("不认识的文件类型，可以是 .parquet、.arrow、.feather、.csv、.xlsx"),
                    place=str(path),
                )
        except UnicodeDecodeError:
            raise self._not_in_encoding() from None
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(
                message("读不出这个文件：{error}", error=str(error)), place=str(path)
            ) from None
        self.suffix = suffix
        if mapping is None:
            self.sources = identity(self.headings, known)
        else:
            self.sources = mapping.items if of_items else mapping.columns
            check_headings(self.sources, self.headings)
        self.names = [source.column.name for source in self.sources]
        self._plain = mapping is None and self.names == self.headings

    def schema(self) -> pa.Schema:
        """The columns with their types; those of a file of texts are texts."""
        if self.suffix == ".parquet":
            schema = self._file.schema_arrow
        elif self.suffix in _TEXTS or self.suffix in sheets.SUFFIXES:
            schema = pa.schema([(name, pa.string()) for name in self.headings])
        else:
            with pa.memory_map(str(self.path)) as mapped:
                schema = _ipc(mapped).schema
        if self._plain:
            return schema
        return read_as(self.sources, schema.empty_table(), [])[0].schema

    def shown(self, column: str) -> str:
        """What the file calls a column."""
        of_column = (source for source in self.sources if source.column.name == column)
        source = next(of_column, None)
        return column if source is None else source.heading or column

    def batches(self, rows: int, only: Sequence[str] = ()) -> Iterator[pa.Table]:
        """The rows in order, about ``rows`` at a time, with their numbers in ``ROW``.

        ``only``: the columns that are wanted, those of them that there are; none: all.
        """
        first = 1
        self.malformed.clear()
        sources = [each for each in self.sources if not only or each.column.name in only]
        for batch in self._batches(rows, self._headings_of(sources)):
            numbers = np.arange(first, first + batch.num_rows)
            if self.malformed:
                numbers = self._past_malformed(first, batch.num_rows)
            if not batch.num_rows:
                continue
            first = int(numbers[-1]) + 1
            if not self._plain:
                batch, faults = read_as(sources, batch, numbers)
                self.malformed += faults
                numbers = np.setdiff1d(numbers, [fault.row for fault in faults])
            if batch.num_rows:
                yield batch.append_column(ROW, pa.array(numbers))

    def between(self, first: int, end: int, rows: int) -> Iterator[pa.Table]:
        """The rows of a Parquet file from ``first`` (from 0) up to ``end``, with their numbers."""
        file, begin = self._file.metadata, 0
        groups: list[int] = []
        skipped = 0
        for group in range(file.num_row_groups):
            count = file.row_group(group).num_rows
            if begin < end and first < begin + count:
                if not groups:
                    skipped = begin
                groups.append(group)
            begin += count
        at = skipped
        for batch in self._file.iter_batches(
            batch_size=rows, columns=self.headings, use_threads=False, row_groups=groups
        ):
            low, high = max(first - at, 0), min(end - at, batch.num_rows)
            if low < high:
                numbers = np.arange(at + low + 1, at + high + 1)
                part = pa.Table.from_batches([batch.slice(low, high - low)])
                yield part.append_column(ROW, pa.array(numbers))
            at += batch.num_rows

    @property
    def in_ranges(self) -> pq.ParquetFile | None:
        """The file, where its rows can be read from anywhere as they stand."""
        return self._file if self.suffix == ".parquet" and self._plain else None

    def raw(self, rows: int) -> pa.Table:
        """The first rows under the file's own headings, as they stand."""
        batches = self._batches(rows, self.headings)
        return next(batches, pa.table({})).slice(0, rows)

    def _headings_of(self, sources: Sequence[ColumnSource]) -> list[str]:
        """The headings that these columns need, each once."""
        names = dict.fromkeys(source.heading for source in sources if source.heading)
        return list(names) or self.headings[:1]

    def _past_malformed(self, first: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Numbers of ``count`` rows from ``first`` on, without those of malformed rows."""
        bad = np.array([fault.row for fault in self.malformed], dtype=np.int64)
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
            elif self.suffix in _TEXTS:
                yield from self._csv(names)
            elif self.suffix in sheets.SUFFIXES:
                yield from self._sheet.batches(rows, names)
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
            if self.suffix in _TEXTS and not self._decodes():
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
            # The number that Arrow gives counts the lines up to that of the names.
            self.malformed.append(RowFault((row.number or 0) - self.header, "", reason))
            return "skip"

        self._check_quotes()
        with csv.open_csv(
            self.path,
            read_options=csv.ReadOptions(
                block_size=16 << 20,
                use_threads=False,
                encoding=self.encoding,
                skip_rows=self.header - 1,
            ),
            parse_options=csv.ParseOptions(invalid_row_handler=skip, newlines_in_values=False),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(self.headings, pa.string()), strings_can_be_null=True,
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
