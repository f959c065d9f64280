"""People on several nodes: every statement names one person, or rows that each node has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sql_event

from yibao.benefit.facts import Institution, Person, Visit
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.errors import ConflictError
from yibao.insured import operations as insured
from yibao.insured.payments.channels import SandboxChannel
from yibao.policy.compile import PolicyLibrary

from ..insured.desk import AUTUMN, DAY, Desk
from ..support.actors import CLERK
from ..support.store import Store

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
NAMES = ("worker", "wife", "p1", "credited")
BY_PERSON = re.compile(r"create_distributed_table\('(\w+)', '(\w+)'")
EVERYWHERE = re.compile(r"create_reference_table\('(\w+)'")


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    """The texts of the statements are the same on both; SQLite shows them with their values."""
    return str(request.param)


@pytest.fixture
def spread(
    database_url: str,
    packs: PolicyLibrary,
    make_person: Callable[..., Person],
    make_institution: Callable[..., Institution],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Store]:
    """A couple, a resident and a hospital in a store whose people lie on several nodes."""
    monkeypatch.setenv("YIBAO_STORE_SPREAD", "1")
    database = open_database(database_url)
    store = Store(database, packs)
    store.person(make_person("worker"), balance=300_000)
    store.person(make_person("wife", scheme="resident"))
    store.person(make_person("credited", months=[(202501, 500_000)]))
    resident = make_person("p1", scheme="resident", years=[(2025, "2024-12-01")])
    insured.register(database, resident, actor=CLERK, day=DAY("2020-01-01"), library=packs)
    store.institution(make_institution("h1"))
    store.relate("worker", "wife")
    store.grant("worker", "wife")
    yield store
    database.dispose()


@contextmanager
def recorded(database: Database) -> Iterator[list[str]]:
    """Every statement of the store's connections, with its values written out."""
    statements: list[str] = []

    def begin(connection: Any, *_: Any) -> None:
        connection.driver_connection.set_trace_callback(statements.append)

    engines = (database.engine, database._reading)
    for engine in engines:
        engine.dispose()
        sql_event.listen(engine, "checkout", lambda raw, record, proxy: begin(record))
    yield statements


def placement() -> tuple[dict[str, str], set[str]]:
    """Where tables lie, as the documentation makes them: column by table; those everywhere."""
    text = DOCS.read_text(encoding="utf-8")
    return dict(BY_PERSON.findall(text)), set(EVERYWHERE.findall(text))


def tables_of(statement: str) -> set[str]:
    """The tables that a statement reads or writes, without what stands in texts."""
    words = re.sub(r"'[^']*'", " ", statement)
    named_tables = re.findall(r"\b(?:from|join|into|update|table_info)\W+(\w+)", words, re.I)
    return set(named_tables) & set(whole_schema().tables)


def named(statement: str) -> set[str]:
    """Whose rows a statement names: in the person's column, as a text or as bytes."""
    lower = statement.lower()
    values = re.search(r"^insert into \w+ \((.*?)\) values (.*)", lower, re.S)
    if values is not None:
        columns = [column.strip() for column in values[1].split(",")]
        at = columns.index("person_id") if "person_id" in columns else 0
        rows = re.findall(r"\((.*?)\)", values[2], re.S)
        lower = " ".join(row.split(",")[at] for row in rows if row.count(",") >= at)
    return {
        name
        for name in NAMES
        if f"'{name}'" in lower or re.search(rf"x'(ff)+{name.encode().hex()}'", lower)
    }


def test_every_statement_names_one_person_or_rows_that_each_node_has(
    spread: Store, make_visit: Callable[..., Visit]
) -> None:
    by_person, everywhere = placement()
    assert by_person.keys() | everywhere <= set(whole_schema().tables)
    assert set(by_person.values()) == {"person_id"}
    database, packs = spread.database, spread.packs
    with recorded(database) as statements:
        visit = make_visit("v1", "wife", "h1", 90_000, item_class="C", draw=["worker"])
        drawn = spread.settle(visit)
        spread.settle(make_visit("v2", "worker", "h1", 50_000, draw=["own"]))
        spread.reverse("wife", "v1")
        insured.credit(database, packs, spread.key("c"), "credited", 202501, actor=CLERK)
        desk = Desk(database, packs, AUTUMN)
        desk.pay(SandboxChannel("wechat"), desk.order(desk.bill(year=2026)["bill"]))
    assert drawn["mutual_aid"] > 0
    seen: set[str] = set()
    for statement in statements:
        tables = tables_of(statement)
        seen |= tables
        assert tables <= by_person.keys() | everywhere, statement[:400]
        if tables & by_person.keys():
            assert len(named(statement)) == 1, statement[:400]
    assert {"person", "account", "settlement", "entry", "event", "message", "bill"} <= seen
    spread.check()


def test_people_are_locked_one_by_one_in_order(
    spread: Store, make_visit: Callable[..., Visit]
) -> None:
    with recorded(spread.database) as statements:
        spread.settle(make_visit("v1", "wife", "h1", 90_000, item_class="C", draw=["worker"]))
    for table in ("person", "account"):
        locks = [
            sorted(named(statement))
            for statement in statements
            if statement.startswith(f"SELECT {table}.person_id")
        ]
        assert locks == [["wife"], ["worker"]]


def test_two_settlements_of_one_visit_are_still_one(
    spread: Store, make_visit: Callable[..., Visit]
) -> None:
    """The insertion waits with the others; what it means that it is refused is still said."""
    visit = make_visit("v1", "worker", "h1", 50_000)
    spread.settle(visit)
    with pytest.raises(ConflictError, match="已经结算过"):
        spread.settle(visit)
    spread.check()


def test_keys_without_the_person_are_those_that_the_documentation_changes() -> None:
    """Citus wants the column that says where a row lies in every key."""
    by_person, _ = placement()
    without = {
        name
        for name in by_person
        if "person_id" not in whole_schema().tables[name].primary_key.columns
    }
    changed = re.findall(r"ALTER TABLE (\w+) DROP CONSTRAINT", DOCS.read_text(encoding="utf-8"))
    assert without == set(changed)
