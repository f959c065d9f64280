"""How fast people are made and settled, and what a second process brings.

Writes docs/benchmarks/population.md; about eight minutes on two idle cores.  So many people that
what a process takes to start (some seconds) is little beside its work.

    python benchmarks/population/run.py [--people 6600000]
"""

from __future__ import annotations

import argparse
import datetime
import multiprocessing
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from yibao import columns
from yibao.columns.processes import run_in_processes
from yibao.columns.stream import Options
from yibao.columns.warm import warm
from yibao.policy.compile import PolicyLibrary
from yibao.population.blocks import BLOCK, draw
from yibao.population.make import make
from yibao.population.model import Model, model_of
from yibao.reform.answer import ReformQuestion, answered
from yibao.reform.changes import changed_library

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "population.md"
AREA, YEAR, SEED = "140100", 2025, 1
BLOCKS_AT_ONCE = 8
ROUNDS = 3
PROVINCE, COUNTRY = 35_000_000, 1_330_000_000
QUIET = 0.7
RATIO = """overlay: 住院比例
parameters:
  resident.inpatient.ratio:
    keys: [price_class]
    values: {2025-01-01: {value: {"1": 70, "2": 80, "3": 90}}}
"""
Row = tuple[str, str, str, str]


@cache
def _library() -> PolicyLibrary:
    return PolicyLibrary.load()


@cache
def _model() -> Model:
    return model_of(_library(), AREA)


def _table(first: int, count: int) -> pa.Table:
    """The visits of some blocks."""
    parts = [draw(_model(), SEED, number, BLOCK, YEAR)[1] for number in range(first, first + count)]
    return pa.concat_tables(parts).unify_dictionaries()


def _settle(table: pa.Table) -> None:
    columns.run(table, _library(), explainable=False, threads=1, quiet=True)


def _ready() -> None:
    """What a process does once: packs, model, compiled loops."""
    _settle(_table(0, BLOCKS_AT_ONCE))


def _made(first: int) -> int:
    return _table(first, BLOCKS_AT_ONCE).num_rows


def _made_and_settled(first: int) -> int:
    table = _table(first, BLOCKS_AT_ONCE)
    _settle(table)
    return table.num_rows


def _wait(seconds: float) -> None:
    time.sleep(seconds)


def spread(work: Callable[[int], int], blocks: int, processes: int) -> tuple[int, float]:
    """Rows, and wall seconds of processes that were ready before."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_ready) as pool:
        list(pool.map(_wait, [0.5] * processes))
        begun = time.perf_counter()
        rows = sum(pool.map(work, range(0, blocks, BLOCKS_AT_ONCE)))
        return rows, time.perf_counter() - begun


def batch(source: Path, folder: Path, processes: int) -> float:
    """Wall seconds of ``yibao batch`` on so many cores, a process of one thread on each."""
    options = [f"--processes={processes}", "--threads=1", "--no-explain", "--quiet"]
    command = ["-m", "yibao.cli", "batch", str(source), "-o", str(folder / "out.parquet")]
    return _timed([*command, *options], folder, processes)


def batch_in_buckets(source: Path, folder: Path) -> float:
    """Wall seconds of the way that several processes take, with one: buckets, joined."""
    return _timed([__file__, "--buckets", str(source), str(folder / "out.parquet")], folder, 1)


def settle_in_buckets(source: Path, target: Path) -> None:
    """What ``yibao batch`` does with several processes, done with one."""
    options = Options(processes=1, threads=1, explainable=False, quiet=True)
    run_in_processes(source, target, _library(), options)


def _timed(arguments: list[str], folder: Path, cores: int) -> float:
    on = sorted(os.sched_getaffinity(0))[:cores]
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, on),
    )
    seconds = time.perf_counter() - begun
    (folder / "out.parquet").unlink()
    return seconds


def measured(people: int, told: Callable[[str], None]) -> tuple[list[Row], tuple[float, int]]:
    """The rows of the page; the seconds and the rows of a province's year."""
    blocks = people // BLOCK // BLOCKS_AT_ONCE * BLOCKS_AT_ONCE
    rows: list[Row] = []
    begun = time.perf_counter()
    warm(_library(), quiet=True)
    _ready()
    told(f"ready {time.perf_counter() - begun:.0f} s")
    for title, work, goal in (
        ("生成，在内存里", _made, "≥ 2 百万行/秒"),
        ("生成并结算（不写解释列）", _made_and_settled, "≥ 1 百万行/秒"),
    ):
        rates = {}
        for processes in (1, 2):
            count, seconds = spread(work, blocks, processes)
            rates[processes] = count / seconds
            told(f"{title} {processes}: {count:,} rows, {seconds:.1f} s")
        shown = f"{rates[2] / 1e6:.2f} 百万行/秒，两个进程；{rates[1] / 1e6:.2f}，一个"
        rows.append((title, shown, goal, f"{count:,} 行，进程已经准备好"))
    blocks = PROVINCE // BLOCK // BLOCKS_AT_ONCE * BLOCKS_AT_ONCE
    count, seconds = spread(_made_and_settled, blocks, 2)
    about = f"{PROVINCE:,} 人、{count:,} 行，边生成边结算，不留下；两个进程，进程已经准备好"
    rows.append(("一个省的一年", f"{seconds:.0f} 秒", "≤ 1 小时，≤ 4 GB", about))
    province = seconds, count
    told(f"province {seconds:.0f} s")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.perf_counter()
        report = make(_library(), AREA, folder / "made", people=people, seed=SEED, year=YEAR,
                      processes=2)  # fmt: skip
        seconds = time.perf_counter() - begun
        shown = f"{report['visits'] / seconds / 1e6:.2f} 百万行/秒"
        about = f"{people:,} 人、{report['visits']:,} 行，连同参保与缴费，两个进程，进程的启动在内"
        rows.append(("`yibao population make`，写成文件", shown, "", about))
        told(f"make {seconds:.1f} s")
        source = folder / "visits.parquet"
        writer: Any = None
        for path in sorted((folder / "made").glob("visits-*.parquet")):
            table = pq.read_table(path)
            writer = writer or pq.ParquetWriter(source, table.schema)
            writer.write_table(table, row_group_size=250_000)
        writer.close()
        shutil.rmtree(folder / "made")
        both, single = [], []
        for _ in range(ROUNDS):
            both.append(batch(source, folder, 2))
            single.append((batch_in_buckets(source, folder), batch(source, folder, 1)))
            told(f"batch {both[-1]:.1f} {single[-1]}")
        two = median(both)
        for title, alone, goal in (
            ("一个", median(buckets for buckets, _ in single), "≥ 1.8 倍"),
            ("不分份的一个", median(whole for _, whole in single), ""),
        ):
            shown = f"{alone / two:.2f} 倍（{alone:.1f} 秒比 {two:.1f} 秒）"
            about = f"{report['visits']:,} 行，一个核一个进程，每个一个线程，启动与合并在内"
            rows.append((f"`yibao batch` 两个进程比{title}", shown, goal, about))
    begun = time.perf_counter()
    question = ReformQuestion(AREA, people=100_000, seeds=1, year=YEAR)
    answered(question, _library(), changed_library(_library(), RATIO))
    shown = f"{time.perf_counter() - begun:.1f} 秒"
    rows.append(("一次改革，十万人两本规则书", shown, "几秒", "`/reform` 的一次试算，墙上时间"))
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    rows.append(("最大的一个进程的内存", f"{peak / 1024 / 1024:.2f} GB", "≤ 4 GB", "以上全部"))
    return rows, province


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=6_600_000)
    parser.add_argument("--buckets", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.buckets:
        settle_in_buckets(*asked.buckets)
        return
    load = os.getloadavg()[0]
    rows, province = measured(asked.people, lambda line: print(line, file=sys.stderr, flush=True))
    busy = "" if load < QUIET else "，机器并不空闲，**数字暂定**"
    day = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    seconds, rows_of_province = province
    of_country = COUNTRY / PROVINCE
    hours = (
        f"{of_country * seconds / 3600:.1f} 小时、{of_country * rows_of_province / 1e8:.0f} 亿行"
    )
    lines = [
        "# 合成人群的速度",
        "",
        f"{day:%Y-%m-%d}，{os.cpu_count()} 核，Python {platform.python_version()}；"
        f"开始时系统负载 {load:.1f}{busy}。`python benchmarks/population/run.py`",
        "",
        "| 测什么 | 测得 | 目标 | 说明 |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        f"全国一年（约 13.3 亿人）按一个省的一年推算：{hours}，同样两个核；没有跑过。",
    ]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
