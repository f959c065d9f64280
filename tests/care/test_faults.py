"""Ten faults that were measured in a comparable system; none of them may happen here."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from yibao.access.operations import Key
from yibao.benefit.facts import Item, Visit
from yibao.benefit.rules import day_rules
from yibao.care.catalogue import UNIT, line_amount, parse_price
from yibao.database.unit import Database
from yibao.errors import ConflictError, RefusedError, YibaoError
from yibao.insured import operations as insured
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import CARE, MEMBERS
from yibao.policy.kinds import ItemClass, VisitKind

from ..support.actors import CLERK, oneself
from ..support.store import Store

Build = Callable[..., Any]
DAY = datetime.date(2025, 3, 10)


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    """A resident, an employee and their relatives, three hospitals and a pharmacy."""
    new_store = Store(database, packs)
    for number in (1, 2, 3):
        new_store.institution(make_institution(f"h{number}", price_class=number))
    new_store.institution(make_institution("p1", kind="pharmacy", price_class=None))
    new_store.person(make_person("resident", scheme="resident"))
    new_store.person(make_person("worker"), balance=500_000)
    new_store.person(make_person("child", scheme="resident", birth="2010-05-01"))
    new_store.person(make_person("mother", scheme="resident", birth="1955-05-01"))
    return new_store


def _ceiling(packs: PolicyLibrary, area: str, care: str, member: str) -> int:
    rules = day_rules(packs, area, DAY, DAY)
    return rules.at(p.ANNUAL_CEILING, CARE.index(care), MEMBERS.index(member))


def _funds(answers: list[Any]) -> list[int]:
    return sorted(answer["fund"] for answer in answers)


def test_six_parallel_claims_do_not_overdraw_a_ceiling(
    store: Store, packs: PolicyLibrary, area: str, make_visit: Build, together: Build
) -> None:
    ceiling = _ceiling(packs, area, "outpatient", "resident")
    visits = [make_visit(f"v{n}", "resident", "h2", ceiling) for n in range(6)]
    processes = [store.another() for _ in visits]
    done = together([lambda s=s, v=v: s.settle(v) for s, v in zip(processes, visits, strict=True)])
    assert [type(answer) for answer in done] == [dict] * 6, done
    assert sum(_funds(done)) == ceiling
    assert _funds(done)[:4] == [0] * 4
    assert store.state("resident").year("resident", 2025).outpatient_pooled == ceiling
    store.check()


def test_one_code_is_accepted_once_of_six(store: Store, make_visit: Build, together: Build) -> None:
    """The same message six times has one effect and six answers; six messages have one."""
    visit = make_visit("v1", "resident", "h2", 30_000)
    processes = [store.another() for _ in range(6)]
    same = together([lambda s=s: s.settle(visit, "m1") for s in processes])
    assert [answer["settlement_id"] for answer in same] == [same[0]["settlement_id"]] * 6
    others = together(
        [lambda s=s, n=n: s.settle(visit, f"other{n}") for n, s in enumerate(processes)]
    )
    assert [str(error) for error in others] == ["就诊 v1 已经结算过，要改请先撤销"] * 6
    fresh = make_visit("v2", "resident", "h2", 30_000)
    raced = together(
        [lambda s=s, n=n: s.settle(fresh, f"raced{n}") for n, s in enumerate(processes)]
    )
    assert sorted(type(answer).__name__ for answer in raced) == ["ConflictError"] * 5 + ["dict"]
    assert len(store.rows()) == 2
    store.check()


def test_a_batch_run_twice_settles_once(store: Store, make_visit: Build, together: Build) -> None:
    batch = [
        (f"line{n}", make_visit(f"v{n}", person, "h1", 40_000 + n, start=f"2025-04-{n:02d}"))
        for n, person in enumerate(["resident", "worker", "child", "mother"] * 3, start=1)
    ]

    def run(process: Store) -> list[Any]:
        return [process.settle(visit, message) for message, visit in batch]

    first = run(store)
    before = store.fingerprint()
    assert run(store.another()) == first
    assert together([lambda: run(store.another())] * 2) == [first, first]
    assert store.fingerprint() == before
    store.check()


def test_a_deductible_is_taken_and_not_paid_too(store: Store, make_visit: Build) -> None:
    done = store.settle(make_visit("v1", "worker", "h1", 100_000, draw=["own"]))
    read = store.settlements.read("worker", "v1", actor=oneself("worker"))
    assert read.deductible > 0
    assert read.pooled <= read.eligible - read.deductible
    assert read.own >= read.deductible
    assert done["fund"] + done["own"] == read.total == 100_000
    assert done["account"] + done["mutual_aid"] + done["cash"] == done["own"]
    before = read.deductible
    store.settle(make_visit("v2", "worker", "h1", 100_000, start="2025-03-11"))
    accumulated = store.state("worker").year("employee", 2025).outpatient_deductible
    assert (
        accumulated
        == before + store.settlements.read("worker", "v2", actor=oneself("worker")).deductible
    )
    store.check()


def test_what_is_stored_is_what_was_paid(store: Store, make_visit: Build) -> None:
    """Answer, row, entries and balances name the same fen."""
    store.grant("worker", "resident")
    answer = store.settle(make_visit("v1", "resident", "h1", 123_457, draw=["own", "worker"]))
    (row,) = store.rows()
    assert answer == {name: row[name] for name in answer}
    assert row["mutual_aid"] > 0
    assert store.balance("worker") == 500_000 - row["mutual_aid"]
    owed = store.entries("payable:h1")
    assert owed == -(row["fund"] + row["account"] + row["mutual_aid"])
    funds = sum(
        store.entries(f"fund:{row.terms.area}:resident:{layer}")
        for layer in ("pooled", "upper", "assistance", "other")
    )
    assert funds == row["fund"]
    store.check()


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("1.5", "3.33", 500), ("0.25", "0.10", 3), ("3", "0.005", 2), ("2.5", "7.777", 1_944)],
)
def test_quantity_times_price_is_not_cut_to_whole_units(
    store: Store, quantity: str, price: str, amount: int
) -> None:
    """0.25 × 0.10 is 2.5 fen and counts as 3: half up once per line, then summed."""
    charged = line_amount(round(Decimal(quantity) * UNIT), parse_price(price))
    assert charged == amount
    items = (Item(ItemClass.A, charged),) * 3
    store.settle(Visit("v1", "resident", "h2", VisitKind.OUTPATIENT, DAY, DAY, items))
    assert store.settlements.read("resident", "v1", actor=oneself("resident")).total == 3 * amount
    store.check()


def test_a_run_again_does_not_eat_the_next_ceiling(
    store: Store, packs: PolicyLibrary, area: str, make_visit: Build
) -> None:
    """Repeats, reversals and quotes leave the ceiling of this year and the next alone."""
    ceiling = _ceiling(packs, area, "outpatient", "resident")
    visit = make_visit("v1", "resident", "h2", ceiling, start="2025-12-31")
    first = store.settle(visit, "m1")
    for _ in range(3):
        assert store.settle(visit, "m1") == first
        store.settlements.quote(
            make_visit("q", "resident", "h2", ceiling, start="2026-01-01"), actor=CLERK
        )
    store.reverse("resident", "v1")
    again = store.settle(visit, "m2")
    assert again["fund"] == first["fund"]
    following = store.settle(make_visit("v2", "resident", "h2", ceiling, start="2026-01-01"))
    assert following["fund"] == first["fund"]
    with pytest.raises(ConflictError):
        insured.credit(
            store.database,
            packs,
            Key("job", "credit", "1"),
            _credited(store, packs),
            202503,
            actor=CLERK,
        )
    store.check()


def _credited(store: Store, packs: PolicyLibrary) -> str:
    """A retired person whose month has been credited once."""
    retired = store.facts("worker", "retiree", status="retired")
    store.person(retired)
    key = Key("job", "credit", "0")
    insured.credit(store.database, packs, key, "retiree", 202503, actor=CLERK)
    return "retiree"


def test_the_second_kind_of_visit_finds_accumulators_of_nothing(
    store: Store, make_visit: Build
) -> None:
    """No accumulator is ever missing: each kind of care comes first and comes later."""
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("outpatient", {}),
        ("inpatient", {"end": "2025-03-20"}),
        ("maternity", {}),
        ("pharmacy", {}),
    ]
    for number, (kind, more) in enumerate([*kinds, *reversed(kinds)], start=1):
        place = "p1" if kind == "pharmacy" else "h1"
        visit = make_visit(f"v{number}", "worker", place, 200_000, kind=kind, **more)
        assert store.settle(visit)["own"] >= 0
    store.check()


def test_a_family_limit_counts_payments_and_not_people(
    store: Store, make_visit: Build, together: Build
) -> None:
    """The grant's limit is per payment of one grantee; the floor is the account's."""
    for grantee in ("resident", "child", "mother"):
        store.grant("worker", grantee, limit=60_000)
    visits = [
        make_visit(f"{name}{n}", name, "h1", 300_000, draw=["own", "worker"])
        for name in ("resident", "child", "mother")
        for n in range(3)
    ]
    processes = [store.another() for _ in visits]
    done = together([lambda s=s, v=v: s.settle(v) for s, v in zip(processes, visits, strict=True)])
    drawn = [answer["mutual_aid"] for answer in done]
    assert max(drawn) == 60_000
    rules = day_rules(store.packs, store.facts("worker").area, DAY, DAY).rules
    floor = rules[p.AID_FLOOR]
    assert sum(drawn) == 500_000 - floor
    assert sorted(drawn)[:3] == [0, 0, (500_000 - floor) % 60_000]
    assert store.balance("worker") == floor
    store.check()


def test_a_late_claim_says_what_date_order_would_give(
    store: Store, packs: PolicyLibrary, refusing_packs: PolicyLibrary, area: str, make_visit: Build
) -> None:
    """It takes what its own year has left, and shows that it came late.

    It hangs on what was settled before it: where the pack refuses a reversal for that, it is
    named; otherwise it is proposed, with what it would come to.
    """
    ceiling = _ceiling(packs, area, "outpatient", "resident")
    first = store.settle(make_visit("june", "resident", "h2", ceiling, start="2025-06-10"))
    store.settle(make_visit("next", "resident", "h2", ceiling, start="2026-02-10"))
    assert "date_order" not in first
    late = store.settle(make_visit("march", "resident", "h2", 2 * ceiling, start="2025-03-10"))
    assert late["fund"] == ceiling - first["fund"]
    assert late["date_order"]["fund"] == ceiling
    assert late["date_order"]["own"] == ceiling
    assert late["date_order"]["settled_before"] == ["june", "next"]
    untouched = store.settle(make_visit("in order", "resident", "h2", 100, start="2026-03-10"))
    assert "date_order" not in untouched
    before = store.fingerprint()
    with pytest.raises(RefusedError, match="march"):
        Store(store.database, refusing_packs).reverse("resident", "june")
    assert store.fingerprint() == before
    reversal = store.reverse("resident", "june")
    assert reversal["proposals"] == [{"visit": "march", "fund": ceiling, "own": ceiling}]
    store.check()


def test_a_denied_call_has_no_effect(store: Store, make_visit: Build) -> None:
    store.settle(make_visit("v1", "worker", "h1", 90_000, draw=["own"]))
    before = store.fingerprint()
    denied: list[Callable[[], Any]] = [
        lambda: store.settle(make_visit("v1", "worker", "h1", 90_000)),
        lambda: store.settle(make_visit("v2", "nobody", "h1", 90_000)),
        lambda: store.settle(make_visit("v3", "worker", "nowhere", 90_000)),
        lambda: store.settle(make_visit("v4", "worker", "h1", 9, start="1940-01-01")),
        lambda: store.settle(make_visit("v5", "worker", "h1", 90_000, kind="chronic")),
        lambda: store.settle(make_visit("v6", "worker", "h1", 9, draw=["mother", "child"])),
        lambda: store.reverse("worker", "v9"),
        lambda: store.reverse("mother", "v1"),
        lambda: store.revoke("worker", "child", "2025-01-01"),
    ]
    for call in denied:
        with pytest.raises(YibaoError):
            call()
        assert store.fingerprint() == before
    store.check()
