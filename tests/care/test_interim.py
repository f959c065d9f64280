"""A stay settled in parts: together they are one settlement, to the fen, however it is cut."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from yibao.benefit.facts import Item, Visit
from yibao.care.interim import InterimSettlements
from yibao.care.rows import read_settlement
from yibao.database.unit import Database
from yibao.errors import ConflictError, NotFoundError
from yibao.policy.compile import PolicyLibrary

from ..conftest import VERIFY
from ..support.actors import settler
from ..support.store import Store

Build = Callable[..., Any]
CITIES = ("140100", "110000")
PAID = ("total", "fund", "own", "account", "mutual_aid", "cash")


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    for city in CITIES:
        new_store.institution(make_institution(f"h{city}", place=city, price_class=1, grade="3A"))
        for name in ("parts", "once"):
            new_store.person(make_person(f"{name}{city}", home=city), balance=150_000)
    new_store.person(make_person("poor", scheme="resident", groups=["low_income"]))
    new_store.person(make_person("poor-once", scheme="resident", groups=["low_income"]))
    return new_store


def _settle_next(store: Store, visit: Visit) -> None:
    work = InterimSettlements(store.reversals)
    work.settle(store.key("settle"), visit, actor=settler(visit))


def _stands(store: Store, visit: Visit) -> dict[str, int]:
    row = store.database.read(lambda unit: read_settlement(unit, visit.person, visit.id))
    return {name: row[name] for name in PAID}


def _in_parts(store: Store, visit: Visit, cuts: list[tuple[int, datetime.date]]) -> list[Any]:
    """Settle up to each cut (lines, day), then the whole; what stood after each."""
    parts = [
        *(replace(visit, items=visit.items[:count], end=day) for count, day in cuts),
        visit,
    ]
    stood = []
    for number, part in enumerate(parts):
        if number:
            _settle_next(store, part)
        else:
            store.settle(part)
        stood.append(_stands(store, visit))
    return stood


def _random_stay(rng: random.Random, person: str, city: str, *, new_year: bool) -> Visit:
    items = tuple(
        Item(rng.choice("AABC"), rng.choice([rng.randrange(1, 9_000), rng.randrange(1, 9_000_000)]))
        for _ in range(rng.randint(2, 9))
    )
    items = tuple(
        replace(item, upfront=1_000) if item.item_class == "B" else item for item in items
    )
    start = datetime.date(2024, 12, 20) if new_year else datetime.date(2025, 3, 1)
    return Visit(
        "stay",
        person,
        f"h{city}",
        "inpatient",
        start,
        start + datetime.timedelta(days=20),
        items,
        ("own",) if rng.random() < 0.7 else (),
    )


@pytest.mark.parametrize("seed", range(60 if VERIFY else 4))
def test_parts_come_to_one_settlement(store: Store, make_visit: Build, seed: int) -> None:
    rng = random.Random(seed)
    city = CITIES[seed % 2]
    before = make_visit("before", f"parts{city}", f"h{city}", rng.randrange(1, 5_000_000))
    for person in (f"parts{city}", f"once{city}"):
        store.settle(replace(before, person=person))
    visit = _random_stay(rng, f"parts{city}", city, new_year=seed % 4 > 1)
    counts = sorted(rng.sample(range(1, len(visit.items) + 1), rng.randint(1, 2)))
    cuts = [
        (count, visit.start + datetime.timedelta(days=5 * number))
        for number, count in enumerate(counts, 1)
    ]
    balance = store.balance(visit.person)
    stood = _in_parts(store, visit, cuts)
    once = replace(visit, person=f"once{city}")
    store.settle(once)
    assert stood[-1] == _stands(store, once)
    assert store.state(visit.person) == store.state(once.person)
    assert store.balance(visit.person) == store.balance(once.person)
    store.check()
    # Taken back part by part, what stood before stands again, to the fen.
    for earlier in (*reversed(stood[:-1]), None):
        store.reverse(visit.person, visit.id)
        if earlier is not None:
            assert _stands(store, visit) == earlier
            assert store.state(visit.person).admissions
        store.check()
    assert store.balance(visit.person) == balance
    with pytest.raises(ConflictError, match="已经撤销过"):
        store.reverse(visit.person, visit.id)


def test_settled_again_after_a_refund_of_the_last(store: Store, make_visit: Build) -> None:
    """Another visit between, one admission, and the same sums in the end."""
    for person in ("poor", "poor-once"):
        whole = make_visit(
            "stay", person, "h140100", 8_000_000, start="2025-03-01", end="2025-03-21"
        )
        between = make_visit("between", person, "h140100", 30_000, start="2025-03-05")
        if person == "poor":
            first = replace(whole, items=(Item("A", 3_000_000),), end=datetime.date(2025, 3, 4))
            store.settle(first)
        store.settle(between)
        if person == "poor":
            _settle_next(store, whole)
            store.reverse(person, "stay")
            assert _stands(store, whole)["total"] == 3_000_000
            _settle_next(store, whole)
        else:
            store.settle(whole)
    assert _stands(store, replace(whole, person="poor")) == _stands(store, whole)
    assert store.state("poor") == store.state("poor-once")
    assert list(store.state("poor").admissions.values()) == [1]
    store.check()


def test_nothing_goes_on_from_nothing(store: Store, make_visit: Build) -> None:
    visit = make_visit("stay", "poor", "h140100", 10_000)
    before = store.fingerprint()
    with pytest.raises(NotFoundError):
        _settle_next(store, visit)
    store.settle(visit)
    store.reverse("poor", "stay")
    after = store.fingerprint()
    with pytest.raises(ConflictError, match="已经撤销过"):
        _settle_next(store, visit)
    assert store.fingerprint() == after != before
