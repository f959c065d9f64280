"""A clock that is wrong by hours: balances stay right, and a bad snapshot is voided."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import select

from yibao.access.tables import event
from yibao.access.trail import all_chains, verify_people
from yibao.database.identifiers import identifier_at, new_identifier
from yibao.database.unit import Database
from yibao.errors import ConflictError
from yibao.ledger import balances
from yibao.ledger.balances import balance, snapshot_faults, take_snapshots, void_snapshots
from yibao.ledger.operations import Line, post
from yibao.ledger.tables import snapshot

from ..support.actors import CLERK

FUND, OWED = "fund:140100:employee:pooled", "payable:H1"
DAY = datetime.date(2025, 3, 1)
HOURS = datetime.timedelta(hours=1)


def _post(database: Database, transfer: str, amount: int = 100) -> None:
    lines: list[Line] = [(FUND, amount), (OWED, -amount)]
    database.write(lambda unit: post(unit, "wang", transfer, DAY, lines))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _clock_at(patch: pytest.MonkeyPatch, hours: int) -> None:
    patch.setattr(balances, "_now", lambda: _now() + hours * HOURS)


def _balance(database: Database) -> int:
    return database.read(lambda unit: balance(unit, OWED, DAY))


@pytest.mark.parametrize("hours", [5, 23, 240])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_snapshot_by_a_clock_that_is_ahead_loses_no_entry(
    database: Database, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """PostgreSQL's own clock shows the difference, and none is taken."""
    _post(database, new_identifier())
    _clock_at(monkeypatch, hours)
    take_snapshots(database, DAY, actor=CLERK)
    monkeypatch.undo()
    _post(database, new_identifier(), 40)
    assert _balance(database) == 140
    assert database.read(lambda unit: list(snapshot_faults(unit))) == []


def test_entries_by_a_clock_that_was_ahead_are_not_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writer and snapshot on one machine, five hours ahead; then the clock is set right."""
    _post(database, identifier_at(_now() + 5 * HOURS))
    if not database.is_postgresql:
        _clock_at(monkeypatch, 5)
        take_snapshots(database, DAY, actor=CLERK)
        monkeypatch.undo()
    _post(database, new_identifier(), 40)
    assert _balance(database) == 140
    with pytest.raises(ConflictError, match="时钟被调回，或者那时走快了"):
        take_snapshots(database, DAY + datetime.timedelta(days=1), actor=CLERK)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_clock_that_is_not_the_servers_takes_no_snapshot(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _post(database, new_identifier())
    _clock_at(monkeypatch, 1)
    with pytest.raises(ConflictError, match="与数据库的相差"):
        take_snapshots(database, DAY, actor=CLERK)


def test_a_snapshot_is_voided_and_made_again(database: Database) -> None:
    _post(database, new_identifier())
    bad = {"account": OWED, "day": DAY, "through": new_identifier(), "total": -7}
    database.write(lambda unit: unit.run(snapshot.insert(), bad))
    assert len(database.read(lambda unit: list(snapshot_faults(unit)))) == 1
    assert void_snapshots(database, DAY, actor=CLERK) == 1
    assert void_snapshots(database, DAY, actor=CLERK) == 0
    assert _balance(database) == 100
    assert take_snapshots(database, DAY, actor=CLERK) == 2
    assert database.read(lambda unit: list(snapshot_faults(unit))) == []
    assert _balance(database) == 100

    told = database.read(
        lambda unit: (
            unit.run(select(event.c.content).where(event.c.operation == "void_snapshots"))
            .scalars()
            .all()
        )
    )
    assert told == [{"day": DAY.isoformat(), "count": 1}]
    stores = [name for name in all_chains(database) if name.startswith("store:")]
    assert list(verify_people(database, stores)) == []
