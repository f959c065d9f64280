"""Bearer tokens, and answers kept word for word: hashed, expiring, and sure under two at once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from alembic import command
from sqlalchemy import DateTime, bindparam, select, text

from yibao.access.errors import KeyReusedError, StillRunningError, UnknownActorError
from yibao.access.operations import LEASE, Claim, release_claim
from yibao.access.permissions import Actor, Role
from yibao.access.replies import StoredReply, keep_reply, take_key
from yibao.access.tables import token
from yibao.access.tokens import MOST_TOKENS, actor_of_token, make_token, revoke_token, tokens_of
from yibao.access.users import SYSTEM, add_user, close_user
from yibao.database.migrating import config_for, upgrade
from yibao.database.unit import Database, open_database
from yibao.errors import ConflictError, InputError, NotFoundError

NOW = datetime.datetime(2026, 11, 21, 8, 0, tzinfo=datetime.UTC)
DAY = NOW.date()
HOUR = datetime.timedelta(hours=1)
Together = Callable[[list[Callable[[], Any]]], list[Any]]


@pytest.fixture
def wang(database: Database) -> Actor:
    return add_user(
        database, SYSTEM, "wang", "correct horse", Role.INSURED, person_id="person-wang"
    )


@pytest.fixture
def li(database: Database) -> Actor:
    return add_user(database, SYSTEM, "li", "correct horse", Role.INSURED, person_id="person-li")


def test_a_token_acts_as_its_maker_until_it_ends(database: Database, wang: Actor) -> None:
    new_token, secret = make_token(database, wang, "手机", 30, writes=False, at=NOW)
    actor, shown = actor_of_token(database, secret, NOW + HOUR, DAY)
    assert actor == wang
    assert shown == new_token
    assert not shown.writes
    last = new_token.expires_at
    actor_of_token(database, secret, last - HOUR, DAY)
    with pytest.raises(UnknownActorError, match="已过期"):
        actor_of_token(database, secret, last, DAY)
    revoke_token(database, wang, new_token.token, NOW + HOUR)
    with pytest.raises(UnknownActorError):
        actor_of_token(database, secret, NOW + HOUR, DAY)
    (ended,) = tokens_of(database, wang)
    assert ended.revoked_at == NOW + HOUR


def test_the_same_token_is_made_once(database: Database, wang: Actor, together: Together) -> None:
    results = together(
        [
            lambda: make_token(database, wang, "手机", 1, writes=False, at=NOW, token_id="once-1")
            for _ in range(3)
        ]
    )
    assert sum(isinstance(result, ConflictError) for result in results) == 2
    assert len(tokens_of(database, wang)) == 1


def test_the_store_keeps_no_secret(database: Database, wang: Actor) -> None:
    new_token, secret = make_token(database, wang, "手机", 30, writes=True, at=NOW)
    (row,) = database.read(lambda unit: unit.run(select(token)).all())
    assert secret not in str(row)
    assert secret not in str(asdict(new_token))
    for wrong in ("", "yibao_", secret[:-1], secret + "x", row.secret_hash):
        with pytest.raises(UnknownActorError):
            actor_of_token(database, wrong, NOW, DAY)


def test_nobody_revokes_anothers_token(database: Database, wang: Actor, li: Actor) -> None:
    new_token, secret = make_token(database, wang, "手机", 30, writes=True, at=NOW)
    with pytest.raises(NotFoundError):
        revoke_token(database, li, new_token.token, NOW)
    assert tokens_of(database, li) == []
    assert actor_of_token(database, secret, NOW, DAY)[0] == wang


def test_a_closed_user_has_no_tokens(database: Database, wang: Actor) -> None:
    _, secret = make_token(database, wang, "手机", 30, writes=True, at=NOW)
    close_user(database, SYSTEM, "wang", DAY)
    with pytest.raises(UnknownActorError):
        actor_of_token(database, secret, NOW, DAY)


def test_bounds_of_a_token(database: Database, wang: Actor, together: Together) -> None:
    for name, days in (("", 1), ("x" * 41, 1), ("手机", 0), ("手机", 367)):
        with pytest.raises(InputError):
            make_token(database, wang, name, days, writes=False, at=NOW)
    with pytest.raises(NotFoundError):
        make_token(database, SYSTEM, "手机", 1, writes=False, at=NOW)
    for number in range(MOST_TOKENS - 1):
        make_token(database, wang, f"第 {number} 个", 1, writes=False, at=NOW)
    results = together(
        [lambda: make_token(database, wang, "最后", 1, writes=False, at=NOW) for _ in range(3)]
    )
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 2
    assert all(isinstance(result, ConflictError) for result in refused)
    # Those that ended do not count.
    later = NOW + datetime.timedelta(days=2)
    make_token(database, wang, "以后", 1, writes=False, at=later)


# --- replies ---


def test_a_reply_is_given_again_word_for_word(database: Database) -> None:
    taken = take_key(database, "wang", "key-0001", "hash", NOW)
    assert isinstance(taken, Claim)
    with pytest.raises(StillRunningError):
        take_key(database, "wang", "key-0001", "hash", NOW + HOUR / 100)
    answer = StoredReply(201, "application/json", '{"订单":"1"}')
    keep_reply(database, taken, answer)
    assert take_key(database, "wang", "key-0001", "hash", NOW + HOUR) == answer
    (stored,) = database.read(
        lambda unit: unit.run(text("SELECT answer FROM message")).scalars().all()
    )
    assert "订单".encode() not in bytes(stored)
    with pytest.raises(KeyReusedError):
        take_key(database, "wang", "key-0001", "another", NOW + HOUR)
    assert isinstance(take_key(database, "li", "key-0001", "another", NOW), Claim)


def test_replies_of_the_first_tables_are_given_again(empty_url: str) -> None:
    """Until revision 0013 they had a table of their own."""
    database = open_database(empty_url)
    database.write(lambda unit: command.upgrade(config_for(unit.connection), "0012"))
    body = database.secrets.encrypt('{"订单":"1"}', "reply:wang:key-0001")
    answer = ("json", 201, body)
    rows = [("key-0001", *answer, NOW - HOUR), ("key-0002", None, None, None, NOW)]
    for row in rows:
        values = dict(zip(("key", "type", "status", "body", "since"), row, strict=True))
        statement = text(
            "INSERT INTO reply (sender, message_key, content_hash, since, status, media_type, body)"
            " VALUES ('wang', :key, 'hash', :since, :status, :type, :body)"
        ).bindparams(bindparam("since", type_=DateTime(timezone=True)))
        database.write(lambda unit: unit.run(statement, values))  # noqa: B023
    upgrade(database)
    reply = StoredReply(201, "json", '{"订单":"1"}')
    assert take_key(database, "wang", "key-0001", "hash", NOW) == reply
    with pytest.raises(KeyReusedError):
        take_key(database, "wang", "key-0001", "another", NOW)
    with pytest.raises(StillRunningError):
        take_key(database, "wang", "key-0002", "hash", NOW + HOUR / 100)
    assert isinstance(take_key(database, "wang", "key-0002", "hash", NOW + HOUR), Claim)
    database.dispose()


def test_of_many_at_once_one_takes_the_key(database: Database, together: Together) -> None:
    results = together(
        [lambda: take_key(database, "wang", "key-0001", "hash", NOW) for _ in range(6)]
    )
    assert sum(isinstance(result, Claim) for result in results) == 1
    assert sum(isinstance(result, StillRunningError) for result in results) == 5


def test_a_key_given_back_may_be_used_again(database: Database) -> None:
    taken = take_key(database, "wang", "key-0001", "hash", NOW)
    assert isinstance(taken, Claim)
    release_claim(database, taken)
    assert isinstance(take_key(database, "wang", "key-0001", "other", NOW), Claim)


def test_whoever_died_with_a_key_loses_it(database: Database, together: Together) -> None:
    dead = take_key(database, "wang", "key-0001", "hash", NOW)
    assert isinstance(dead, Claim)
    later = NOW + LEASE
    results = together(
        [lambda: take_key(database, "wang", "key-0001", "hash", later) for _ in range(4)]
    )
    assert sum(isinstance(result, Claim) for result in results) == 1
    # Should it wake up again, it neither answers for the other nor gives the key away.
    keep_reply(database, dead, StoredReply(201, "application/json", "{}"))
    release_claim(database, dead)
    with pytest.raises(StillRunningError):
        take_key(database, "wang", "key-0001", "hash", later)
