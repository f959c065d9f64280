"""``yibao after-year`` on the command line: what Beijing's major-illness layer owes for a year."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from yibao.cli import after_year as command
from yibao.database.unit import Database
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary

from ..support.store import Store

Build = Callable[..., Any]
BEIJING = "110000"


@pytest.fixture
def store(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    make_visit: Build,
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", place=BEIJING, price_class=1))
    new_store.person(make_person("ill", home=BEIJING))
    days = {"start": "2024-03-10", "end": "2024-03-20"}
    new_store.settle(make_visit("stay", "ill", "h1", 80_000_000, kind="inpatient", **days))
    return new_store


def test_listed_paid_and_nothing_left(store: Store, database_url: str, capsys: Any) -> None:
    command.after_year(2024, database_url, as_json=True)
    (row,) = json.loads(capsys.readouterr().out)["people"]
    assert (row["person"], row["paid"], row["paid_now"]) == ("ill", 0, False)
    assert row["due"] == row["total"] > 0
    command.after_year(2024, database_url)
    assert "待付" in capsys.readouterr().out
    with pytest.raises(InputError, match="谁经办"):
        command.after_year(2024, database_url, pay=True)
    command.after_year(2024, database_url, pay=True, actor="张三")
    assert "现付" in capsys.readouterr().out
    command.after_year(2024, database_url)
    assert capsys.readouterr().out.strip() == "2024 年度没有要付的"
    store.check()
