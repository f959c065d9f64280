"""The pages behind the login in a real browser: widths, looks, axe, and journeys without script.

``YIBAO_SCREENSHOTS=folder`` keeps a picture of every page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary
from yibao.portal.security import SESSION_COOKIE
from yibao.scenario.demo import logins

from ..browsing import (
    findings,
    keep_picture,
    open_page,
    overflow,
    serving,
    squeezed,
    wait_for,
    wait_for_text,
    wait_until_hidden,
    wait_until_seen,
)
from .conftest import IN_2025, PASSWORD, Caller, Clock, add_newcomer, copied, house_of

LOOKS = (
    ("phone", "zh.normal.light"),
    ("phone", "en.elder-largest.dark"),
    ("desktop", "zh.elder-largest.dark"),
    ("phone", "zh.elder-largest.light"),
    ("desktop", "en.normal.light"),
)
SEEN = LOOKS if os.environ.get("YIBAO_VERIFY") == "1" else LOOKS[:3]
"""The long run (``make verify``) sees all of them."""
AXE_LOOKS = ("zh.normal.light", "en.elder.dark")
PAGES = {
    "overview": "/own",
    "do": "/own/do",
    "insurance": "/own/insurance",
    "contributions": "/own/contributions",
    "account": "/own/account",
    "visits": "/own/visits",
    "year": "/own/year?year=2025",
    "used": "/own/used",
    "filings": "/own/filings",
    "cases": "/own/cases",
    "trail": "/own/trail",
    "aid": "/own/aid",
    "pay": "/own/pay",
    "aid-add": "/own/aid/add",
    "aid-details": "/own/aid/details",
    "transfer": "/own/transfer",
    "filing": "/own/filing",
    "chronic": "/own/chronic",
    "enrol": "/own/enrol",
    "newborn": "/own/newborn",
    "credential": "/own/credential",
    "tokens": "/own/tokens",
    "tokens-add": "/own/tokens/add",
    "verify": "/verify?number=1",
    "sign-out": "/sign-out",
    "nothing": "/own/visits/none",
}


@pytest.fixture(scope="module")
def shared(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One store for the module; every journey is another person's or another matter."""
    with copied(demo_store, tmp_path_factory.mktemp("browser")) as database:
        yield database


@pytest.fixture(scope="module")
def shared_house(
    packs: PolicyLibrary, shared: Database, tmp_path_factory: pytest.TempPathFactory
) -> Starlette:
    return house_of(packs, shared, tmp_path_factory.mktemp("house"), Clock())


@pytest.fixture(scope="module")
def place(shared_house: Starlette) -> Iterator[str]:
    with serving(shared_house) as address:
        yield address


@pytest.fixture(scope="module")
def passwords(shared: Database) -> dict[str, str]:
    return {login.login: login.password for login in logins(shared)}


@pytest.fixture(scope="module")
def session(shared_house: Starlette, passwords: dict[str, str]) -> str:
    """The cookie of zhangwei, for tests that only look."""
    caller = TestClient(shared_house, follow_redirects=False)
    caller.post("/sign-in", data={"login": "zhangwei", "password": passwords["zhangwei"]})
    return caller.cookies[SESSION_COOKIE]


@pytest.fixture(scope="module")
def pages(shared_house: Starlette, session: str) -> dict[str, str]:
    """Every page, with one settlement of zhangwei's."""
    caller = TestClient(shared_house, cookies={SESSION_COOKIE: session})
    (settlement, *_) = re.findall(r'href="(/own/visits/[0-9a-f]+)"', caller.get("/own/visits").text)
    (grant, *_) = re.findall(r'href="(/own/aid/[0-9a-f]{8}[^"]*)"', caller.get("/own/aid").text)
    (case, *_) = re.findall(r'href="(/own/cases/[0-9a-f]+)"', caller.get("/own/cases").text)
    (order, *_) = re.findall(
        r'href="(/own/orders/[^"]+)"', caller.get("/own/contributions").text
    ) or [""]
    paths = PAGES | {"settlement": settlement, "grant": grant, "case": case}
    return paths | ({"order": order} if order else {})


def entered(page: Any, place: str, session: str) -> Any:
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": place}])
    return page


def sign_in(page: Any, place: str, login: str, password: str) -> None:
    """By mouse and keyboard, from the link at the top."""
    page.goto(place)
    page.get_by_role("link", name="登录", exact=True).click()
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


@pytest.mark.parametrize(("width", "look"), SEEN)
def test_nothing_overflows_behind_the_login(
    width: str,
    look: str,
    browser: Any,
    place: str,
    session: str,
    pages: dict[str, str],
    closing: list[Any],
) -> None:
    page = entered(open_page(browser, place, width, look), place, session)
    closing.append(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name, path in pages.items():
        page.goto(place + path)
        assert overflow(page) <= 0, name
        assert squeezed(page) == [], name
        keep_picture(page, f"{width}-{look}-own-{name}")
    page.goto(f"{place}/own/credential")
    page.locator("main form button").first.click()
    wait_until_seen(page.locator(".code svg"))
    assert overflow(page) <= 0
    keep_picture(page, f"{width}-{look}-own-code")
    page.goto(f"{place}/own/filing")
    page.locator("main form button").first.click()
    wait_until_seen(page.locator(".faults"))
    assert overflow(page) <= 0
    keep_picture(page, f"{width}-{look}-own-faults")
    assert all(url.startswith(place) for url in asked)


@pytest.mark.parametrize("look", AXE_LOOKS)
def test_axe_finds_nothing_behind_the_login(
    look: str,
    browser: Any,
    place: str,
    session: str,
    pages: dict[str, str],
    closing: list[Any],
    verify: bool,
) -> None:
    """Every page in one of the looks; the long run sees every page in both."""
    page = entered(open_page(browser, place, "phone", look), place, session)
    closing.append(page)
    violations = []
    first = AXE_LOOKS.index(look)
    for name, path in list(pages.items()) if verify else list(pages.items())[first::2]:
        page.goto(place + path)
        violations += findings(page, name)
    for path, shown in (("/own/credential", ".code svg"), ("/own/filing", ".faults")):
        page.goto(place + path)
        page.locator("main form button").first.click()
        wait_until_seen(page.locator(shown))
        page.wait_for_load_state()
        violations += findings(page, f"{path} sent")
    page.context.clear_cookies(name=SESSION_COOKIE)
    page.goto(f"{place}/sign-in")
    page.locator("main form button").first.click()
    wait_until_seen(page.locator(".faults"))
    page.wait_for_load_state()
    violations += findings(page, "sign-in refused")
    assert violations == []


def test_every_page_has_its_own_title(
    shared_house: Starlette, session: str, pages: dict[str, str]
) -> None:
    caller = TestClient(shared_house, cookies={SESSION_COOKIE: session})
    titles: dict[str, str] = {}
    for name, path in pages.items():
        text = caller.get(path).text
        (title,) = re.findall(r"<title>(.*?) · ", text)
        assert title not in titles, (name, titles[title])
        titles[title] = name
        assert len(re.findall("<h1", text)) == 1, name


def test_large_text_has_large_targets(
    browser: Any, place: str, session: str, pages: dict[str, str], closing: list[Any]
) -> None:
    page = entered(open_page(browser, place, "phone", "zh.elder.light"), place, session)
    closing.append(page)
    for name in ("overview", "visits", "aid", "pay", "account", "insurance"):
        page.goto(place + pages[name])
        low = page.evaluate(
            """() => [...document.querySelectorAll('main button, main .button, main select')]
              .filter(one => one.offsetParent && one.getBoundingClientRect().height < 59.5)
              .map(one => one.outerHTML.slice(0, 80))"""
        )
        assert low == [], name


# --- journeys without script ---------------------------------------------------------------------


@pytest.fixture
def person(
    browser: Any, place: str, passwords: dict[str, str], closing: list[Any]
) -> Callable[[str], Any]:
    """Signs somebody in on a phone without script."""

    def start(login: str) -> Any:
        page = open_page(browser, place, "phone", "zh.normal.light", script=False)
        closing.append(page)
        sign_in(page, place, login, passwords[login])
        wait_for(page, "/own")
        return page

    return start


def test_paying_down_to_the_receipt(
    packs: PolicyLibrary, shared: Database, tmp_path: Path, browser: Any, closing: list[Any]
) -> None:
    """In the autumn before the year, as a newcomer who has not paid for it."""
    add_newcomer(shared)
    clock = Clock()
    clock.at = IN_2025
    with serving(house_of(packs, shared, tmp_path, clock)) as address:
        page = open_page(browser, address, "phone", "zh.normal.light", script=False)
        closing.append(page)
        sign_in(page, address, "newcomer", PASSWORD)
        _pays(page, address)


def _pays(page: Any, address: str) -> None:
    page.get_by_role("link", name="缴费", exact=True).click()
    page.get_by_label("城乡居民（按年）").check()
    # What belongs to employees is out of sight, by the stylesheet alone.
    wait_until_hidden(page.locator("input[name=base]"))
    page.get_by_role("button", name="算应缴多少").click()
    wait_for_text(page, "还没有办")
    keep_picture(page, "journey-pay-recap")
    page.get_by_role("button", name="确认办理").click()
    wait_for_text(page, "已缴清", ".headline")
    keep_picture(page, "journey-pay-done")
    paper = page.get_by_role("link", name="收据（PDF）").get_attribute("href")
    assert page.context.request.get(address + paper).body().startswith(b"%PDF-")
    number = re.search(r"\d{28}", page.locator("main").inner_text())
    assert number is not None
    page.goto(f"{address}/verify")
    page.get_by_label("收据编号").fill(number[0])
    page.get_by_role("button", name="核验").click()
    wait_for_text(page, "是本服务开出的收据", ".headline")


def test_a_grant_is_given_and_ended(person: Any) -> None:
    page = person("zhangguoqiang")
    page.get_by_role("link", name="家庭共济", exact=True).click()
    page.get_by_role("link", name="添加被授权人").click()
    page.locator("[name=grantee]").first.check()
    page.get_by_label("每次最多付").fill("300")
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="下一步").click()
    wait_for_text(page, "300.00 元")
    page.get_by_role("button", name="确认办理").click()
    wait_for_text(page, "等经办机构审核", ".headline")
    page.get_by_role("link", name="看授权").click()
    wait_for(page, "/own/aid")
    page.get_by_role("link", name="变更、终止").last.click()
    page.get_by_label("终止授权").check()
    wait_until_hidden(page.locator("input[name=limit]"))
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="确认办理").click()
    wait_for_text(page, "授权已终止", ".headline")


def test_filing_with_a_fault_first_and_a_credential(person: Any) -> None:
    page = person("zhangwei")
    page.get_by_role("link", name="异地就医备案").first.click()
    page.get_by_label("其他临时外出").check()
    page.get_by_label("去哪里").fill("没有这个地方")
    page.get_by_role("button", name="下一步").click()
    wait_for_text(page, "不认识这个地方", "#care_area-fault")
    page.get_by_label("去哪里").fill("北京")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="修改").click()
    assert page.get_by_label("去哪里").input_value() == "北京"
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="确认办理").click()
    wait_for_text(page, "已备案", ".headline")
    page.get_by_role("link", name="看备案").click()
    wait_for_text(page, "其他临时外出")
    page.locator(".menu summary").click()
    page.get_by_role("link", name="我要办", exact=True).click()
    page.get_by_role("link", name="医保电子凭证", exact=True).click()
    page.get_by_role("button", name="出示本人的凭证").click()
    wait_until_seen(page.locator(".code svg"))


def test_signing_out_from_any_page(person: Any) -> None:
    page = person("zhangwei")
    place = page.url.removesuffix("/own")
    page.goto(f"{place}/calc")
    assert page.get_by_role("link", name="登录", exact=True).count() == 0
    page.get_by_role("link", name="退出", exact=True).click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(f"{place}/sign-in*")
    page.goto(f"{place}/own/visits")
    page.wait_for_url(f"{place}/sign-in*")
    assert page.get_by_role("link", name="登录", exact=True).count() == 1


def test_who_cannot_share_is_told_before_the_form(newcomer: Caller) -> None:
    """A resident has no personal account."""
    for path in ("/own/aid/add", "/own/transfer"):
        page = newcomer.get(path)
        assert page.status_code == 200
        assert "您没有个人账户" in page.text
        assert 'name="step"' not in page.text
        assert '<form class="card"' not in page.text
