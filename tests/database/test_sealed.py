"""Columns that are encrypted whole: rows of before are, too, and read as they were."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from yibao.access.tables import message
from yibao.database.errors import DatabaseError, StoreKeyError
from yibao.database.migrating import config_for, upgrade
from yibao.database.sealed import seal, unsealed
from yibao.database.secrets import Secrets
from yibao.database.unit import Database, open_database
from yibao.exchange.tables import (
    exchange_file,
    exchange_record,
    exchange_settlement,
    exchange_visit,
)

MARK = "欧阳留痕"
DOCUMENT = {"psn_name": MARK, "lines": [], "amount": 12, "more": None}
AT = datetime.datetime(2025, 3, 10, 8, 0, tzinfo=datetime.UTC)


@pytest.fixture
def before(empty_url: str) -> Database:
    """A store as the version before left it, with a row in every table."""
    database = open_database(empty_url)
    with database.unit(any_schema=True) as unit:
        command.upgrade(config_for(unit.connection), "0020")
        values: dict[str, Any] = {
            "document": json.dumps(DOCUMENT, ensure_ascii=False),
            "plain": MARK.encode(),
            "at": AT.isoformat(),
            "mark": MARK,
        }
        for statement in (
            "INSERT INTO exchange_visit VALUES ('p', 'v', 'h', '2025-03-10', false, 1, :document)",
            "INSERT INTO exchange_settlement VALUES ('p', 'e', 'v', 'c', 'b', NULL, 'h', 'm', "
            "'2207', '310', '11', '140100', '2025-03-10', :at, 1, 1, 0, 0, :mark)",
            "INSERT INTO exchange_file VALUES ('h', 'f', 'a.txt', :at, :plain)",
            "INSERT INTO exchange_record VALUES ('h', 'k', 'r', 'p', :at, :document)",
            "INSERT INTO message VALUES ('h', 'o', 'm', 'x', 'p', :document)",
        ):
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            unit.run(text(statement), wanted)
    return database


def test_rows_of_before_are_encrypted_and_read_as_they_were(before: Database) -> None:
    upgrade(before)
    for column, value in (
        (exchange_visit.c.document, DOCUMENT),
        (exchange_settlement.c.output, MARK),
        (exchange_file.c.content, MARK.encode()),
        (exchange_record.c.document, DOCUMENT),
        (message.c.answer, DOCUMENT),
    ):
        query = select(column)
        assert before.read(lambda unit, query=query: unit.run(query).scalar_one()) == value  # type: ignore[misc]
        raw = text(f"SELECT {column.name} FROM {column.table.name}")
        stored = before.read(lambda unit, raw=raw: unit.run(raw).scalar_one())  # type: ignore[misc]
        assert bytes(stored)[0] == 1
        assert MARK.encode() not in bytes(stored)
    for table in ("exchange_settlement", "exchange_file"):
        refused = pytest.raises((DatabaseError, IntegrityError), match="append only")
        with refused, before.unit() as unit:
            unit.run(text(f"DELETE FROM {table}"))
    before.dispose()


def test_without_the_key_nothing_is_changed(before: Database) -> None:
    refused = pytest.raises(StoreKeyError, match="给出库的密钥")
    with refused, before.unit(any_schema=True) as unit:
        command.upgrade(config_for(unit.connection), "0021")
    with before.unit(any_schema=True) as unit:
        assert unit.run(text("SELECT output FROM exchange_settlement")).scalar_one() == MARK
    before.dispose()


def test_a_sealed_value_opens_for_its_own_column_and_key_alone() -> None:
    secrets, other = Secrets(bytes(range(32))), Secrets(bytes(32))
    stored = seal(secrets, DOCUMENT, "document", "a.b")
    assert stored != seal(secrets, DOCUMENT, "document", "a.b")
    assert unsealed(secrets, stored, "document", "a.b") == DOCUMENT
    for key, purpose in ((other, "a.b"), (secrets, "a.c")):
        with pytest.raises(DatabaseError, match="密文打不开"):
            unsealed(key, stored, "document", purpose)
