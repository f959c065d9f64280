"""Columns that are encrypted whole: rows of before are, too, and read as they were."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from yibao.access.tables import event, message
from yibao.aid.tables import aid_grant
from yibao.care.tables import proposal_decision, settlement
from yibao.crossing.tables import filing
from yibao.database.errors import DatabaseError, StoreKeyError
from yibao.database.migrating import config_for, schema_faults, upgrade
from yibao.database.sealed import seal, unsealed
from yibao.database.secrets import Secrets
from yibao.database.unit import Database, open_database
from yibao.exchange.tables import (
    exchange_file,
    exchange_record,
    exchange_settlement,
    exchange_visit,
)
from yibao.insured.tables import document_version, person

MARK = "欧阳留痕"
DOCUMENT = {"psn_name": MARK, "lines": [], "amount": 12, "more": None}
REPLY = "reply:h:m"
"""Whose the body of a reply was, which stood encrypted in its answer."""
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
            "digest": b"d" * 16,
            "reply": json.dumps({"status": 201, "body": database.secrets.encrypt(MARK, REPLY)}),
        }
        for statement in (
            "INSERT INTO exchange_visit VALUES ('p', 'v', 'h', '2025-03-10', false, 1, :document)",
            "INSERT INTO exchange_settlement VALUES ('p', 'e', 'v', 'c', 'b', NULL, 'h', 'm', "
            "'2207', '310', '11', '140100', '2025-03-10', :at, 1, 1, 0, 0, :mark)",
            "INSERT INTO exchange_file VALUES ('h', 'f', :mark, :at, :plain)",
            "INSERT INTO exchange_record VALUES ('h', 'k', 'r', 'p', :at, :document)",
            "INSERT INTO message VALUES ('h', 'o', 'm', 'x', 'p', :document)",
            "INSERT INTO message VALUES ('h', 'reply', 'm', 'x', 'h', :reply)",
            "INSERT INTO event VALUES ('p', 1, :at, 'a', 'file', :document, NULL, 'x')",
            "INSERT INTO person (person_id, sex, birth, area, profile, state, sequence, head) "
            "VALUES ('p', 'male', '1990-01-01', '140100', :document, :document, 1, 'x')",
            "INSERT INTO document_version (hash, body) VALUES (:digest, :plain)",
            "INSERT INTO filing VALUES "
            "('p', 'f', 1, 'chronic', NULL, :mark, '2025-01-01', NULL, false)",
            "INSERT INTO aid_grant (grantor_id, grant_id, sequence, grantee_id, relation, start, "
            "consent_version, consent_text, status, review_note) "
            "VALUES ('p', 'g', 1, 'q', 'spouse', '2025-01-01', '1', '1', 'active', :mark)",
            "INSERT INTO proposal_decision VALUES ('p', 'a', 'dropped', :mark, NULL, 'x')",
            "INSERT INTO settlement (person_id, settlement_id, visit_id, round, sequence, position,"
            ' institution_id, kind, start, "end", total, fund, own, account, mutual_aid, cash, '
            "facts, visit, document) VALUES ('p', 's', 'v', 1, 1, 1, 'h', 'outpatient', "
            "'2025-03-10', '2025-03-10', 1, 1, 0, 0, 0, 0, :document, :document, :plain)",
        ):
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            unit.run(text(statement), wanted)
    return database


def _read(store: Database, query: Any) -> list[Any]:
    return store.read(lambda unit: list(unit.run(query).scalars()))


def test_rows_of_before_are_encrypted_and_read_as_they_were(
    before: Database, backend: str, tmp_path: Path
) -> None:
    upgrade(before)
    assert _read(before, select(message.c.answer).where(message.c.operation == "reply")) == [
        {"status": 201, "body": MARK}
    ]
    for column, value in (
        (exchange_visit.c.document, DOCUMENT),
        (exchange_settlement.c.output, MARK),
        (exchange_file.c.name, MARK),
        (exchange_file.c.content, MARK.encode()),
        (exchange_record.c.document, DOCUMENT),
        (message.c.answer, DOCUMENT),
        (event.c.content, DOCUMENT),
        (person.c.profile, DOCUMENT),
        (person.c.state, DOCUMENT),
        (document_version.c.body, MARK.encode()),
        (filing.c.disease, MARK),
        (aid_grant.c.review_note, MARK),
        (proposal_decision.c.reason, MARK),
        (settlement.c.facts, DOCUMENT),
        (settlement.c.visit, DOCUMENT),
        (settlement.c.document, MARK.encode()),
    ):
        assert value in _read(before, select(column))
        for stored in _read(before, text(f"SELECT {column.name} FROM {column.table.name}")):
            assert bytes(stored)[0] == 1
            assert MARK.encode() not in bytes(stored)
    assert _read(before, select(settlement.c.known)) == [None]
    assert before.read(schema_faults) == []
    for table in ("exchange_settlement", "exchange_file", "event", "settlement"):
        refused = pytest.raises((DatabaseError, IntegrityError), match="append only")
        with refused, before.unit() as unit:
            unit.run(text(f"DELETE FROM {table}"))
    before.dispose()
    if backend == "sqlite":
        for path in tmp_path.glob("empty.db*"):
            assert MARK.encode() not in path.read_bytes(), path


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
