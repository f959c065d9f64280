"""File in, file out, whatever the size: batches of whole families, both cores."""

from __future__ import annotations

import csv
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.backend import choose
from yibao.columns.engine import settle_batch
from yibao.columns.explain import metadata
from yibao.columns.read.cells import check_names
from yibao.columns.read.families import ROW, NotInOrderError, ordered, whole_families
from yibao.columns.read.rearranging import in_buckets, joined_items
from yibao.columns.read.sources import InputFile
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import COLUMNS, ITEM_COLUMNS
from yibao.columns.totals import Totals
from yibao.columns.write.output import RefusedRow, SettledTable, narrowed
from yibao.errors import InputError
from yibao.messages import CHINESE, Message, Text, message, text_of
from yibao.policy.compile import PolicyLibrary
from yibao.private_files import reserve

BATCH_ROWS = 1 << 17
_FIRST_REJECTS = 10


@dataclass(slots=True)
class Progress:
    """How far a run is."""

    rows: int
    total: int | None
    seconds: float


@dataclass(slots=True)
class FileRun:
    """What a run over a file came to."""

    totals: Totals
    rejects: Path | None
    first_rejects: list[RefusedRow] = field(default_factory=list)
    rearranged: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class Options:
    """How to run over a file."""

    items: Path | None = None
    state: Path | None = None
    """Where to write what everybody has used."""
    rejects: Path | None = None
    explainable: bool = True
    backend: str = "auto"
    threads: int = 2
    batch_rows: int = BATCH_ROWS
    say: Callable[[Message], None] = lambda what: None
    progress: Callable[[Progress], None] = lambda progress: None
    quiet: bool = False
    language: str = CHINESE
    """In which refused rows are told why."""


def run_file(source: Path, target: Path, library: PolicyLibrary, options: Options) -> FileRun:
    """Settle the visits of ``source`` into ``target`` (Parquet).

    Rows of a family have to stand together, families in ascending order, rows of a family
    by ``order`` or day; other files are rearranged on disk first, and that is said.
    Neither output is left behind by a run that fails.
    """
    started = time.monotonic()
    read = InputFile(source)
    check_names(read.names, COLUMNS)
    rulebooks = Rulebooks(library)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".yibao-batch-") as room:
        folder = Path(room)
        run = _Run(folder, target, rulebooks, options, read.rows, started)
        rearranged = options.items is not None
        if not rearranged:
            try:
                run.over(whole_families(read.batches(options.batch_rows)))
            except NotInOrderError:
                run.give_up()
                rearranged = True
                options.say(message("文件不是按家庭和次序排列：先在磁盘上重排，再计算"))
                run = _Run(folder, target, rulebooks, options, read.rows, started)
                run.over(_rearranged(read.batches(options.batch_rows), folder, read, options))
        else:
            assert options.items is not None
            items = InputFile(options.items)
            check_names(items.names, ITEM_COLUMNS)
            if "visit" not in read.names:
                raise InputError(
                    message("有明细文件时，就诊文件必须有 visit 列"), place=str(source)
                )
            options.say(message("有明细文件：先在磁盘上按就诊合并，再按家庭计算"))
            joined = joined_items(read, items, folder, options.batch_rows, run.refuse)
            run.over(_rearranged(joined, folder, read, options))
        return run.finish(read.malformed, rearranged)


def _rearranged(
    batches: Iterator[pa.Table], folder: Path, read: InputFile, options: Options
) -> Iterator[pa.Table]:
    """Batches of whole families in order, through files on disk."""
    size = read.path.stat().st_size
    rows = read.rows if read.rows is not None else size // 64
    count = max(1, min(512, rows // options.batch_rows + 1))
    for bucket in in_buckets(batches, folder, count):
        table, _ = ordered(bucket)
        yield from whole_families(
            (
                table.slice(first, options.batch_rows)
                for first in range(0, table.num_rows, options.batch_rows)
            ),
            check=False,
        )


class _Run:
    """One pass: settles batches on several threads and writes them in order."""

    def __init__(
        self,
        folder: Path,
        target: Path,
        rulebooks: Rulebooks,
        options: Options,
        rows: int | None,
        started: float,
    ) -> None:
        self.target = target
        self.rulebooks = rulebooks
        self.options = options
        self.rows = rows
        self.started = started
        self.backend = choose(options.backend, quiet=options.quiet)
        self.totals = Totals()
        self.done_rows = 0
        self.first_rejects: list[RefusedRow] = []
        self.rejected = 0
        self._output = folder / "output.parquet"
        self._state = folder / "state.parquet"
        self._rejects = folder / "rejects.csv"
        self._writer: pq.ParquetWriter | None = None
        self._state_writer: pq.ParquetWriter | None = None
        self._reject_file = reserve(self._rejects).open("w", encoding="utf-8", newline="")
        self._reject_rows = csv.writer(self._reject_file)
        self._reject_rows.writerow(["row", "column", "reason"])

    def refuse(self, row: int | None, column: str, reason: Text) -> None:
        """Record a row that was refused."""
        self._reject_rows.writerow([row, column, text_of(reason, self.options.language)])
        self.rejected += 1
        if len(self.first_rejects) < _FIRST_REJECTS:
            self.first_rejects.append(RefusedRow(row, column, reason))

    def over(self, batches: Iterator[pa.Table]) -> None:
        """Settle all batches; at most one more than there are threads is under way."""
        threads = max(1, self.options.threads)
        waiting: deque[tuple[int, Future[SettledTable]]] = deque()
        with ThreadPoolExecutor(threads) as pool:
            try:
                for batch in batches:
                    waiting.append((batch.num_rows, pool.submit(self._settle, batch)))
                    if len(waiting) > threads:
                        self._write(*waiting.popleft())
                while waiting:
                    self._write(*waiting.popleft())
            finally:
                for _, future in waiting:
                    future.cancel()

    def _settle(self, batch: pa.Table) -> SettledTable:
        items = None
        if "__items" in batch.column_names:
            items = _unnest(batch)
            batch = batch.drop_columns(["__items"])
        return settle_batch(
            batch,
            self.rulebooks,
            self.backend,
            items=items,
            explainable=self.options.explainable,
            with_state=self.options.state is not None,
        )

    def _write(self, rows: int, future: Future[SettledTable]) -> None:
        settled = future.result()
        table = narrowed(self._even(settled.table))
        if self._writer is None:
            self._writer = self._open(table.schema)
        elif not table.schema.equals(self._writer.schema):
            if (
                table.schema.field("total").type
                == pa.int64()
                != self._writer.schema.field("total").type
            ):
                self._begin_wide(table.schema)
            table = table.cast(self._writer.schema)
        self._writer.write_table(table)
        if settled.state is not None and self.options.state is not None:
            if self._state_writer is None:
                self._state_writer = pq.ParquetWriter(reserve(self._state), settled.state.schema)
            self._state_writer.write_table(settled.state)
        for refused in settled.refused:
            self.refuse(*refused)
        self.totals.add(settled.totals)
        self.done_rows += rows
        seconds = time.monotonic() - self.started
        self.options.progress(Progress(self.done_rows, self.rows, seconds))

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        return pq.ParquetWriter(
            reserve(self._output),
            schema,
            compression="lz4",
            use_dictionary=[name for name in schema.names if name in _DICTIONARY],
            write_statistics=["row"],
        )

    def _begin_wide(self, schema: pa.Schema) -> None:
        """Once amounts pass 32 bits, what was written before is written again in 64."""
        assert self._writer is not None
        if self._writer.schema.equals(schema):
            return
        self._writer.close()
        narrow = self._output.with_suffix(".narrow")
        self._output.replace(narrow)
        self._writer = self._open(schema)
        for batch in pq.ParquetFile(narrow, pre_buffer=False).iter_batches(self.options.batch_rows):
            self._writer.write_table(pa.Table.from_batches([batch]).cast(schema))
        narrow.unlink()

    def _even(self, table: pa.Table) -> pa.Table:
        """The same columns in every batch, in plain types."""
        columns = {}
        for name in table.column_names:
            column = table.column(name)
            kind = column.type
            if pa.types.is_dictionary(kind) and not name.endswith("rulebook"):
                column = column.cast(pa.string())
            columns[name] = column
        if self.options.explainable:
            rows = table.num_rows
            if "in_account_rulebook" not in columns:
                columns["in_account_rulebook"] = columns["rulebook"]
            for name, value in _WITHOUT_DRAWS.items():
                if name not in columns:
                    columns[name] = pa.repeat(value, rows)
        for name in ("rulebook", "in_account_rulebook"):
            if name in columns:
                columns[name] = columns[name].cast(pa.string())
        names = [name for name in columns if not name.startswith("in_")]
        names += sorted(name for name in columns if name.startswith("in_"))
        return pa.table({name: columns[name] for name in names})

    def give_up(self) -> None:
        """Close everything; what was written is thrown away."""
        self._close()
        for path in (self._output, self._state, self._rejects):
            path.unlink(missing_ok=True)

    def _close(self) -> None:
        for writer in (self._writer, self._state_writer):
            if writer is not None:
                writer.close()
        self._reject_file.close()

    def finish(self, malformed: list[tuple[int, Text]], rearranged: bool) -> FileRun:
        """Put the files in their places; ``AssertionError`` where the sums do not agree."""
        for number, reason in malformed:
            self.refuse(number, "", reason)
        self.totals.rejected = self.rejected
        if not self.totals.reconcile():
            self.give_up()
            raise AssertionError("the sum over people differs from the sum over funds")
        if self._writer is not None and self.options.explainable:
            rulebooks = {
                key.decode(): value.decode()
                for key, value in metadata(self.rulebooks.rulebooks).items()
            }
            self._writer.add_key_value_metadata(rulebooks)
        self._close()
        if self._writer is None:
            raise InputError(message("文件里没有可以计算的行"), place=str(self.target))
        self._output.replace(self.target)
        if self.options.state is not None and self._state_writer is not None:
            self._state.replace(self.options.state)
        rejects = None
        if self.rejected:
            rejects = self.options.rejects or self.target.with_suffix(".rejects.csv")
            self._rejects.replace(rejects)
        return FileRun(
            self.totals,
            rejects,
            self.first_rejects,
            rearranged,
            time.monotonic() - self.started,
        )


_DICTIONARY = (
    "rulebook",
    "in_account_rulebook",
    "segment",
    "in_rule_day",
    "in_end_day",
    "in_groups",
    "in_aid",
)
_WITHOUT_DRAWS = {
    "in_balance": pa.scalar(0, pa.int32()),
    "in_grantor_balance": pa.scalar(0, pa.int32()),
    "in_grant_limit": pa.scalar(-1, pa.int32()),
    "in_aid": pa.scalar(0, pa.int32()),
}


def _unnest(batch: pa.Table) -> pa.Table:
    """The item rows that a batch carries, with the visits that they belong to."""
    lists = batch.column("__items").combine_chunks()
    rows = pa.compute.list_parent_indices(lists)
    items = pa.Table.from_struct_array(lists.flatten())
    return items.append_column("visit", batch.column("visit").take(rows).cast(pa.string()))


__all__ = ["BATCH_ROWS", "ROW", "FileRun", "Options", "Progress", "run_file"]
