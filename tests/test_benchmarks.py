"""The store's measurements still run: their people, the rows written by hand, the grown store."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from yibao.database.unit import Database
from yibao.gateway.app import create_app
from yibao.gateway.message import Received
from yibao.policy.compile import PolicyLibrary

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


def test_the_engine_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER.parent / "engine"))
    engine = importlib.import_module("run")
    monkeypatch.delitem(sys.modules, "run")  # every benchmark is called so
    called = []

    def taken(call: Callable[[], object], **_: int) -> float:
        called.append(call())
        return 1.0

    monkeypatch.setattr(engine, "microseconds", taken)
    monkeypatch.setattr(engine, "seconds", lambda _: 1.0)
    monkeypatch.setattr(engine, "peer_openfisca", lambda: None)
    rows = engine.measure()
    assert len(rows) == 7
    assert len(called) == 5


def test_the_quick_figures_can_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured still exists under its name; how long it takes is nobody's business here."""
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    quick = importlib.import_module("quick")
    called = []
    monkeypatch.setattr(quick, "calls", lambda call, *_: called.append(call()) or 1.0)
    for figure in (quick.settlement, quick.question, quick.page):
        assert figure() == 1.0
    assert len(called) == 3
    assert quick.last().keys() == {key for key, _, _ in quick.FIGURES}


@pytest.mark.parametrize("backend", ["postgresql"])
def test_the_gateways_peer_writes_the_rows_of_a_visit(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visit through the gateway, the next one by hand: as many rows in every table."""
    monkeypatch.syspath_prepend(str(FOLDER.parent / "gateway"))
    for name in ("world", "peer"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    world, peer = (importlib.import_module(name) for name in ("world", "peer"))
    world.fill(database, 2)
    world.register(database, 2, 4, "t")
    platform = create_app(database, PolicyLibrary.load()).state.platform
    visits = world.Visits(0, 1, 1, "t")
    headers = {"content-type": "text/plain", "authorization": f"Bearer {world.TOKEN.decode()}"}

    def rows() -> dict[str, int]:
        return {
            table: database.read(
                lambda unit, table=table: unit.run(
                    text(f"SELECT count(*) FROM {table}")
                ).scalar_one()
            )
            for table in (*peer.Sample.TABLES, "account_name", "document_version", "exchange_visit")
        }

    counts = []
    for _ in range(2):
        for _, body in visits.next_visit():
            reply = platform.answer(Received("/fsi/api/callService", headers, body))
            assert b'"infcode":0' in reply.body[:40], reply.body
        counts.append(rows())
    address = database_url.replace("+psycopg", "")
    connection = peer.Connection(address, peer.Sample(address))
    for _, body in visits.next_visit():
        message = peer.Message(body, connection.sample)
        with connection.driver.pipeline() as pipeline:
            message.read(connection)
            pipeline.sync()
            assert b'"infcode":0' in message.write(connection)[:40]
            connection.driver.commit()
    connection.driver.close()
    counts.append(rows())
    by_gateway, by_hand = (
        {table: after[table] - before[table] for table in after}
        for before, after in itertools.pairwise(counts)
    )
    assert by_hand == by_gateway
