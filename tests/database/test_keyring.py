"""A store knows its key: with another one, or with none, nothing is begun."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, text

from yibao.access.permissions import Actor, Role
from yibao.benefit.facts import Person
from yibao.database.errors import StoreKeyError
from yibao.database.migrating import config_for, upgrade
from yibao.database.secrets import Secrets
from yibao.database.unit import Database, open_database
from yibao.insured.people.registration import Named, register
from yibao.insured.tables import identity

KEY = "5a" * 32
OTHER_KEY = "a5" * 32
OFFICER = Actor("desk", Role.OFFICER)


@pytest.fixture
def store(empty_url: str) -> Iterator[Database]:
    database = open_database(empty_url)
    upgrade(database)
    yield database
    database.dispose()


@pytest.fixture
def without_mark(empty_url: str) -> Iterator[Database]:
    """As the version before the fingerprints left it, with somebody registered."""
    database = open_database(empty_url)
    secrets = Secrets(bytes.fromhex(KEY))
    row = {
        "identity_hash": secrets.search_hashes("resident_identity_card:11010519491231002X")[0],
        "person_id": "wang",
        "certificate": "resident_identity_card",
        "number_cipher": secrets.encrypt("11010519491231002X", "wang"),
    }
    with database.unit(any_schema=True) as unit:
        command.upgrade(config_for(unit.connection), "0016")
        unit.run(insert(identity), row)
    yield database
    database.dispose()


def _register_somebody(store: Database, facts: Person) -> None:
    named = Named("王小明", "resident_identity_card", "11010519491231002X")
    register(store, facts, actor=OFFICER, day=datetime.date(2025, 1, 1), named=named)


@pytest.fixture
def somebody(make_person: Callable[..., Person]) -> Person:
    return make_person("wang", sex="female", birth="1949-12-31", status="retired")


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_another_key_is_refused_before_anything_is_written(
    store: Database, somebody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIBAO_SECRET_KEY", OTHER_KEY)
    again = open_database(_url(store))
    with pytest.raises(StoreKeyError, match=r"不是这个库的密钥.*没有写入"):
        again.require_schema()
    with pytest.raises(StoreKeyError, match="不是这个库的密钥"):
        _register_somebody(again, somebody)
    with pytest.raises(StoreKeyError, match="不是这个库的密钥"):
        upgrade(again)
    again.dispose()


def test_a_lost_key_is_never_replaced_by_a_new_one(
    empty_url: str,
    backend: str,
    somebody: Person,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if backend == "sqlite":
        monkeypatch.delenv("YIBAO_SECRET_KEY")
    database = open_database(empty_url)
    upgrade(database)
    _register_somebody(database, somebody)
    database.dispose()
    monkeypatch.delenv("YIBAO_SECRET_KEY", raising=False)
    key = tmp_path / "empty.db.key"
    if backend == "sqlite":
        key.rename(tmp_path / "kept")
    again = open_database(empty_url)
    for begin in (again.require_schema, lambda: upgrade(again), lambda: again.secrets):
        with pytest.raises(StoreKeyError, match=r"没有密钥.*YIBAO_SECRET_KEY"):
            begin()
    assert not key.exists()
    again.dispose()
    if backend == "sqlite":
        (tmp_path / "kept").rename(key)
    else:
        monkeypatch.setenv("YIBAO_SECRET_KEY", KEY)
    mended = open_database(empty_url)
    mended.require_schema()
    mended.dispose()


def test_an_old_store_gets_its_fingerprint_once_a_row_opened(
    without_mark: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIBAO_SECRET_KEY", OTHER_KEY)
    with pytest.raises(StoreKeyError, match="打不开这个库里已有的密文"):
        upgrade(without_mark)
    monkeypatch.delenv("YIBAO_SECRET_KEY")
    with pytest.raises(StoreKeyError, match="没有密钥"):
        upgrade(without_mark)
    assert not [path for path in os.listdir(".") if path.endswith(".key")]
    monkeypatch.setenv("YIBAO_SECRET_KEY", KEY)
    assert next(step.number for step in upgrade(without_mark)) == "0017"
    with without_mark.unit() as unit:
        (row,) = unit.run(text("SELECT number, fingerprint, status FROM secret_key")).all()
    assert (row.number, row.status) == (1, "current")
    assert row.fingerprint == without_mark.secrets.fingerprint
    assert "5a5a" not in row.fingerprint
