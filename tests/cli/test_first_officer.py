"""From an empty store to the first officer at the desk: commands, then pages, on each database."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from yibao.access.second import code_at
from yibao.access.sessions import begun_session, secret_to_enrol
from yibao.cli.main import run
from yibao.database.unit import Database, open_database
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app
from yibao.portal.own.frame import own_service

pytestmark = pytest.mark.usefixtures("secret_key")
NOW = datetime.datetime.now(datetime.UTC)


def _hidden(text: str) -> dict[str, str]:
    inputs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: value for name, value in inputs if name in ("form_token", "next")}


def _enter(browser: TestClient, store: Database, login: str, password: str) -> str:
    """The first sign-in; where it leads."""
    browser.post("/sign-in", data={"login": login, "password": password})
    begun = begun_session(store, browser.cookies["session"], NOW)
    assert begun is not None
    _, secret = secret_to_enrol(store, begun)
    form = _hidden(browser.get("/sign-in/code").text) | {"code": code_at(secret, NOW)}
    shown = browser.post("/sign-in/code", data=form)
    assert shown.text.count("<code>") == 8
    return browser.get("/desk").text


def test_from_nothing_to_the_first_officer(
    empty_url: str,
    tmp_path: Path,
    packs: PolicyLibrary,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def yibao(*words: str) -> str:
        with pytest.raises(SystemExit) as left:
            run([*words, "--url", empty_url])
        told = capsys.readouterr()
        assert left.value.code == 0, told
        return told.out

    yibao("db", "init")
    password = yibao("user", "add", "li", "--role", "admin").strip().rpartition("：")[2]
    store = open_database(empty_url)
    app = create_app(packs, data=tmp_path, service=own_service(store, packs, lambda: NOW))
    administrator = TestClient(app, base_url="https://testserver")
    page = _enter(administrator, store, "li", password)
    assert "新用户" in page
    guard = _hidden(page)
    administrator.post("/desk/agencies/add", data=guard | {"name": "医保中心", "area": "140100"})
    (agency,) = json.loads(yibao("agency", "list", "--json"))["agencies"]
    new_user = {"login": "zhang", "role": "clerk", "agency": agency["agency"]}
    answer = administrator.post("/desk/users/add", data=guard | new_user)
    (password,) = re.findall(r"<code>([\w-]{16})</code>", answer.text)
    clerk = TestClient(app, base_url="https://testserver")
    assert "医保中心" in _enter(clerk, store, "zhang", password)
    assert clerk.get("/desk/users").status_code == 403
    # By command too, and back again.
    yibao("user", "post", "zhang", "--role", "reviewer", "--agency", "医保中心")
    assert clerk.get("/desk").url.path == "/sign-in", "another post ends what was open"
    yibao("user", "reset-code", "zhang")
    assert {user["login"]: user["role"] for user in _users(yibao)} == {
        "li": "administrator",
        "zhang": "reviewer",
    }
    assert "初审岗" in yibao("user", "list")
    yibao("agency", "close", "医保中心")
    assert "没有问题" in yibao("db", "check")
    store.dispose()


def _users(yibao: Callable[..., str]) -> list[dict[str, str]]:
    users: list[dict[str, str]] = json.loads(yibao("user", "list", "--json"))["users"]
    return users
