"""Pages of the calculators: milliseconds, pages a second, bytes, and a slow phone.

    python benchmarks/portal/run.py              about a minute; writes the page of results
    python benchmarks/portal/run.py --seconds 2  shorter rounds, printed only

The load comes from a process of its own over loopback and shares the machine with the server.
Amounts and days vary from address to address, as people's do.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from yibao import library
from yibao.database.schema import whole_schema
from yibao.database.unit import open_database
from yibao.inquiry.calculators import Calculator, all_calculators
from yibao.inquiry.fields import Field, row_name

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "benchmarks" / "portal.md"
COMMAND = "make bench ONLY=portal"
CONNECTIONS = 16
OTHERS = ("/", "/policy", "/search?q=yibao")
GOAL_MS, GOAL_RATE, GOAL_BYTES, GOAL_READY = 50, 300, 100_000, 1_000
PHONE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 90_000,
}
"""A slow 4G: 150 ms there and back, 1.6 Mbit/s down; with the processor slowed four times."""


def main() -> int:
    """Measure, print, write the page."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=0)
    options = arguments.parse_args()
    seconds = options.seconds or 8
    workers = os.cpu_count() or 1
    load_before = os.getloadavg()[0]
    os.environ.setdefault("YIBAO_SECRET_KEY", "5a" * 32)
    with tempfile.TemporaryDirectory(prefix="yibao-pages-") as name:
        folder = Path(name)
        figures = _measure(folder, workers, seconds)
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    if not options.seconds:
        PAGE.write_text(_page(figures, workers, load_before), encoding="utf-8")
    return 0


def _measure(folder: Path, workers: int, seconds: float) -> dict[str, Any]:
    calculators = all_calculators(library.load())
    addresses = {
        name: list(_addresses(calculator, 200)) for name, calculator in calculators.items()
    }
    mixed = [address for group in zip(*addresses.values(), strict=True) for address in group]
    figures: dict[str, Any] = {"pages": {}}
    port = _free_port()
    url = f"sqlite:///{folder / 'store.db'}"
    whole_schema()
    database = open_database(url)
    database.create_all()  # an empty store: the pages that are measured read nothing from it
    database.dispose()
    served = ["-m", "yibao.cli", "serve", "--no-gateway", "--database", url]
    served += ["--port", str(port), "--workers", str(workers), "--data", str(folder)]
    with _running(served, port, folder):
        for _ in range(2 * workers):  # every process has opened its packs and its templates
            _load(port, 4 * workers, 0.5, mixed)
        for name, its_addresses in addresses.items():
            figures["pages"][name] = _load(port, 1, seconds / 8, its_addresses)
        figures["pages_together"] = _load(port, CONNECTIONS, seconds, mixed)
        figures["others"] = {
            path: _load(port, 1, seconds / 16, [path])
            for path in ("/", "/policy", "/search?q=yibao")
        }
        figures["first_page"] = _weight(port, "/")
        figures["answer_page"] = _weight(port, addresses["visit"][0])
        figures["phone"] = _phone(port, "/", addresses["visit"][0])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{addresses['visit'][0]}") as answer:
            (folder / "page.html").write_bytes(answer.read())
    port = _free_port()
    command = [str(HERE / "constant.py"), str(port), str(workers), str(folder / "page.html")]
    with _running(command, port, folder):
        _load(port, 4 * workers, 0.5, ["/"])
        figures["constant"] = _load(port, CONNECTIONS, seconds / 2, ["/"])
    return figures


def _addresses(calculator: Calculator, count: int) -> Iterator[str]:
    """The example of a calculator with other amounts and days."""
    chance = random.Random(calculator.id)
    kinds: dict[str, str] = {}
    for asked_input in calculator.inputs:
        if isinstance(asked_input, Field):
            kinds[asked_input.name] = asked_input.kind
            continue
        for number in range(1, asked_input.most + 1):
            kinds |= {row_name(field.name, number): field.kind for field in asked_input.fields}
    for _ in range(count):
        asked = {
            name: _other(kinds[name], value, chance) for name, value in calculator.example.items()
        }
        yield f"/calc/{calculator.id}?{urlencode(asked)}"


def _other(kind: str, value: str, chance: random.Random) -> str:
    if kind == "amount":
        fen = int(float(value) * 100)
        return f"{chance.randint(fen // 2, fen * 2) / 100:.2f}"
    if kind == "day":
        day = datetime.date.fromisoformat(value)
        return str(day - datetime.timedelta(days=chance.randint(0, min(9, day.day - 1))))
    return value


# --- servers -------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """A server in a process group of its own, once it answers."""
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, *command], stderr=log, stdout=log, cwd=folder, start_new_session=True
        )
    try:
        _await(server, port, folder)
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _await(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit((folder / "server.log").read_text(encoding="utf-8")[-2_000:])
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10),
        ):
            return
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


def _load(port: int, connections: int, seconds: float, addresses: list[str]) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "client.py"), str(port), str(connections), str(seconds)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, input="\n".join(addresses)
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    if figures["failed"]:
        raise SystemExit(f"{figures['failed']} answers were no page, e.g. among {addresses[:3]}")
    return figures


# --- weight and a slow phone ----------------------------------------------------------------------


def _weight(port: int, path: str) -> int:
    """Bytes of a page over the wire, as a browser asks for it, without what it links to."""
    address = f"http://127.0.0.1:{port}{path}"
    asked = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked) as answer:
        return len(answer.read())


def _phone(port: int, *paths: str) -> dict[str, Any] | None:
    """Milliseconds to the first text and to a usable page on a slow phone, nothing kept before."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return None
    from playwright.sync_api import sync_playwright

    timings: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in paths:
            timings[path.partition("?")[0]] = _median(
                [_opened(browser, port, path) for _ in range(5)]
            )
        browser.close()
    return timings


def _opened(browser: Any, port: int, path: str) -> dict[str, int]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", PHONE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    received: list[int] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(f"http://127.0.0.1:{port}{path}", wait_until="load")
    times = page.evaluate(
        """() => ({
          text: performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0,
          usable: performance.getEntriesByType('navigation')[0].domInteractive,
          loaded: performance.getEntriesByType('navigation')[0].loadEventEnd})"""
    )
    page.wait_for_timeout(100)
    context.close()
    return {
        **{name: round(value) for name, value in times.items()},
        "requests": len(received),
        "bytes": int(sum(received)),
    }


def _median(several: list[dict[str, int]]) -> dict[str, int]:
    return {name: int(statistics.median(timing[name] for timing in several)) for name in several[0]}


# --- the page -------------------------------------------------------------------------------------


def _page(figures: dict[str, Any], workers: int, load: float) -> str:
    calculators = all_calculators(library.load())
    together, constant = figures["pages_together"], figures["constant"]
    medians = [page_figures["median_ms"] for page_figures in figures["pages"].values()]
    middle, most = statistics.median(medians), max(medians)
    spread = f"{together['median_ms']:.0f}、{together['p99_ms']:.0f} 毫秒"
    mixed = f"十种计算页混合，{CONNECTIONS} 个连接"
    rows = [
        ("计算页，一个连接，中位数的中位数", f"{middle:.1f} 毫秒", f"< {GOAL_MS} 毫秒"),
        ("最慢的一种计算页，中位数", f"{most:.1f} 毫秒", f"< {GOAL_MS} 毫秒"),
        (mixed, f"{together['rate']:.0f} 页/秒", f"≥ {GOAL_RATE} 页/秒"),
        ("　其中位数、第 99 百分位", spread, ""),
        ("　发请求的进程占一个核的", f"{together['cpu']:.0%}", ""),
        ("同一服务器答一张现成的页", f"{constant['rate']:.0f} 页/秒", ""),
        ("计算页是现成页的", f"1/{constant['rate'] / together['rate']:.1f}", ""),
        ("首页，压缩后", f"{figures['first_page'] / 1000:.1f} KB", ""),
        ("报销结果页，压缩后", f"{figures['answer_page'] / 1000:.1f} KB", ""),
    ]
    for path, phone in (figures["phone"] or {}).items():
        rows += [
            (
                f"慢手机第一次打开 {path}：看见字、可以用、全部到",
                "、".join(f"{phone[name]}" for name in ("text", "usable", "loaded")) + " 毫秒",
                f"≤ {GOAL_READY:,} 毫秒",
            ),
            (
                f"　请求数与全部字节 {path}",
                f"{phone['requests']} 个，{phone['bytes'] / 1000:.1f} KB",
                f"≤ {GOAL_BYTES // 1000} KB",
            ),
        ]
    pages = "\n".join(
        f"| {calculators[name].title.zh} | {row['median_ms']:.1f} | {row['p99_ms']:.1f} |"
        for name, row in figures["pages"].items()
    )
    others = "\n".join(
        f"| `{path}` | {page_figures['median_ms']:.1f} | {page_figures['p99_ms']:.1f} |"
        for path, page_figures in figures["others"].items()
    )
    table = "\n".join(f"| {what} | {got} | {goal} |" for what, got, goal in rows)
    notes = (HERE / "notes.md").read_text(encoding="utf-8")
    head = (
        f"{datetime.datetime.now(tz=datetime.UTC).date()}，{os.cpu_count()} 核，"
        f"Python {platform.python_version()}，{workers} 个服务进程；开始时系统负载 {load:.1f}。"
    )
    return f"""# 网页的速度

{head}
重新测量：`{COMMAND}`（一分钟左右；机器上不要有别的活）。由 `benchmarks/portal/run.py` 写出。

| 测什么 | 测得 | 目标 |
|---|---|---|
{table}

| 计算页，一个连接 | 中位数，毫秒 | 第 99 百分位 |
|---|---|---|
{pages}

| 别的页，一个连接 | 中位数，毫秒 | 第 99 百分位 |
|---|---|---|
{others}
{notes}"""


if __name__ == "__main__":
    sys.exit(main())
