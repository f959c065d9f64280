"""Filings: out-of-area care and chronic diseases; validity, change and cancellation."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import institution_actor
from yibao.benefit.facts import Filing, Person
from yibao.crossing import operations as crossing
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.insured.locks import lock_person
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from ..support.store import Store

Build = Callable[..., Any]


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.fixture
def elsewhere(packs: PolicyLibrary) -> str:
    """A place in another province."""
    return packs.area("北京市").code


@pytest.fixture
def store(
    database: Database,
    packs: PolicyLibrary,
    make_person: Build,
    make_institution: Build,
    elsewhere: str,
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("away", price_class=1, place=elsewhere))
    new_store.institution(make_institution("h1", price_class=1))
    new_store.person(make_person("worker"))
    return new_store


def test_an_institution_ends_and_changes_only_the_filings_that_it_made(store: Store) -> None:
    first, second = institution_actor("h1"), institution_actor("away")
    chronic = Filing("worker", "chronic", None, "hypertension", _day("2025-01-01"), None)
    by_first = crossing.record(store.database, store.key("f"), chronic, actor=first)
    by_office = crossing.record(
        store.database, store.key("f"), replace(chronic, disease="other_diabetes"), actor=CLERK
    )
    before = store.fingerprint()
    for filing, actor in ((by_first, second), (by_office, first)):
        with pytest.raises(DeniedError, match="不是本机构办的"):
            crossing.cancel(
                store.database,
                store.key("c"),
                "worker",
                filing["filing_id"],
                _day("2025-06-01"),
                actor=actor,
            )
    assert store.fingerprint() == before
    ended = crossing.cancel(
        store.database,
        store.key("c"),
        "worker",
        by_first["filing_id"],
        _day("2025-06-01"),
        actor=first,
    )
    assert ended["end"] == "2025-05-31"
    store.check()


@pytest.fixture
def six_months(tmp_path: Path) -> PolicyLibrary:
    """A pack that gives temporary filings an end."""
    path = tmp_path / "filing.yaml"
    path.write_text(
        "overlay: 备案\nparameters:\n  crossing.temporary_filing_months:\n"
        "    values:\n      2020-01-01: {value: 6}\n",
        encoding="utf-8",
    )
    return PolicyLibrary.load(overlays=[path])


def _worker(store: Store) -> Person:
    return store.facts("worker")


def _file(store: Store, wanted: Filing) -> dict[str, Any]:
    return crossing.file(store.database, store.packs, store.key("file"), wanted, actor=CLERK)


def _profile_and_rows(store: Store) -> tuple[tuple[Filing, ...], tuple[Filing, ...]]:
    def operation(unit: Any) -> tuple[tuple[Filing, ...], tuple[Filing, ...]]:
        return lock_person(unit, "worker").filings, crossing.filings_as_rows(unit, "worker")

    return store.database.write(operation)


def _place(store: Store, make_visit: Build, day: str) -> int:
    visit = make_visit("q", "worker", "away", 900_000, start=day, end=day, kind="inpatient")
    return store.settlements.quote(visit, actor=CLERK).adjudication.facts.place


def test_a_temporary_filing_runs_out_by_the_pack(
    store: Store, six_months: PolicyLibrary, elsewhere: str, make_visit: Build
) -> None:
    start = _day("2025-08-31")
    referral = Filing("worker", "referral", elsewhere, None, start)
    assert crossing.validity_end(store.packs, _worker(store), start) is None
    filed = crossing.file(store.database, six_months, store.key("file"), referral, actor=CLERK)
    assert filed["end"] == "2026-02-27"
    within = _place(store, make_visit, "2026-02-27")
    assert within != _place(store, make_visit, "2026-02-28")
    assert within != _place(store, make_visit, "2025-08-30")
    long_stay = _file(store, Filing("worker", "long_stay", elsewhere, None, start))
    assert long_stay["end"] is None
    profile, rows = _profile_and_rows(store)
    assert profile == rows
    assert [filing.kind for filing in rows] == ["referral", "long_stay"]


def test_changed_and_cancelled_for_what_is_to_come(
    store: Store, elsewhere: str, make_visit: Build
) -> None:
    filing_id = _file(store, Filing("worker", "long_stay", elsewhere, None, _day("2025-03-01")))[
        "filing_id"
    ]
    visit = make_visit("v1", "worker", "away", 900_000, start="2025-05-10", end="2025-05-20")
    store.settle(visit)
    paid = store.rows()[0]["fund"]
    database, key = store.database, store.key
    crossing.change(
        database, key("change"), "worker", filing_id, start=_day("2025-04-01"), actor=CLERK
    )
    assert _profile_and_rows(store)[0][0].start == _day("2025-04-01")
    place = _place(store, make_visit, "2025-06-30")
    crossing.cancel(database, key("cancel"), "worker", filing_id, _day("2025-07-01"), actor=CLERK)
    assert _place(store, make_visit, "2025-06-30") == place
    assert _place(store, make_visit, "2025-07-01") != place
    with pytest.raises(ConflictError, match="已经结束"):
        crossing.cancel(database, key("c"), "worker", filing_id, _day("2025-08-01"), actor=CLERK)
    crossing.cancel(database, key("c"), "worker", filing_id, _day("2025-01-01"), actor=CLERK)
    assert _profile_and_rows(store) == ((), ())
    with pytest.raises(ConflictError, match="已经取消"):
        crossing.change(database, key("c"), "worker", filing_id, actor=CLERK)
    with pytest.raises(NotFoundError, match="worker 没有备案 x"):
        crossing.change(database, key("c"), "worker", "x", actor=CLERK)
    # What was settled under the filing stays as it is, and is undone as it was.
    store.check()
    assert store.reverse("worker", "v1")["fund"] == -paid
    store.check()


def test_what_a_filing_may_not_be(store: Store, area: str, elsewhere: str) -> None:
    start = _day("2025-03-01")
    good = Filing("worker", "long_stay", elsewhere, None, start)
    before = store.fingerprint()
    for wanted, error, said in (
        (replace(good, kind="holiday"), InputError, "备案类型"),
        (replace(good, care_area="11"), InputError, "六位区划代码"),
        (replace(good, care_area=area), RefusedError, "省内"),
        (Filing("worker", "chronic", None, "cold", start), InputError, "没有病种 'cold'"),
        (replace(good, end=_day("2025-02-01")), InputError, "早于开始日"),
        (replace(good, person="nobody"), NotFoundError, "没有登记的参保人"),
    ):
        with pytest.raises(error, match=said):
            _file(store, wanted)
    assert store.fingerprint() == before
    assert _profile_and_rows(store) == ((), ())


def test_the_same_filing_twice_is_one(store: Store, elsewhere: str, together: Build) -> None:
    filing = Filing("worker", "long_stay", elsewhere, None, _day("2025-03-01"))
    key = store.key("file")
    results = together(
        [lambda: crossing.file(store.database, store.packs, key, filing, actor=CLERK)] * 3
    )
    assert results[0] == results[1] == results[2]
    raced = together([lambda: _file(store, filing)] * 3)
    assert [type(result) for result in raced] == [ConflictError] * 3
    profile, rows = _profile_and_rows(store)
    assert profile == rows == (filing,)
