"""Identifiers and hashes in few bytes: what goes in comes out, and what never went in is told."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from yibao.access.operations import Key, record_message
from yibao.access.tables import event, message
from yibao.database.compact import Compact, compacted, expanded
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database

DIGITS = st.text("0123456789abcdef", min_size=32, max_size=32)


def test_identifiers_and_hashes_take_half_their_length() -> None:
    assert len(compacted(new_identifier())) == 16
    assert len(compacted(hashlib.sha256(b"").hexdigest())) == 32


@given(st.text() | DIGITS)
def test_what_goes_in_comes_out(content: str) -> None:
    assert expanded(compacted(content)) == content


@given(st.lists(DIGITS))
def test_identifiers_sort_as_their_texts_do(identifiers: list[str]) -> None:
    assert sorted(identifiers, key=compacted) == sorted(identifiers)


@pytest.mark.parametrize("stored", [b"\xfe", b"\xff\x80", b"\x00" * 15, "a text"])
def test_what_it_never_wrote_is_told_and_equals_nothing(stored: bytes | str) -> None:
    assert compacted(expanded(stored)) != stored


def test_a_column_holds_the_bytes_and_gives_the_text(database: Database) -> None:
    person, content = new_identifier(), hashlib.sha256(b"content").hexdigest()
    database.write(lambda unit: record_message(unit, Key("desk", "test", "1"), content, person, {}))
    (row,) = database.read(lambda unit: unit.run(select(message)).all())
    assert (row.content_hash, row.person_id) == (content, person)
    (raw,) = database.read(
        lambda unit: unit.run(text("SELECT content_hash, person_id FROM message")).all()
    )
    assert (len(raw.content_hash), len(raw.person_id)) == (32, 16)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_text_in_a_column_of_bytes_is_read_as_what_it_is(database: Database) -> None:
    """SQLite lets somebody with a prompt write one."""
    database.write(
        lambda unit: unit.run(
            text(
                "INSERT INTO event (person_id, sequence, at, actor, operation, content, hash) "
                "VALUES ('wang', 1, '2025-01-01 00:00:00', 'x', 'x', '{}', 'x')"
            )
        )
    )
    (row,) = database.read(lambda unit: unit.run(select(event.c.person_id, event.c.hash)).all())
    assert (row.person_id, row.hash) == ("'wang'", "'x'")
    assert isinstance(event.c.hash.type, Compact)
