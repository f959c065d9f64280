"""Proposals after a reversal: listed, taken or dropped, and what the life comes to then."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from yibao.benefit.facts import Visit
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from ..support.store import Store

Build = Callable[..., Any]


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.institution(make_institution("h2", price_class=2))
    new_store.person(make_person("worker"), balance=300_000)
    for name in ("wife", "plain"):
        new_store.person(make_person(name, scheme="resident"))
    return new_store


def _stays(make_visit: Build, count: int) -> list[Visit]:
    return [
        make_visit(
            f"v{month}",
            "worker",
            "h1",
            2_000_000,
            start=f"2025-0{month}-10",
            end=f"2025-0{month}-20",
            draw=["own"],
        )
        for month in range(1, count + 1)
    ]


def _standing(store: Store, person_id: str) -> dict[str, tuple[int, int]]:
    rows = store.rows()
    gone = {row["reversal_of"] for row in rows}
    return {
        row["visit_id"]: (row["fund"], row["own"])
        for row in rows
        if row["person_id"] == person_id and row["round"] > 0 and row["settlement_id"] not in gone
    }


def _take_all(store: Store, person_id: str) -> None:
    while rows := store.readjudications.list_open(actor=CLERK, person_id=person_id):
        numbers = [row["proposal"] for row in rows]
        key = store.key("take")
        answer = store.readjudications.take(key, person_id, numbers, actor=CLERK)
        assert store.readjudications.take(key, person_id, numbers, actor=CLERK) == answer


def test_a_refund_goes_through_and_what_stands_stays(store: Store, make_visit: Build) -> None:
    for visit in _stays(make_visit, 3):
        store.settle(visit)
    before = _standing(store, "worker")
    answer = store.reverse("worker", "v1")
    assert [proposal["visit"] for proposal in answer["proposals"]] == ["v2", "v3"]
    assert _standing(store, "worker") == {name: before[name] for name in ("v2", "v3")}
    (used,) = store.state("worker").accumulators.values()
    assert used.inpatient_pooled == before["v2"][0] + before["v3"][0]
    store.check()
    listed = store.readjudications.list_open(actor=CLERK)
    for row, proposal in zip(listed, answer["proposals"], strict=True):
        assert (row["visit"], row["after"]["fund"]) == (proposal["visit"], proposal["fund"])
        assert row["before"]["fund"] + row["difference"]["fund"] == row["after"]["fund"]
        assert row["difference"]["fund"] == -row["difference"]["own"]


def test_taken_in_order_and_dropped_with_a_reason(store: Store, make_visit: Build) -> None:
    for visit in _stays(make_visit, 3):
        store.settle(visit)
    store.reverse("worker", "v1")
    first, second = store.readjudications.list_open(actor=CLERK)
    work = store.readjudications
    before = store.fingerprint()
    with pytest.raises(ConflictError, match="请先处理更早的建议"):
        work.take(store.key("take"), "worker", [second["proposal"]], actor=CLERK)
    with pytest.raises(InputError, match="要写明不采纳的理由"):
        work.drop(store.key("drop"), "worker", first["proposal"], " ", actor=CLERK)
    with pytest.raises(NotFoundError, match="没有这些待处理的建议"):
        work.take(store.key("take"), "plain", [first["proposal"]], actor=CLERK)
    assert store.fingerprint() == before
    work.drop(store.key("drop"), "worker", first["proposal"], "本人不同意", actor=CLERK)
    store.check()
    stands = _standing(store, "worker")
    rest = work.list_open(actor=CLERK)
    assert all(row["visit"] == "v3" for row in rest)
    _take_all(store, "worker")
    assert _standing(store, "worker")["v2"] == stands["v2"]
    assert work.list_open(actor=CLERK) == []
    store.check()


def test_what_is_reversed_itself_is_proposed_no_longer(store: Store, make_visit: Build) -> None:
    for visit in _stays(make_visit, 2):
        store.settle(visit, f"m-{visit.id}")
    store.reverse("worker", "v1")
    _take_all(store, "worker")
    corrected = _standing(store, "worker")["v2"]
    assert store.reverse("worker", "v2")["fund"] == -corrected[0]
    assert store.readjudications.list_open(actor=CLERK) == []
    assert store.state("worker").accumulators == {}
    assert store.balance("worker") == 300_000
    store.check()


def test_a_taken_proposal_draws_what_is_there_now(store: Store, make_visit: Build) -> None:
    """The account pays what it holds then, never more."""
    for visit in _stays(make_visit, 2):
        store.settle(visit)
    assert store.balance("worker") == 0
    store.reverse("worker", "v1")
    returned = store.balance("worker")
    _take_all(store, "worker")
    assert returned > 0
    assert store.balance("worker") >= 0
    store.check()


@pytest.mark.parametrize("seed", range(12))
def test_taking_all_gives_what_date_order_would_have_given(
    store: Store, make_visit: Build, make_person: Build, seed: int
) -> None:
    """Random lives in date order, some of whose visits are reversed at random moments."""
    rng = random.Random(seed)
    visits = []
    for month in range(1, rng.randint(4, 9)):
        for person_id in ("worker", "wife"):
            stay = rng.random() < 0.6
            visits.append(
                make_visit(
                    f"{person_id}{month}",
                    person_id,
                    rng.choice(["h1", "h2"]),
                    rng.choice([rng.randrange(1, 60_000), rng.randrange(1, 20_000_000)]),
                    start=f"2025-0{month}-10",
                    end=f"2025-0{month}-20" if stay else f"2025-0{month}-10",
                    item_class=rng.choice("AAC"),
                    draw=["own"] if rng.random() < 0.5 else [],
                )
            )
    undone = {visit.id for visit in visits if rng.random() < 0.3}
    waiting = [visit for visit in visits if visit.id in undone]
    settled: set[str] = set()
    for visit in visits:
        store.settle(visit)
        settled.add(visit.id)
        if waiting and rng.random() < 0.3 and waiting[0].id in settled:
            first = waiting.pop(0)
            store.reverse(first.person, first.id)
    for visit in waiting:
        store.reverse(visit.person, visit.id)
    store.check()
    for person_id in ("worker", "wife"):
        _take_all(store, person_id)
    assert store.readjudications.list_open(actor=CLERK) == []
    store.check()
    other = make_person("worker2")
    store.person(other, balance=300_000)
    store.person(make_person("wife2", scheme="resident"))
    for person_id in ("worker", "wife"):
        for visit in visits:
            if visit.person == person_id and visit.id not in undone:
                store.settle(_of(visit, f"{person_id}2"))
        taken = _standing(store, person_id)
        in_order = _standing(store, f"{person_id}2")
        assert taken == {name.removesuffix("-2"): paid for name, paid in in_order.items()}
        assert store.state(person_id) == store.state(f"{person_id}2")


def _of(visit: Visit, person_id: str) -> Visit:
    from dataclasses import replace

    return replace(visit, person=person_id, id=f"{visit.id}-2")
