"""Reminders: each thing is written once, nobody is named, and whoever may not is denied."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, insured_actor
from yibao.benefit.facts import Filing, Person
from yibao.cli.main import run as run_command
from yibao.crossing import operations as crossing
from yibao.database.unit import Database, open_database
from yibao.insured import operations as insured
from yibao.jobs.operations import RunState, run_due, standings
from yibao.jobs.reminding import outbox, own_reminders, reminder_json, write_reminders
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import FilingKind, Scheme
from yibao.portal.app import create_app
from yibao.portal.own.frame import own_service
from yibao.record.reminding import ReminderKind
from yibao.scenario.demo import logins

from ..support.actors import CLERK
from ..support.demos import copy_demo

ADMINISTRATOR = Actor("ann", Role.ADMINISTRATOR)
DAY = datetime.date(2025, 11, 20)
END = datetime.date(2025, 12, 10)


@pytest.fixture
def resident(database: Database, packs: PolicyLibrary, make_person: Callable[..., Person]) -> str:
    """A resident who paid for 2025 and not for 2026, and lives elsewhere until December."""
    facts = make_person("lin", scheme=Scheme.RESIDENT, years=[(2025, "2024-11-01")])
    insured.register(database, facts, actor=CLERK, day=datetime.date(2025, 1, 1))
    stay = Filing("lin", FilingKind.LONG_STAY, "310000", None, datetime.date(2025, 2, 1), END)
    crossing.file(database, packs, Key("test", "file", "1"), stay, actor=CLERK)
    return "lin"


def test_each_thing_is_written_once_and_again_when_it_was_put_off(
    database: Database, packs: PolicyLibrary, resident: str
) -> None:
    def remind(day: datetime.date, year: int | None = 2026) -> Any:
        (run,) = run_due(
            database, packs, day, by=ADMINISTRATOR, names=["reminders"],
            collecting=lambda area: year,
        )  # fmt: skip
        assert run.state is RunState.DONE
        return str(run.told)

    def written() -> set[tuple[str, datetime.date | None]]:
        return {
            (each.kind, each.day)
            for each in own_reminders(database, resident, actor=insured_actor(resident))
        }

    assert "新写了 2 条" in remind(DAY)
    first = {(ReminderKind.FILING_ENDS, END), (ReminderKind.YEAR_UNPAID, None)}
    assert written() == first
    assert "新写了 0 条" in remind(DAY + datetime.timedelta(days=1))
    ((filing_id, _),) = database.read(
        lambda unit: list(crossing.standing_filings(unit, resident).items())
    )
    later = END + datetime.timedelta(days=10)
    crossing.change(
        database, Key("test", "change", "1"), resident, filing_id, end=later, actor=CLERK
    )
    assert "新写了 1 条" in remind(DAY + datetime.timedelta(days=2))
    assert written() == first | {(ReminderKind.FILING_ENDS, later)}
    (standing,) = [
        each for each in standings(database, ADMINISTRATOR, DAY) if each.job.name == "reminders"
    ]
    assert standing.last is not None
    assert "新写了 1 条" in str(standing.last.told)
    rows = outbox(database, datetime.date(2020, 1, 1), actor=ADMINISTRATOR)
    assert len(rows) == 3
    said = [str(reminder_json(row)) for row in rows]
    assert not any("310000" in text for text in said)


def test_whoever_runs_no_jobs_writes_no_reminders_and_a_stranger_reads_none(
    database: Database, packs: PolicyLibrary, resident: str
) -> None:
    for denied in (insured_actor(resident), Actor("c", Role.CASHIER), Actor("a", Role.AUDITOR)):
        with pytest.raises(DeniedError):
            write_reminders(database, packs, DAY, lambda area: 2026, actor=denied)
        with pytest.raises(DeniedError):
            outbox(database, DAY, actor=denied)
    assert outbox(database, datetime.date(2020, 1, 1), actor=ADMINISTRATOR) == []
    with pytest.raises(DeniedError):
        own_reminders(database, resident, actor=insured_actor("stranger"))


def test_interest_is_refused_by_name(database: Database, packs: PolicyLibrary) -> None:
    (run,) = run_due(database, packs, DAY, by=ADMINISTRATOR, names=["interest"])
    assert (run.state, run.amount) == (RunState.DONE, 0)
    assert "没有来源" in str(run.told)


def test_the_one_who_is_reminded_reads_it_on_a_page_and_the_office_takes_a_file(
    demo_store: Path, tmp_path: Path, packs: PolicyLibrary, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{copy_demo(demo_store, tmp_path)}"
    with pytest.raises(SystemExit) as ran:
        run_command(["jobs", "run", "reminders", "--on", "2026-11-21", "--url", url])
    assert ran.value.code == 0
    assert "新写了" in capsys.readouterr().out
    file = tmp_path / "reminders.jsonl"
    with pytest.raises(SystemExit) as ran:
        run_command(["jobs", "outbox", str(file), "--since", "2020-01-01", "--url", url])
    assert ran.value.code == 0
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines
    assert {"person", "area", "kind", "text", "last_day", "written_on"} == set(lines[0])
    database = open_database(url)
    login = next(
        each for each in logins(database) if each.login in {row["person"] for row in lines}
    )
    clock = datetime.datetime(2026, 11, 21, 2, tzinfo=datetime.UTC)
    house = create_app(
        packs,
        data=tmp_path,
        today=lambda: clock.date(),
        service=own_service(database, packs, lambda: clock),
    )
    with TestClient(house, follow_redirects=False) as caller:
        sent = {"login": login.login, "password": login.password, "next": "/own"}
        assert caller.post("/sign-in", data=sent).status_code == 303
        page = caller.get("/own/reminders").text
    of_login = [row["text"] for row in lines if row["person"] == login.login]
    assert of_login
    assert all(text in page for text in of_login)
    database.dispose()
