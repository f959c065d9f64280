"""``replay``, ``rebuild`` and ``impact`` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from yibao.cli import replay as commands
from yibao.cli.store import CheckFailedError
from yibao.database.unit import Database
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary

from ..support.store import Store

Build = Callable[..., Any]
OVERLAY = """
overlay: 追溯
parameters:
  employee.inpatient.deductible:
    values:
      2025-01-01: {value: 10}
"""


@pytest.fixture
def store(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    make_visit: Build,
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.person(make_person("worker"))
    new_store.settle(make_visit("v1", "worker", "h1", 300_000, end="2025-03-12"))
    return new_store


def test_nothing_differs(store: Store, database_url: str, capsys: Any) -> None:
    commands.replay(database_url)
    commands.rebuild(database_url)
    assert capsys.readouterr().out.splitlines() == [
        "每笔结算重算后都一分不差",
        "累计和余额都与重建的相等",
    ]


def test_a_difference_fails(store: Store, database_url: str, capsys: Any) -> None:
    with store.database.engine.begin() as connection:
        connection.execute(text("UPDATE account SET balance = 7"))
    with pytest.raises(CheckFailedError, match="有 1 处与重算不符"):
        commands.rebuild(database_url, as_json=True)
    assert json.loads(capsys.readouterr().out)["differences"] == [
        {
            "person": "worker",
            "what": "个人账户余额",
            "stored": 7,
            "found": 0,
            "erratum": "",
        }
    ]


def test_impact_is_listed_then_approved(
    store: Store, database_url: str, tmp_path: Path, capsys: Any
) -> None:
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    commands.impact(database_url, overlay=[overlay], as_json=True)
    (proposal,) = json.loads(capsys.readouterr().out)["people"]
    with pytest.raises(InputError, match="谁批准的"):
        commands.impact(database_url, overlay=[overlay], approve=proposal["proposal"])
    with pytest.raises(InputError, match="没有这个方案"):
        commands.impact(database_url, overlay=[overlay], approve="x", actor="clerk")
    commands.impact(database_url, overlay=[overlay], approve=proposal["proposal"], actor="clerk")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"worker  方案 {proposal['proposal']}  已更正"
    assert lines[1].startswith("  就诊 v1：基金 +")
    commands.impact(database_url, overlay=[overlay])
    assert capsys.readouterr().out == "没有结算会改变\n"
    store.check()
