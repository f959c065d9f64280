"""One's own records in pages: what they say, and that a page costs the same in a long list."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from yibao.care.tables import settlement
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, NotFoundError
from yibao.insured.tables import contribution, monthly_credit, order_
from yibao.ledger.tables import entry
from yibao.policy.compile import PolicyLibrary
from yibao.record import account, care, insurance, used
from yibao.record.paging import Asked, Page, cursor_key, cursor_text

from ..support.store import Store

Build = Callable[..., Any]
DAY = datetime.date(2025, 6, 1)
START = datetime.date(2025, 1, 1)


@pytest.fixture
def store(
    database: Database, packs: PolicyLibrary, make_person: Build, make_institution: Build
) -> Store:
    new_store = Store(database, packs)
    new_store.institution(make_institution("h1", price_class=1))
    new_store.person(make_person("worker"), balance=500_000)
    new_store.person(make_person("wife", scheme="resident"))
    new_store.grant("worker", "wife", limit=30_000)
    return new_store


def pages(read: Callable[[Asked], Page[Any]], most: int) -> Iterator[Page[Any]]:
    """Every page of a list."""
    asked = Asked(None, most)
    while True:
        page = read(asked)
        yield page
        if page.after is None:
            return
        asked = Asked(page.after, most)


def read(store: Store, fragment: Callable[..., Any], *arguments: Any) -> Any:
    return store.database.read(lambda unit: fragment(unit, *arguments))


def test_the_pages_of_a_list_hold_every_row_once(store: Store, make_visit: Build) -> None:
    for number in range(7):
        day = f"2025-03-{number + 1:02}"
        store.settle(make_visit(f"v{number}", "worker", "h1", 20_000, start=day, draw=["own"]))
    whole = read(store, care.settlements, "worker", Asked(None, 100))
    assert whole.after is None
    assert [row.visit for row in whole.rows] == [f"v{number}" for number in range(6, -1, -1)]
    for most in (1, 2, 3, 7):
        in_pages = pages(lambda asked: read(store, care.settlements, "worker", asked), most)
        assert [row for page in in_pages for row in page.rows] == list(whole.rows)
    first = whole.rows[-1]
    assert first.total == first.fund + first.own == 20_000
    assert first.own == first.account + first.mutual_aid + first.cash


def test_the_statement_of_the_account_adds_up_page_by_page(store: Store, make_visit: Build) -> None:
    for number in range(5):
        store.settle(make_visit(f"v{number}", "worker", "h1", 20_000, draw=["own"]))
    rows = [
        row
        for page in pages(lambda asked: read(store, account.statement, "worker", asked), 2)
        for row in page.rows
    ]
    assert rows[0].balance == read(store, account.balance, "worker")
    for later, earlier in itertools.pairwise(rows):
        assert later.balance - later.amount == earlier.balance
    assert rows[-1].balance == rows[-1].amount == 500_000
    assert rows[-1].other_side == ("期初",)
    assert rows[0].other_side == ("应付定点机构",)


def test_who_used_my_account_is_told_without_the_reason(store: Store, make_visit: Build) -> None:
    visit = make_visit("v1", "wife", "h1", 50_000, item_class="C", draw=["worker"])
    store.settle(visit)
    (row,) = read(store, account.used_by, store.database.secrets, "worker", Asked()).rows
    assert (row.person, row.amount, row.kind) == ("wife", 30_000, None)
    assert read(store, account.used_by, store.database.secrets, "wife", Asked()).rows == ()


def test_a_settlement_is_shown_with_its_steps(store: Store, make_visit: Build) -> None:
    store.settle(make_visit("v1", "worker", "h1", 900_000, end="2025-03-20"))
    (row,) = read(store, care.settlements, "worker", Asked()).rows
    told = read(store, care.statement, "worker", row.settlement)
    assert told.answer.fund == row.fund
    assert any(step.source for step in told.answer.steps)
    assert [(charge["item_class"], charge["amount"]) for charge in told.charged] == [("A", 900_000)]
    with pytest.raises(NotFoundError):
        read(store, care.statement, "wife", row.settlement)


def test_what_was_used_stands_against_each_ceiling(
    store: Store, make_visit: Build, packs: PolicyLibrary
) -> None:
    store.settle(make_visit("v1", "worker", "h1", 900_000, end="2025-03-20"))
    facts, state = read(store, used.held_state, "worker")
    (year,) = used.years_used(packs, facts, state, 2025, DAY)
    assert (year.scheme, year.admissions) == ("employee", 1)
    inpatient = next(layer for layer in year.layers if layer.layer == "inpatient")
    (row,) = read(store, care.settlements, "worker", Asked()).rows
    assert inpatient.used == row.fund == year.amounts["inpatient_pooled"]
    assert inpatient.ceiling is not None
    assert inpatient.left == inpatient.ceiling - inpatient.used
    assert inpatient.parameter == "employee.inpatient.annual_ceiling"
    assert inpatient.sources
    (before,) = used.years_used(packs, facts, state, 2024, DAY)
    assert {layer.used for layer in before.layers} == {0}


def test_a_cursor_fits_its_list_and_its_person_only(database: Database) -> None:
    secrets = database.secrets
    written = cursor_text(secrets, "visits", "worker", ("a", 3))
    assert written is not None
    assert cursor_key(secrets, "visits", "worker", written) == ("a", 3)
    changed = written[:-1] + ("0" if written[-1] != "0" else "1")
    for listing, person, shown in (
        ("orders", "worker", written),
        ("visits", "wife", written),
        ("visits", "worker", changed),
        ("visits", "worker", ""),
        ("visits", "worker", "."),
        ("visits", "worker", "é.é"),
    ):
        with pytest.raises(InputError, match="游标"):
            cursor_key(secrets, listing, person, shown)
    assert cursor_text(secrets, "visits", "worker", None) is None
    for most in (0, 101):
        with pytest.raises(InputError, match="一页 1 到 100 行"):
            Asked(None, most)


# --- constant in the number of records ---

_ROWS = 1_500
_LONG_TABLES = ("settlement", "entry", "contribution", "order_", "monthly_credit")


@pytest.fixture
def long(store: Store, make_visit: Build, verify: bool) -> Store:
    """A store in which one person's lists are long, among others' rows."""
    store.settle(make_visit("v1", "worker", "h1", 20_000, draw=["own"]))
    (stored,) = store.rows()
    count = _ROWS * (25 if verify else 1)
    people = [(name, range(100, count + 100)) for name in ("worker", "other")]

    def fill(unit: Unit) -> None:
        for person, numbers in people:
            unit.run(
                insert(settlement),
                [
                    {
                        **stored.columns,
                        "person_id": person,
                        "settlement_id": f"{number:032}",
                        "visit_id": f"v{number}",
                        "sequence": number,
                        "position": number,
                        "grantor_id": "worker" if person == "other" else None,
                        "mutual_aid": 1 if person == "other" else 0,
                    }
                    for number in numbers
                ],
            )
            unit.run(
                insert(entry),
                [
                    {
                        "person_id": person,
                        "transfer_id": f"{number:032}",
                        "line": line,
                        "account": f"personal:{person}" if line == 1 else "payable:h1",
                        "amount": 1 if line == 1 else -1,
                        "day": START,
                    }
                    for number in numbers
                    for line in (1, 2)
                ],
            )
            unit.run(
                insert(contribution),
                [
                    {
                        "person_id": person,
                        "scheme": "employee",
                        "period": number,
                        "opening": False,
                    }
                    for number in numbers
                ],
            )
            unit.run(
                insert(order_),
                [
                    {
                        "person_id": person,
                        "order_id": new_identifier(),
                        "bill_id": "b",
                        "channel": "wechat",
                        "payer_id": person,
                        "amount": 1,
                        "taken": [],
                        "status": "created",
                        "reason": "",
                        "created_at": datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC),
                        "changed_at": datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC),
                    }
                    for _ in numbers
                ],
            )
            unit.run(
                insert(monthly_credit),
                [
                    {
                        "person_id": person,
                        "month": number,
                        "area": "1",
                        "amount": 1,
                        "base": None,
                        "transfer_id": "t",
                        "rulebook_hash": "h",
                    }
                    for number in numbers
                ],
            )

    store.database.write(fill)
    with store.database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    return store


def listings(database: Database) -> dict[str, Callable[[Unit, Asked], Page[Any]]]:
    secrets = database.secrets
    return {
        "settlements": lambda unit, asked: care.settlements(unit, "worker", asked),
        "settlements of days": lambda unit, asked: care.settlements(
            unit, "worker", asked, since=datetime.date(2020, 1, 1), until=datetime.date(2030, 1, 1)
        ),
        "statement": lambda unit, asked: account.statement(unit, "worker", asked),
        "credits": lambda unit, asked: account.credits(unit, "worker", asked),
        "used_by": lambda unit, asked: account.used_by(unit, secrets, "worker", asked),
        "contributions": lambda unit, asked: insurance.contributions(unit, "worker", asked),
        "orders": lambda unit, asked: insurance.orders(unit, "worker", asked),
    }


def plan(unit: Unit, statement: Any) -> str:
    """How the database finds the rows of a statement."""
    compiled = statement.compile(unit.connection, compile_kwargs={"literal_binds": True})
    prefix = "EXPLAIN" if unit.is_postgresql else "EXPLAIN QUERY PLAN"
    rows = unit.connection.exec_driver_sql(f"{prefix} {compiled}".replace("%", "%%"))
    return "\n".join(" ".join(map(str, row)) for row in rows)


def test_a_page_in_the_middle_of_a_long_list_costs_what_the_first_one_does(
    long: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every statement goes by an index, and their number depends on no list's length."""
    sent: list[tuple[Unit, Any]] = []
    run = Unit.run

    def noted(unit: Unit, statement: Any, values: Any = None) -> Any:
        sent.append((unit, statement))
        return run(unit, statement, values)

    monkeypatch.setattr(Unit, "run", noted)
    for name, listing in listings(long.database).items():

        def operation(
            unit: Unit, listing: Callable[[Unit, Asked], Page[Any]] = listing, name: str = name
        ) -> None:
            page = listing(unit, Asked())
            counts = []
            for _ in range(3):
                sent.clear()
                before = unit.statements
                page = listing(unit, Asked(page.after))
                counts.append(unit.statements - before)
                assert len(page.rows) == 20, name
            assert len(set(counts)) == 1, name
            assert counts[0] <= 4, name
            for _, statement in list(sent):
                how = plan(unit, statement)
                for table in _LONG_TABLES:
                    assert f"Seq Scan on {table}" not in how, (name, how)
                    assert f"SCAN {table}" not in how, (name, how)
                if "LIMIT" in str(statement):
                    # In the order of the index: nothing is sorted but what has one key.
                    assert "TEMP B-TREE FOR ORDER BY" not in how, (name, how)
                    assert not re.search(r"(?<!Incremental )Sort  \(cost", how), (name, how)

        long.database.read(operation)
    assert read(long, lambda unit: len(unit.run(select(settlement.c.sequence)).all())) > 2 * _ROWS
