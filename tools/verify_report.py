"""Run the tests with their full counts and write the dated report ``docs/verify/DATE.md``."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
CHINA = datetime.timezone(datetime.timedelta(hours=8))
SLOWEST = 10


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _commit() -> str:
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return "（不在 git 中）"
    # The report itself does not count as a change.
    changed = _git("status", "--porcelain", "--", ".", ":!docs/verify")
    return f"{commit}（另有未提交的改动）" if changed else commit


def _outcome(case: ElementTree.Element) -> str:
    for kind in ("failure", "error", "skipped"):
        if case.find(kind) is not None:
            return kind
    return "passed"


def _report(results: Path, *, exit_code: int, seconds: float, command: str) -> str:
    tests: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    spent: defaultdict[str, float] = defaultdict(float)
    slowest: list[tuple[float, str]] = []
    if results.exists():
        for case in ElementTree.parse(results).iter("testcase"):
            file = case.get("classname", "").replace(".", "/")
            duration = float(case.get("time", "0"))
            tests[file] += 1
            spent[file] += duration
            outcomes[_outcome(case)] += 1
            slowest.append((duration, f"{file}::{case.get('name')}"))
    slowest.sort(reverse=True)
    now = datetime.datetime.now(CHINA)
    lines = [
        f"# 全量验证 {now:%Y-%m-%d}",
        "",
        f"**{'通过' if exit_code == 0 else '未通过'}**：通过 {outcomes['passed']}，"
        f"失败 {outcomes['failure'] + outcomes['error']}，跳过 {outcomes['skipped']}，"
        f"用时 {seconds / 60:.1f} 分钟。",
        "",
        f"- 时间：{now:%Y-%m-%d %H:%M}（北京时间）",
        f"- 提交：{_commit()}",
        f"- 命令：`make verify`，即 `YIBAO_VERIFY=1 {command}`；之前 `make check` 已通过",
        f"- 环境：Python {platform.python_version()}，{platform.system()} {platform.machine()}，"
        f"{os.cpu_count()} 核",
        "",
        "| 测试 | 个数 | 秒 |",
        "|---|---:|---:|",
        *(f"| {file} | {tests[file]} | {spent[file]:.1f} |" for file in sorted(tests)),
        "",
        f"最慢的 {SLOWEST} 个：",
        "",
        *(f"- {duration:.1f} 秒 `{name}`" for duration, name in slowest[:SLOWEST]),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run, write, and pass on the exit status of the tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", default="auto", help="pytest-xdist workers")
    parser.add_argument("tests", nargs="*", help="tests of one part; all where none is named")
    options = parser.parse_args()
    arguments = ["-m", "pytest", "-n", options.jobs, "--dist", "worksteal", *options.tests]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        done = subprocess.run(
            [sys.executable, *arguments, f"--junitxml={results}"],
            cwd=ROOT,
            env={**os.environ, "YIBAO_VERIFY": "1"},
            check=False,
        )
        text = _report(
            results,
            exit_code=done.returncode,
            seconds=time.monotonic() - started,
            command=" ".join(["python", *arguments]),
        )
    report = ROOT / "docs" / "verify" / f"{datetime.datetime.now(CHINA):%Y-%m-%d}.md"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(text, encoding="utf-8")
    print(f"报告：{report.relative_to(ROOT)}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
