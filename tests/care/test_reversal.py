"""Reversals of known and unknown outcome, and what hangs on them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from yibao.access.operations import Answer, Key
from yibao.database.unit import Database
from yibao.errors import ConflictError, NotFoundError, RefusedError
from yibao.insured import operations as insured
from yibao.ledger.tables import account, entry
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, oneself
from ..support.store import Store

Build = Callable[..., Any]


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    return _filled(Store(database, packs), make_person, make_institution)


@pytest.fixture
def refusing(
    database: Database, refusing_packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    """Whose packs refuse a reversal on which later settlements hang."""
    return _filled(Store(database, refusing_packs), make_person, make_institution)


def _filled(new_store: Store, make_person: Build, make_institution: Build) -> Store:
    new_store.institution(make_institution("h1", price_class=1))
    new_store.institution(make_institution("h2", price_class=2))
    new_store.person(make_person("worker"), balance=300_000)
    for name in ("wife", "son"):
        new_store.person(make_person(name, scheme="resident"))
    new_store.relate("worker", "son", "sibling")
    return new_store


def _undo(store: Store, message: str, person_id: str = "worker", key: str | None = None) -> Answer:
    withdrawn = Key("hospital", "settle", message)
    return store.reversals.reverse_unknown(
        store.key("undo", key), withdrawn, person_id, actor=CLERK
    )


def test_a_reversal_restores_the_state_exactly(store: Store, make_visit: Build) -> None:
    store.grant("worker", "wife")
    store.settle(make_visit("v1", "wife", "h1", 900_000, end="2025-03-20"))
    before = (store.state("wife"), store.balance("worker"), store.balance("wife"))
    visit = make_visit(
        "v2", "wife", "h1", 800_000, start="2025-05-10", end="2025-05-20", draw=["own", "worker"]
    )
    answer = store.settle(visit)
    assert answer["mutual_aid"] == 200_000
    done = store.reverse("wife", "v2", "r1")
    assert done == {
        name: -answer[name] for name in ("fund", "own", "account", "mutual_aid", "cash")
    } | {"proposals": []}
    assert (store.state("wife"), store.balance("worker"), store.balance("wife")) == before
    assert store.reverse("wife", "v2", "r1") == done
    with pytest.raises(ConflictError, match="v2 的结算已经撤销过"):
        store.reverse("wife", "v2")
    with pytest.raises(NotFoundError, match="没有 son 的就诊 v2 的结算"):
        store.reverse("son", "v2")
    store.check()


def test_a_reversal_after_another_finds_the_right_state(store: Store, make_visit: Build) -> None:
    """The first stay is undone while the second stands; then the second one too."""
    before = store.state("worker")
    for number in (1, 2, 3):
        day = f"2025-0{number}-10"
        store.settle(make_visit(f"v{number}", "worker", "h2", 10_000, start=day))
    for number in (1, 2, 3):
        store.reverse("worker", f"v{number}")
        store.check()
    assert store.state("worker").accumulators == {}
    assert before.accumulators == {}


def test_a_later_settlement_that_depends_stops_it(refusing: Store, make_visit: Build) -> None:
    store = refusing
    store.settle(make_visit("v1", "worker", "h1", 2_000_000, end="2025-03-20"))
    store.settle(make_visit("v2", "worker", "h1", 2_000_000, start="2025-05-10", end="2025-05-20"))
    before = store.fingerprint()
    with pytest.raises(RefusedError, match="不能撤销 v1：之后的结算 v2 依赖它"):
        store.reverse("worker", "v1")
    assert store.fingerprint() == before
    store.reverse("worker", "v2")
    store.reverse("worker", "v1")
    store.check()


def test_a_relative_s_later_draw_is_no_hindrance(refusing: Store, make_visit: Build) -> None:
    """An account does not depend on order: what the wife drew goes back, the son's draw stands."""
    store = refusing
    store.grant("worker", "wife")
    store.grant("worker", "son")
    draw = ["own", "worker"]
    store.settle(make_visit("w1", "wife", "h1", 100_000, item_class="C", draw=draw))
    store.settle(make_visit("s1", "son", "h1", 150_000, item_class="C", draw=draw))
    assert store.balance("worker") == 100_000
    done = store.reverse("wife", "w1")
    assert (done["mutual_aid"], done["proposals"]) == (-100_000, [])
    assert store.balance("worker") == 200_000
    store.check()


def test_reversal_after_the_grant_was_revoked(store: Store, make_visit: Build) -> None:
    """Also with the revocation dated before the draw, and with a later draw that stands."""
    store.grant("worker", "wife")
    store.grant("worker", "son")
    for name in ("wife", "son"):
        visit = make_visit(f"{name}1", name, "h1", 20_000, item_class="C", draw=["own", "worker"])
        store.settle(visit)
    for name in ("wife", "son"):
        store.revoke("worker", name, "2025-01-02")
    store.reverse("wife", "wife1")
    assert store.balance("worker") == 300_000 - 20_000
    store.reverse("son", "son1")
    assert store.balance("worker") == 300_000
    store.check()


def test_money_of_a_closed_account_waits_in_suspense(store: Store, make_visit: Build) -> None:
    store.grant("worker", "wife")
    store.settle(make_visit("w1", "wife", "h1", 90_000, draw=["own", "worker"]))
    day = datetime.date(2025, 6, 1)
    left = store.balance("worker")
    key = store.key("transfer")
    insured.transfer(store.database, key, "worker", "son", left, day, actor=oneself("worker"))
    close = delete(account).where(account.c.person_id == "worker")
    store.database.write(lambda unit: unit.run(close))
    done = store.reverse("wife", "w1")
    assert store.entries("suspense:worker") == done["mutual_aid"] == left - 300_000
    assert store.balance("son") == left
    store.check()


def test_settled_again_after_a_reversal(store: Store, make_visit: Build, together: Build) -> None:
    visit = make_visit("v1", "worker", "h1", 70_000)
    first = store.settle(visit, "m1")
    store.reverse("worker", "v1")
    done = together([lambda n=n: store.another().settle(visit, f"again{n}") for n in range(4)])
    assert sorted(isinstance(answer, ConflictError) for answer in done) == [False, True, True, True]
    assert store.settle(visit, "m1") == first
    store.reverse("worker", "v1")
    store.settle(visit, "third")
    assert [row["round"] for row in store.rows()] == [1, -1, 2, -2, 3]
    store.check()


# --- unknown outcome -----------------------------------------------------------------------------


def test_a_message_that_came_is_reversed(store: Store, make_visit: Build) -> None:
    answer = store.settle(make_visit("v1", "worker", "h1", 70_000), "m1")
    done = _undo(store, "m1", key="u1")
    assert (done["outcome"], done["fund"]) == ("reversed", -answer["fund"])
    assert _undo(store, "m1", key="u1") == done
    with pytest.raises(ConflictError, match="已经撤销过"):
        _undo(store, "m1")
    with pytest.raises(ConflictError, match="报文 m1 不是 wife 的结算"):
        _undo(store, "m1", "wife")
    store.check()


def test_a_message_that_never_came_is_refused_later(store: Store, make_visit: Build) -> None:
    visit = make_visit("v1", "worker", "h1", 70_000)
    assert _undo(store, "m1")["outcome"] == "never_came"
    assert _undo(store, "m1")["outcome"] == "never_came"
    before = store.fingerprint()
    with pytest.raises(ConflictError, match="报文 m1 已被发送方冲正，不能再结算"):
        store.settle(visit, "m1")
    assert store.fingerprint() == before
    store.settle(visit, "m2")
    store.check()


def test_a_withdrawal_that_races_its_message(
    store: Store, make_visit: Build, together: Build
) -> None:
    """Either the message is settled and reversed, or it is refused; never settled alone."""
    for number in range(8):
        visit = make_visit(f"v{number}", "worker", "h1", 70_000)
        other = store.another()
        settled, undone = together(
            [
                lambda o=other, v=visit, n=number: o.settle(v, f"m{n}"),
                lambda n=number: _undo(store, f"m{n}"),
            ]
        )
        if undone["outcome"] == "never_came":
            assert isinstance(settled, ConflictError)
        else:
            assert settled["fund"] == -undone["fund"]
    assert sum(row["fund"] for row in store.rows()) == 0
    store.check()


def test_the_database_keeps_settlements_as_they_are(store: Store, make_visit: Build) -> None:
    """Not even a person with a prompt changes what was settled."""
    from yibao.care.tables import settlement
    from yibao.database.errors import DatabaseError

    store.settle(make_visit("v1", "worker", "h1", 70_000))
    for table in (settlement, entry):
        with pytest.raises((DatabaseError, Exception), match="append only"):
            store.database.write(lambda unit, t=table: unit.run(delete(t)))
    with pytest.raises((DatabaseError, Exception), match="append only"):
        store.database.write(lambda unit: unit.run(update(settlement).values(fund=0)))
    assert store.database.read(lambda unit: len(unit.run(select(settlement)).all())) == 1
