"""How fast the columns are: the loop, files, start, memory, peers.

Writes docs/benchmarks/columns.md.

    python benchmarks/columns/run.py [--large] [--minutes 8] [--no-peers]

``--large`` adds the file of 100 million visits (about 5 GB on disk with its answer, deleted
afterwards), or of as many tens of millions as ``--minutes`` leave time for.
Everything of one table is measured in one run; medians.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numba
import numpy as np
import pyarrow as pa
from made_up import chunk, write

from yibao.columns.backend import choose
from yibao.columns.engine import new_results
from yibao.columns.frame import WIDTH
from yibao.columns.prepare.pipeline import prepare
from yibao.columns.read.cells import BatchFaults
from yibao.columns.read.families import find_people, split_evenly
from yibao.columns.rulebooks import Rulebooks
from yibao.policy.compile import PolicyLibrary

ROOT = Path(__file__).resolve().parents[2]
AREA, DISEASE = "140100", "hypertension"
THREADS = 2
TEN_MILLION = 10_000_000
PEER_SECONDS = 100
"""What the peers take after the files."""
LEAST_LOOP, LEAST_EXPLAINED, LEAST_LEAN = 100.0, 3.0, 4.0
"""Goals, in millions of visits a second."""
MOST_GB, MOST_FIRST, MOST_LATER, LEAST_TIMES = 1, 30, 2, 10
Row = tuple[str, str, str, str]
QUIET = 0.7
_BUSY = "，机器并不空闲，**数字暂定**"


def together(calls: list[Callable[[], object]]) -> float:
    """Wall seconds of calls made at once."""
    threads = [threading.Thread(target=call) for call in calls]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


@numba.njit(nogil=True)
def _triad(a: Any, b: Any, c: Any) -> None:
    for at in range(len(a)):
        a[at] = b[at] + 3 * c[at]


def bandwidth() -> float:
    """Bytes a second that both cores read and write together (a triad over 1.5 GB)."""
    size = 32_000_000
    sets = [[np.ones(size, dtype=np.int64) for _ in range(3)] for _ in range(THREADS)]
    _triad(*(array[:10] for array in sets[0]))
    times = [together([lambda s=s: _triad(*s) for s in sets]) for _ in range(9)]
    return THREADS * size * 24 / median(times)


def loop_rate(library: PolicyLibrary, rows: int) -> tuple[float, int]:
    """Visits a second of the loop on both cores, and the bytes it touches for each."""
    table = chunk(AREA, DISEASE, rows, 1, 0)
    rulebooks, backend = Rulebooks(library), choose("numba", quiet=True)
    faults = BatchFaults(rows)
    ready = prepare(table, find_people(table, faults), rulebooks, backend, faults, None)
    assert not faults.status.any()
    results = new_results(ready, explainable=False)
    slots = ready.slots.family
    largest = int(np.diff(slots).max())
    parts = split_evenly(ready.family_rows, THREADS)

    def part(first: int, last: int) -> Callable[[], object]:
        state = np.zeros((largest, WIDTH), dtype=np.int64)
        return lambda: backend.call(
            "settle_rows", rulebooks.matrix, ready.patterns, ready.visits, ready.extras,
            results, state, np.zeros(rulebooks.figures_in_row, np.int64),
            ready.family_rows, slots, first, last, False, False,
        )  # fmt: skip

    calls = [part(*bounds) for bounds in parts]
    together(calls)
    times = [together(calls) for _ in range(15)]
    touched = [*ready.visits, *results[1:7], ready.extras.account_version, ready.extras.carried]
    return rows / median(times), sum(array.nbytes for array in touched) // rows


def command(source: Path, target: Path, *more: str, cache: Path | None = None) -> tuple[float, int]:
    """Wall seconds and peak kilobytes of ``yibao batch`` in a process of its own."""
    script = (
        "import resource, subprocess, sys, time; start = time.perf_counter();"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(time.perf_counter() - start,"
        "resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    environment = {**os.environ, **({"YIBAO_CACHE_DIR": str(cache)} if cache else {})}
    called = [sys.executable, "-m", "yibao.cli", "batch", str(source), "-o", str(target), "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", script, *called, *more],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    seconds, kilobytes = done.stdout.split()
    return float(seconds), int(kilobytes)


def files(folder: Path, *, large: bool, seconds_left: float) -> list[Row]:
    """From Parquet to Parquet, and what it needs of memory; linear, whatever the size."""
    source, target = folder / "visits.parquet", folder / "out.parquet"
    write(source, AREA, DISEASE, TEN_MILLION)
    took = [command(source, target) for _ in range(3)]
    lean = [command(source, target, "--no-explain") for _ in range(3)]
    rows = _of_file(TEN_MILLION, took, "启动在内", LEAST_EXPLAINED)
    rows += _of_file(TEN_MILLION, lean, "启动在内", LEAST_LEAN, "，不写解释列")
    if large:
        ten = median(each[0] for each in took)
        # Writing the file costs about half of settling it.
        size = min(10, int(seconds_left / (ten * 1.5))) * TEN_MILLION
        if size <= TEN_MILLION:
            print("the large file is left out: no time for it", file=sys.stderr)
            return rows
        write(source, AREA, DISEASE, size)
        once = [command(source, target)]
        per_visit = once[0][0] / size / (ten / TEN_MILLION)
        note = f"每次就诊的时间是 10 百万次的 {per_visit:.2f} 倍"
        rows += _of_file(size, once, note, LEAST_EXPLAINED)
    return rows


def _of_file(
    size: int, took: list[tuple[float, int]], note: str, least: float, how: str = ""
) -> list[Row]:
    seconds, kilobytes = median(each[0] for each in took), max(each[1] for each in took)
    name = f"{size // 1_000_000:,} 百万次{how}"
    rate = size / seconds / 1e6
    goal = f"≥ {least:g} 百万次/秒，{_met(rate >= least)}"
    shown = f"{seconds:.1f} 秒；{note}"
    memory = f"≤ {MOST_GB} GB，{_met(kilobytes / 1e6 <= MOST_GB)}"
    return [
        (f"Parquet 到 Parquet，{name}", f"{rate:.2f} 百万次/秒", goal, shown),
        (f"内存峰值，{name}", f"{kilobytes / 1e6:.2f} GB", memory, "整个进程"),
    ]


def _met(met: bool) -> str:
    return "达到" if met else "没有达到"


def starts(folder: Path) -> list[Row]:
    """The first run ever, and every later one."""
    source, target, cache = folder / "few.parquet", folder / "few.out.parquet", folder / "cache"
    write(source, AREA, DISEASE, 1_000)
    first = command(source, target, cache=cache)[0]
    later = median(command(source, target, cache=cache)[0] for _ in range(5))
    return [
        (
            "首次编译到首个结果",
            f"{first:.1f} 秒",
            f"≤ {MOST_FIRST} 秒，{_met(first <= MOST_FIRST)}",
            "另起进程，空缓存，千行文件",
        ),
        (
            "有缓存时到首个结果",
            f"{later:.2f} 秒",
            f"≤ {MOST_LATER} 秒，{_met(later <= MOST_LATER)}",
            "另起进程，千行文件",
        ),
    ]


def peers(library: PolicyLibrary) -> list[Row]:
    """Others expressing one rule over visits in order, beside all rules here; outputs equal."""
    from peers import measure

    rates = measure(library)
    ours = rates.pop("yibao")
    fastest = max(rates.values(), default=0.0)
    rows = [
        (f"同一规则：{name}", f"{rate / 1e6:.2f} 百万次/秒", "", "输出逐分相等")
        for name, rate in sorted(rates.items(), key=lambda item: -item[1])
    ]
    if fastest:
        rows.insert(
            0,
            (
                "同一规则：yibao（全部规则）",
                f"{ours / 1e6:.1f} 百万次/秒",
                f"≥ 最快同类的 {LEAST_TIMES} 倍，{_met(ours >= LEAST_TIMES * fastest)}",
                f"最快同类的 {ours / fastest:.1f} 倍",
            ),
        )
    return rows


def table(rows: list[Row]) -> list[str]:
    """The results as a table of Markdown."""
    return [
        "| 测什么 | 测得 | 目标 | 说明 |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _build() -> str:
    """How the interpreter was built: one without optimisations costs a tenth or more."""
    built_with = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    return "优化过的解释器" if "--enable-optimizations" in built_with else "没有优化过的解释器"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--rows", type=int, default=8_000_000)
    parser.add_argument("--minutes", type=float, default=8, help="the large file is cut to fit")
    chosen = parser.parse_args()
    began = time.monotonic()
    library = PolicyLibrary.load()
    load = os.getloadavg()[0]
    bytes_a_second = bandwidth()
    rate, touched = loop_rate(library, chosen.rows)
    bound = bytes_a_second / touched
    rows: list[Row] = [
        (
            "内存带宽（两核三元组）",
            f"{bytes_a_second / 1e9:.1f} GB/秒",
            "",
            "同一次运行的上限依据",
        ),
        (
            "循环，太原全部规则，两核",
            f"{rate / 1e6:.0f} 百万次/秒",
            f"≥ {LEAST_LOOP:g} 百万次/秒，{_met(rate >= LEAST_LOOP * 1e6)}",
            f"每次就诊 {touched} 字节，{chosen.rows:,} 次",
        ),
        (
            "占内存上限",
            f"{rate / bound * 100:.0f}%",
            "",
            f"上限 {bound / 1e6:.0f} 百万次/秒",
        ),
    ]
    with tempfile.TemporaryDirectory() as folder:
        rows += starts(Path(folder))
        left = chosen.minutes * 60 - (time.monotonic() - began)
        rows += files(Path(folder), large=chosen.large, seconds_left=left - PEER_SECONDS)
    if not chosen.no_peers:
        rows += peers(library)
    lines = [
        "# 按列计算的速度",
        "",
        f"{datetime.datetime.now(datetime.UTC).date().isoformat()}，{os.cpu_count()} 核，"
        f"Python {sys.version.split()[0]}（{_build()}），Numba {numba.__version__}，"
        f"Arrow {pa.__version__}；"
        f"开始时系统负载 {load:.1f}{_BUSY if load > QUIET else ''}。各行取中位数，同一次运行。",
        "重新测量：`python benchmarks/columns/run.py --large`（需要 `yibao[columns]`）。",
        "",
        *table(rows),
        "",
    ]
    notes = Path(__file__).with_name("notes.md").read_text(encoding="utf-8")
    page = ROOT / "docs" / "benchmarks" / "columns.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join(lines) + notes, encoding="utf-8")
    print("\n".join(lines))
    print(json.dumps({"loop": rate, "bandwidth": bytes_a_second, "bytes": touched}))


if __name__ == "__main__":
    main()
