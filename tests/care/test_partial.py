"""Part of a settled visit given back: what stands is what settling the rest would have been."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from yibao.benefit.facts import Item
from yibao.care.partial import PartialRefunds
from yibao.database.unit import Database
from yibao.errors import RefusedError
from yibao.policy.compile import PolicyLibrary

from ..conftest import VERIFY
from ..support.actors import CLERK
from ..support.store import Store

Build = Callable[..., Any]


def _store(database: Database, packs: PolicyLibrary, *facts: Any) -> Store:
    store = Store(database, packs)
    for fact in facts:
        if hasattr(fact, "enrolments"):
            store.person(fact, balance=80_000)
        else:
            store.institution(fact)
    return store


def _stands(store: Store, person_id: str) -> dict[str, tuple[int, ...]]:
    rows = store.rows()
    gone = {row["reversal_of"] for row in rows}
    return {
        row["visit_id"]: (row["total"], row["fund"], row["account"], row["cash"])
        for row in rows
        if row["person_id"] == person_id and row["round"] > 0 and row["settlement_id"] not in gone
    }


@pytest.mark.parametrize("seed", range(40 if VERIFY else 3))
def test_a_part_given_back(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    make_visit: Build,
    seed: int,
) -> None:
    """With visits before and after; what is proposed then makes the life whole again."""
    rng = random.Random(seed)
    people = make_person("part"), make_person("rest")
    store = _store(database, packs, make_institution("h1", price_class=1), *people)
    items = [Item(rng.choice("AAC"), rng.randrange(1, 900_000)) for _ in range(4)]
    left = [replace(items[0], amount=rng.randint(1, items[0].amount)), *items[2:]]
    numbers = {}
    for person, middle in (("part", items), ("rest", left)):
        for name, month in (("v1", 1), ("v2", 2), ("v3", 3)):
            visit = make_visit(
                name, person, "h1", 700_000, start=f"2025-0{month}-10", end=f"2025-0{month}-12"
            )
            if name == "v2":
                visit = replace(visit, items=tuple(middle), draw=("own",))
            store.settle(visit)
    work = PartialRefunds(store.reversals)
    key = store.key("refund")
    numbers = work.refund(key, "part", "v2", left, actor=CLERK)
    assert work.refund(key, "part", "v2", left, actor=CLERK) == numbers
    store.check()
    assert _stands(store, "part")["v2"] == _stands(store, "rest")["v2"]
    assert store.balance("part") == store.balance("rest")
    while rows := store.readjudications.list_open(actor=CLERK, person_id="part"):
        proposed = [row["proposal"] for row in rows]
        store.readjudications.take(store.key("take"), "part", proposed, actor=CLERK)
    assert _stands(store, "part") == _stands(store, "rest")
    assert store.state("part") == store.state("rest")
    store.check()


def test_refused_where_later_settlements_hang_on_it(
    database: Database,
    refusing_packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    make_visit: Build,
) -> None:
    place = make_institution("h1", price_class=1)
    store = _store(database, refusing_packs, place, make_person("part"))
    for month in (1, 2):
        day = f"2025-0{month}-1"
        stay = make_visit(f"v{month}", "part", "h1", 20_000_000, start=f"{day}0", end=f"{day}5")
        store.settle(stay)
    before = store.fingerprint()
    with pytest.raises(RefusedError):
        PartialRefunds(store.reversals).refund(
            store.key("refund"), "part", "v1", [Item("A", 100)], actor=CLERK
        )
    assert store.fingerprint() == before
