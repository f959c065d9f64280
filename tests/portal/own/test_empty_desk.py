"""A list at the desk, of an employer and of an institution that is empty says what to do next."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from yibao.access.agencies import add_agency
from yibao.access.permissions import Role
from yibao.access.second import code_at
from yibao.access.sessions import begun_session, secret_to_enrol
from yibao.access.users import SYSTEM, add_user
from yibao.database.unit import Database

from .conftest import PASSWORD, Caller, Clock, hidden

Enter = Callable[[str], Caller]
PAGES = {
    Role.CLERK: ("/desk", "/desk?all=1", "/desk/employers", "/desk/institutions", "/desk/clearing",
                 "/desk/between", "/desk/goods", "/desk/points", "/desk/prices"),
    Role.REVIEWER: ("/desk/clearing", "/desk/goods", "/desk/points", "/desk/prices"),
    Role.CASHIER: ("/desk/payments", "/desk/reconciliation", "/desk/finance?month=1999-01",
                   "/desk/finance/money", "/desk/finance/budget?year=1999",
                   "/desk/statistics?month=1999-01"),
    Role.HEAD: ("/desk/payments", "/desk/finance?month=1999-01", "/desk/conduct"),
}  # fmt: skip
"""The pages with lists that a post of an area sees in which nothing has happened yet."""


def _lead_on(caller: Caller, path: str) -> int:
    """How many empty lists a page says; each has one link, which leads somewhere."""
    page = caller.get(path, follow_redirects=True)
    assert page.status_code == 200, path
    empty = re.findall(r'<p class="gap soft nothing">(.*?)</p>', page.text, re.S)
    bare = re.findall(r'<(?:p class="gap soft"|span class="soft")>(?:还)?没有', page.text)
    assert bare == [], path
    for said in empty:
        (onward,) = re.findall(r'href="([^"]+)"', said)
        if onward.startswith("#"):
            assert f'id="{onward[1:]}"' in page.text, (path, said)
        else:
            assert caller.get(onward, follow_redirects=True).status_code == 200, (path, said)
    return len(empty)


@pytest.mark.parametrize("role", list(PAGES))
def test_every_empty_list_of_a_new_area_leads_on(
    caller: Caller, store: Database, clock: Clock, role: Role
) -> None:
    agency = add_agency(store, SYSTEM, "新设医保中心", "310000")
    add_user(store, SYSTEM, "fresh", PASSWORD, role, agency_id=agency.agency)
    caller.post("/sign-in", data={"login": "fresh", "password": PASSWORD})
    begun = begun_session(store, caller.cookies["session"], clock.at)
    assert begun is not None
    _, secret = secret_to_enrol(store, begun)
    form = hidden(caller.get("/sign-in/code").text) | {"code": code_at(secret, clock.at)}
    assert caller.post("/sign-in/code", data=form).status_code == 200
    said = {path: _lead_on(caller, path) for path in PAGES[role]}
    assert min(said.values()) >= (1 if role is not Role.HEAD else 0), said
    assert sum(said.values()) >= 2


@pytest.mark.parametrize(
    ("login", "paths"),
    [
        ("employer_a", ("/employer", "/employer/certificate")),
        ("hospital_a", ("/institution?month=1999-01", "/institution/prices", "/institution/goods")),
        ("clerk", ("/desk/people/zhangmin", "/desk/institutions?q=nowhere", "/desk/employers?q=x")),
    ],
)
def test_every_empty_list_of_the_demo_leads_on(
    enter: Enter, login: str, paths: tuple[str, ...]
) -> None:
    caller = enter(login)
    assert sum(_lead_on(caller, path) for path in paths) >= 1


def test_a_session_that_ended_leads_back_to_the_page_of_the_form(
    enter: Enter, clock: Clock
) -> None:
    """Said to be not taken, where nothing is kept; and not to the first page of the desk."""
    caller = enter("clerk")
    note = hidden(caller.get("/desk/people").text)
    clock.forward(minutes=40)
    for form, page in (
        ("/desk/cases/CASE/note", "/desk/cases/CASE"),
        ("/desk/people", "/desk/people"),
        ("/desk/people/zhangwei/register", "/desk/people/zhangwei/register"),
        ("/desk/conduct/hits/1/drop", "/desk/conduct"),
        ("/employer/pay", "/employer"),
        ("/own/tokens/abc", "/own/tokens"),
    ):
        answer = caller.post(form, data=note)
        assert answer.status_code == 303
        asked = answer.headers["location"]
        assert asked == f"/sign-in?next={page.replace('/', '%2F')}&again=lost"
        said = caller.get(asked).text
        assert "登录已经过时" in said
        assert "填过的还在" not in said
        assert f'name="next" value="{page}"' in said
