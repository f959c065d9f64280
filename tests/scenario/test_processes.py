"""Processes that begin at the same moment, and one that is killed while it makes a sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from yibao.access.trail import all_people
from yibao.database.errors import DatabaseError
from yibao.database.unit import open_database
from yibao.errors import YibaoError
from yibao.exchange import control
from yibao.ledger.checks import ledger_faults

from ..support.serving import SECONDS, Service, wait_until

Started = subprocess.Popen[str]


@pytest.fixture
def processes() -> Iterator[list[Started]]:
    """What was started; all of it is ended afterwards."""
    started: list[Started] = []
    yield started
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=SECONDS)


def begin(
    processes: list[Started], arguments: Sequence[str], **environment: str
) -> subprocess.Popen[str]:
    """``yibao`` with these arguments, in a process group of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "yibao.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    processes.append(process)
    return process


def check_whole(url: str, people: int) -> None:
    """A sandbox that was made once, to its end, whose books are right."""
    database = open_database(url)
    assert database.is_sandbox()
    assert control.is_whole(database)
    assert len(all_people(database)) >= people
    assert database.read(lambda unit: list(ledger_faults(unit))) == []
    database.dispose()


def test_two_commands_and_a_service_begin_on_one_empty_folder(
    tmp_path: Path, processes: list[Started]
) -> None:
    """With a key of the store's own, as ``make run`` has it."""
    own = {"YIBAO_DATA_DIR": str(tmp_path), "YIBAO_SECRET_KEY": ""}
    commands = [begin(processes, ("sandbox", "show"), **own) for _ in range(2)]
    with ExitStack() as stack:
        service = Service(tmp_path)
        stack.callback(service.kill)
        service.start({"YIBAO_SECRET_KEY": ""})
        for command in commands:
            out, err = command.communicate(timeout=SECONDS)
            assert command.returncode == 0, err
            assert "T0001" in out
        third = begin(processes, ("sandbox", "person", "add", "N1"), **own)
        out, err = third.communicate(timeout=SECONDS)
        assert third.returncode == 0, err
        assert "测试登录" in service.said()
    assert [path.name for path in tmp_path.glob("*.new*")] == []
    assert [path.name for path in tmp_path.glob("*before*")] == []
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("YIBAO_SECRET_KEY", raising=False)
        check_whole(f"sqlite:///{tmp_path / 'demo.db'}", 200)


def test_a_process_that_was_killed_while_it_made_the_demo_leaves_nothing_broken(
    tmp_path: Path, processes: list[Started]
) -> None:
    own = {"YIBAO_DATA_DIR": str(tmp_path), "YIBAO_SECRET_KEY": "5a" * 32}
    cut_off = begin(processes, ("sandbox", "show"), **own)
    wait_until(lambda: any(part.stat().st_size for part in tmp_path.glob("*.new")), "a draft")
    os.killpg(cut_off.pid, signal.SIGKILL)
    cut_off.communicate(timeout=SECONDS)
    assert not (tmp_path / "demo.db").exists()
    again = begin(processes, ("sandbox", "show"), **own)
    _, err = again.communicate(timeout=SECONDS)
    assert again.returncode == 0, err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.db", "demo.db.lock"]


@pytest.mark.usefixtures("secret_key")
def test_two_make_a_sandbox_of_one_empty_database_at_once(
    empty_url: str, processes: list[Started]
) -> None:
    commands = [
        begin(processes, ("sandbox", "institution", "add", code, "--price-class", "2"),
              YIBAO_SANDBOX_URL=empty_url, YIBAO_SECRET_KEY="5a" * 32)
        for code in ("H1", "H2", "H3")
    ]  # fmt: skip
    for command in commands:
        _, err = command.communicate(timeout=SECONDS)
        assert command.returncode == 0, err
    check_whole(empty_url, 4)


@pytest.mark.usefixtures("secret_key")
def test_a_sandbox_whose_making_was_killed_is_made_again(
    empty_url: str, processes: list[Started]
) -> None:
    own = {"YIBAO_SANDBOX_URL": empty_url, "YIBAO_SECRET_KEY": "5a" * 32}
    cut_off = begin(processes, ("sandbox", "show"), **own)

    def is_begun() -> bool:
        database = open_database(empty_url)
        try:
            return database.is_sandbox()
        except (DatabaseError, YibaoError):
            return False
        finally:
            database.dispose()

    wait_until(is_begun, "the mark")
    os.killpg(cut_off.pid, signal.SIGKILL)
    cut_off.communicate(timeout=SECONDS)
    again = begin(processes, ("sandbox", "show"), **own)
    _, err = again.communicate(timeout=SECONDS)
    assert again.returncode == 0, err
    check_whole(empty_url, 4)
