"""Claims and employers in a real browser, phone and desktop, without script: everybody who takes
part clicks what the page shows, and axe finds nothing on what they saw.

``YIBAO_SCREENSHOTS=folder`` keeps a picture of every page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from tests.support.pictures import picture

from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary
from yibao.portal.security import SESSION_COOKIE
from yibao.scenario.demo import code_of, logins

from ..browsing import findings, keep_picture, open_page, overflow, serving, wait_for_text
from .conftest import Caller, Clock, copied, hidden, house_of
from .test_claims import _APPLIED, _LINES
from .test_desk_employers import CODE

_WIDTHS = ("phone", "desktop")


class Stage:
    """A demo store that is served, and a browser that anybody may sit down at."""

    def __init__(
        self, store: Database, house: Starlette, place: str, clock: Clock, browser: Any, width: str
    ) -> None:
        self.store, self.house, self.place, self.clock = store, house, place, clock
        self.width, self.browser = width, browser
        self.words = {login.login: login.password for login in logins(store)}
        self.page = open_page(browser, place, width, "zh.normal.light", script=False)
        self.seen: dict[str, tuple[str, str]] = {}
        """What is looked at by axe in the end: name → who, address."""

    def sit_down(self, login: str, path: str) -> Any:
        """The page as somebody sees it."""
        self.page.context.clear_cookies(name=SESSION_COOKIE)
        cookie = self._cookie(login)
        self.page.context.add_cookies(
            [{"name": SESSION_COOKIE, "value": cookie, "url": self.place}]
        )
        self.login = login
        self.page.goto(self.place + path)
        return self.page

    def _cookie(self, login: str) -> str:
        caller = Caller(self.house, follow_redirects=False)
        caller.post("/sign-in", data={"login": login, "password": self.words[login]})
        if login != "lina":
            self.clock.forward(seconds=30)  # a code is taken once
            sent = {"code": code_of(self.store, login, self.clock.at)}
            form = hidden(caller.get("/sign-in/code").text)
            caller.post("/sign-in/code", data=form | sent)
        return caller.cookies[SESSION_COOKIE]

    def look(self, name: str) -> None:
        """Keep what is on the page now for axe, and see that it fits."""
        keep_picture(self.page, f"{self.width}-{name}")
        self.seen[name] = (self.login, self.page.url.removeprefix(self.place))

    def fill(self, name: str, value: str) -> None:
        """Fill in a field, whatever kind it is."""
        choice = self.page.locator(f'input[type=radio][name="{name}"][value="{value}"]')
        chosen = self.page.locator(f'select[name="{name}"]')
        if choice.count():
            choice.first.check()
        elif chosen.count():
            chosen.first.select_option(value)
        else:
            self.page.locator(f'[name="{name}"]:not([type=hidden])').first.fill(value)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).first.click()

    def examine(self) -> list[tuple[str, str, str]]:
        """What axe finds on everything that was looked at, each as who saw it."""
        page = open_page(self.browser, self.place, self.width, "zh.normal.light")
        violations = []
        for name, (login, address) in self.seen.items():
            page.context.clear_cookies(name=SESSION_COOKIE)
            cookie = {"name": SESSION_COOKIE, "value": self._cookie(login), "url": self.place}
            page.context.add_cookies([cookie])
            page.goto(self.place + address)
            assert overflow(page) <= 0, name
            violations += findings(page, name)
        page.context.close()
        return violations


@contextmanager
def _stage(
    packs: PolicyLibrary, demo_store: Path, folder: Path, browser: Any, width: str
) -> Iterator[Stage]:
    clock = Clock()
    with copied(demo_store, folder) as store:
        house = house_of(packs, store, folder, clock)
        with serving(house) as place:
            stage = Stage(store, house, place, clock, browser, width)
            yield stage
            stage.page.context.close()


@pytest.fixture(params=_WIDTHS)
def stage(
    request: pytest.FixtureRequest,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
) -> Iterator[Stage]:
    with _stage(packs, demo_store, tmp_path, browser, request.param) as staged:
        yield staged


def test_a_claim_from_the_phone_to_the_bank_by_six_people(stage: Stage) -> None:
    page = stage.sit_down("lina", "/own/claim")
    for name, value in _APPLIED.items():
        if name != "person":
            stage.fill(name, value)
    page.locator('form[action="/own/claim"] button').last.click()
    wait_for_text(page, "4,000.00")
    stage.look("claim-own")
    page.locator('form[action="/own/claim"] button').first.click()
    page.wait_for_url(re.compile("/own/cases/"))
    own = page.url.removeprefix(stage.place)
    case = f"/desk/cases/{own.rpartition('/')[2]}"
    for paper in ("receipt", "item_list", "diagnosis"):
        stage.fill("paper", paper)
        page.locator("input[name=file]").set_input_files(
            {"name": f"{paper}.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        )
        page.locator(f'form[action="{own}/documents"] button').click()
        wait_for_text(page, f"{paper}.jpg")

    stage.sit_down("clerk", case)
    stage.press("受理")
    wait_for_text(page, "已受理")
    page.locator("#lines").fill(_LINES)
    stage.press("存下明细")
    wait_for_text(page, "某针剂")
    stage.look("claim-entry")
    stage.press("录完，送初审")
    wait_for_text(page, "待初审")

    stage.sit_down("reviewer", case)
    stage.look("claim-review")
    for number, decision, accepted, reason in (
        (1, "accepted", "", ""),
        (2, "cut", "2000.00", "超过用量"),
        (3, "rejected", "", "目录外"),
    ):
        stage.fill(f"decision-{number}", decision)
        stage.fill(f"accepted-{number}", accepted)
        stage.fill(f"reason-{number}", reason)
    stage.press("记下逐行的决定")
    page.wait_for_url(re.compile("#bill$"))
    stage.press("初审完，送复审")
    wait_for_text(page, "待复审")

    stage.sit_down("second", case)
    stage.press("同意支付")
    wait_for_text(page, "已结算，待拨付")
    stage.look("claim-settled")

    stage.sit_down("cashier", "/desk/payments")
    stage.look("payments")
    stage.press("编成一批")
    page.wait_for_url(re.compile("/desk/payments/[0-9a-f]+$"))
    batch = page.url.removeprefix(stage.place)
    stage.sit_down("head", batch)
    stage.look("batch")
    stage.press("签发")
    wait_for_text(page, "已签发")
    stage.sit_down("cashier", batch)
    stage.press("报盘：交给银行")
    wait_for_text(page, "下载银行文件")
    stage.sit_down("lina", own)
    wait_for_text(page, "已报盘")
    stage.look("claim-progress")
    assert stage.examine() == []


def test_an_employer_pays_and_declares_and_the_office_looks_on(stage: Stage) -> None:
    page = stage.sit_down("employer_a", "/employer")
    stage.look("employer")
    page.get_by_role("button", name=re.compile("^缴 ")).first.click()
    wait_for_text(page, "已缴清")
    page.locator("#main").get_by_role("link", name="月度申报").click()
    stage.look("declare")
    page.locator("button[value=preview]").click()
    wait_for_text(page, "应缴")
    stage.look("declare-form")
    stage.press("就这样申报")
    page.wait_for_url(re.compile("/employer$"))
    wait_for_text(page, "已申报")
    page.locator("#main").get_by_role("link", name="单位缴费证明").click()
    wait_for_text(page, "已缴清下列账单")
    stage.look("certificate")
    stage.sit_down("clerk", "/desk/employers")
    wait_for_text(page, "演示单位")
    stage.look("employers")
    stage.sit_down("clerk", f"/desk/employers/{CODE}")
    wait_for_text(page, "已申报")
    assert page.locator(f'form[action="/desk/employers/{CODE}/book"]').count() == 0
    stage.sit_down("second", f"/desk/employers/{CODE}")
    stage.look("employer-at-the-office")
    assert stage.examine() == []
