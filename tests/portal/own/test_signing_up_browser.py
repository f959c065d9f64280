"""Somebody signs up in a real browser without script: at both widths, axe, nothing overflows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.pictures import picture

from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import logins

from ..browsing import findings, keep_picture, open_page, overflow, serving, wait_for_text
from .conftest import Clock, copied, house_of
from .test_desk_browser import _cookie, _entered
from .test_signing_up import PASSWORD, case_of, number_of


@pytest.mark.parametrize(
    ("width", "look", "script"),
    [("phone", "zh.normal.light", False), ("desktop", "en.normal.dark", True)],
)
def test_a_login_is_asked_for_and_opened(
    width: str,
    look: str,
    script: bool,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    clock = Clock()
    faults: list[Any] = []
    with copied(demo_store, tmp_path) as store:
        house = house_of(packs, store, tmp_path, clock)
        word = next(login.password for login in logins(store) if login.login == "clerk")
        cookie = _cookie(house, store, clock, "clerk", word)
        number = number_of(store)
        with serving(house) as place:
            page = open_page(browser, place, width, look, script=script)
            closing.append(page)

            def look_at(name: str) -> None:
                assert overflow(page) <= 0, name
                keep_picture(page, f"sign-up-{width}-{name}")
                if script:
                    faults.extend(findings(page, name))

            page.goto(f"{place}/sign-in")
            page.goto(f"{place}/sign-up")
            page.locator("form.card button").click()
            look_at("faults")
            page.locator("#name").fill("赵秀兰")
            page.locator("#number").fill(number)
            page.locator("#phone").fill("138 0000 0000")
            page.locator("form.card button").click()
            look_at("receipt")
            receipt = re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page.content())[0]
            page.locator("section.card button").click()
            for _ in range(2):
                file = {"name": "card.jpg", "mimeType": "image/jpeg", "buffer": picture()}
                page.locator("#file").set_input_files(file)
                page.locator("form[enctype] button").click()
            look_at("papers")
            page.locator("button[value=hand-over]").click()
            look_at("waits")
            desk = open_page(browser, place, "desktop", look, script=False)
            closing.append(desk)
            _entered(desk, place, cookie)
            desk.goto(f"{place}/desk/cases/{case_of(store, receipt)}")
            keep_picture(desk, f"sign-up-{width}-desk")
            desk.locator("button[value=approve]").click()
            desk.locator("form[action$=code] button").click()
            keep_picture(desk, f"sign-up-{width}-code")
            code = desk.locator("strong.fig.n").inner_text()
            page.goto(f"{place}/sign-up/progress")
            page.locator("#receipt").fill(receipt)
            page.locator("#number").fill(number)
            look_at("proof")
            page.locator("form.card button").click()
            look_at("password")
            page.locator("#code").fill(code)
            page.locator("#login").fill("xiulan")
            page.locator("#password").fill(PASSWORD)
            page.locator("#again").fill(PASSWORD)
            page.locator("form:has(#code) button").click()
            wait_for_text(page, "xiulan")
            look_at("opened")
            page.locator("section.card a.button").click()
            page.locator("#login").fill("xiulan")
            page.locator("#password").fill(PASSWORD)
            page.locator("form.card button").click()
            page.wait_for_url("**/own")
    assert faults == []
