"""Work that comes again: once a period, made up where missed, taken over where killed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.access.tables import event
from yibao.benefit.facts import Person
from yibao.cli.main import run as run_command
from yibao.database.unit import Database, open_database
from yibao.insured import operations as insured
from yibao.insured.tables import monthly_credit
from yibao.jobs.operations import SILENT, RunState, run_due, standings
from yibao.jobs.schedule import Every, periods_due
from yibao.jobs.tables import job_run
from yibao.ledger.tables import account
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK

ADMINISTRATOR = Actor("ann", Role.ADMINISTRATOR)
MAY_DAY = datetime.date(2025, 5, 1)
BASE, CREDIT = 600_000, 12_000


@pytest.fixture
def workers(database: Database, make_person: Callable[..., Person]) -> list[str]:
    """Two who are paid for in March and April of 2025, and one in April alone."""
    paid = {"w1": (202503, 202504), "w2": (202503, 202504), "w3": (202504,)}
    for name, months in paid.items():
        facts = make_person(name, months=[(month, BASE) for month in months])
        insured.register(database, facts, actor=CLERK, day=datetime.date(2025, 1, 1))
    return list(paid)


def _states(runs: Any) -> list[tuple[str, int, RunState, int, int, int]]:
    return [
        (run.job.name, run.period, run.state, run.served, run.left_out, run.amount) for run in runs
    ]


def test_months_that_were_missed_are_made_up_and_days_are_not() -> None:
    day = datetime.date(2026, 2, 3)
    assert periods_due(Every.MONTH, day, None) == [202601]
    assert periods_due(Every.MONTH, day, 202510) == [202511, 202512, 202601]
    assert periods_due(Every.MONTH, day, 202601) == []
    assert periods_due(Every.DAY, day, None) == [20260203]
    assert periods_due(Every.DAY, day, 20260101) == [20260203]
    assert periods_due(Every.DAY, day, 20260203) == []


def test_a_month_is_credited_once_and_the_next_ones_follow(
    database: Database, packs: PolicyLibrary, workers: list[str]
) -> None:
    def credit(day: datetime.date, **named: Any) -> list[Any]:
        jobs = run_due(database, packs, day, by=ADMINISTRATOR, names=["credit"], **named)
        return _states(list(jobs))

    april = datetime.date(2025, 4, 1)
    assert credit(april) == [("credit", 202503, RunState.DONE, 2, 1, 2 * CREDIT)]
    assert credit(april) == []
    assert credit(datetime.date(2025, 6, 2)) == [
        ("credit", 202504, RunState.DONE, 3, 0, 3 * CREDIT),
        ("credit", 202505, RunState.DONE, 0, 3, 0),
    ]
    credited = select(func.count()).select_from(monthly_credit)
    assert database.read(lambda unit: unit.run(credited).scalar_one()) == 5
    # whoever was left out is made up by asking for that month again
    assert credit(MAY_DAY, period=202503) == []
    assert credit(MAY_DAY, period=202503, again=True) == [
        ("credit", 202503, RunState.DONE, 2, 1, 2 * CREDIT)
    ]
    told = select(event.c.operation).where(event.c.person_id == "store:jobs")
    events = database.read(lambda unit: list(unit.run(told).scalars()))
    assert events == ["run_job"] * 4


def test_two_at_once_run_a_period_once(
    database: Database,
    packs: PolicyLibrary,
    workers: list[str],
    together: Callable[..., list[Any]],
) -> None:
    def credit() -> list[Any]:
        return list(run_due(database, packs, MAY_DAY, by=ADMINISTRATOR, names=["credit"]))

    runs = [run for ran in together([credit, credit]) for run in ran]
    assert _states(runs) == [("credit", 202504, RunState.DONE, 3, 0, 3 * CREDIT)]


def test_a_run_that_fell_silent_is_taken_over(
    database: Database, packs: PolicyLibrary, workers: list[str]
) -> None:
    def seal() -> list[Any]:
        jobs = run_due(database, packs, MAY_DAY, by=ADMINISTRATOR, names=["seal"])
        return [run.state for run in jobs]

    def heard(ago: datetime.timedelta) -> None:
        at = datetime.datetime.now(datetime.UTC) - ago
        changed = update(job_run).values(state=RunState.RUNNING, heard_at=at)
        database.write(lambda unit: unit.run(changed))

    assert seal() == [RunState.DONE]
    heard(SILENT / 2)
    assert seal() == []
    heard(SILENT * 2)
    assert seal() == [RunState.DONE]


def test_the_command_runs_what_is_due_and_says_what_failed(
    tmp_path: Path,
    make_person: Callable[..., Person],
    capsys: pytest.CaptureFixture[str],
    secret_key: object,
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"

    def yibao(*words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            run_command([*words, "--url", url])
        told = capsys.readouterr()
        assert left.value.code == code, told
        return told.out

    yibao("db", "init")
    with_people = open_database(url)
    facts = make_person("w1", months=[(202504, BASE)])
    insured.register(with_people, facts, actor=CLERK, day=datetime.date(2025, 1, 1))
    listed = json.loads(yibao("jobs", "list", "--on", "2025-05-01", "--json"))["jobs"]
    assert [(job["job"], job["due"]) for job in listed] == [
        ("credit", [202504]),
        ("conduct", [202504]),
        ("interest", [202504]),
        *((name, [20250501]) for name in ("reminders", "check", "snapshot", "seal", "backup")),
    ]

    # without a folder for backups that one fails, and the others are done
    told = yibao("jobs", "run", "--on", "2025-05-01", code=1)
    assert "个人账户按月划入 140100 202504：已完成，划入 1 人，共 120.00 元" in told
    assert "yibao audit verify --seal 1=" in told
    assert "没有说备份放在哪个文件夹" in told

    again = json.loads(
        yibao("jobs", "run", "--on", "2025-05-01", "--backups", str(tmp_path / "kept"), "--json")
    )
    assert [(run["job"], run["state"]) for run in again["runs"]] == [("backup", "completed")]
    assert yibao("jobs", "run", "--on", "2025-05-01") == "没有到期的作业\n"
    assert yibao("jobs", "run", "sweep", code=2) == ""
    assert yibao("jobs", "run", "credit", "--period", "202513", code=2) == ""
    assert yibao("jobs", "run", "credit", "--period", "202506", "--on", "2025-05-01", code=2) == ""
    (file,) = (tmp_path / "kept").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    with_people.dispose()


def test_a_damaged_book_is_told_and_due_again(
    sandbox: Database, packs: PolicyLibrary, make_person: Callable[..., Person]
) -> None:
    facts = make_person("w1", months=[(202503, BASE)])
    insured.register(sandbox, facts, actor=CLERK, day=datetime.date(2025, 1, 1))
    insured.credit(sandbox, packs, Key("d", "credit", "1"), "w1", 202503, actor=CLERK)
    changed = update(account).values(balance=account.c.balance + 1)
    sandbox.write(lambda unit: unit.run(changed))
    (run,) = run_due(sandbox, packs, MAY_DAY, by=ADMINISTRATOR, names=["check"])
    assert run.state is RunState.FAILED
    assert any("w1" in str(detail) for detail in run.details), run.details
    auditor = Actor("au", Role.AUDITOR)
    due = {standing.job.name: standing.due for standing in standings(sandbox, auditor, MAY_DAY)}
    assert due["check"] == [20250501]
