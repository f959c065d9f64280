"""One bucket of a file in a process of its own: whole families in, finished files out.

What is finished stands in a folder with the bucket's number; until then in one with another
name, so that whoever goes on after an interruption sees nothing half done.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao.columns.explain import forms_of
from yibao.columns.pinned import CarriedRulebooks
from yibao.columns.read.cutting import Bucket
from yibao.columns.read.families import ordered, whole_families
from yibao.columns.read.whole_input import WrongRows
from yibao.columns.rulebooks import Rulebooks
from yibao.columns.stream import Options, Run
from yibao.columns.totals import Totals
from yibao.columns.travelling import TravellingLibrary
from yibao.columns.write.output import nothing
from yibao.messages import text_of

OUTPUT, STATE, REJECTS, SUMMARY = "output.parquet", "state.parquet", "rejects.csv", "summary.json"
_PARENT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Work:
    """What all buckets of a run have in common."""

    source: Path
    rules: Path
    """The rules, travelling."""
    folder: Path
    """Where finished buckets stand."""
    options: Options
    carried: CarriedRulebooks | None
    wrong: WrongRows


@dataclass(frozen=True, slots=True)
class SettledBucket:
    """What a finished bucket came to."""

    folder: Path
    rows: int
    rejected: int
    first_rejects: list[tuple[int | None, str, str]]
    totals: Totals

    def forms(self) -> dict[str, Any]:
        """The stored forms of the rulebooks by which its rows were settled."""
        return forms_of(pq.read_metadata(self.folder / OUTPUT).metadata)


def folder_of(work: Path, number: int) -> Path:
    """Where a bucket stands once it is finished."""
    return work / f"{number:06}"


def finished(folder: Path) -> SettledBucket | None:
    """The bucket that stands there; None where it is not finished."""
    path = folder / SUMMARY
    if not path.is_file():
        return None
    read = json.loads(path.read_text(encoding="utf-8"))
    totals = read["totals"]
    funds = {(area, scheme): amounts for area, scheme, amounts in totals.pop("funds")}
    rejects = [(row, column, reason) for row, column, reason in read["first_rejects"]]
    return SettledBucket(
        folder, read["rows"], read["rejected"], rejects, Totals(**totals, funds=funds)
    )


_rulebooks: tuple[Path, Rulebooks] | None = None
"""Of the run that this process serves; read once."""


def begin(parent: int) -> None:
    """A process begins: it leaves keys of interruption to its parent, and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def awake() -> None:
    """Nothing: whoever is asked has read this module, and all that settling needs."""


def _rulebooks_of(work: Work) -> Rulebooks:
    global _rulebooks
    if _rulebooks is None or _rulebooks[0] != work.folder:
        library = TravellingLibrary.from_bytes(work.rules.read_bytes())
        _rulebooks = work.folder, Rulebooks(library, work.carried)
    return _rulebooks[1]


def settle_bucket(work: Work, bucket: Bucket) -> int:
    """Settle a bucket; how many rows it had.  ``NotInOrderError`` where families are not."""
    unfinished = work.folder / f"{bucket.number:06}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    options = replace(work.options, threads=1, quiet=True)
    read = options.opened(work.source)
    run = Run(unfinished, unfinished, _rulebooks_of(work), options, read, work.wrong)
    run.over(_families(work, bucket, options))
    if not run.begun:
        explainable, with_state = options.explainable, options.state is not None
        run.write(0, nothing(read.schema(), explainable=explainable, with_state=with_state))
    run.close(finished=True)
    totals = asdict(run.totals)
    totals["funds"] = [
        (area, scheme, amounts) for (area, scheme), amounts in run.totals.funds.items()
    ]
    summary = {
        "rows": run.done_rows,
        "rejected": run.rejected,
        "first_rejects": [
            (row, column, text_of(reason, options.language))
            for row, column, reason in run.first_rejects
        ],
        "totals": totals,
    }
    (unfinished / SUMMARY).write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")
    unfinished.rename(folder_of(work.folder, bucket.number))
    if bucket.spool is not None:
        bucket.spool.unlink()
    return run.done_rows


def _families(work: Work, bucket: Bucket, options: Options) -> Iterator[pa.Table]:
    if bucket.rows is not None:
        read = options.opened(work.source)
        return whole_families(read.between(*bucket.rows, options.batch_rows))
    assert bucket.spool is not None
    if bucket.in_order:
        return whole_families(_spooled(bucket.spool), check=False)
    with pa.OSFile(str(bucket.spool)) as file:
        table, _ = ordered(pa.ipc.open_stream(file).read_all())
    slices = (
        table.slice(at, options.batch_rows) for at in range(0, len(table), options.batch_rows)
    )
    return whole_families(slices, check=False)


def _spooled(path: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as batches:
        for batch in batches:
            yield pa.Table.from_batches([batch])
