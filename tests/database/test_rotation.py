"""Another key in place of a store's: with both readable meanwhile, and nobody registered twice."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role
from yibao.benefit.facts import Person
from yibao.database import keyring
from yibao.database.errors import StoreKeyError
from yibao.database.migrating import schema_faults, upgrade
from yibao.database.rotation import rotate
from yibao.database.schema import whole_schema
from yibao.database.sealed import Sealed
from yibao.database.secrets import StoreKey
from yibao.database.unit import Database, open_database
from yibao.errors import ConflictError, InputError
from yibao.exchange.tables import exchange_file, exchange_record
from yibao.insured.people.finding import details, find_person, people_named
from yibao.insured.people.registration import Named, add_certificate, register
from yibao.insured.people.rekeying import rehash_people
from yibao.portal.own.papers import is_genuine, signed
from yibao.record.store_check import StoreCheck

OLD, NEW, OTHER = "5a" * 32, "a5" * 32, "3c" * 32
NUMBER, KIND = "11010519491231002X", "resident_identity_card"
OFFICER = Actor("desk", Role.OFFICER)
DAY = datetime.date(2025, 1, 1)
AT = datetime.datetime(2025, 3, 10, 8, 0, tzinfo=datetime.UTC)
Adding = Callable[..., Person]


class KilledError(Exception):
    """The process that replaces the key ends here."""


def new_key(text_: str = NEW) -> StoreKey:
    return StoreKey(bytes.fromhex(text_))


def told(*_: object) -> None:
    """Nobody is told."""


def killed(*_: object) -> int:
    raise KilledError


def turn(database: Database, rehash: Callable[[Database, str], int] = rehash_people) -> None:
    rotate(database, new_key(), rehash, told, lambda: None)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "KNOWN_FOR", 0.02)


@pytest.fixture
def store(empty_url: str, make_person: Adding) -> Iterator[Database]:
    """Somebody with a name and a number, and rows that are encrypted whole."""
    database = open_database(empty_url)
    upgrade(database)
    wang = make_person("wang", sex="female", birth="1949-12-31", status="retired")
    register(database, wang, actor=OFFICER, day=DAY, named=Named("王小明", KIND, NUMBER))
    register(database, make_person("li"), actor=OFFICER, day=DAY)
    with database.unit() as unit:
        file = {"institution_id": "h", "file_id": "f", "name": "a.txt", "at": AT}
        unit.run(insert(exchange_file), {**file, "content": b"\0content"})
        record = {"institution_id": "h", "kind": "k", "at": AT, "person_id": None}
        for number in range(3):
            row = {**record, "record_id": str(number), "document": {"number": number}}
            unit.run(insert(exchange_record), row)
    yield database
    database.dispose()


def _again(store: Database, monkeypatch: pytest.MonkeyPatch, key: str) -> Database:
    """The store as another process opens it, with a key of its own."""
    monkeypatch.setenv("YIBAO_SECRET_KEY", key)
    database = open_database(store.engine.url.render_as_string(hide_password=False))
    try:
        database.require_schema()
    except StoreKeyError:
        database.dispose()
        raise
    return database


def _under(store: Database, number: int) -> set[str]:
    """Columns of which something is under a key."""
    columns = set()
    for table in whole_schema().tables.values():
        for column in table.columns:
            sealed = isinstance(column.type, Sealed)
            if sealed or column.name.endswith("cipher"):
                raw = text(
                    f"SELECT {column.name} FROM {table.name} WHERE {column.name} IS NOT NULL"
                )
                for value in store.read(lambda unit, raw=raw: unit.run(raw).scalars().all()):  # type: ignore[misc]
                    first = bytes(value)[0] if sealed else int(value.partition(":")[0])
                    if first == number:
                        columns.add(f"{table.name}.{column.name}")
    return columns


def _reads(store: Database) -> None:
    """Everything is there, and found by its number and name."""
    assert find_person(store, KIND, NUMBER, actor=OFFICER) == "wang"
    assert find_person(store, KIND, NUMBER.lower(), actor=OFFICER) == "wang"
    assert people_named(store, "王小明", actor=OFFICER) == ["wang"]
    assert details(store, "wang", actor=OFFICER)[0].name == "王小明"
    with store.unit() as unit:
        file = unit.run(select(exchange_file)).one()
        assert (file.name, bytes(file.content)) == ("a.txt", b"\0content")
        documents = unit.run(select(exchange_record.c.document)).scalars().all()
    assert sorted(document["number"] for document in documents) == [0, 1, 2]


def _refuses_the_number(store: Database, make_person: Adding) -> None:
    somebody = make_person("other", sex="female", birth="1949-12-31", status="retired")
    with pytest.raises(ConflictError, match="已经登记过"):
        register(store, somebody, actor=OFFICER, day=DAY, named=Named("李四", KIND, NUMBER))
    with pytest.raises(ConflictError, match="已经登记过"):
        add_certificate(store, Key("desk", "add", "m"), "wang", KIND, NUMBER, actor=OFFICER)


def test_every_row_is_under_the_new_key_and_says_what_it_said(
    store: Database, make_person: Adding, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _under(store, 1)
    assert {"person.name_cipher", "event.content", "exchange_file.content"} <= before
    signature, lasting = signed(store.secrets, "paper"), store.secrets.lasting_hash("x")
    turn(store)
    assert _under(store, 1) == set()
    assert _under(store, 2) == before
    _reads(store)
    _refuses_the_number(store, make_person)
    assert list(StoreCheck(store, 0).faults()) == []
    again = _again(store, monkeypatch, NEW)
    _reads(again)
    assert is_genuine(again.secrets, "paper", signature)
    assert again.secrets.lasting_hash("x") == lasting
    with again.unit() as unit:
        rows = keyring.stored_keys(unit.connection)
    assert [(row.number, row.status) for row in rows] == [(1, "retired"), (2, "current")]
    assert (rows[0].under_next, rows[1].under_previous) == (None, None)
    again.dispose()
    with pytest.raises(StoreKeyError, match="已经换下"):
        _again(store, monkeypatch, OLD)


def test_a_guard_stands_again_after_a_turn(store: Database) -> None:
    turn(store)
    assert store.read(schema_faults) == []
    with pytest.raises(Exception, match="append only"), store.unit() as unit:
        unit.run(text("UPDATE exchange_file SET institution_id = 'x'"))


def _killed_turn(store: Database, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that ends where a stage was to begin."""
    ends: dict[str, Any] = {"rehash": rehash_people, "told": told, "keep": lambda: None}
    if stage == "announced":
        monkeypatch.setattr("yibao.database.rotation._switch", killed)
    else:
        ends[{"switched": "keep", "people": "rehash", "rows": "told"}[stage]] = killed
    rotate(store, new_key(), **ends)


@pytest.mark.parametrize("stage", ["announced", "switched", "people", "rows"])
def test_a_turn_that_was_killed_goes_on(
    store: Database, stage: str, make_person: Adding, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = _again(store, monkeypatch, OLD)
    with pytest.raises(KilledError):
        _killed_turn(store, stage, monkeypatch)
    monkeypatch.undo()
    monkeypatch.setattr(keyring, "KNOWN_FOR", 0.02)
    with_old, with_new = (_again(store, monkeypatch, key) for key in (OLD, NEW))
    for process in (earlier, with_old, with_new):
        _reads(process)
        _refuses_the_number(process, make_person)
    other = new_key(OTHER)
    with pytest.raises(ConflictError, match="正在换成指纹"):
        rotate(with_old, other, rehash_people, told, lambda: None)
    turn(with_new)
    assert _under(with_new, 1) == set()
    for process in (earlier, with_old, with_new):
        _reads(process)
        assert list(StoreCheck(process, 0).faults()) == []
        process.dispose()


def test_no_key_comes_back(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    turn(store)
    with pytest.raises(InputError, match="就是这个库现在的密钥"):
        turn(store)
    with pytest.raises(InputError, match="从前用过"):
        rotate(store, new_key(OLD), rehash_people, told, lambda: None)
    rotate(store, new_key(OTHER), rehash_people, told, lambda: None)
    assert (_under(store, 1), _under(store, 2)) == (set(), set())
    third = _again(store, monkeypatch, OTHER)
    _reads(third)
    third.dispose()
