"""Processes and the server are killed at random points; nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.policy.compile import PolicyLibrary

from ..support.restarting import own_server, start_again, stop
from ..support.store import Store
from .acknowledged import check_acknowledged, register_settled
from .kills import run
from .lines import read_lines

SEEDS = (1, 2) if os.environ.get("YIBAO_VERIFY") == "1" else (1,)
SETTLER = Path(__file__).with_name("settler.py")


class Child:
    """A settling process, with what it has acknowledged; its messages are numbered from 0."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.acknowledged: list[tuple[str, dict[str, Any]]] = []
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - until killed
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(SETTLER), url, name],
            stdout=subprocess.PIPE,
            stderr=self._said,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.said()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):  # a line that the kill cut was not acknowledged
                message, answer = json.loads(line)
                self.acknowledged.append((message, answer))

    def message(self, number: int) -> str:
        return f"{self.name}-{number}"

    def wait_for(self, count: int) -> None:
        """Until it has acknowledged so many; however long a busy machine takes for that."""
        while len(self.acknowledged) < count:
            assert self.process.poll() is None, self.said()
            time.sleep(0.01)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._said.close()

    def said(self) -> str:
        """What it wrote about errors."""
        self._said.seek(0)
        return self._said.read()


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_processes_lose_nothing(
    database: Database,
    database_url: str,
    packs: PolicyLibrary,
    area: str,
    verify: bool,
    seed: int,
) -> None:
    store = Store(database, packs)
    register_settled(store, area)
    random = Random(seed)
    # One is killed before it can have answered anything, one in the midst of its work.
    idle, busy = Child(database_url, "idle"), Child(database_url, "busy")
    idle.kill()
    busy.wait_for(3)
    busy.kill()
    children = [idle, busy]
    for round_ in range(20 if verify else 2):
        running = [Child(database_url, f"p{round_}-{n}") for n in range(2)]
        time.sleep(random.uniform(0.05, 0.5))
        for child in running:
            child.kill()
        children += running
    check_acknowledged(store, children)


def test_kills_are_counted_in_pieces(
    tmp_path: Path, secret_key: None, postgresql_server: str
) -> None:
    """What ``make kills`` runs: a line a piece, the next run goes on from it."""
    results = tmp_path / "lines.jsonl"
    assert run(3, 4, results, 2, postgresql_server) == 4
    assert run(3, 4, results, 2, postgresql_server) == 0
    lines = read_lines(results)
    assert [(line["store"], line["kills"]) for line in lines] == [("sqlite", 2), ("postgresql", 2)]
    assert all(0 <= line["unanswered"] <= line["kills"] for line in lines)


# --- the server of PostgreSQL itself -------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL of this test alone, with fsync on."""
    with own_server() as started:
        yield started


def test_a_killed_server_loses_nothing(
    server: Any, packs: PolicyLibrary, area: str, secret_key: None
) -> None:
    server.psql("create database store;")
    url = server.get_uri(database="store")
    whole_schema()
    database = open_database(url)
    database.create_all()
    store = Store(database, packs)
    register_settled(store, area)
    children = [Child(url, f"p{n}") for n in range(2)]
    for child in children:
        child.wait_for(1)
    stop(server)
    counts = [len(child.acknowledged) for child in children]
    start_again(server)
    # The processes go on by themselves with the message that failed.
    for child, count in zip(children, counts, strict=True):
        child.wait_for(count + 2)
    for child in children:
        child.kill()
    check_acknowledged(store, children)
    database.dispose()
