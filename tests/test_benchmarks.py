"""The store's measurements still run: their people, the rows written by hand, the grown store."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from sqlalchemy import text

from yibao.database.unit import Database

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks" / "store"
PEOPLE = 40


def test_the_store_grows_and_the_same_rows_are_written_by_hand(
    database_url: str, database: Database, secret_key: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    world, measure, peers = (
        importlib.import_module(name) for name in ("world", "measure", "peers")
    )
    world.fill(database, PEOPLE)
    next(measure.settling(database, people=1))
    names = [world.person_id(number) for number in range(PEOPLE)]
    if database.is_postgresql:
        peer = peers.postgresql_peer(database_url.replace("+psycopg", ""))
    else:
        peer = peers.sqlite_peer(database_url.removeprefix("sqlite:///"))
    for steps in (peer.settlements(names), peer.groups(names, 4)):
        next(steps)
        next(steps)
    peer.connection.close()
    world.grow(database, 100, PEOPLE)
    next(measure.settling(database, people=PEOPLE, first=7))
    for table in ("settlement", "message", "event"):
        count = text(f"SELECT count(*) FROM {table}")
        rows = database.read(lambda unit, count=count: unit.run(count).scalar_one())
        # Ours, the peer's one by one and in groups, what the store grew by, and ours again.
        assert rows >= 1 + 2 + 2 * 4 + 100 + 1, table
