"""``yibao user``: logins are made, given a new password and closed, and passwords shown once."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from yibao.access.errors import UnknownActorError
from yibao.access.permissions import Role
from yibao.access.sessions import session_of, sign_in
from yibao.cli.main import run
from yibao.database.unit import open_database

pytestmark = pytest.mark.usefixtures("secret_key")
NOW = datetime.datetime.now(datetime.UTC)


def test_the_life_of_a_login(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"

    def yibao(*words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as left:
            run([*words, "--url", url])
        told = capsys.readouterr()
        assert left.value.code == code, told
        return told.out if code == 0 else told.err

    def password_in(said: str) -> str:
        return said.strip().rpartition("：")[2]

    yibao("db", "init")
    first = password_in(yibao("user", "add", "zhang", "--role", "officer"))
    assert "可以写 insured" in yibao("user", "add", "li", "--role", "chief", code=2)
    assert "参保人用户要写明" in yibao("user", "add", "li", "--role", "insured", code=2)
    assert "已经有人用了" in yibao("user", "add", "zhang", "--role", "auditor", code=5)
    database = open_database(url)
    session = sign_in(database, "zhang", first, NOW)
    assert session.actor.role is Role.OFFICER
    second = password_in(yibao("user", "password", "zhang"))
    assert second != first
    assert session_of(database, session.token, NOW) is None
    with pytest.raises(UnknownActorError):
        sign_in(database, "zhang", first, NOW)
    sign_in(database, "zhang", second, NOW)
    said = yibao("user", "close", "zhang")
    assert "不能登录" in said
    with pytest.raises(UnknownActorError):
        sign_in(database, "zhang", second, NOW + datetime.timedelta(days=1))
    (listed,) = json.loads(yibao("user", "list", "--json"))["users"]
    assert (listed["login"], listed["role"]) == ("zhang", "officer")
    assert listed["closed_on"] is not None
    assert "password" not in str(listed)
    table = yibao("user", "list")
    assert "zhang" in table
    assert "经办人员" in table
    assert "没有用户 nobody" in yibao("user", "password", "nobody", code=3)
    assert yibao("db", "check")
    database.dispose()
