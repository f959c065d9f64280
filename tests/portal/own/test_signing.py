"""Signing in: sessions that end, the lock, and forms that no other site can send."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from yibao.access import sessions
from yibao.access.errors import LockedError, UnknownActorError
from yibao.access.guesses import Whence
from yibao.access.permissions import Actor, Role
from yibao.access.sessions import sign_in
from yibao.access.tables import actor as actors
from yibao.access.tables import event, session
from yibao.access.ties import tie_faults
from yibao.access.tokens import make_token, revoke_token
from yibao.access.trail import verify_people
from yibao.access.users import SYSTEM, add_user, close_user, set_password
from yibao.database.unit import Database

from .conftest import Caller, Clock, hidden

NOW = datetime.datetime(2026, 11, 21, 2, 0, tzinfo=datetime.UTC)
FOREIGN = {"Sec-Fetch-Site": "cross-site"}
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


def _try(house: Starlette, login: str, password: str, address: str, **cookies: str) -> Any:
    """One attempt from a network address, by a browser that has these cookies."""
    browser = Caller(house, follow_redirects=False, client=(address, 1), cookies=cookies)
    return browser.post("/sign-in", data={"login": login, "password": password})


@pytest.mark.parametrize("login", ["zhangwei", "nobody"])
def test_five_wrong_passwords_pause_signing_in_from_there(
    house: Starlette, password: Callable[[str], str], clock: Clock, login: str
) -> None:
    right = password("zhangwei")
    for _ in range(5):
        answer = _try(house, login, "not this one", "203.0.113.9")
        assert answer.status_code == 403
        assert "登录名或密码不对" in answer.text
    answer = _try(house, login, right, "203.0.113.9")
    assert answer.status_code == 429
    assert "15 分钟后再试" in answer.text
    clock.forward(minutes=16)
    opened = _try(house, login, right, "203.0.113.9").status_code
    assert opened == (303 if login == "zhangwei" else 403)


def test_guesses_at_once_are_no_more_than_guesses_in_a_row(
    store: Database, password: Callable[[str], str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def looking(database: Database, login: str, password: str, day: datetime.date) -> Any:
        looked_at.append(password)
        raise UnknownActorError("登录名或密码不对")

    monkeypatch.setattr(sessions, "log_in", looking)

    def guess(number: int) -> bool:
        try:
            sign_in(store, "zhangwei", f"guess {number}", clock.at, Whence("203.0.113.9"))
        except LockedError:
            return False
        except UnknownActorError:
            return True
        raise AssertionError("signed in")

    with ThreadPoolExecutor(40) as threads:
        assert sum(threads.map(guess, range(40))) == 5
    assert len(looked_at) == 5
    # Many addresses at once are held to a number of their own.
    places = [Whence(f"198.51.100.{number}") for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda place: _outcome(store, clock, place), places))
    assert len(looked_at) == 20


def _outcome(store: Database, clock: Clock, place: Whence) -> None:
    with pytest.raises((LockedError, UnknownActorError)):
        sign_in(store, "zhangwei", "a guess", clock.at, place)


def test_guessers_never_lock_the_owner_out_and_the_owner_is_warned(
    house: Starlette, password: Callable[[str], str], clock: Clock, store: Database
) -> None:
    right, home = password("zhangwei"), "192.0.2.1"
    first = _try(house, "zhangwei", right, home)
    assert first.status_code == 303
    device = first.cookies["device"]
    for number in range(40):
        _try(house, "zhangwei", "a guess", f"203.0.113.{number % 10}")
    # From the known address with another browser, and with the known browser from elsewhere.
    warned = _try(house, "zhangwei", right, home)
    assert warned.status_code == 200
    assert "session" in warned.cookies
    assert "20 次输错您的密码" in warned.text
    assert _try(house, "zhangwei", right, "198.51.100.7", device=device).status_code == 303
    # Even from an address that guessed, by the browser that is known.
    assert _try(house, "zhangwei", right, "203.0.113.1", device=device).status_code == 303
    # A stranger's is still slowed down, and what it tried is told once.
    assert _try(house, "zhangwei", right, "203.0.113.77").status_code == 429
    clock.forward(minutes=16)
    answer = _try(house, "zhangwei", right, home)
    assert answer.status_code == 303


def test_a_password_that_changes_ends_sessions_and_tokens(
    house: Starlette,
    enter: Callable[[str], Caller],
    password: Callable[[str], str],
    store: Database,
) -> None:
    caller = enter("zhangwei")
    actor = store.read(lambda unit: unit.run(select(actors).filter_by(login="zhangwei")).one())
    owner = Actor(actor.actor_id, Role.INSURED, actor.person_id)
    _, secret = make_token(store, owner, "程序", 30, writes=True, at=NOW)
    other = Caller(house, follow_redirects=False)
    sent = {"login": "zhangwei", "password": password("zhangwei")}
    assert other.post("/sign-in", data=sent).status_code == 303
    form = hidden(caller.get("/password").text)
    new = {"password": "a new long word", "again": "a new long word"}
    for wrong in (
        {**new, "current": "not this"},
        {**new, "current": password("zhangwei"), "again": "another"},
        {"current": password("zhangwei"), "password": "short", "again": "short"},
    ):
        assert caller.post("/password", data=form | wrong).status_code == 422
    assert caller.post("/password", data=form | new, headers=FOREIGN).status_code == 403
    assert other.get("/own").status_code == 200
    changed = caller.post("/password", data=form | new | {"current": password("zhangwei")})
    assert changed.status_code == 303
    for browser in (caller, other):
        assert browser.get("/own").status_code == 303
    bearer = {"Authorization": f"Bearer {secret}"}
    assert other.get("/api/v1/me", headers=bearer).status_code == 401
    assert other.post("/sign-in", data=sent).status_code == 403
    again = {"login": "zhangwei", "password": "a new long word"}
    assert other.post("/sign-in", data=again).status_code == 303


def test_what_is_done_with_users_stands_on_the_trail(
    enter: Callable[[str], Caller], store: Database
) -> None:
    caller = enter("zhangwei")
    caller.post("/sign-out", data=hidden(caller.get("/sign-out").text))
    user = add_user(store, SYSTEM, "somebody", "long enough words", Role.OFFICER)
    token, _ = make_token(store, user, "程序", 30, writes=False, at=NOW)
    revoke_token(store, user, token.token, NOW)
    make_token(store, user, "另一个", 30, writes=False, at=NOW)
    set_password(store, SYSTEM, "somebody", "another long word", NOW)
    close_user(store, SYSTEM, "somebody", NOW.date())
    owner = store.read(lambda unit: unit.run(select(actors).filter_by(login="zhangwei")).one())
    expected = {
        user.id: [
            *("add_user", "make_token", "revoke_token", "make_token"),
            *("set_password", "close_user"),
        ],
        owner.actor_id: ["add_user", "sign_in", "sign_out"],
    }
    for actor_id, operations in expected.items():
        query = select(event.c.operation, event.c.actor, event.c.content)
        query = query.where(event.c.person_id == f"user:{actor_id}").order_by(event.c.sequence)
        events = store.read(lambda unit, query=query: unit.run(query).all())
        assert [row.operation for row in events] == operations
    chains = [f"user:{actor_id}" for actor_id in expected]
    assert list(verify_people(store, chains)) == []
    assert list(tie_faults(store, chains)) == []


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
