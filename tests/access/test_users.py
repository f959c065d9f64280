"""Users: who may sign in, with what, and until when."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select, update
from tests.support.passwords import SHIPPED

from yibao.access.errors import UnknownActorError
from yibao.access.passwords import is_hash_of
from yibao.access.permissions import Role
from yibao.access.tables import actor as actors
from yibao.access.users import (
    SYSTEM,
    add_user,
    close_user,
    log_in,
    set_password,
)
from yibao.database.unit import Database
from yibao.errors import InputError, NotFoundError

Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]

DAY = datetime.date(2025, 3, 10)
AT = datetime.datetime(2025, 3, 10, 4, tzinfo=datetime.UTC)
PASSWORD = "correct horse"


def test_users_log_in(database: Database) -> None:
    user = add_user(database, SYSTEM, "wang", PASSWORD, Role.INSURED, person_id="p1")
    assert log_in(database, "wang", PASSWORD, DAY) == user
    assert user.person_id == "p1"
    row = database.read(lambda unit: unit.run(select(actors)).one())
    assert row.password_hash.startswith("$argon2id$")
    for login, password in (("wang", "wrong"), ("li", PASSWORD)):
        with pytest.raises(UnknownActorError, match=r"^登录名或密码不对$"):
            log_in(database, login, password, DAY)
    set_password(database, user, "wang", "another word", AT)
    with pytest.raises(UnknownActorError):
        log_in(database, "wang", PASSWORD, DAY)
    close_user(database, SYSTEM, "wang", DAY)
    with pytest.raises(UnknownActorError):
        log_in(database, "wang", "another word", DAY)
    assert log_in(database, "wang", "another word", DAY - datetime.timedelta(days=1)) == user


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x", "short", Role.OFFICER, None, None), "至少 10 位"),
        (("", PASSWORD, Role.OFFICER, None, None), "登录名不能为空"),
        (("x", PASSWORD, Role.INSURED, None, None), "写明本人的编号"),
        (("x", PASSWORD, Role.OFFICER, "wang", None), "写明本人的编号"),
        (("x", PASSWORD, Role.INSTITUTION, None, None), "写明机构编号"),
    ],
)
def test_users_that_cannot_be(
    database: Database, arguments: tuple[str, str, Role, str | None, str | None], said: str
) -> None:
    login, password, role, person_id, institution_id = arguments
    with pytest.raises(InputError, match=said):
        add_user(
            database, SYSTEM, login, password, role,
            person_id=person_id, institution_id=institution_id,
        )  # fmt: skip
    assert database.read(lambda unit: unit.run(select(actors)).all()) == []


def test_a_login_belongs_to_one(database: Database, together: Together) -> None:
    calls = [lambda: add_user(database, SYSTEM, "desk", PASSWORD, Role.OFFICER)] * 3
    results = together(calls)
    assert sorted(type(result).__name__ for result in results) == [
        "Actor",
        "ConflictError",
        "ConflictError",
    ]
    for change in (
        lambda: set_password(database, SYSTEM, "nobody", PASSWORD, AT),
        lambda: close_user(database, SYSTEM, "nobody", DAY),
    ):
        with pytest.raises(NotFoundError, match="没有用户 nobody"):
            change()


def test_passwords_are_hashed_as_rfc_9106_says_and_old_ones_again(database: Database) -> None:
    shipped = SHIPPED()
    user = add_user(database, SYSTEM, "wang", PASSWORD, Role.OFFICER)
    stored = shipped.hash(PASSWORD)
    assert extract_parameters(stored) == RFC_9106_LOW_MEMORY
    assert is_hash_of(stored, PASSWORD)
    assert not is_hash_of(stored, "another word")
    assert not is_hash_of("no hash", PASSWORD)
    database.write(lambda unit: unit.run(update(actors).values(password_hash=stored)))
    assert log_in(database, "wang", PASSWORD, DAY) == user
    row = database.read(lambda unit: unit.run(select(actors)).one())
    assert row.password_hash != stored
    assert log_in(database, "wang", PASSWORD, DAY) == user
