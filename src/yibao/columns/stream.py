"""File in, file out, whatever the size: batches of whole families, both cores."""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.backend import choose
from yibao.columns.engine import BATCH_ROWS, in_turn, settle_batch
from yibao.columns.explain import metadata
from yibao.columns.pinned import CarriedRulebooks, metadata_of
from yibao.columns.read.cells import check_names
from yibao.columns.read.families import ROW, NotInOrderError, ordered, whole_families
from yibao.columns.read.mapping import FileMapping
from yibao.columns.read.rearranging import in_buckets, joined_items
from yibao.columns.read.sources import UTF_8, InputFile
from yibao.columns.read.whole_input import LOOKED_AT, WholeInput, WrongRows
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.schema import COLUMNS, ITEM_COLUMNS
from yibao.columns.totals import Totals
from yibao.columns.write.file import OutputFile
from yibao.columns.write.output import RefusedRow, SettledTable, nothing
from yibao.errors import InputError
from yibao.messages import CHINESE, Message, Text, message, text_of
from yibao.policy.compile import PolicyLibrary
from yibao.private_files import reserve

_FIRST_REJECTS = 10


@dataclass(slots=True)
class Progress:
    """How far a run is."""

    rows: int
    total: int | None
    seconds: float


def unsaid(what: object) -> None:
    """Nobody is told; a function with a name, so that options travel to other processes."""


@dataclass(slots=True)
class FileRun:
    """What a run over a file came to."""

    totals: Totals
    rejects: Path | str | None
    """Where the refused rows are: a file, or a place in an engine."""
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
    processes: int = 1
    """More than one: buckets in so many processes of one thread each."""
    bucket_rows: int | None = None
    """About how many rows a process settles before it writes a bucket down; by size if None."""
    batch_rows: int = BATCH_ROWS
    say: Callable[[Message], None] = unsaid
    progress: Callable[[Progress], None] = unsaid
    quiet: bool = False
    encoding: str = UTF_8
    """Of files of texts: one of ``ENCODINGS``."""
    language: str = CHINESE
    """In which refused rows are told why."""
    mapping: FileMapping | None = None
    """Where the headings of the files are not the columns' names."""
    rulebooks: Path | None = None
    """A file that carries the rulebooks which rows name, beside the file of visits itself."""
    today: bool = False
    """Whether every row is settled by the packs, whatever rulebook it names."""

    def opened(self, source: Path) -> InputFile:
        """The file of visits."""
        read = InputFile(source, self.encoding, mapping=self.mapping)
        check_names(read.names, COLUMNS)
        return read

    def opened_items(self, source: Path) -> InputFile:
        """The file of item rows."""
        mapping = self.mapping if self.mapping is not None and self.mapping.items else None
        items = InputFile(source, self.encoding, known=ITEM_COLUMNS, mapping=mapping, of_items=True)
        check_names(items.names, ITEM_COLUMNS)
        return items

    def pinned(self, read: InputFile) -> CarriedRulebooks | None:
        """The rulebooks that rows may name."""
        if self.today:
            return None
        beside = None if self.rulebooks is None else metadata_of(self.rulebooks)
        return CarriedRulebooks(read.metadata, beside)


def run_file(source: Path, target: Path, library: PolicyLibrary, options: Options) -> FileRun:
    """Settle the visits of ``source`` into ``target`` (Parquet).

    Rows of a family have to stand together, families in ascending order, rows of a family
    by ``order`` or day; other files are rearranged on disk first, and that is said.
    Neither output is left behind by a run that fails.
    """
    read = options.opened(source)
    rulebooks = Rulebooks(library, options.pinned(read))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".yibao-batch-") as room:
        folder = Path(room)

        def begin(wrong: WrongRows) -> Run:
            return Run(folder, target, rulebooks, options, read, wrong)

        if options.items is not None:
            run = _with_items(read, options.items, folder, options, begin)
            return run.finish(rearranged=True)
        run = begin(WrongRows())
        look = WholeInput(_new(folder, "look"), every=False)
        rearranged = False
        try:
            run.over(whole_families(look.seen(read.batches(options.batch_rows))))
            if look.nothing_wrong():
                return run.finish(rearranged=False)
        except NotInOrderError:
            rearranged = True
            options.say(message("文件不是按家庭和次序排列：先在磁盘上重排，再计算"))
        run.give_up()
        wrong = _looked_over(read, folder, options)
        run = begin(wrong)
        if rearranged:
            run.over(_rearranged(read.batches(options.batch_rows), folder, read, options))
        else:
            run.over(whole_families(read.batches(options.batch_rows)))
        return run.finish(rearranged=rearranged)


def _new(folder: Path, name: str) -> Path:
    """A folder of its own for one look over the input."""
    inside = folder / name
    inside.mkdir()
    return inside


def _looked_over(read: InputFile, folder: Path, options: Options) -> WrongRows:
    """What every row of the input shows about the others."""
    look = WholeInput(_new(folder, "every"), every=True)
    for batch in read.batches(options.batch_rows, only=LOOKED_AT):
        look.see(batch)
    return look.wrong_rows()


def check_visits_named(read: InputFile) -> None:
    """``InputError`` where no visit has a number by which its items could name it."""
    if "visit" not in read.names:
        raise InputError(message("有明细文件时，就诊文件必须有 visit 列"), place=str(read.path))


def _with_items(
    read: InputFile,
    source: Path,
    folder: Path,
    options: Options,
    begin: Callable[[WrongRows], Run],
) -> Run:
    """The visits with the items of another file."""
    items = options.opened_items(source)
    check_visits_named(read)
    options.say(message("有明细文件：先在磁盘上按就诊合并，再按家庭计算"))
    run = begin(_looked_over(read, folder, options))
    visits = joined_items(read, items, folder, options.batch_rows, run.refuse)
    run.over(_rearranged(visits, folder, read, options))
    return run


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


class Run:
    """One pass: settles batches on several threads and writes them in order."""

    def __init__(
        self,
        folder: Path,
        target: Path,
        rulebooks: Rulebooks,
        options: Options,
        read: InputFile,
        wrong: WrongRows,
    ) -> None:
        self.target = target
        self.rulebooks = rulebooks
        self.options = options
        self.read = read
        self.started = time.monotonic()
        self.wrong = wrong
        self.backend = choose(options.backend, quiet=options.quiet, language=options.language)
        self.totals = Totals()
        self.done_rows = 0
        self.first_rejects: list[RefusedRow] = []
        self.rejected = 0
        self._output = folder / "output.parquet"
        self._state = folder / "state.parquet"
        self._rejects = folder / "rejects.csv"
        self._writer: OutputFile | None = None
        self._state_writer: pq.ParquetWriter | None = None
        self._reject_file = reserve(self._rejects).open("w", encoding="utf-8", newline="")
        self._reject_rows = csv.writer(self._reject_file)
        self._reject_rows.writerow(["row", "column", "reason"])

    def refuse(self, row: int | None, column: str, reason: Text) -> None:
        """Record a row that was refused; a column is called as in the file."""
        column = self.read.shown(column)
        self._reject_rows.writerow([row, column, text_of(reason, self.options.language)])
        self.rejected += 1
        if len(self.first_rejects) < _FIRST_REJECTS:
            self.first_rejects.append(RefusedRow(row, column, reason))

    def over(self, batches: Iterator[pa.Table]) -> None:
        """Settle all batches, on several threads, and write them in order."""
        try:
            for rows, settled in in_turn(batches, self._settle, self.options.threads):
                self.write(rows, settled)
        except BaseException:
            self.give_up()
            raise

    def _settle(self, batch: pa.Table) -> SettledTable:
        items = None
        if "__items" in batch.column_names:
            items = _unnest(batch)
            batch = batch.drop_columns(["__items"])
        return settle_batch(
            batch,
            self.rulebooks,
            self.backend,
            wrong=self.wrong,
            items=items,
            explainable=self.options.explainable,
            with_state=self.options.state is not None,
        )

    @property
    def begun(self) -> bool:
        """Whether anything was written."""
        return self._writer is not None

    def write(self, rows: int, settled: SettledTable) -> None:
        """Write what a batch of so many rows came to."""
        table = settled.table
        if self._writer is None:
            self._writer = OutputFile(self._output, table.schema)
        elif not table.schema.equals(self._writer.schema):
            if table.schema.field("total").type == pa.int64():
                self._begin_wide(table.schema)
            table = table.cast(self._writer.schema)
        self._writer.write(table)
        if settled.state is not None and self.options.state is not None:
            if self._state_writer is None:
                self._state_writer = pq.ParquetWriter(reserve(self._state), settled.state.schema)
            self._state_writer.write_table(settled.state)
        for refused in settled.refused:
            self.refuse(*refused)
        self.totals.add(settled.totals)
        self.done_rows += rows
        seconds = time.monotonic() - self.started
        self.options.progress(Progress(self.done_rows, self.read.rows, seconds))

    def _begin_wide(self, schema: pa.Schema) -> None:
        """Once amounts pass 32 bits, what was written before is written again in 64."""
        assert self._writer is not None
        if self._writer.schema.equals(schema):
            return
        self._writer.close()
        narrow = self._output.with_suffix(".narrow")
        self._output.replace(narrow)
        self._writer = OutputFile(self._output, schema)
        for batch in pq.ParquetFile(narrow, pre_buffer=False).iter_batches(self.options.batch_rows):
            self._writer.write(pa.Table.from_batches([batch]).cast(schema))
        narrow.unlink()

    def give_up(self) -> None:
        """Close everything; what was written is thrown away."""
        self.close(finished=False)
        for path in (self._output, self._state, self._rejects):
            path.unlink(missing_ok=True)

    def close(self, *, finished: bool) -> None:
        """Close the files; a finished one carries the rulebooks of its rows."""
        if finished and self._writer is not None and self.options.explainable:
            self._writer.say(texts_of(metadata(self.rulebooks.rulebooks)))
        for writer in (self._writer, self._state_writer):
            if writer is not None:
                writer.close()
        self._reject_file.close()

    def finish(self, *, rearranged: bool) -> FileRun:
        """Put the files in their places; ``AssertionError`` where the sums do not agree."""
        for fault in self.read.malformed:
            self.refuse(*fault)
        if self._writer is None and self.rejected:
            # Nothing but rows that are none: the files say so.
            schema = self.read.schema()
            explainable, with_state = self.options.explainable, self.options.state is not None
            self.write(0, nothing(schema, explainable=explainable, with_state=with_state))
        self.totals.rejected = self.rejected
        if not self.totals.reconcile():
            self.give_up()
            raise AssertionError("the sum over people differs from the sum over funds")
        self.close(finished=True)
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


def texts_of(of_file: Mapping[bytes, bytes]) -> dict[str, str]:
    """Metadata as a writer takes it."""
    return {key.decode(): value.decode() for key, value in of_file.items()}


def _unnest(batch: pa.Table) -> pa.Table:
    """The item rows that a batch carries, with the visits that they belong to."""
    lists = batch.column("__items").combine_chunks()
    rows = pa.compute.list_parent_indices(lists)
    items = pa.Table.from_struct_array(lists.flatten())
    return items.append_column("visit", batch.column("visit").take(rows).cast(pa.string()))


__all__ = ["BATCH_ROWS", "ROW", "FileRun", "Options", "Progress", "run_file"]
