"""What Beijing's major-illness layer pays once the year is over: worked out, paid once, by its
difference when the year changes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.care.after_year import AfterYear, list_after_year, pay_after_year
from yibao.database.unit import Database
from yibao.errors import ConflictError, RefusedError
from yibao.ledger import operations as ledger
from yibao.ledger.balances import total
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, WARD
from ..support.store import Store

Build = Callable[..., Any]
BEIJING = "110000"
NEXT_YEAR = datetime.date(2025, 6, 1)


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", place=BEIJING, price_class=1))
    for name in ("ill", "well"):
        new_store.person(make_person(name, home=BEIJING))
    return new_store


def _listed(store: Store, on: datetime.date = NEXT_YEAR) -> list[AfterYear]:
    return list(list_after_year(store.database, store.packs, 2024, on=on, actor=CLERK))


def _pay(store: Store, person: str = "ill", **more: Any) -> Any:
    arguments = {"on": NEXT_YEAR, "actor": CLERK} | more
    key = store.key("pay_after_year")
    return pay_after_year(store.database, store.packs, key, person, 2024, **arguments)


def _stay(make_visit: Build, name: str, person: str, fen: int, month: int) -> Any:
    days = {"start": f"2024-0{month}-10", "end": f"2024-0{month}-20"}
    return make_visit(name, person, "h1", fen, kind="inpatient", **days)


def test_a_year_is_paid_once_and_then_by_its_difference(store: Store, make_visit: Build) -> None:
    store.settle(_stay(make_visit, "large", "ill", 80_000_000, 3))
    store.settle(_stay(make_visit, "small", "well", 300_000, 3))
    (owed,) = _listed(store)
    burden = owed.own - 30404_00
    assert owed.total == 50000_00 * 60 // 100 + (burden - 50000_00) * 70 // 100
    assert (owed.person_id, owed.paid, owed.due) == ("ill", 0, owed.total)
    answer = _pay(store)
    assert [payment["amount"] for payment in answer["payments"]] == [owed.total]
    fund = ledger.fund(BEIJING, "employee", "upper_after_year")

    def booked() -> int:
        return store.database.read(lambda unit: total(unit, fund))

    assert booked() == owed.total
    assert _listed(store) == []
    with pytest.raises(ConflictError, match="没有要付的"):
        _pay(store)
    store.settle(_stay(make_visit, "late", "ill", 10_000_000, 5))
    (more,) = _listed(store)
    assert (more.paid, more.due) == (owed.total, more.total - owed.total)
    assert more.due > 0
    _pay(store)
    assert booked() == more.total
    store.reverse("ill", "late")
    (too_much,) = _listed(store)
    assert too_much.due == owed.total - more.total < 0
    with pytest.raises(ConflictError, match="没有要付的"):
        _pay(store)
    store.check()


def test_the_same_message_pays_once(store: Store, make_visit: Build) -> None:
    store.settle(_stay(make_visit, "large", "ill", 80_000_000, 3))
    key = store.key("pay_after_year")
    arguments = (store.database, store.packs, key, "ill", 2024)
    first = pay_after_year(*arguments, on=NEXT_YEAR, actor=CLERK)
    assert pay_after_year(*arguments, on=NEXT_YEAR, actor=CLERK) == first


def test_a_year_that_is_not_over_is_refused(store: Store, make_visit: Build) -> None:
    store.settle(_stay(make_visit, "large", "ill", 80_000_000, 3))
    before = store.fingerprint()
    with pytest.raises(RefusedError, match="2024-12-31 才结束"):
        _pay(store, on=datetime.date(2024, 12, 31))
    with pytest.raises(DeniedError):
        _pay(store, actor=WARD)
    assert store.fingerprint() == before
