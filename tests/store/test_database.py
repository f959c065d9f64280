"""Opening, units, retries, the single writer, migrations."""

from __future__ import annotations

from yibao.database.unit import Database


def test_fresh_database_per_test(database: Database) -> None:
    from sqlalchemy import text
    database.write(lambda unit: unit.run(text("insert into account values ('a', 1, '[]')")))


def test_fresh_database_per_test_2(database: Database) -> None:
    from sqlalchemy import text
    database.write(lambda unit: unit.run(text("insert into account values ('a', 1, '[]')")))
