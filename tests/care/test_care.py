"""Institutions, catalogue, visits with their items, quotes and settlements."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from yibao.benefit.facts import Filing, Institution, Item
from yibao.care import catalogue
from yibao.care.catalogue import items_on, load_catalogue
from yibao.care.institutions import change_institution, end_designation, register_institution
from yibao.crossing import operations as crossing
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK
from ..support.store import Store

Build = Callable[..., Any]


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.institution(
        make_institution("p1", kind="pharmacy", price_class=None, dual_channel=True)
    )
    new_store.person(make_person("worker"), balance=300_000)
    new_store.person(make_person("wife", scheme="resident"))
    return new_store


# --- institutions --------------------------------------------------------------------------------


def test_the_version_of_the_admission_day_counts(
    store: Store, make_institution: Build, make_visit: Build
) -> None:
    """A change of price class holds for admissions from its day, not for stays before it."""
    change_institution(
        store.database, make_institution("h1", price_class=3), _day("2025-07-01"), actor=CLERK
    )
    before = make_visit("v1", "worker", "h1", 900_000, start="2025-06-30", end="2025-07-08")
    after = make_visit("v2", "worker", "h1", 900_000, start="2025-07-01", end="2025-07-08")
    quote_before, quote_after = (
        store.settlements.quote(before, actor=CLERK),
        store.settlements.quote(after, actor=CLERK),
    )
    assert quote_before.adjudication.facts.tier < quote_after.adjudication.facts.tier
    assert (
        quote_before.adjudication.settlement.deductible
        > quote_after.adjudication.settlement.deductible
    )


def test_a_change_by_another_process_is_seen_at_once(
    store: Store, make_institution: Build, make_visit: Build
) -> None:
    """What a process remembers of an institution is checked by the settlement itself."""
    store.settle(make_visit("v1", "worker", "h1", 50_000))
    other = store.another()
    register_institution(other.database, make_institution("h9"), actor=CLERK)
    change_institution(
        other.database, make_institution("h1", price_class=3), _day("2025-01-01"), actor=CLERK
    )
    store.settle(make_visit("v2", "worker", "h1", 50_000))
    assert store.rows()[1].known.institution.price_class == 3
    change_institution(
        other.database, make_institution("h1", price_class=2), _day("2025-01-01"), actor=CLERK
    )
    quoted = store.settlements.quote(make_visit("v3", "worker", "h1", 50_000), actor=CLERK)
    store.settle(make_visit("v3", "worker", "h1", 50_000))
    assert store.rows()[2].amounts == quoted.adjudication.settlement
    store.check()


def test_only_a_designated_institution_is_settled(store: Store, make_visit: Build) -> None:
    end_designation(store.database, "h1", _day("2025-03-10"), actor=CLERK)
    store.settle(make_visit("v1", "worker", "h1", 50_000, start="2025-03-10"))
    with pytest.raises(RefusedError, match="h1 在 2025-03-11 不是定点医药机构"):
        store.settle(make_visit("v2", "worker", "h1", 50_000, start="2025-03-11"))


def test_institutions_are_checked(store: Store, make_institution: Build, together: Build) -> None:
    with pytest.raises(ConflictError, match="h1 已经登记"):
        store.institution(make_institution("h1"))
    with pytest.raises(InputError, match="类型"):
        store.institution(Institution("x", "990100", "clinic"))
    with pytest.raises(NotFoundError, match="没有登记的定点机构 x"):
        change_institution(store.database, make_institution("x"), _day("2025-01-01"), actor=CLERK)
    day = _day("2025-05-01")
    results = together(
        [
            lambda n=n: change_institution(
                store.database, make_institution("h1", price_class=n), day, actor=CLERK
            )
            for n in (1, 2, 3)
        ]
    )
    revisions = [result for result in results if isinstance(result, int)]
    assert sorted(revisions) == list(range(2, 2 + len(revisions)))
    assert all(isinstance(result, int | ConflictError) for result in results)


# --- catalogue -----------------------------------------------------------------------------------

HEAD = ",".join(catalogue.COLUMNS)


def _csv(folder: Path, *lines: str) -> Path:
    path = folder / "catalogue.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return path


def test_the_catalogue_is_loaded_in_versions(database: Database, tmp_path: Path) -> None:
    path = _csv(
        tmp_path,
        "D1,某片,B,drug,10,2.50,0,,2024-01-01,",
        "D1,某片,B,drug,5,2.00,0,,2025-07-01,",
        "D2,某注射液,A,drug,,,1,gout other,2024-01-01,2025-06-30",
        *(f"S{n},项目{n},A,service,,,0,,2024-01-01," for n in range(2_500)),
    )
    seen: list[tuple[int, int]] = []
    loaded = load_catalogue(database, path, actor=CLERK, progress=lambda *now: seen.append(now))
    assert (loaded.added, loaded.unchanged) == (2_503, 0)
    assert seen == [(1_000, 2_503), (2_000, 2_503), (2_503, 2_503)]
    assert load_catalogue(database, path, actor=CLERK).added == 0

    def items(day: str) -> dict[str, tuple[Any, ...]]:
        rows = database.read(lambda unit: items_on(unit, ("D1", "D2", "X"), _day(day)))
        return {
            code: (row.item_class, row.upfront, row.price_limit, row.diseases)
            for code, row in rows.items()
        }

    assert items("2025-06-30") == {
        "D1": ("B", 1_000, 2_500_000, []),
        "D2": ("A", None, None, ["gout", "other"]),
    }
    assert items("2025-07-01") == {"D1": ("B", 500, 2_000_000, [])}
    assert items("2023-06-30") == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("D1,某片,D,drug,,,0,,2024-01-01,", "class 'D' 应写 A、B 或 C"),
        ("D1,某片,A,drug,10,,0,,2024-01-01,", "先行自付比例只写在乙类"),
        ("D1,某片,B,drug,10.555,,0,,2024-01-01,", "应写成百分数"),
        ("D1,某片,A,drug,,1.1234567,0,,2024-01-01,", "最多 6 位小数"),
        ("D1,某片,A,drug,,,0,,2024-02-30,", "不是日期"),
        ("D1,某片,A,drug,,,0,,2024-01-01,2023-01-01", "to 早于 from"),
        ("D0,好的,A,drug,,,0,,2024-01-01,", "与第 2 行重复"),
    ],
)
def test_a_fault_in_the_catalogue_names_its_line(
    database: Database, tmp_path: Path, line: str, said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        load_catalogue(
            database, _csv(tmp_path, "D0,好的,A,drug,,,0,,2024-01-01,", line), actor=CLERK
        )
    assert "catalogue.csv 第 3 行：" in str(caught.value)
    assert database.read(lambda unit: items_on(unit, ["D0"], _day("2025-01-01"))) == {}


def test_a_version_is_not_changed(database: Database, tmp_path: Path) -> None:
    load_catalogue(database, _csv(tmp_path, "D1,某片,A,drug,,,0,,2024-01-01,"), actor=CLERK)
    with pytest.raises(ConflictError, match="D1 从 2024-01-01 起的版本已有"):
        load_catalogue(database, _csv(tmp_path, "D1,某片,C,drug,,,0,,2024-01-01,"), actor=CLERK)


# --- settling ------------------------------------------------------------------------------------


def _statements(store: Store, monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any]) -> int:
    """SQL statements of all units that ``call`` opens; BEGIN and COMMIT are not among them."""
    units: list[Unit] = []
    begin = Unit.__init__

    def noted(self: Unit, *arguments: Any, **more: Any) -> None:
        units.append(self)
        begin(self, *arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Unit, "__init__", noted)
        call()
    return sum(unit.statements for unit in units)


@pytest.mark.parametrize("count", [1, 20, 500])
def test_a_settlement_takes_at_most_eight_statements(
    store: Store, make_visit: Build, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    store.grant("worker", "wife")
    items = tuple(Item("A", 10_000 // count + 1) for _ in range(count))
    counts = []
    draws: tuple[tuple[str, ...], ...] = ((), ("own",), ("own", "worker"))
    for round_, draw in enumerate((*draws, *draws)):
        day = f"2025-04-{round_ + 1:02d}"
        visit = make_visit(f"v{round_}", "wife", "h1", 1, start=day, draw=draw)
        visit = replace(visit, items=items)
        sent = _statements(store, monkeypatch, lambda visit=visit: store.settle(visit))
        if round_ >= len(draws):  # the first ones pin the rulebook and meet the institution
            counts.append(sent)
    assert max(counts) == 8


def test_a_quote_writes_nothing_and_is_what_settling_gives(store: Store, make_visit: Build) -> None:
    before = store.fingerprint()
    visit = make_visit("v1", "worker", "h1", 700_000, end="2025-03-18", draw=["own"])
    quoted = store.settlements.quote(visit, actor=CLERK)
    assert store.fingerprint() == before
    store.settle(visit)
    (row,) = store.rows()
    assert quoted.adjudication.settlement == row.amounts
    assert list(quoted.payment.draw) == [row["account"], row["mutual_aid"], row["cash"]]


def test_a_pharmacy_purchase(store: Store, make_visit: Build) -> None:
    plain = store.settle(make_visit("m1", "worker", "p1", 8_000, kind="pharmacy", draw=["own"]))
    assert (plain["account"], plain["cash"]) == (8_000, 0)
    asked = make_visit("m2", "worker", "p1", 30_000, kind="pharmacy", prescription=True)
    assert store.settle(asked)["fund"] > 0
    assert store.balance("worker") == 300_000 - 8_000
    store.check()


def test_a_chronic_visit_needs_its_filing(store: Store, make_visit: Build) -> None:
    visit = make_visit("c1", "worker", "h1", 50_000, kind="chronic")
    with pytest.raises(RefusedError, match="2025-03-10 没有门诊慢特病备案"):
        store.settle(visit)
    for disease in ("hypertension", "type1_diabetes"):
        wanted = Filing("worker", "chronic", None, disease, _day("2025-01-01"))
        crossing.file(store.database, store.packs, store.key("file"), wanted, actor=CLERK)
        if disease == "hypertension":
            store.settle(replace(visit, id="c0"))
            assert store.rows()[0].visit.disease == "hypertension"
    with pytest.raises(RefusedError, match=r"没有写明.*备案的是：hypertension、type1_diabetes"):
        store.settle(visit)
    store.settle(replace(visit, disease="type1_diabetes"))
    store.check()


# --- rows ----------------------------------------------------------------------------------------


def test_a_row_takes_no_room_for_what_it_does_not_have(store: Store, make_visit: Build) -> None:
    """Identifiers are bytes, and the documents of the first form no JSON null but nothing."""
    settled = store.settle(make_visit("v1", "worker", "h1", 300_000, start="2025-03-01"))
    (row,) = store.database.read(lambda unit: unit.run(text("SELECT * FROM settlement")).all())
    assert bytes(row.settlement_id).hex() == settled["settlement_id"]
    left_out = {
        *("rulebook_hash", "kernel", "amounts", "facts", "state_in", "known", "visit"),
        *("explanation", "reversal_of", "origin", "grantor_id", "goes_on"),
    }
    assert {name for name, value in row._mapping.items() if value is None} == left_out
