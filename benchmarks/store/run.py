"""How fast settlements are written, beside the same rows written by hand with the driver alone.

    python benchmarks/store/run.py             about eight minutes
    python benchmarks/store/run.py --quick     about a minute and a half, figures only to look at

Everything is measured twice, the second time with every fsync two milliseconds slower
(``slow_fsync.c``, where there is a gcc), because the disk of a test machine may flatter.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "benchmarks" / "store.md"
Measured = dict[str, dict[str, dict[str, Any]]]
"""By ``database condition``, then by line."""

CONDITIONS = {"plain": "本机磁盘", "slow": "fsync 慢 2 毫秒"}
DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
LINES = {
    "postgresql": [
        ("one", "一个连接，一笔一个事务", "one_peer", 60, None, None),
        ("sixteen", "16 个客户端同时", "sixteen_peer", None, 2_000, 50),
        ("hundred", "16 个客户端，一百个统筹区基金", "sixteen", None, None, None),
        ("group", "64 个客户端，成组提交", "group_peer", 60, None, None),
        ("file", "文件成批（COPY）", "file_peer", None, 8_000, None),
        ("grown", "一个连接，库里已有 {grown} 笔", "grown_peer", 60, None, None),
        ("grown_sixteen", "16 个客户端，库里已有 {grown} 笔", "sixteen", None, 2_000, 50),
    ],
    "sqlite": [
        ("one", "一个线程，一笔一个事务", "one_peer", None, None, None),
        ("group", "64 个客户端，成组提交", "group_peer", None, 3_000, 50),
        ("file", "文件成批", "file_peer", None, None, None),
        ("grown", "64 个客户端，库里已有 {grown} 笔", "group", None, 3_000, 50),
    ],
}
"""Name, what it is, what it is measured against, goals: percent of that, a second, p99 in ms."""


def shim(folder: Path) -> Path | None:
    """The library that slows fsync; None where it cannot be compiled."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    compiled = folder / "slow_fsync.so"
    source = HERE / "slow_fsync.c"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(compiled), str(source), "-ldl"]
    if subprocess.run(command, check=False).returncode != 0:
        return None
    compiled.chmod(0o755)
    return compiled


def part(kind: str, options: argparse.Namespace, preload: Path | None, grown: int) -> Any:
    """Every line of a database under one condition, from a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="yibao-store-", dir=options.folder))
    folder.chmod(0o755)
    environment = {**os.environ, "YIBAO_SECRET_KEY": "5a" * 32}
    if preload is not None:
        environment["LD_PRELOAD"] = str(preload)
    numbers = [str(options.seconds), str(options.people), str(grown)]
    command = [sys.executable, str(HERE / "measure.py"), "part", kind, str(folder), *numbers]
    try:
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(options: argparse.Namespace) -> Measured:
    """All of it; what was cloned into the store is measured on the plain disk only."""
    results: Measured = {}
    with tempfile.TemporaryDirectory(prefix="yibao-shim-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        slow = shim(folder)
        for condition in CONDITIONS:
            if condition == "slow" and slow is None:
                print("没有 gcc，不测 fsync 变慢的情形", file=sys.stderr)
                continue
            for kind in DATABASES:
                print(f"   {kind} {condition}", file=sys.stderr, flush=True)
                preload = slow if condition == "slow" else None
                grown = options.grown if condition == "plain" else 0
                results[f"{kind} {condition}"] = part(kind, options, preload, grown)
    return results


def verdict(line: dict[str, Any], share: float | None, goals: tuple[Any, Any, Any]) -> str:
    """Whether a line meets its goals; empty where it has none."""
    percent, rate, slowest = goals
    if percent is rate is slowest is None:
        return ""
    met = (
        (percent is None or (share is not None and share >= percent))
        and (rate is None or line["rate"] >= rate)
        and (slowest is None or line["p99"] < slowest)
    )
    return "✔" if met else "✘"


def goal_text(percent: int | None, rate: int | None, slowest: int | None) -> str:
    """Goals as people read them."""
    said = [
        f"≥ 手写的 {percent}%" if percent else "",
        f"≥ {rate:,}/秒" if rate else "",
        f"p99 < {slowest} ms" if slowest else "",
    ]
    return "，".join(goal for goal in said if goal) or "—"


def page(results: Measured, options: argparse.Namespace) -> str:
    """The page of results."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    lines = [
        "# 结算入库的速度",
        "",
        f"{today}，{os.cpu_count()} 核，Python {sys.version.split()[0]}；"
        f"每行测 {options.seconds} 秒，{options.people:,} 人，每笔门诊五条明细、由本人账户支付。",
        "重新测量：`make bench ONLY=store`（脚本 `benchmarks/store/run.py`）。",
        *(["", "**这是 `--quick` 的数字，机器也不空闲，只供看脚本是否能跑。**"] * options.quick),
        "",
        "“手写”是同一次运行里只用驱动（psycopg、SQLite）写同样的行：锁人、锁账户、结算、分录、报文、"
        "审计事件、余额、个人行，不算待遇、不查重、不解释；成组的手写按同样的组、每张表一次写完。"
        f"成组 {64} 笔一个事务，文件 500 笔一个事务。",
    ]
    for name, measured in results.items():
        kind, condition = name.split()
        lines += [
            "",
            f"## {DATABASES[kind]}，{CONDITIONS[condition]}",
            "",
            "| 测什么 | 每秒 | p50 | p99 | 对照 | 目标 | |",
            "|---|---|---|---|---|---|---|",
        ]
        for key, what, against, *goals in LINES[kind]:
            if key not in measured:
                continue
            line, other = measured[key], measured.get(str(against))
            share = line["rate"] / other["rate"] * 100 if other else None
            what = str(what).format(grown=f"{options.grown:,}")
            seen = f"{other['rate']:,.0f}/秒的 {share:.0f}%" if other and share else "—"
            cells = (
                what,
                f"{line['rate']:,.0f}",
                f"{line['p50']:.1f} ms",
                f"{line['p99']:.1f} ms",
                seen,
                goal_text(*goals),
                verdict(line, share, (goals[0], goals[1], goals[2])),
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *bounds(results)]) + "\n"


def bounds(results: Measured) -> list[str]:
    """What bounds the figures."""
    said = ["## 受什么所限", ""]
    for name, measured in results.items():
        kind, condition = name.split()
        single = measured["one"]
        busy = single["cpu"] * single["rate"] / 1e4
        said.append(
            f"- {DATABASES[kind]}，{CONDITIONS[condition]}：每笔结算用去本进程处理器 "
            f"{single['cpu']:.0f} 微秒（手写 {measured['one_peer']['cpu']:.0f} 微秒），一个连接时"
            f"本进程占一个核的 {busy:.0f}%；成批每笔 {measured['file']['cpu']:.0f} 微秒，"
            f"所以一个核每秒最多约 {1e6 / measured['file']['cpu']:,.0f} 笔。"
        )
    said += [
        "- 客户端、结算程序与 PostgreSQL 在同一台机器上分用这些核；16 个客户端分在每核一个进程里。",
        "- 库里已有的结算由集合 SQL 复制而来，每笔两行分录，文档列是空的：行比真的小，"
        "每行的索引一样大。",
        "- 成组提交、文件成批一行里的 p50、p99："
        "成组是一个客户端等自己那一笔的时间；文件与手写成组是一批的时间。",
    ]
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short, with a small store")
    parser.add_argument("--folder", default=None, help="where the databases are made")
    options = parser.parse_args()
    options.seconds = 1 if options.quick else 5
    options.people = 2_000 if options.quick else 100_000
    options.grown = 20_000 if options.quick else 2_000_000
    text = page(measure(options), options)
    PAGE.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
