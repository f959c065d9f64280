"""The desk in a real browser: widths, looks, axe, and two people who decide one case.

``YIBAO_SCREENSHOTS=folder`` keeps a picture of every page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from yibao.access.permissions import officer
from yibao.aid.operations import grants_of
from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary
from yibao.portal.security import SESSION_COOKIE
from yibao.scenario.demo import code_of, logins

from ..browsing import findings, keep_picture, open_page, overflow, serving, wait_for, wait_for_text
from .conftest import Caller, Clock, copied, hidden, house_of

LOOKS = (
    ("phone", "zh.normal.light"),
    ("desktop", "zh.normal.light"),
    ("phone", "en.elder-largest.dark"),
)


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def shared(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with copied(demo_store, tmp_path_factory.mktemp("desk")) as database:
        yield database


@pytest.fixture(scope="module")
def shared_house(
    packs: PolicyLibrary, shared: Database, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> Starlette:
    return house_of(packs, shared, tmp_path_factory.mktemp("house"), clock)


@pytest.fixture(scope="module")
def place(shared_house: Starlette) -> Iterator[str]:
    with serving(shared_house) as address:
        yield address


@pytest.fixture(scope="module")
def passwords(shared: Database) -> dict[str, str]:
    return {login.login: login.password for login in logins(shared)}


def _sign_in(
    page: Any, place: str, shared: Database, clock: Clock, login: str, password: str
) -> None:
    page.context.clear_cookies()
    clock.forward(seconds=30)  # a code is taken once
    page.goto(f"{place}/sign-in")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(password)
    page.keyboard.press("Enter")
    page.get_by_label("手机上现在的 6 位验证码").fill(code_of(shared, login, clock.at))
    page.keyboard.press("Enter")
    wait_for(page, "/desk")


def _cookie(house: Starlette, shared: Database, clock: Clock, login: str, password: str) -> str:
    caller = Caller(house, follow_redirects=False)
    caller.post("/sign-in", data={"login": login, "password": password})
    clock.forward(seconds=30)
    form = hidden(caller.get("/sign-in/code").text) | {"code": code_of(shared, login, clock.at)}
    caller.post("/sign-in/code", data=form)
    return caller.cookies[SESSION_COOKIE]


def _entered(page: Any, place: str, cookie: str) -> None:
    page.context.clear_cookies(name=SESSION_COOKIE)
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": place}])


@pytest.fixture(scope="module")
def cookies(
    shared_house: Starlette, shared: Database, clock: Clock, passwords: dict[str, str]
) -> dict[str, str]:
    """Of the staff, for tests that only look."""
    return {
        login: _cookie(shared_house, shared, clock, login, passwords[login])
        for login in ("reviewer", "admin", "legal", "cashier", "head")
    }


@pytest.fixture(scope="module")
def pages(shared_house: Starlette, cookies: dict[str, str]) -> list[tuple[str, str, str]]:
    """Who looks, name and address of every page."""
    caller = Caller(shared_house, cookies={SESSION_COOKIE: cookies["reviewer"]})
    cases = re.findall(r'href="(/desk/cases/[0-9a-f]+)"', caller.get("/desk?all=1").text)
    accepted = next(case for case in cases if "批准" in caller.get(case).text)
    return [
        ("reviewer", "queue", "/desk"),
        ("reviewer", "all", "/desk?all=1"),
        ("reviewer", "people", "/desk/people"),
        ("reviewer", "person", "/desk/people/zhangwei"),
        ("reviewer", "case", accepted),
        ("legal", "refused", "/desk/people/zhangwei"),
        ("admin", "users", "/desk/users"),
        ("admin", "agencies", "/desk/agencies"),
    ]


@pytest.mark.parametrize(("width", "look"), LOOKS)
def test_the_desk_fits_and_axe_finds_nothing(
    width: str,
    look: str,
    browser: Any,
    place: str,
    cookies: dict[str, str],
    pages: list[tuple[str, str, str]],
    closing: list[Any],
) -> None:
    page = open_page(browser, place, width, look)
    closing.append(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    violations = []
    for login, name, path in pages:
        _entered(page, place, cookies[login])
        page.goto(place + path)
        assert overflow(page) <= 0, name
        keep_picture(page, f"{width}-{look}-desk-{name}")
        violations += findings(page, name)
    assert violations == []
    assert all(url.startswith(place) for url in asked)


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_a_clerk_takes_in_and_a_reviewer_decides_without_script(
    width: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    clock = Clock()
    with (
        copied(demo_store, tmp_path) as store,
        serving(house_of(packs, store, tmp_path, clock)) as place,
    ):
        words = {login.login: login.password for login in logins(store)}
        page = open_page(browser, place, width, "zh.normal.light", script=False)
        closing.append(page)
        _sign_in(page, place, store, clock, "clerk", words["clerk"])
        page.get_by_role("link", name=re.compile("打开 李.*家庭共济")).click()
        page.get_by_label("备注，申请人也看得到").fill("电话问过，是本人申请")
        page.get_by_role("button", name="写下").click()
        wait_for_text(page, "电话问过")
        page.get_by_label("文件").set_input_files(
            {"name": "户口簿.jpg", "mimeType": "image/jpeg", "buffer": _jpeg()}
        )
        page.get_by_role("button", name="添加材料").click()
        wait_for_text(page, "户口簿.jpg")
        page.get_by_role("button", name="受理", exact=True).click()
        wait_for_text(page, "已受理")
        assert page.get_by_role("button", name="批准", exact=True).count() == 0
        case = page.url
        _sign_in(page, place, store, clock, "reviewer", words["reviewer"])
        page.goto(case)
        keep_picture(page, f"journey-desk-{width}")
        page.get_by_role("button", name="不予批准").click()
        wait_for_text(page, "要写明原因")
        page.get_by_label("理由").fill("材料与申请不符")
        page.get_by_role("button", name="不予批准").click()
        wait_for_text(page, "材料与申请不符")
        assert page.get_by_role("button", name="批准", exact=True).count() == 0
        grants = grants_of(store, "lina", clock.at.date(), actor=officer("clerk"))
        assert "refused" in [grant["status"] for grant in grants]
        page.goto(f"{place}/desk")
        page.get_by_role("link", name=re.compile("打开 张.*家庭共济")).click()
        wait_for_text(page, "2,205.70")
        page.get_by_role("button", name="批准", exact=True).click()
        wait_for_text(page, "已批准")


def _jpeg() -> bytes:
    """The smallest picture that is one."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()


def test_the_entries_of_every_post_stand_in_one_line(
    browser: Any, place: str, cookies: dict[str, str], closing: list[Any]
) -> None:
    """Or in the menu where there is no room; settings and the way out are always there."""
    page = open_page(browser, place, "desktop", "zh.normal.light")
    closing.append(page)
    for login in ("cashier", "head"):
        _entered(page, place, cookies[login])
        page.goto(f"{place}/desk")
        for width in (390, 1000, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            top = page.locator("header.top").bounding_box()
            assert top["height"] < 80, (login, width, top)
            assert page.locator(".menu summary").is_visible(), (login, width)
        page.locator(".menu summary").click()
        assert page.locator(".menu a[href='/sign-out']").is_visible()
