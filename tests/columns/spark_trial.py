"""A table settled in a Spark, as ``yibao batch --engine`` does: run by an interpreter that has one.

    python tests/columns/spark_trial.py ENGINE VISITS FOLDER [--kill]

``ENGINE``: ``sail`` starts Sail in this process and speaks Spark Connect to it, anything else is
a master of PySpark's.  ``--kill``: one executor is killed once a task of the settlement is done.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from yibao.columns.spark import EngineOptions, PartitionWork, run, session_of, settle_rows
from yibao.columns.travelling import TravellingLibrary
from yibao.policy.compile import PolicyLibrary


@contextmanager
def session(engine: str) -> Iterator[Any]:
    """A session of the engine, which is started where it is Sail."""
    if engine != "sail":
        spark = session_of(engine)
        yield spark
        spark.stop()
        return
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    spark = session_of("sc://{}:{}".format(*server.listening_address))
    yield spark
    spark.stop()
    server.stop()


def settled_bucket(work: PartitionWork, rows: pa.Table) -> pa.Table:
    """What an executor does with its rows, in a process of its own."""
    return pa.Table.from_batches(list(settle_rows(work, iter(rows.to_batches(50)))))


def executors() -> list[int]:
    """The executors that this process started, by what their command line says."""
    parents, executing = {}, []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            stat = (process / "stat").read_text().rpartition(")")[2].split()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue  # It has ended.
        parents[int(process.name)] = int(stat[1])
        if b"CoarseGrainedExecutorBackend" in command:
            executing.append(int(process.name))

    def ours(process: int) -> bool:
        while process > 1:
            if process == os.getpid():
                return True
            process = parents.get(process, 0)
        return False

    return sorted(filter(ours, executing))


class Killer:
    """Kills one executor once, when it is told that tasks of the settlement are done."""

    def __init__(self) -> None:
        self.settling = False
        self.killed: int | None = None

    def say(self, what: object) -> None:
        self.settling = "份计算" in str(what)

    def progress(self, ready: int, tasks: int) -> None:
        if self.settling and self.killed is None and 0 < ready < tasks:
            running = executors()
            if running:
                self.killed = running[0]
                os.kill(running[0], signal.SIGKILL)


def main(engine: str, visits: str, folder: str, *flags: str) -> None:
    killer = Killer()
    options = EngineOptions(
        row_id="id",
        partitions=8,
        state=f"{folder}/state",
        rejects=f"{folder}/rejects",
        backend=os.environ.get("YIBAO_TRIAL_BACKEND", "auto"),
        say=killer.say,
        progress=killer.progress if "--kill" in flags else None,
    )
    library = TravellingLibrary.of(PolicyLibrary.load())
    with session(engine) as spark:
        done = run(spark, visits, f"{folder}/out", library, options)
    totals = done.totals
    answer = {
        "visits": totals.visits,
        "reversals": totals.reversals,
        "carried": totals.carried,
        "rejected": totals.rejected,
        "people": totals.people,
        "funds": [[*key, amounts] for key, amounts in sorted(totals.funds.items())],
        "killed": killer.killed,
    }
    Path(folder, "totals.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
