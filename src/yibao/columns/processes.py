"""A file settled by several processes, bucket by bucket; whoever is interrupted goes on.

The same rows, amounts, refusals and state in the same order as one process gives them: a
bucket is whole families, finished buckets are joined without being decoded.  They stand
beside the output until all are finished, under a name that depends on the input, the rules and
the options, so that a later run takes up those of the same run alone.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from yibao import __version__
from yibao.benefit import KERNEL_VERSION
from yibao.columns.bucket import (
    OUTPUT,
    REJECTS,
    STATE,
    SettledBucket,
    Work,
    awake,
    begin,
    finished,
    folder_of,
    settle_bucket,
)
from yibao.columns.explain import carrying, metadata
from yibao.columns.finished_buckets import of_one_width, schema_of, write_rejects
from yibao.columns.read.cutting import Bucket, dealt, ranges, spooled
from yibao.columns.read.families import NotInOrderError, whole_families
from yibao.columns.read.rearranging import joined_items
from yibao.columns.read.whole_input import LOOKED_AT, WholeInput, WrongRows
from yibao.columns.stream import (
    FileRun,
    Options,
    Progress,
    check_visits_named,
    texts_of,
    unsaid,
)
from yibao.columns.totals import Totals
from yibao.columns.travelling import TravellingLibrary
from yibao.columns.write.joining import join
from yibao.columns.write.output import RefusedRow
from yibao.errors import InputError
from yibao.messages import Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.private_files import reserve

_ROWS_FOR_A_PROCESS = 4_000_000
"""A process takes about as long to start as this takes by a fifth."""
_CORES_OF_THREADS = 2
_BYTES_OF_A_ROW = 100
_LEAST_BUCKETS = 16
_MOST_BUCKETS = 512
_MOST_ROWS = 1 << 20
_WAITING = 2
"""How many buckets more than processes lie ready."""
PARTS = ".parts"
"""What the folder of finished buckets is called after the output."""
MakePool = Callable[[int], Executor]


class _WrongRowsError(Exception):
    """Some rows are refused for what stands elsewhere in the input."""


def pool_of_processes(count: int) -> Executor:
    """So many new processes, which end with this one whatever becomes of it.

    All of them begin at once, to be ready when there is something to settle.
    """
    processes = ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=begin,
        initargs=(os.getpid(),),
    )
    for _ in range(count):
        processes.submit(awake)  # Each begins a process, as none is idle yet.
    return processes


def suitable_processes(source: Path) -> int:
    """How many processes pay for a file: a core each, but one where starting them takes longer.

    Threads of one process keep two cores as busy, and nothing is begun twice or joined.
    """
    cores = os.cpu_count() or 1
    if cores <= _CORES_OF_THREADS or not source.is_file():
        return 1
    size = source.stat().st_size
    rows = pq.read_metadata(source).num_rows if _is_parquet(source) else size // _BYTES_OF_A_ROW
    return int(max(1, min(cores, rows // _ROWS_FOR_A_PROCESS)))


def _is_parquet(source: Path) -> bool:
    with source.open("rb") as file:
        return file.read(4) == b"PAR1" and source.suffix.lower() == ".parquet"


def run_in_processes(
    source: Path,
    target: Path,
    library: PolicyLibrary,
    options: Options,
    pool: MakePool = pool_of_processes,
) -> FileRun:
    """Settle the visits of ``source`` into ``target``, as ``run_file`` does.

    Interrupted, it leaves its finished buckets in ``target`` + ``.parts``; called again with the
    same input, rules and options it settles the others.
    """
    parts = target.with_name(target.name + PARTS)
    parts.mkdir(mode=0o700, exist_ok=True)
    try:
        done = _Run(source, target, library, options, parts, pool).whole()
    except (InputError, AssertionError):
        shutil.rmtree(parts)
        raise
    except BrokenProcessPool:
        raise InputError(
            message("一个计算进程被终止了；算完的各份还在，再运行同一命令就接着算"),
            place=str(parts),
        ) from None
    shutil.rmtree(parts)
    return done


class _Run:
    """One run over a file, through all that may turn out about it."""

    def __init__(
        self,
        source: Path,
        target: Path,
        library: PolicyLibrary,
        options: Options,
        parts: Path,
        pool: MakePool,
    ) -> None:
        self.target = target
        self.options = options
        self.parts = parts
        self.pool = pool
        self.started = time.monotonic()
        self.read = options.opened(source)
        self.carried = options.pinned(self.read)
        self._ready: Executor | None = pool(options.processes)
        """The processes of the first try, which start while the rules are packed."""
        rules = TravellingLibrary.of(library).to_bytes()
        self.key = hashlib.sha256(rules + repr(self._stated()).encode())
        for name in ("rules", "look", "spools"):
            shutil.rmtree(parts / name, ignore_errors=True)
        (parts / "spools").mkdir(mode=0o700)
        self.rules = parts / "rules.bin"
        self.rules.unlink(missing_ok=True)
        reserve(self.rules).write_bytes(rules)
        self.refused: list[RefusedRow] = []
        """What is refused before the rows are settled: items of no visit."""
        self.in_order = options.items is None
        self.wrong = WrongRows()
        self.ending: threading.Thread
        """The processes that have settled everything; they end while the buckets are joined."""

    def _stated(self) -> list[Any]:
        """What the answer depends on, beside the rules."""
        options = self.options
        files = [self.read.path, *filter(None, (options.items, options.rulebooks))]
        stats = [(str(path.resolve()), *_stat(path)) for path in files]
        forms = None if self.carried is None else sorted(self.carried.hashes())
        chosen = (options.explainable, options.state is not None, options.language)
        sizes = (options.batch_rows, options.bucket_rows, options.encoding)
        programs = (__version__, KERNEL_VERSION)
        return [stats, forms, chosen, sizes, programs, options.today, repr(options.mapping)]

    def whole(self) -> FileRun:
        """Settle everything, once more where the input turns out to be another than it seemed."""
        known = self._known()
        self.in_order = self.in_order and "rearranged" not in known
        if self.options.items is not None or "wrong" in known:
            self.wrong = self._looked_over()
        while True:
            try:
                buckets = self._settled()
            except NotInOrderError:
                self.options.say(message("文件不是按家庭和次序排列：先在磁盘上重排，再计算"))
                self.in_order = False
                self._note("rearranged")
                continue
            except _WrongRowsError:
                self._note("wrong")
                self.wrong = self._looked_over()
                continue
            try:
                return self._finish(buckets)
            finally:
                self.ending.join()

    def _known(self) -> list[str]:
        """What an interrupted run of the same input found out about it."""
        path = self.parts / "known.json"
        if not path.is_file():
            return []
        by_run: dict[str, list[str]] = json.loads(path.read_text())
        return by_run.get(self.key.hexdigest(), [])

    def _note(self, what: str) -> None:
        (self.parts / "known.json").write_text(
            json.dumps({self.key.hexdigest(): [*self._known(), what]})
        )

    def _looked_over(self) -> WrongRows:
        folder = self.parts / "look"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        look = WholeInput(folder, every=True)
        for batch in self.read.batches(self.options.batch_rows, only=LOOKED_AT):
            look.see(batch)
        wrong = look.wrong_rows()
        shutil.rmtree(folder)
        return wrong

    def _settled(self) -> list[SettledBucket]:
        """All buckets, those that an earlier run finished among them."""
        key = self.key.copy()
        key.update(f"{self.in_order} {self.wrong.digest()}".encode())
        folder = self.parts / key.hexdigest()[:16]
        for other in self.parts.iterdir():
            if other.is_dir() and other not in (folder, self.parts / "spools"):
                shutil.rmtree(other)
        folder.mkdir(mode=0o700, exist_ok=True)
        options = replace(self.options, say=unsaid, progress=unsaid)
        work = Work(self.read.path, self.rules, folder, options, self.carried, self.wrong)
        looking = self.in_order and not self.wrong
        executor = self._ready or self.pool(self.options.processes)
        self._ready = None
        settling = _Settling(self, folder, executor, work)
        few = self.options.processes + _WAITING
        try:
            cut = self._ranges() if self.in_order else None
            if cut is not None:
                settling.over(cut)
                if not self.wrong:
                    self._look()
            else:
                looking = self.in_order and not self.wrong
                look = WholeInput(self._new("look"), every=False) if looking else None
                settling.over(self._buckets(look), few)
                if look is not None and not look.nothing_wrong():
                    raise _WrongRowsError
            settled = settling.finished()
        except BaseException:
            _end(executor)
            executor.shutdown(wait=False, cancel_futures=True)
            raise
        self.ending = threading.Thread(target=executor.shutdown)
        self.ending.start()
        return settled

    def _new(self, name: str) -> Path:
        folder = self.parts / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def _look(self) -> None:
        """Whether anything is wrong that only the whole input shows, while others settle it."""
        if not {"family", "draw_relative", "visit"} & set(self.read.names):
            return
        look = WholeInput(self._new("look"), every=False)
        for batch in self.read.batches(self.options.batch_rows, only=LOOKED_AT):
            look.see(batch)
        if not look.nothing_wrong():
            raise _WrongRowsError

    def _rows_of_bucket(self) -> int:
        if self.options.bucket_rows is not None:
            return self.options.bucket_rows
        rows = self.read.rows or self.read.path.stat().st_size // 64
        return min(_MOST_ROWS, max(self.options.batch_rows, rows // _LEAST_BUCKETS))

    def _ranges(self) -> list[Bucket] | None:
        """Runs of the file itself; None where it cannot be read from anywhere, or is in few."""
        file = self.read.in_ranges
        if file is None:
            return None
        wanted = min(file.metadata.num_rows // self._rows_of_bucket(), 2 * self.options.processes)
        cut = list(ranges(file, self._rows_of_bucket()))
        return cut if len(cut) >= wanted else None

    def _buckets(self, look: WholeInput | None) -> Iterator[Bucket]:
        """Buckets as files of their own, as the input is read."""
        spools, options = self.parts / "spools", self.options
        batches = self.read.batches(options.batch_rows)
        if self.in_order:
            seen = batches if look is None else look.seen(batches)
            return spooled(whole_families(seen), spools, self._rows_of_bucket())
        if options.items is not None:
            items = options.opened_items(options.items)
            check_visits_named(self.read)
            options.say(message("有明细文件：先在磁盘上按就诊合并，再按家庭计算"))
            self.refused.clear()
            batches = joined_items(self.read, items, spools, options.batch_rows, self.refuse)
        rows = self.read.rows or self.read.path.stat().st_size // 64
        count = max(1, min(_MOST_BUCKETS, rows // options.batch_rows + 1))
        return dealt(batches, spools, count)

    def refuse(self, row: int | None, column: str, reason: Text) -> None:
        """Take down a row that is refused here."""
        self.refused.append(RefusedRow(row, self.read.shown(column), reason))

    def tell(self, rows: int) -> None:
        """Say how far the run is."""
        seconds = time.monotonic() - self.started
        self.options.progress(Progress(rows, self.read.rows, seconds))

    def _finish(self, buckets: list[SettledBucket]) -> FileRun:
        """Join the buckets, put the files in their places."""
        totals = Totals()
        for bucket in buckets:
            totals.add(bucket.totals)
        malformed = [
            RefusedRow(row, self.read.shown(column), reason)
            for row, column, reason in self.read.malformed
        ]
        totals.rejected = (
            sum(bucket.rejected for bucket in buckets) + len(self.refused) + len(malformed)
        )
        if not buckets and not totals.rejected:
            raise InputError(message("文件里没有可以计算的行"), place=str(self.target))
        if not totals.reconcile():
            raise AssertionError("the sum over people differs from the sum over funds")
        output, state, rejects = (self.parts / name for name in (OUTPUT, STATE, REJECTS))
        for path in (output, state, rejects):
            path.unlink(missing_ok=True)
        forms: dict[str, Any] = {}
        for bucket in buckets:
            forms |= bucket.forms()
        carried = {**metadata(()), **carrying(forms.values())} if self.options.explainable else {}
        paths = [bucket.folder / OUTPUT for bucket in buckets]
        join(of_one_width(paths), output, schema_of(paths), texts_of(carried))
        if self.options.state is not None:
            states = [bucket.folder / STATE for bucket in buckets]
            states = [path for path in states if path.is_file()]
            if states:
                join(states, state, pq.read_schema(states[0]), {})
        first = write_rejects(rejects, self.refused, buckets, malformed, self.options.language)
        output.replace(self.target)
        if self.options.state is not None and state.is_file():
            state.replace(self.options.state)
        named = None
        if totals.rejected:
            named = self.options.rejects or self.target.with_suffix(".rejects.csv")
            rejects.replace(named)
        seconds = time.monotonic() - self.started
        return FileRun(totals, named, first, not self.in_order, seconds)


class _Settling:
    """Buckets handed to processes, those that stand finished left out."""

    def __init__(self, run: _Run, folder: Path, executor: Executor, work: Work) -> None:
        self._run = run
        self._folder = folder
        self._executor = executor
        self._work = work
        self._buckets: list[Bucket] = []
        self._under_way: set[Future[int]] = set()
        self._rows = 0

    def over(self, buckets: Iterable[Bucket], waiting: int | None = None) -> None:
        """Hand over buckets; with ``waiting`` no more of them at a time."""
        for bucket in buckets:
            self._buckets.append(bucket)
            done = finished(folder_of(self._folder, bucket.number))
            if done is not None:
                self._rows += done.rows
                if bucket.spool is not None:
                    bucket.spool.unlink()
                continue
            self._under_way.add(self._executor.submit(settle_bucket, self._work, bucket))
            while waiting is not None and len(self._under_way) >= waiting:
                self._take()

    def wait(self) -> None:
        """Until every bucket is finished; the first error is raised."""
        while self._under_way:
            self._take()

    def _take(self) -> None:
        ready, self._under_way = wait(self._under_way, return_when=FIRST_COMPLETED)
        self._rows += sum(future.result() for future in ready)
        self._run.tell(self._rows)

    def finished(self) -> list[SettledBucket]:
        """What all buckets came to, in their order."""
        self.wait()
        read = [finished(folder_of(self._folder, bucket.number)) for bucket in self._buckets]
        return [settled for settled in read if settled is not None]


def _stat(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _end(executor: Executor) -> None:
    """End the processes of a pool that is given up: what they have half done is done again."""
    processes = getattr(executor, "_processes", None) or {}
    for process in list(processes.values()):
        process.terminate()
