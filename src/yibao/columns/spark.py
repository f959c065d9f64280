"""Visits in somebody else's cluster: Spark settles them, by the same function as a file.

Only what Spark Connect has too is used: tables, SQL and ``mapInArrow``; a family is brought to
one place (``repartition``), its rows are counted there in their order (a window, which no engine
leaves out as it may a sort that nobody asked for), then :func:`yibao.columns.partition.partition`
goes over it.  yibao, with its extra ``columns``, is installed on every executor in the same
version; the rules travel with the job, no pack lies there.  Never ``applyInArrow`` by family: that
costs milliseconds a family.

>>> from yibao.columns import spark  # doctest: +SKIP
>>> stream = spark.settle(session.read.table("claims.y2025"), rules, row_id="id")  # doctest: +SKIP
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yibao.columns.partition import (
    MARK,
    NOTE,
    REJECT,
    SETTLED,
    STATE,
    family_key,
    partition_schema,
    reconcile,
)
from yibao.columns.partition import partition as settle_families
from yibao.columns.pinned import CarriedRulebooks
from yibao.columns.read.whole_input import FewWrongRows, WrongRows
from yibao.columns.spark_texts import (
    PLACE,
    arrow_schema,
    count_sql,
    ddl,
    family_sql,
    place_sql,
    row_columns,
    wrong_rows_sql,
)
from yibao.columns.stream import FileRun, unsaid
from yibao.columns.travelling import TravellingLibrary
from yibao.columns.write.output import RefusedRow
from yibao.errors import InputError
from yibao.extras import install_command
from yibao.messages import Message, message

_ROWS_OF_A_PARTITION = 500_000
_BATCH_ROWS = 200_000
"""Of ``spark.sql.execution.arrow.maxRecordsPerBatch``: the engine's own 10,000 cost more."""
_MOST_WRONG = 1_000_000
_FIRST_REJECTS = 10
_VIEW = "yibao_visits"
_POLL_SECONDS = 1.0
_REMOTE, _MASTERS = "sc://", ("spark://", "local")
_NOTES = ("note_area", "note_scheme", "note_name")
Frame = Any
"""A DataFrame of Spark's, of either kind."""


@dataclass(frozen=True, slots=True)
class PartitionWork:
    """What every partition is settled by; it travels to the executors."""

    rules: bytes
    visits: pa.Schema
    """The columns of the visits, the row's number among them."""
    row_id: str
    state: bool = False
    explain: bool = True
    backend: str = "auto"
    wrong: WrongRows = field(default_factory=WrongRows)
    pinned: CarriedRulebooks | None = None

    def schema(self) -> pa.Schema:
        """The columns that come out."""
        place = self.visits.get_field_index(self.row_id)
        return partition_schema(self.visits.remove(place), state=self.state, explain=self.explain)


def settle_rows(work: PartitionWork, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One partition, as an executor does it: families together, in the order of their rows."""
    typed = (pa.Table.from_batches([batch]).cast(work.visits) for batch in batches)
    rows = (batch for table in typed for batch in table.to_batches())
    return settle_families(
        rows,
        _library(work.rules),
        row_id=work.row_id,
        state=work.state,
        explain=work.explain,
        backend=work.backend,
        wrong=work.wrong,
        pinned=work.pinned,
        rearrange=True,
    )


def in_place(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows without their place in the family; ``InputError`` where one is not in it.

    An engine that cuts a family in two would give each half a year of its own.
    """
    key, place = pa.nulls(1, pa.string()), 0
    for batch in batches:
        table = pa.Table.from_batches([batch])
        if table.num_rows == 0:
            continue
        places = table.column(PLACE).to_numpy()
        keys = pa.concat_arrays([key, family_key(table).fill_null("")])
        goes_on = pc.equal(keys.slice(1), keys.slice(0, len(keys) - 1)).fill_null(False)
        before = np.concatenate(([place], places[:-1]))
        expected = np.where(goes_on.to_numpy(zero_copy_only=False), before + 1, 1)
        if (places != expected).any():
            raise InputError(message("引擎没有把每个家庭的行按次序放在一处，没有计算"))
        key, place = keys.slice(len(keys) - 1), int(places[-1])
        yield from table.drop_columns([PLACE]).to_batches()


@lru_cache(maxsize=2)
def _library(rules: bytes) -> TravellingLibrary:
    """The rules, read once in a process of an executor."""
    return TravellingLibrary.from_bytes(rules)


def settle(
    visits: Frame,
    library: TravellingLibrary,
    *,
    row_id: str,
    partitions: int,
    state: bool = False,
    explain: bool = True,
    backend: str = "auto",
    wrong: WrongRows | None = None,
    pinned: CarriedRulebooks | None = None,
) -> Frame:
    """The stream of marked rows (:func:`yibao.columns.partition.partition`) as a DataFrame.

    ``row_id``: a column of whole numbers that names each row; rows of the same day are settled
    in its order.  ``partitions``: how many parts, each of whole families.  The other options
    are those of ``partition``.
    """
    from pyspark.sql import functions

    columns = visits.dtypes
    read = visits.selectExpr(*row_columns(columns))
    work = PartitionWork(
        rules=library.to_bytes(),
        visits=arrow_schema(read.dtypes),
        row_id=row_id,
        state=state,
        explain=explain,
        backend=backend,
        wrong=wrong or WrongRows(),
        pinned=pinned,
    )
    family = family_sql(columns)

    def rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return settle_rows(work, in_place(batches))

    together = read.repartition(partitions, functions.expr(family))
    counted = together.selectExpr("*", place_sql(family, row_id))
    return counted.mapInArrow(rows, ddl(work.schema()))


def wrong_rows(session: Any, view: str, columns: list[tuple[str, str]], row_id: str) -> WrongRows:
    """The rows of a view that are refused for what stands elsewhere in it."""
    query = wrong_rows_sql(view, columns, row_id)
    if query is None:
        return WrongRows()
    rows = session.sql(query).limit(_MOST_WRONG + 1).collect()
    if len(rows) > _MOST_WRONG:
        raise InputError(
            message("写重的就诊、写在两个家庭里的人太多（超过 {most} 行）", most=_MOST_WRONG)
        )
    return FewWrongRows((row["number"], row["fault"]) for row in rows)


def session_of(engine: str) -> Any:
    """A session of an engine: ``sc://`` by Spark Connect, ``spark://`` and ``local…`` by a master.

    ``InputError`` for another address, and where PySpark is not installed.
    """
    if not engine.startswith((_REMOTE, *_MASTERS)):
        raise InputError(
            message(
                "没有 {engine} 这种引擎：请写 spark://主机:端口、sc://主机:端口 或 local[2]",
                engine=engine,
            )
        )
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise InputError(
            message(
                "在 Spark 里计算需要 pyspark，请安装：{command}", command=install_command("spark")
            )
        ) from None
    if engine.startswith(_REMOTE):
        return SparkSession.builder.remote(engine).getOrCreate()
    builder = SparkSession.builder.master(engine).appName("yibao")
    if engine.startswith("local"):
        import sys

        builder = builder.config("spark.driver.host", "127.0.0.1")
        builder = builder.config("spark.pyspark.python", sys.executable)
    return builder.getOrCreate()


@dataclass(slots=True)
class EngineOptions:
    """How to run in an engine."""

    row_id: str
    partitions: int | None = None
    """By the number of rows if None."""
    state: str | None = None
    """Where to write what everybody has used: a path, or the name of a table."""
    rejects: str | None = None
    explain: bool = True
    backend: str = "auto"
    pinned: CarriedRulebooks | None = field(default_factory=CarriedRulebooks)
    """The rulebooks that rows may name; None: every row by the packs."""
    say: Callable[[Message], None] = unsaid
    progress: Callable[[int, int], None] | None = None
    """Told how many tasks are done, of how many."""


def run(
    session: Any, source: str, target: str, library: TravellingLibrary, options: EngineOptions
) -> FileRun:
    """Settle a table of an engine into another one, partitioned by ``mark``.

    ``source``, ``target``: Parquet where there is a slash in it, else the name of a table of the
    catalogue.  Beside the target the rulebooks of its rows are written (``.rulebooks``, or
    ``_rulebooks`` of a table).  ``InputError`` for what the engine refuses.
    """
    from pyspark.errors import PySparkException

    started = time.monotonic()
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(_BATCH_ROWS))
    try:
        with _watched(session, options.progress):
            totals, refused = _Run(session, source, target, library, options).whole()
    except PySparkException as error:
        raise InputError(message("引擎说：{error}", error=_short(error)), place=source) from error
    rejects = None
    if totals.rejected:
        rejects = options.rejects or f"{target} ({MARK} = '{REJECT}')"
    return FileRun(totals, rejects, refused, False, time.monotonic() - started)


def _short(error: Exception) -> str:
    """What is wrong, without the frames of the engine."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    own = [line for line in lines if "Error: " in line and not line.startswith((" ", "\t"))]
    return (own or lines or [type(error).__name__])[-1 if own else 0]


class _Run:
    """One run over a table."""

    def __init__(
        self,
        session: Any,
        source: str,
        target: str,
        library: TravellingLibrary,
        options: EngineOptions,
    ) -> None:
        self._session = session
        self._target = target
        self._library = library
        self._options = options
        self._visits = self._read(source)
        if options.row_id not in self._visits.columns:
            raise InputError(message("没有 {name} 这一列", name=options.row_id), place=source)

    def whole(self) -> tuple[Any, list[RefusedRow]]:
        """Settle everything; the totals and the first rows that were refused."""
        options, columns = self._options, self._visits.dtypes
        self._visits.createOrReplaceTempView(_VIEW)
        counted = self._session.sql(count_sql(_VIEW, options.row_id)).collect()[0]
        rows = counted["table_rows"]
        if rows == 0:
            raise InputError(message("表里没有可以计算的行"), place=self._target)
        if counted["numbered"] != rows:
            raise InputError(message("{name} 这一列有空的：每行都要有行号", name=options.row_id))
        options.say(message("共 {rows} 行，先看全表有没有写重的", rows=rows))
        wrong = wrong_rows(self._session, _VIEW, columns, options.row_id)
        partitions = options.partitions or max(2, -(-rows // _ROWS_OF_A_PARTITION))
        options.say(message("按家庭分成 {partitions} 份计算", partitions=partitions))
        stream = settle(
            self._visits,
            self._library,
            row_id=options.row_id,
            partitions=partitions,
            state=options.state is not None,
            explain=options.explain,
            backend=options.backend,
            wrong=wrong,
            pinned=options.pinned,
        )
        self._write(stream, self._target, by=MARK)
        settled = self._read(self._target)
        totals = reconcile(self._notes(settled))
        counts = totals.visits + totals.reversals + totals.carried + totals.rejected
        if counts != rows:
            raise AssertionError(f"{rows} rows went in, {counts} came out")
        refused = settled.where(f"{MARK} = '{REJECT}'").selectExpr(
            "row", "reject_column as `column`", "reject_reason as reason"
        )
        if options.rejects is not None:
            self._write(refused, options.rejects)
        if options.state is not None:
            used = settled.where(f"{MARK} = '{STATE}'").select("state.*")
            self._write(used, options.state)
        if options.explain:
            self._write_rulebooks(settled)
        first = refused.orderBy("row").limit(_FIRST_REJECTS).collect()
        return totals, [RefusedRow(row["row"], row["column"], row["reason"]) for row in first]

    def _notes(self, settled: Frame) -> pa.Table:
        """The sums of all partitions, added up by the engine."""
        added = settled.where(f"{MARK} = '{NOTE}'").groupBy(*_NOTES).agg({"note_value": "sum"})
        rows = [
            {name: row[name] for name in _NOTES} | {"note_value": row["sum(note_value)"]}
            for row in added.collect()
        ]
        kinds = [(name, pa.string()) for name in _NOTES]
        return pa.Table.from_pylist(rows, pa.schema([*kinds, ("note_value", pa.int64())]))

    def _write_rulebooks(self, settled: Frame) -> None:
        """The rulebooks that rows were settled by, beside them."""
        rows = settled.where(f"{MARK} = '{SETTLED}'")
        named = rows.select("rulebook").union(rows.select("in_account_rulebook")).distinct()
        hashes = {row["rulebook"] for row in named.collect()} - {None, ""}
        forms = {row["hash"]: row["form"] for row in self._library.rulebook_table().to_pylist()}
        for name in hashes - forms.keys():
            pinned = self._options.pinned and self._options.pinned.rulebook(name)
            if pinned:
                forms[name] = json.dumps(pinned.to_canonical(), ensure_ascii=False)
        table = [
            (name, json.loads(forms[name])["area"], forms[name])
            for name in sorted(hashes & forms.keys())
        ]
        if table:
            frame = self._session.createDataFrame(table, "hash string, area string, form string")
            end = ".rulebooks" if "/" in self._target else "_rulebooks"
            self._write(frame, self._target.rstrip("/") + end)

    def _read(self, name: str) -> Frame:
        return self._session.read.parquet(name) if "/" in name else self._session.read.table(name)

    def _write(self, frame: Frame, name: str, by: str = "") -> None:
        """Write a table that must not be there yet."""
        writer = frame.write.mode("error")
        if by:
            writer = writer.partitionBy(by)
        if "/" in name:
            writer.parquet(name)
        else:
            writer.format("parquet").saveAsTable(name)


@contextmanager
def _watched(session: Any, progress: Callable[[int, int], None] | None) -> Iterator[None]:
    """Tell how far the engine is, where it says so."""
    if progress is None:
        yield
        return
    if hasattr(session, "registerProgressHandler") and not _is_classic(session):

        def told(stages: Any, **_: Any) -> None:
            stages = list(stages or ())
            progress(
                sum(stage.num_completed_tasks for stage in stages),
                sum(stage.num_tasks for stage in stages),
            )

        session.registerProgressHandler(told)
        try:
            yield
        finally:
            session.removeProgressHandler(told)
        return
    ended = threading.Event()
    watcher = threading.Thread(target=_poll, args=(session, progress, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _is_classic(session: Any) -> bool:
    return not type(session).__module__.startswith("pyspark.sql.connect")


def _poll(session: Any, progress: Callable[[int, int], None], ended: threading.Event) -> None:
    """Ask the driver for the tasks of the stages that run."""
    tracker = session.sparkContext.statusTracker()
    while not ended.wait(_POLL_SECONDS):
        with suppress(Exception):  # The stage that was asked about may have ended meanwhile.
            stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
            running = [stage for stage in stages if stage is not None]
            if running:
                progress(
                    sum(stage.numCompletedTasks for stage in running),
                    sum(stage.numTasks for stage in running),
                )
