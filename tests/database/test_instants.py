"""Instants say that they are UTC: bound and read alike on both databases."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import DateTime, bindparam, func, insert, select
from sqlalchemy.exc import StatementError

from yibao.access.tables import event
from yibao.database.instants import CIVIL_ZONE
from yibao.database.schema import METADATA, Instant
from yibao.database.statements import Query
from yibao.database.unit import Database, Unit
from yibao.exchange.tables import exchange_record

NOON = datetime.datetime(2026, 9, 25, 12, tzinfo=CIVIL_ZONE)
ROW = {"institution_id": "h1", "kind": "k", "person_id": None, "document": {}}
_AT = Query(
    select(exchange_record.c.at, exchange_record.c.record_id).where(
        exchange_record.c.at >= bindparam("since", type_=Instant)
    )
)


def test_an_instant_of_any_zone_comes_back_as_utc(database: Database) -> None:
    """Also in sums over them, in prepared statements, and compared with another zone's."""

    def operation(unit: Unit) -> None:
        unit.run(insert(exchange_record), {**ROW, "record_id": "r", "at": NOON})

    database.write(operation)
    column = exchange_record.c.at
    read = database.read
    for at in (
        read(lambda unit: unit.run(select(column)).scalar_one()),
        read(lambda unit: unit.run(select(func.max(column))).scalar_one()),
        read(lambda unit: unit.run(_AT, {"since": NOON})[0].at),
        read(lambda unit: unit.run(select(column).where(column == NOON)).scalar_one()),
    ):
        assert at == NOON
        assert at.tzinfo is datetime.UTC
    later = NOON + datetime.timedelta(microseconds=1)
    assert read(lambda unit: unit.run(_AT, {"since": later})) == []


def test_what_has_no_zone_is_not_bound(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises((AssertionError, StatementError), match="says no zone"):
        database.write(
            lambda unit: unit.run(insert(exchange_record), {**ROW, "record_id": "r", "at": naive})
        )
    with pytest.raises((AssertionError, StatementError), match="says no zone"):
        database.read(lambda unit: unit.run(_AT, {"since": naive}))


def test_every_column_of_instants_is_one() -> None:
    columns = [column for table in METADATA.tables.values() for column in table.columns]
    assert [str(column) for column in columns if isinstance(column.type, DateTime)] == []
    assert isinstance(event.c.at.type, Instant)
