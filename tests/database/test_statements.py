"""Constant statements: the types of SQLAlchemy, the errors of the driver as ours."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import Integer, String, bindparam, column, select, table, update
from sqlalchemy.exc import IntegrityError

from yibao.database.errors import DatabaseError
from yibao.database.statements import Insertion, Query, Write
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.exchange.tables import exchange_visit

_VISIT = {
    "person_id": "li",
    "visit_id": "v",
    "institution_id": "h",
    "opened_on": datetime.date(2025, 3, 10),
    "stay": True,
    "revision": 1,
    "document": {"lines": [{"name": "甲类药"}], "none": None},
}
_INSERT = Insertion(exchange_visit)
_SELECT = Query(select(exchange_visit).where(exchange_visit.c.visit_id == bindparam("wanted")))
_CHANGE = Write(
    update(exchange_visit)
    .where(exchange_visit.c.visit_id == bindparam("wanted"))
    .values(revision=bindparam("revision", type_=Integer))
)


def test_rows_come_back_as_they_were_written(database: Database) -> None:
    database.write(lambda unit: unit.run(_INSERT, _VISIT))
    database.write(lambda unit: unit.run(_CHANGE, {"wanted": "v", "revision": 2}))
    (row,) = database.read(lambda unit: unit.run(_SELECT, {"wanted": "v"}))
    assert row._asdict() == {**_VISIT, "revision": 2}
    assert database.read(lambda unit: unit.run(_SELECT, {"wanted": "w"})) == []


def test_what_waits_is_seen_by_the_next_statement(database: Database) -> None:
    def operation(unit: Unit) -> int:
        unit.run(_INSERT, _VISIT)
        unit.run(_CHANGE, {"wanted": "v", "revision": 5})
        (row,) = unit.run(_SELECT, {"wanted": "v"})
        return int(row.revision)

    assert database.write(operation) == 5


def test_a_write_for_several_rows_goes_for_each_of_them(database: Database) -> None:
    def operation(unit: Unit) -> None:
        unit.run(_INSERT, [{**_VISIT, "visit_id": name} for name in ("v", "w")])
        unit.run(_CHANGE, [{"wanted": "v", "revision": 7}, {"wanted": "w", "revision": 8}])

    database.write(operation)
    for name, revision in (("v", 7), ("w", 8)):
        (row,) = database.read(lambda unit, name=name: unit.run(_SELECT, {"wanted": name}))  # type: ignore[misc]
        assert row.revision == revision

    def with_one_missing(unit: Unit) -> None:
        rows = [{"wanted": "v", "revision": 9}, {"wanted": "nobody", "revision": 9}]
        unit.run(_CHANGE, rows, missed=ConflictError("nobody"))

    with pytest.raises(ConflictError, match="nobody"):
        database.write(with_one_missing)
    (row,) = database.read(lambda unit: unit.run(_SELECT, {"wanted": "v"}))
    assert row.revision == 7


def test_a_broken_constraint_is_the_rooms_to_explain(database: Database) -> None:
    def twice(unit: Unit) -> None:
        unit.run(_INSERT, {**_VISIT, "visit_id": "w"})
        unit.run(_INSERT, {**_VISIT, "visit_id": "w"})
        unit.run(_CHANGE, {"wanted": "w", "revision": 2})

    with pytest.raises(IntegrityError):
        database.write(twice)
    assert database.read(lambda unit: unit.run(_SELECT, {"wanted": "w"})) == []


def test_a_write_that_touched_nothing_undoes_what_it_came_with(database: Database) -> None:
    def operation(unit: Unit) -> None:
        unit.run(_INSERT, _VISIT)
        missed = ConflictError("nobody")
        unit.run(_CHANGE, {"wanted": "nobody", "revision": 2}, missed=missed)

    with pytest.raises(ConflictError, match="nobody"):
        database.write(operation)
    assert database.read(lambda unit: unit.run(_SELECT, {"wanted": "v"})) == []


def test_what_the_driver_says_becomes_ours(database: Database) -> None:
    missing = Query(select(table("of_nobody", column("one"))))
    with pytest.raises(DatabaseError, match="yibao db upgrade"):
        database.read(lambda unit: unit.run(missing))


def test_a_read_does_not_write(database: Database) -> None:
    with pytest.raises(AssertionError):
        database.read(lambda unit: unit.run(_INSERT, _VISIT))


def test_of_two_writes_with_one_key_that_wait_the_later_is_the_whole() -> None:
    keyed = Write(
        update(exchange_visit)
        .where(exchange_visit.c.visit_id == bindparam("visit", type_=String))
        .values(revision=bindparam("revision", type_=Integer)),
        key=("visit",),
    )
    values = [{"visit": "v", "revision": 2}, {"visit": "w", "revision": 2}]
    assert list(keyed.to_send([*values, {"visit": "v", "revision": 3}])) == [
        {"visit": "v", "revision": 3},
        {"visit": "w", "revision": 2},
    ]
    assert len(list(_CHANGE.to_send([{"wanted": "v"}, {"wanted": "v"}]))) == 2


def test_a_constant_statement_names_and_types_its_values() -> None:
    with pytest.raises(AssertionError, match="no type"):
        Write(update(exchange_visit).values(revision=bindparam("revision")))
    typed = bindparam("revision", type_=Integer)
    with pytest.raises(AssertionError, match="no such values"):
        Write(update(exchange_visit).values(revision=typed), key=("visit",))
