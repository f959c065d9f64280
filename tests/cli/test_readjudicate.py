"""``yibao readjudicate`` on the command line: what a refund leaves to decide."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from yibao.cli.main import main
from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary

from ..support.store import Store

Build = Callable[..., Any]


@pytest.fixture
def store(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    make_visit: Build,
) -> Store:
    """Three stays, of which the first was refunded."""
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.person(make_person("worker"))
    for month in (1, 2, 3):
        day = f"2025-0{month}-1"
        visit = make_visit(f"v{month}", "worker", "h1", 300_000, start=f"{day}0", end=f"{day}5")
        new_store.settle(visit)
    new_store.reverse("worker", "v1")
    return new_store


def _listed(url: str, capsys: Any) -> list[dict[str, Any]]:
    assert main(["readjudicate", "list", "--url", url, "--json"]) == 0
    proposals: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["proposals"]
    return proposals


def test_listed_dropped_and_taken(store: Store, database_url: str, capsys: Any) -> None:
    first, second = _listed(database_url, capsys)
    assert (first["visit"], second["visit"]) == ("v2", "v3")
    to = ["--url", database_url]
    assert main(["readjudicate", "list", *to]) == 0
    shown = capsys.readouterr().out
    assert "就诊 v2" in shown
    assert "基金" in shown
    assert main(["readjudicate", "take", first["proposal"], *to]) == 2
    assert "经办人" in capsys.readouterr().err
    by = [*to, "--actor", "张三"]
    assert main(["readjudicate", "drop", second["proposal"], *by]) == 2
    assert "理由" in capsys.readouterr().err
    assert main(["readjudicate", "take", "x", *by]) == 3
    assert "没有待处理的建议 x" in capsys.readouterr().err
    drop = ["readjudicate", "drop", second["proposal"], "--reason", "本人不同意"]
    assert main([*drop, *by]) == 0
    assert "不采纳：本人不同意" in capsys.readouterr().out
    assert main(["readjudicate", "take", "--all", *by]) == 0
    assert "就诊 v2" in capsys.readouterr().out
    assert _listed(database_url, capsys) == []
    store.check()
