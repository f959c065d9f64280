"""Nothing is settled before it has happened, by the platform's day, on any way into the store."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from yibao.benefit.facts import Item
from yibao.care.bulk import BulkLine, BulkSettlements
from yibao.care.interim import InterimSettlements
from yibao.care.reversal import Reversals
from yibao.care.settling import Settlements
from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary

from ..support.actors import WARD, settler
from ..support.store import Store

Build = Callable[..., Any]
TODAY = datetime.date(2025, 3, 10)


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    """A store of a platform whose day is :data:`TODAY`."""
    new_store = Store(database, packs)
    new_store.settlements = Settlements(database, packs, lambda: TODAY)
    new_store.reversals = Reversals(new_store.settlements)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.person(make_person("worker"), balance=30_000)
    return new_store


@pytest.mark.parametrize("end", ["2025-03-11", "2027-01-01", "2090-12-31"])
def test_a_visit_that_ends_after_today_is_refused(
    store: Store, make_visit: Build, end: str
) -> None:
    before = store.fingerprint()
    visit = make_visit("v", "worker", "h1", 90_000, start="2025-03-01", end=end)
    with pytest.raises(RefusedError, match="晚于平台日期 2025-03-10"):
        store.settle(visit)
    assert store.fingerprint() == before


def test_what_ends_today_is_settled(store: Store, make_visit: Build) -> None:
    store.settle(make_visit("v", "worker", "h1", 90_000, start="2025-03-01", end="2025-03-10"))


def test_the_last_part_of_a_stay_is_refused_before_its_day(store: Store, make_visit: Build) -> None:
    stay = make_visit("v", "worker", "h1", 90_000, start="2025-03-01", end="2025-03-09")
    store.settle(stay)
    before = store.fingerprint()
    whole = replace(
        stay, items=(*stay.items, Item("A", 5_000)), end=TODAY + datetime.timedelta(days=1)
    )
    work = InterimSettlements(store.reversals)
    with pytest.raises(RefusedError, match="晚于平台日期"):
        work.settle(store.key("settle"), whole, actor=settler(whole))
    assert store.fingerprint() == before


def test_a_line_of_a_file_is_refused_and_the_others_are_settled(
    store: Store, make_visit: Build
) -> None:
    visits = [
        make_visit(name, "worker", "h1", 90_000, start="2025-03-01", end=end)
        for name, end in (("a", "2025-03-03"), ("b", "2025-03-12"), ("c", "2025-03-10"))
    ]
    bulk = BulkSettlements(store.settlements, actor=WARD, sender="file")
    lines = [BulkLine(number, visit.id, visit) for number, visit in enumerate(visits, 1)]
    outcomes = [outcome for outcome in bulk.settle(lines) if outcome.answer is None]
    (refused,) = outcomes
    assert refused.line.visit.id == "b"
    assert "晚于平台日期" in refused.refused
    assert {row["visit_id"] for row in store.rows()} == {"a", "c"}
