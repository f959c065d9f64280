"""Somebody registered twice becomes one in a real browser: two posts, at both widths, with axe."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.pictures import picture

from yibao.access.permissions import officer
from yibao.benefit.facts import Enrolment, Person
from yibao.insured import operations as insured
from yibao.insured.people.merged import survivor_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme
from yibao.record.account import balance
from yibao.scenario.demo import logins

from ..browsing import findings, keep_picture, open_page, overflow, serving, wait_for_text
from .conftest import Clock, copied, house_of
from .test_desk_browser import _sign_in

_DAY = datetime.date
PASSPORT = "E12345678"


def _register(store: Any, name: str, kind: str, number: str, enrolment: Enrolment) -> None:
    facts = Person(name, "female", _DAY(1988, 2, 1), "140100", (), (enrolment,), (), ())
    named = insured.Named("方华", kind, number)
    day = enrolment.start
    insured.register(store, facts, actor=officer("test"), balance=10_000, day=day, named=named)


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_two_records_become_one_by_two_posts(
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
        now = Enrolment(Scheme.RESIDENT, None, _DAY(2024, 1, 1), None, "140100")
        before = Enrolment(Scheme.RESIDENT, None, _DAY(2020, 1, 1), _DAY(2023, 12, 31), "140100")
        _register(store, "fang", "resident_identity_card", "140101198802019985", now)
        _register(store, "fang2", "passport", PASSPORT, before)
        words = {login.login: login.password for login in logins(store)}
        page = open_page(browser, place, width, "zh.normal.light")
        closing.append(page)
        _sign_in(page, place, store, clock, "clerk", words["clerk"])
        page.goto(f"{place}/desk/people/fang/merger")
        page.locator("#certificate").select_option("passport")
        page.locator("#number").fill(PASSPORT)
        assert overflow(page) <= 0
        page.get_by_role("button", name="看会改变什么").click()
        wait_for_text(page, "100.00 元")
        assert overflow(page) <= 0
        keep_picture(page, f"journey-merging-{width}")
        faults = findings(page, "merging")
        page.get_by_role("button", name="确认提交").click()
        wait_for_text(page, "待受理")
        case = page.url
        page.get_by_label("文件").set_input_files(
            {"name": "card.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        )
        page.get_by_role("button", name="添加材料").click()
        wait_for_text(page, "card.jpg")
        page.get_by_role("button", name="受理", exact=True).click()
        wait_for_text(page, "已受理")
        _sign_in(page, place, store, clock, "reviewer", words["reviewer"])
        page.goto(case)
        wait_for_text(page, "把另一份登记并入这一份")
        assert overflow(page) <= 0
        faults += findings(page, "merging-case")
        page.get_by_role("button", name="批准", exact=True).click()
        wait_for_text(page, "已批准")
        page.goto(f"{place}/desk/people/fang2")
        assert page.url.endswith("/desk/people/fang"), "it leads to the one that is left"
        assert overflow(page) <= 0
        assert faults == []
        assert store.read(lambda unit: survivor_of(unit, "fang2")) == "fang"
        assert store.read(lambda unit: balance(unit, "fang")) == 20_000
