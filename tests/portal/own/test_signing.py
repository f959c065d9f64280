"""Signing in: sessions that end, the lock, and forms that no other site can send."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from yibao.access.tables import session
from yibao.database.unit import Database

from .conftest import Caller, Clock, hidden

PAGES = (
    "/own",
    "/own/do",
    "/own/insurance",
    "/own/contributions",
    "/own/account",
    "/own/visits",
    "/own/year",
    "/own/used",
    "/own/filings",
    "/own/trail",
    "/own/aid",
    "/own/pay",
    "/own/aid/add",
    "/own/transfer",
    "/own/filing",
    "/own/chronic",
    "/own/enrol",
    "/own/credential",
)


def test_who_is_not_signed_in_is_asked_to(caller: Caller) -> None:
    for path in PAGES:
        answer = caller.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=" + path.replace("/", "%2F")


def test_signing_in_leads_back_and_the_cookie_is_for_the_server_alone(
    caller: Caller, password: Callable[[str], str], store: Database
) -> None:
    page = caller.get("/sign-in?next=%2Fown%2Fvisits")
    sent = hidden(page.text) | {"login": "zhangwei", "password": password("zhangwei")}
    answer = caller.post("/sign-in", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/own/visits")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = cookie.partition("session=")[2].partition(";")[0]
    sessions = store.read(lambda unit: unit.run(select(session)).all())
    assert len(sessions) == 1
    assert token not in str(sessions)


def test_another_address_is_never_led_to(caller: Caller, password: Callable[[str], str]) -> None:
    sent = {"login": "lina", "password": password("lina"), "next": "https://example.org/"}
    assert caller.post("/sign-in", data=sent).headers["location"] == "/"


@pytest.mark.parametrize("login", ["zhangwei", "nobody"])
def test_five_wrong_passwords_pause_signing_in(
    caller: Caller, password: Callable[[str], str], clock: Clock, login: str
) -> None:
    wrong = {"login": login, "password": "not this one"}
    for _ in range(5):
        answer = caller.post("/sign-in", data=wrong)
        assert answer.status_code == 403
        assert "登录名或密码不对" in answer.text
    right = {"login": login, "password": password("zhangwei")}
    answer = caller.post("/sign-in", data=right)
    assert answer.status_code == 429
    assert "15 分钟后再试" in answer.text
    clock.forward(minutes=16)
    assert caller.post("/sign-in", data=right).status_code == (303 if login == "zhangwei" else 403)


def test_a_session_ends_when_idle_and_when_one_signs_out(
    enter: Callable[[str], Caller], clock: Clock
) -> None:
    caller = enter("zhangwei")
    clock.forward(minutes=29)
    assert caller.get("/own").status_code == 200
    clock.forward(minutes=29)
    clock.forward(minutes=31)
    assert caller.get("/own").status_code == 303
    caller = enter("zhangwei")
    form = hidden(caller.get("/sign-out").text)
    old_cookie = caller.cookies["session"]
    assert caller.post("/sign-out", data=form).status_code == 303
    caller.cookies.set("session", old_cookie)
    assert caller.get("/own").status_code == 303


def test_a_session_ends_after_twelve_hours_however_busy(
    enter: Callable[[str], Caller], clock: Clock
) -> None:
    caller = enter("zhangwei")
    for _ in range(26):
        clock.forward(minutes=27)
        assert caller.get("/own").status_code == 200
    clock.forward(minutes=27)
    assert caller.get("/own").status_code == 303


@pytest.mark.parametrize("forged", ["", "x", "密"])
def test_a_form_that_no_page_showed_has_no_effect(
    enter: Callable[[str], Caller], forged: str
) -> None:
    caller = enter("zhangwei")
    sent = {"step": "confirm", "once": "a" * 32, "grantee": "lina", "start": "2026-11-21"}
    before = caller.get("/own/aid").text
    answer = caller.post("/own/aid/add", data={**sent, "agree": "1", "form_token": forged})
    assert answer.status_code == 403
    assert caller.get("/own/aid").text == before


def test_a_form_from_another_site_is_refused(enter: Callable[[str], Caller]) -> None:
    caller = enter("zhangwei")
    form = caller.form("/own/aid/add", grantee="lina", start="2026-11-21", agree="1")
    answer = caller.post("/own/aid/add", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("login", ["clerk", "auditor", "admin", "hospital_a"])
def test_other_roles_see_nobodys_pages(enter: Callable[[str], Caller], login: str) -> None:
    caller = enter(login)
    for path in PAGES:
        answer = caller.get(path)
        assert answer.status_code == 403, path
        assert "参保人" in answer.text


@pytest.mark.parametrize("path", ["/own/visits?for=lina", "/own/account?for=zhaoxiulan"])
def test_only_oneself_and_children_in_ones_charge(
    enter: Callable[[str], Caller], path: str
) -> None:
    answer = enter("zhangwei").get(path)
    assert answer.status_code == 404
    assert enter("zhangwei").get("/own/visits?for=zhangxiaoyu").status_code == 200


def test_pages_of_ones_own_are_kept_by_no_cache(enter: Callable[[str], Caller]) -> None:
    caller = enter("zhangwei")
    for path in PAGES:
        answer = caller.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "no-store"
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
