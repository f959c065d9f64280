"""A file of settlements: the same rows as one by one, run again, cut off, refused."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from yibao.access.operations import Key
from yibao.access.tables import event, message
from yibao.benefit.facts import Visit
from yibao.care.bulk import BulkLine, BulkSettlements, LineOutcome, read_lines
from yibao.care.institutions import change_institution
from yibao.care.stored import visit_content
from yibao.care.tables import rulebook, settlement
from yibao.cli.settle import RefusedLinesError, settle
from yibao.database.gathering import Gathering
from yibao.database.unit import Database, open_database
from yibao.errors import InputError, YibaoError
from yibao.insured.tables import person
from yibao.ledger.tables import account, entry
from yibao.policy.compile import PolicyLibrary

from ..support.actors import CLERK, WARD
from ..support.serving import SECONDS, wait_until
from ..support.store import Store

Build = Callable[..., Any]
CHANGING = ("settlement_id", "origin", "transfer_id", "at", "previous", "hash", "head")
"""What follows from the moment in which something was written."""


@pytest.fixture
def prepare(packs: PolicyLibrary, make_person: Build, make_institution: Build) -> Build:
    """Fills a store with two hospitals, a couple and a neighbour."""

    def build(database: Database) -> Store:
        new_store = Store(database, packs)
        new_store.institution(make_institution("h1", price_class=1))
        new_store.institution(make_institution("h2", price_class=2))
        new_store.person(make_person("worker"), balance=30_000)
        new_store.person(make_person("wife", scheme="resident"), balance=0)
        new_store.person(make_person("neighbour"), balance=5_000)
        new_store.grant("worker", "wife", message="g")
        return new_store

    return build


@pytest.fixture
def store(database: Database, prepare: Build) -> Store:
    new_store: Store = prepare(database)
    return new_store


@pytest.fixture
def visits(make_visit: Build) -> list[Visit]:
    """Own draws, mutual aid until it is used up, an inpatient stay, and what is not plain."""
    return [
        make_visit("v1", "worker", "h1", 150_000, draw=["own"]),
        make_visit("v2", "wife", "h1", 80_000, draw=["own", "worker"]),
        make_visit("v3", "neighbour", "h1", 60_000),
        make_visit("v4", "wife", "h1", 900_000, end="2025-03-18", draw=["worker"]),
        make_visit("v5", "nobody", "h1", 1_000),
        make_visit("v6", "worker", "h1", 40_000, start="2025-04-01", draw=["own"]),
        make_visit("v7", "worker", "h2", 40_000, start="2025-04-02"),
        make_visit("v8", "worker", "h1", 30_000, start="2025-02-01", draw=["own"]),
        make_visit("v1", "worker", "h1", 1_000, start="2025-04-03"),
        make_visit("v9", "neighbour", "h1", 20_000, start="2025-04-03", draw=["own"]),
    ]


def _lines(visits: Sequence[Visit]) -> list[BulkLine]:
    return [BulkLine(number, f"m{number}", visit) for number, visit in enumerate(visits, start=1)]


def _bulk(store: Store) -> BulkSettlements:
    return BulkSettlements(store.settlements, actor=WARD, sender="hospital")


def _settle(store: Store, visits: Sequence[Visit], together: int = 500) -> list[LineOutcome]:
    return list(_bulk(store).settle(_lines(visits), together=together))


def _one_by_one(store: Store, visits: Sequence[Visit]) -> None:
    for line in _lines(visits):
        key = Key("hospital", "settle", line.message_id)
        try:
            store.settlements.settle(key, line.visit, actor=WARD)
        except YibaoError:
            continue


def _tables(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All rows, but for what follows from the moment."""

    def rows(table: Any) -> list[dict[str, Any]]:
        columns = [column for column in table.columns if column.name not in CHANGING]
        records = database.read(lambda unit: unit.run(select(*columns)).all())
        plain: list[dict[str, Any]] = [msgspec.to_builtins(row._asdict()) for row in records]
        for row in plain:
            for document in ("answer", "content"):
                for name in ("settlement_id", "grant_id", "digest", "written", "rows"):
                    row.get(document, {}).pop(name, None)
        return sorted(plain, key=lambda row: msgspec.json.encode(row, order="sorted"))

    tables = (settlement, entry, message, event, person, account, rulebook)
    return {table.name: rows(table) for table in tables}


@pytest.mark.parametrize("together", [1, 3, 500])
def test_a_file_writes_what_settling_one_by_one_writes(
    store: Store, prepare: Build, visits: list[Visit], together: int, tmp_path: Path
) -> None:
    outcomes = _settle(store, visits, together)
    refused = {
        outcome.line.number: outcome.refused for outcome in outcomes if outcome.answer is None
    }
    assert sorted(refused) == [5, 7, 9]
    assert "没有登记的参保人 nobody" in refused[5]
    assert "没有做任何改动" in refused[7]
    assert "已经结算过" in refused[9]
    assert "date_order" in (outcomes[7].answer or {})
    store.check()
    single = open_database(f"sqlite:///{tmp_path / 'single.db'}")
    single.create_all()
    _one_by_one(prepare(single), visits)
    assert _tables(store.database) == _tables(single)
    single.dispose()


def test_a_file_again_changes_nothing(store: Store, visits: list[Visit]) -> None:
    first = _settle(store, visits)
    before = store.fingerprint()
    again = _settle(store, visits)
    assert store.fingerprint() == before
    assert [outcome.answer for outcome in again] == [outcome.answer for outcome in first]


def test_a_file_that_was_cut_off_goes_on(store: Store, visits: list[Visit]) -> None:
    some = _bulk(store).settle(iter(_lines(visits)), together=2)
    first_outcomes = [next(some) for _ in range(3)]
    whole = _settle(store.another(), visits)
    assert [outcome.answer for outcome in whole[:3]] == [
        outcome.answer for outcome in first_outcomes
    ]
    assert len(store.rows()) == len([outcome for outcome in whole if outcome.answer])
    store.check()


def test_another_process_changes_the_institution(
    store: Store, make_visit: Build, make_institution: Build
) -> None:
    """What the bulk kept of an institution is checked in its own transaction."""
    _settle(store, [make_visit("v1", "worker", "h1", 50_000)])
    day = datetime.date(2025, 1, 1)
    change_institution(store.database, make_institution("h1", price_class=3), day, actor=CLERK)
    line = BulkLine(1, "n1", make_visit("v2", "worker", "h1", 50_000))
    (outcome,) = list(_bulk(store).settle([line]))
    assert outcome.answer is not None
    assert store.rows()[1].known.institution.price_class == 3


def test_two_files_at_once(store: Store, make_visit: Build, together: Build) -> None:
    """The same file from two sides: every visit once."""
    people = ("worker", "wife", "neighbour")
    some = [make_visit(f"v{n}", people[n % 3], "h1", 20_000, draw=["own"]) for n in range(30)]
    results = together(
        [
            lambda opened_store=opened_store: _settle(opened_store, some, 7)
            for opened_store in (store, store.another())
        ]
    )
    answers = [[outcome.answer for outcome in outcomes] for outcomes in results]
    assert answers[0] == answers[1]
    assert len(store.rows()) == 30
    store.check()


def test_lines_are_read(make_visit: Build) -> None:
    visit = make_visit("v1", "worker", "h1", 1_000, draw=["own"])
    text = msgspec.json.encode({"message": "m1", "visit": visit_content(visit)})
    assert list(read_lines([text, b"\n"])) == [BulkLine(1, "m1", visit)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "clinic"}, "就诊类型 'clinic'"),
        ({"end": "2025-03-01"}, "早于开始日"),
        ({"end": "yesterday"}, "不是一笔就诊"),
        ({"items": [{"item_class": "D", "amount": 1}]}, "费用类别"),
        ({"items": [{"item_class": "A", "amount": -1}]}, "不能为负"),
        ({"items": [{"item_class": "A", "amount": 12.5}]}, "不是一笔就诊"),
        ({"delivery": "x"}, "分娩方式"),
    ],
)
def test_a_wrong_line_is_named(make_visit: Build, change: dict[str, Any], said: str) -> None:
    document = {**visit_content(make_visit("v1", "worker", "h1", 1_000)), **change}
    line = msgspec.json.encode({"message": "m1", "visit": document})
    with pytest.raises(InputError, match=said) as error:
        list(read_lines([b"", line]))
    assert "第 2 行" in str(error.value)


# --- groups --------------------------------------------------------------------------------------


def _count_submissions(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows by one whenever an operation was handed to the writer."""
    submitted: list[Any] = []
    submit = database.submit

    def counted(operation: Any, *, people: Any = None) -> Any:
        future = submit(operation, people=people)
        submitted.append(future)
        return future

    monkeypatch.setattr(database, "submit", counted)
    return submitted


def test_a_group_writes_what_settling_one_by_one_writes(
    store: Store,
    prepare: Build,
    visits: list[Visit],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refusals, mutual aid and a visit that is settled twice, all in one group."""
    database = store.database
    go_on = threading.Event()
    blocker = database.submit(lambda unit: go_on.wait(SECONDS), people=["nobody else"])
    submitted = _count_submissions(database, monkeypatch)
    grouped = Store(database, store.packs)
    database.grouped = True
    answers: list[Any] = [None] * len(visits)

    def settle_line(line: BulkLine) -> None:
        key = Key("hospital", "settle", line.message_id)
        try:
            answers[line.number - 1] = grouped.settlements.settle(key, line.visit, actor=WARD)
        except YibaoError as error:
            answers[line.number - 1] = error

    threads = []
    for line in _lines(visits):
        threads.append(threading.Thread(target=settle_line, args=(line,)))
        before = len(submitted)
        threads[-1].start()
        # They wait in this order; a refused one may never come to the writer.
        wait_until(lambda: len(submitted) > before or not threads[-1].is_alive())  # noqa: B023
    go_on.set()
    for thread in threads:
        thread.join()
    database.grouped = False
    blocker.result()
    refused = [number for number, answer in enumerate(answers, 1) if isinstance(answer, YibaoError)]
    assert refused == [5, 7, 9]
    store.check()
    single = open_database(f"sqlite:///{tmp_path / 'single.db'}")
    single.create_all()
    _one_by_one(prepare(single), visits)
    assert _tables(database) == _tables(single)
    single.dispose()


def test_a_group_of_many_people_sends_its_writes_by_table(
    store: Store, make_visit: Build, make_person: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members of different people share their writes; nobody's is lost."""
    database = store.database
    people = [f"p{number}" for number in range(12)]
    for name in people:
        store.person(make_person(name), balance=1_000)
    store.settle(make_visit("first", "worker", "h1", 10_000))  # pins the rulebook
    sent: list[int] = []
    write_all = Gathering.write_all

    def counted(self: Gathering) -> None:
        before = self.statements
        write_all(self)
        sent.append(self.statements - before)

    monkeypatch.setattr(Gathering, "write_all", counted)
    go_on = threading.Event()
    database.submit(lambda unit: go_on.wait(SECONDS), people=["nobody else"])
    submitted = _count_submissions(database, monkeypatch)
    database.grouped = True
    threads = [
        threading.Thread(
            target=store.settle, args=(make_visit("v", name, "h1", 20_000, draw=["own"]),)
        )
        for name in people
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(submitted) == len(people))
    go_on.set()
    for thread in threads:
        thread.join()
    database.grouped = False
    assert len(store.rows()) == 1 + len(people)
    assert max(sent) <= 8
    store.check()


# --- the command ---------------------------------------------------------------------------------


def test_a_file_is_settled_by_the_command(
    store: Store, database_url: str, visits: list[Visit], tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "visits.jsonl"
    documents = [
        {"message": line.message_id, "visit": visit_content(line.visit)} for line in _lines(visits)
    ]
    file.write_bytes(b"\n".join(map(msgspec.json.encode, documents)))
    said = []
    for _ in range(2):
        with pytest.raises(RefusedLinesError, match="有 3 行被拒绝"):
            settle(file, "h1", database_url)
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "第 5 行：没有登记的参保人 nobody" in said[0]
    assert "已结算 7 笔" in said[0]
    assert len(store.rows()) == 7


def test_a_file_with_a_wrong_line_writes_nothing(
    store: Store, database_url: str, visits: list[Visit], tmp_path: Path
) -> None:
    file = tmp_path / "visits.jsonl"
    good = msgspec.json.encode({"message": "m1", "visit": visit_content(visits[0])})
    file.write_bytes(good + b"\n{\n")
    with pytest.raises(InputError, match="第 2 行"):
        settle(file, "h1", database_url)
    with pytest.raises(InputError, match="读不了文件"):
        settle(tmp_path / "none", "h1", database_url)
    file.write_bytes(b"\n")
    with pytest.raises(InputError, match="没有就诊"):
        settle(file, "h1", database_url)
    assert store.rows() == []
