"""The desk: who lands on it, who is found there, and what an administrator does."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from yibao.access.agencies import add_agency
from yibao.access.permissions import Role, insured_actor
from yibao.access.second import code_at
from yibao.access.sessions import begun_session, secret_to_enrol
from yibao.access.tables import event
from yibao.access.users import SYSTEM, add_user
from yibao.database.unit import Database
from yibao.insured.people.credentials import show_credential

from .conftest import Caller, Clock, hidden, words_of

STAFF = ("clerk", "reviewer", "second", "cashier", "inspector_a", "legal", "head", "auditor")
PASSWORD = "long enough for a test"


def _last(store: Database, person: str) -> list[str]:
    query = select(event.c.operation).where(event.c.person_id == person)
    latest = query.order_by(event.c.sequence.desc()).limit(16)
    return list(store.read(lambda unit: unit.run(latest).scalars().all()))


def _find(caller: Caller, text: str, **more: str) -> tuple[int, str]:
    form = caller.form("/desk/people", q=text, **more)
    answer = caller.post("/desk/people", data=form, follow_redirects=True)
    return answer.status_code, answer.text


def test_nobody_sits_at_the_desk_unknown(caller: Caller, enter: Callable[[str], Caller]) -> None:
    assert caller.get("/desk/people").headers["location"] == "/sign-in?next=%2Fdesk%2Fpeople"
    assert enter("zhangwei").get("/desk/people").status_code == 403


@pytest.mark.parametrize("login", [*STAFF, "admin"])
def test_everybody_lands_where_the_work_is(enter: Callable[[str], Caller], login: str) -> None:
    page = enter(login).get("/desk", follow_redirects=True)
    assert page.status_code == 200
    assert "script" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_a_person_is_found_by_number_name_and_credential_and_every_look_is_noted(
    enter: Callable[[str], Caller], store: Database, clock: Clock
) -> None:
    clerk = enter("clerk")
    status, text = _find(clerk, "张伟")
    assert status == 200
    assert "张伟" in words_of(text)
    assert re.search(r"\d{4}\*{10}\w{4}", text), "the number is masked"
    assert not re.search(r"\b\d{17}[\dX]\b", text)
    looked = _last(store, "zhangwei")
    for operation in ("find_person", "read_person", "read_account", "read_settlement"):
        assert operation in looked
    seen = [name for name in looked if name in ("read_account", "read_settlement")]
    assert len(seen) == 2, "one look at a page is one read of each part"
    shown = show_credential(store, "lina", clock.at, actor=insured_actor("lina"))
    status, text = _find(clerk, shown.code.lower())
    assert "李娜" in words_of(text)
    status, text = _find(clerk, shown.code)
    assert (status, "用过一次" in text) == (422, True)
    assert _find(clerk, "没有的人")[0] == 404
    assert _find(clerk, "")[0] == 422


def test_another_area_is_as_if_it_were_not_there(
    house: Starlette, store: Database, clock: Clock, enter: Callable[[str], Caller]
) -> None:
    away = add_agency(store, SYSTEM, "外地医保中心", "310000")
    add_user(store, SYSTEM, "away", PASSWORD, Role.CLERK, agency_id=away.agency)
    caller = Caller(house, follow_redirects=False)
    _first_sign_in(caller, store, clock, "away", PASSWORD)
    before = _last(store, "zhangwei")
    assert _find(caller, "张伟")[0] == 404
    assert caller.get("/desk/people/zhangwei").status_code == 403
    shown = show_credential(store, "zhangwei", clock.at, actor=insured_actor("zhangwei"))
    assert _find(caller, shown.code)[0] == 422
    assert _last(store, "zhangwei") == before
    # The counter where it belongs still takes the code.
    assert _find(enter("clerk"), shown.code)[0] == 200


def test_a_cashier_sees_payments_and_no_care(enter: Callable[[str], Caller]) -> None:
    page = enter("cashier").get("/desk/people/zhangwei")
    assert "最近缴费" in page.text
    assert "最近就医" not in page.text
    assert enter("legal").get("/desk/people/zhangwei").status_code == 403


def _first_sign_in(
    caller: Caller, store: Database, clock: Clock, login: str, password: str
) -> list[str]:
    """Password, telephone, codes for paper."""
    answer = caller.post("/sign-in", data={"login": login, "password": password})
    assert answer.headers["location"].startswith("/sign-in/code")
    page = caller.get("/sign-in/code")
    assert "<svg" in page.text
    begun = begun_session(store, caller.cookies["session"], clock.at)
    assert begun is not None
    _, secret = secret_to_enrol(store, begun)
    assert secret in page.text.replace(" ", "")
    wrong = caller.post("/sign-in/code", data=hidden(page.text) | {"code": "12"})
    assert (wrong.status_code, "验证码不对" in wrong.text) == (403, True)
    assert caller.get("/desk").status_code == 303, "nothing is open yet"
    form = hidden(page.text) | {"code": code_at(secret, clock.at)}
    answer = caller.post("/sign-in/code", data=form)
    assert answer.status_code == 200
    assert 'href="/desk"' in answer.text
    return re.findall(r"<code>([A-Z2-7]{4}-[A-Z2-7]{4})</code>", answer.text)


def test_an_administrator_makes_an_agency_and_its_staff(
    enter: Callable[[str], Caller], house: Starlette, store: Database, clock: Clock
) -> None:
    admin = enter("admin")
    form = admin.form("/desk/agencies", name="新医保中心", area="140100")
    assert admin.post("/desk/agencies/add", data=form).status_code == 303
    again = admin.post("/desk/agencies/add", data=form)
    assert (again.status_code, "已经有叫" in again.text) == (409, True)
    page = admin.get("/desk/users").text
    (agency,) = re.findall(r'value="([0-9a-f]{32})"[^>]*>新医保中心', page)[:1]
    lacking = admin.post(
        "/desk/users/add", data=hidden(page) | {"login": "li", "role": "clerk", "agency": ""}
    )
    assert (lacking.status_code, "写明在哪个经办机构" in lacking.text) == (422, True)
    answer = admin.post(
        "/desk/users/add", data=hidden(page) | {"login": "li", "role": "clerk", "agency": agency}
    )
    (password,) = re.findall(r"<code>([\w-]{16})</code>", answer.text)
    clerk = Caller(house, follow_redirects=False)
    codes = _first_sign_in(clerk, store, clock, "li", password)
    assert len(codes) == 8
    assert clerk.get("/desk/people").status_code == 200
    assert clerk.get("/desk/users").status_code == 403
    # Another post ends the sessions; a code from paper lets in once.
    form = admin.form("/desk/users", login="li", do="post", role="legal", agency=agency)
    assert admin.post("/desk/users/change", data=form).status_code == 303
    assert clerk.get("/desk/people").status_code == 303
    clerk.post("/sign-in", data={"login": "li", "password": password})
    form = clerk.form("/sign-in/code", code=codes[0])
    assert clerk.post("/sign-in/code", data=form).headers["location"] == "/desk"
    assert clerk.get("/desk/people").status_code == 403
    form = admin.form("/desk/users", login="li", do="close")
    assert admin.post("/desk/users/change", data=form).status_code == 303
    assert clerk.post("/sign-in", data={"login": "li", "password": password}).status_code == 403


@pytest.mark.parametrize("login", STAFF)
def test_only_an_administrator_gives_out_keys(
    enter: Callable[[str], Caller], store: Database, login: str
) -> None:
    caller = enter(login)
    page = caller.get("/desk", follow_redirects=True).text
    guard = hidden(page) or dict(re.findall(r'name="(form_token)" value="([^"]*)"', page))
    if not guard:
        guard = hidden(caller.get("/sign-out").text)
    before = store.read(lambda unit: len(unit.run(select(event)).all()))
    for path, fields in (
        ("/desk/users/add", {"login": "x", "role": "auditor"}),
        ("/desk/users/change", {"login": "clerk", "do": "password"}),
        ("/desk/users/change", {"login": "clerk", "do": "telephone"}),
        ("/desk/users/change", {"login": "clerk", "do": "close"}),
        ("/desk/users/change", {"login": "clerk", "do": "post", "role": "auditor"}),
        ("/desk/agencies/add", {"name": "x", "area": "140100"}),
        ("/desk/agencies/close", {"agency": "x"}),
    ):
        assert caller.post(path, data=guard | fields).status_code == 403, path
    assert store.read(lambda unit: len(unit.run(select(event)).all())) == before


def test_what_waits_beside_cases_is_the_posts_own(enter: Callable[[str], Caller]) -> None:
    """The demo's settled claims: one order to batch, one batch that the head has to sign.

    And its prices: a list above a limit for the reviewer, a catalogue for the second.
    """
    cashier, head, clerk, reviewer, second = (
        enter(login).get("/desk").text
        for login in ("cashier", "head", "clerk", "reviewer", "second")
    )
    waiting = [
        ("高于限价的价目等着审核" in page, "目录的变更等着复审" in page)
        for page in (reviewer, second, clerk, head)
    ]
    assert waiting == [(True, False), (False, True), (False, False), (False, False)]
    assert "付款单等着编批次" in cashier
    assert "批次等着签发" not in cashier
    assert "批次等着签发" in head
    assert "付款单等着编批次" not in head
    assert "没有等您办的" not in head
    assert "付款单等着编批次" not in clerk
    assert "批次等着签发" not in clerk
