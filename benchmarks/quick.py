"""Two minutes that say whether something became slower: a figure of every kind, beside the last.

    python benchmarks/quick.py            print each figure beside the last ones
    python benchmarks/quick.py --write    and make them the last ones (docs/benchmarks/quick.md)

Everything is processor time, in units of a fixed piece of plain Python that is measured between
the figures, so that a slower or a busy machine changes little.  Nothing fails: who changed
something reads and judges.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks" / "quick.md"
TOLERANCE = 0.15
"""Of a figure, either way: what two runs of one state differ by on a busy machine."""
QUOTE = "quote --area 140100 --scheme employee --status working --kind inpatient --grade 3A"
_MARK = "<!-- figures: "


def unit() -> float:
    """Processor milliseconds of the fixed piece of work."""
    begun = time.process_time()
    words: dict[str, int] = {}
    for number in range(60_000):
        word = f"w{number % 977}"
        words[word] = words.get(word, 0) + number
    json.loads(json.dumps(words))
    return (time.process_time() - begun) * 1e3


def command(*arguments: str, rounds: int = 5) -> float:
    """Processor milliseconds of a whole command, children included; the median."""
    times = []
    for _ in range(rounds + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "yibao.cli", *arguments], check=True, stdout=subprocess.DEVNULL
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        times.append(spent * 1e3)
    return median(times[1:])


def calls(call: Callable[[], object], count: int, rounds: int = 7) -> float:
    """Processor milliseconds of a call; the median of the means."""
    call()
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(count):
            call()
        times.append((time.process_time() - begun) * 1e3 / count)
    return median(times)


def settlement() -> float:
    """One stay settled from the facts to the sentences."""
    from yibao import library

    packs = library.load()
    worker = library.person("140100", "employee", "working", birth=datetime.date(1985, 5, 1))
    hospital = library.hospital("140100", grade="3A")
    stay = library.visit("inpatient", datetime.date(2025, 3, 9), total=1_000_000)

    def quote() -> object:
        return library.quote(packs, worker, hospital, stay).adjudication.explanation.steps

    return calls(quote, 300)


def question() -> float:
    """One question in everyday words."""
    from yibao.inquiry.ask.asker import asker
    from yibao.inquiry.calculators import Context
    from yibao.policy.compile import PolicyLibrary

    packs = PolicyLibrary.load()
    context = Context(packs, datetime.date(2026, 11, 30), include=frozenset())
    ready = asker(packs)
    return calls(lambda: ready.ask(context, "太原职工住院花了3万能报多少"), 20)


def page() -> float:
    """One calculator's page, its HTTP left out."""
    from starlette.testclient import TestClient

    from yibao.policy.compile import PolicyLibrary
    from yibao.portal.app import create_app

    folder = tempfile.mkdtemp(prefix="yibao-quick-")
    client = TestClient(create_app(PolicyLibrary.load(), data=Path(folder)))
    address = "/calc/visit?area=140100&scheme=employee&kind=inpatient&grade=3A&total="
    totals = iter(range(10_000, 10_000_000))
    return calls(lambda: client.get(f"{address}{next(totals)}").raise_for_status(), 10)


def visit() -> float:
    """One visit of three messages over PostgreSQL, HTTP and the database left out."""
    script = HERE / "gateway" / "profile_visits.py"
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout)["ms"])


def columns() -> float:
    """A million visits in memory, settled without explanation by one thread."""
    from yibao import columns as columnar
    from yibao.policy.compile import PolicyLibrary
    from yibao.population.blocks import BLOCK, draw
    from yibao.population.model import model_of

    packs = PolicyLibrary.load()
    table = draw(model_of(packs, "140100"), 1, 0, BLOCK, 2025)[1]

    def settle() -> None:
        columnar.run(table, packs, explainable=False, threads=1, quiet=True)

    return calls(settle, 1, rounds=5) / table.num_rows * 1e6


FIGURES: tuple[tuple[str, str, Callable[[], float]], ...] = (
    ("help", "`yibao --help`，毫秒", lambda: command("--help")),
    ("quote", "`yibao quote`，毫秒", lambda: command(*QUOTE.split(), "--total=10000")),
    ("settlement", "一次试算连句子，毫秒", settlement),
    ("question", "一个问题，毫秒", question),
    ("page", "一张计算页，毫秒", page),
    ("visit", "网关的一次就诊（三条报文，PostgreSQL），毫秒", visit),
    ("columns", "列：一百万次就诊，毫秒", columns),
)


def measured() -> Iterator[tuple[str, str, float, float]]:
    """Each figure: its key, what it is, milliseconds, and units."""
    for key, name, measure in FIGURES:
        before = median(unit() for _ in range(5))
        milliseconds = measure()
        after = median(unit() for _ in range(5))
        yield key, name, milliseconds, milliseconds / ((before + after) / 2)


def last() -> dict[str, float]:
    """The figures of the page, in units."""
    if not PAGE.is_file():
        return {}
    line = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(_MARK))
    figures: dict[str, float] = json.loads(line.removeprefix(_MARK).removesuffix(" -->"))
    return figures


def main() -> int:
    """Measure, print, write where asked."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true")
    writing = arguments.parse_args().write
    before = last()
    rows = []
    for key, name, milliseconds, units in measured():
        rows.append((key, name, milliseconds, units))
        earlier = before.get(key)
        told = "（从前没有）"
        if earlier is not None:
            change = units / earlier - 1
            slower = "，慢了" if change > TOLERANCE else "，快了" if change < -TOLERANCE else ""
            told = f"上次的 {units / earlier:.2f} 倍{slower}"
        print(f"{name}：{milliseconds:.2f}，{told}", flush=True)
    if writing:
        PAGE.write_text(_page(rows), encoding="utf-8")
    return 0


def _page(rows: list[tuple[str, str, float, float]]) -> str:
    today = datetime.datetime.now(datetime.UTC).date()
    figures = json.dumps({key: round(units, 6) for key, _, _, units in rows})
    return "\n".join(
        [
            "# 两分钟的速度",
            "",
            f"{today}，{os.cpu_count()} 核，Python {platform.python_version()}；"
            f"系统负载 {os.getloadavg()[0]:.1f}。`make bench QUICK=1` 再量一遍，和这一页比，"
            "差出百分之十五才说快了或慢了；只打印，不判对错。"
            "`python benchmarks/quick.py --write` 换成新的。",
            "",
            "全是处理器时间。一份是一段固定的 Python（格式化、字典、JSON），夹在各行之间量，"
            "机器慢或忙时份数变得少。",
            "",
            "| 测什么 | 测得 | 份 |",
            "|---|---|---|",
            *(
                f"| {name} | {milliseconds:.2f} | {units:.3f} |"
                for _, name, milliseconds, units in rows
            ),
            "",
            f"{_MARK}{figures} -->",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
