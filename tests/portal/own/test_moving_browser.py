"""Moving and leaving in a real browser: two posts each, at both widths, with axe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from yibao.policy.compile import PolicyLibrary
from yibao.record.account import balance
from yibao.scenario.demo import logins

from ..browsing import findings, keep_picture, open_page, overflow, serving, wait_for_text
from .conftest import Clock, copied, house_of
from .test_desk_browser import _sign_in


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_a_transfer_is_accepted_and_an_account_closed_by_two_posts(
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
        page = open_page(browser, place, width, "zh.normal.light")
        closing.append(page)
        _sign_in(page, place, store, clock, "clerk", words["clerk"])
        page.get_by_role("link", name=re.compile("打开 张.*医保关系转入")).click()
        page.get_by_role("button", name="受理", exact=True).click()
        wait_for_text(page, "等转出地的信息表")
        assert overflow(page) <= 0
        keep_picture(page, f"journey-transfer-{width}")
        faults = findings(page, "transfer")
        _sign_in(page, place, store, clock, "second", words["second"])
        page.get_by_role("link", name=re.compile("打开 张.*终止参保和销户")).click()
        wait_for_text(page, "批准以后注销的个人账户余额")
        assert overflow(page) <= 0
        keep_picture(page, f"journey-leaving-{width}")
        faults += findings(page, "leaving")
        page.get_by_role("button", name="批准", exact=True).click()
        wait_for_text(page, "已批准")
        assert faults == []
        assert store.read(lambda unit: balance(unit, "zhangguoqiang")) is None
