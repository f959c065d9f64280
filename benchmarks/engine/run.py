"""How fast one settlement, one explanation and one command are, beside OpenFisca-core.

Everything is measured in one run on one machine, so that the ratios hold where the
absolute times drift.  OpenFisca-core is installed into an environment of its own
(build/peers) and expresses a person-year of twelve visits in order.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from yibao import library
from yibao.benefit.explain import explain
from yibao.benefit.functions.settlement import settle
from yibao.benefit.terms import Accumulators
from yibao.policy.compile import PolicyLibrary

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "build" / "peers"
PEER_SCRIPT = Path(__file__).with_name("peer_openfisca.py")
AREA = "140100"


def microseconds(call: Callable[[], object], *, rounds: int = 15, calls: int = 2_000) -> float:
    """Median over ``rounds`` of the mean time of ``calls`` calls."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        times.append((time.perf_counter() - start) / calls * 1e6)
    return median(times)


def seconds(command: list[str], *, rounds: int = 9) -> float:
    """Median wall time of a whole command."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        times.append(time.perf_counter() - start)
    return median(times[1:])


def peer_openfisca() -> float | None:
    """Microseconds of OpenFisca-core for a person-year of twelve visits; None if not to be had."""
    python = PEERS / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
            subprocess.run(
                [str(python), "-m", "pip", "install", "-q", "openfisca-core"],
                check=True,
                capture_output=True,
            )
        done = subprocess.run(
            [str(python), str(PEER_SCRIPT)], check=True, capture_output=True, text=True
        )
    except subprocess.CalledProcessError as error:
        print(f"openfisca-core: {error}", file=sys.stderr)
        return None
    return float(done.stdout.strip().splitlines()[-1])


def measure() -> list[tuple[str, str, str, str]]:
    """Rows of the results table: what, measured, goal, remark."""
    packs = library.load()
    worker = library.person(AREA, "employee", "working", birth=datetime.date(1985, 5, 1))
    hospital = library.hospital(AREA, grade="3A")
    stay = library.visit("inpatient", datetime.date(2025, 3, 9), total=1_000_000)
    adjudication = library.quote(packs, worker, hospital, stay).adjudication
    rules, facts, used = adjudication.rules.rules, adjudication.facts, Accumulators()

    def explained() -> object:
        trace: list[tuple[int, int, int]] = []
        settle(rules, facts, used, trace)
        return explain(adjudication.rules, trace).steps

    def year() -> object:
        state = used
        for _ in range(12):
            _, state = settle(rules, facts, state, None)
        return state

    plain = microseconds(lambda: settle(rules, facts, used, None))
    with_steps = microseconds(explained, calls=500)
    whole = microseconds(
        lambda: library.quote(packs, worker, hospital, stay).adjudication.explanation.steps,
        calls=200,
    )
    person_year = microseconds(year, calls=200)
    peer = peer_openfisca()
    command = [
        str(Path(sys.executable).with_name("yibao")),
        *"quote --area 140100 --scheme employee --status working --kind inpatient".split(),
        *"--grade 3A --total 10000 --on 2025-03-09".split(),
    ]
    start = seconds(command)
    bare = seconds([sys.executable, "-c", "pass"])

    def load() -> object:
        fresh = PolicyLibrary.load()
        return [fresh.rulebook(area.code) for area in fresh.areas()]

    packs_ms = microseconds(load, rounds=9, calls=1) / 1e3
    ratio = f"{peer / person_year:.0f} 倍" if peer else "未测到"
    return [
        ("一次结算，不解释（CPython）", f"{plain:.1f} µs", "≤ 15 µs", "太原职工住院，全部规则"),
        ("一次结算，带步骤与来源", f"{with_steps:.1f} µs", "≤ 100 µs", "结算并译成句子"),
        ("一次试算，从事实到结算单", f"{whole:.0f} µs", "—", "含待遇、备案、机构、账户"),
        ("一人一年 12 次就诊", f"{person_year:.0f} µs", "—", "逐次累计"),
        (
            "OpenFisca-core 同样 12 次",
            f"{peer:.0f} µs" if peer else "未测到",
            "—",
            f"yibao 快 {ratio}",
        ),
        (
            "`yibao quote` 从启动到回答",
            f"{start:.2f} s",
            "≤ 0.35 s",
            f"其中 Python 自己 {bare:.2f} s",
        ),
        ("装入全部政策包（有缓存）", f"{packs_ms:.0f} ms", "≤ 300 ms", "四个地区的规则书"),
    ]


def main() -> None:
    rows = measure()
    page = ROOT / "docs" / "benchmarks" / "engine.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        "# 引擎的速度",
        "",
        f"{datetime.datetime.now(datetime.UTC).date().isoformat()}，{os.cpu_count()} 核，Python "
        f"{sys.version.split()[0]}；各行取中位数，同一次运行。",
        "重新测量：`make bench ONLY=engine`（脚本 `benchmarks/engine/run.py`）。",
        "",
        "| 测什么 | 测得 | 目标 | 说明 |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "OpenFisca-core 用同样的起付线、比例、年度封顶按次序表达 12 次就诊"
        "（`benchmarks/engine/peer_openfisca.py`），在自己的环境里运行，不是依赖。",
        "",
    ]
    page.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
