"""The e-credential in a real browser: activated, shown, moved to another device, given up."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from yibao.policy.compile import PolicyLibrary
from yibao.portal.security import DEVICE_COOKIE
from yibao.scenario.demo import logins

from ..browsing import (
    findings,
    keep_picture,
    open_page,
    overflow,
    serving,
    wait_for,
    wait_for_text,
)
from .conftest import Clock, copied, house_of
from .test_desk_browser import _sign_in


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_a_credential_is_activated_moved_and_given_up_by_oneself_and_at_the_counter(
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
        faults: list[Any] = []
        page = open_page(browser, place, width, "zh.normal.light")
        closing.append(page)

        def seen(name: str) -> None:
            assert overflow(page) <= 0, name
            keep_picture(page, f"journey-credential-{name}-{width}")
            faults.extend(findings(page, name))

        page.goto(f"{place}/sign-in")
        page.get_by_label("登录名").fill("zhangguoqiang")
        page.get_by_label("密码").fill(words["zhangguoqiang"])
        page.keyboard.press("Enter")
        wait_for(page, "/own")
        page.goto(f"{place}/own/credential")
        wait_for_text(page, "还没有激活")
        seen("none")
        page.get_by_role("button", name=re.compile("激活")).click()
        wait_for_text(page, "激活时间")
        seen("active")
        page.get_by_role("button", name=re.compile("出示")).click()
        wait_for_text(page, "扫一次就作废")
        seen("shown")
        page.context.clear_cookies(name=DEVICE_COOKIE)
        page.context.add_cookies(
            [{"name": DEVICE_COOKIE, "value": "another-telephone", "url": place}]
        )
        page.goto(f"{place}/own/credential")
        wait_for_text(page, "绑定在另一台设备上")
        seen("elsewhere")
        page.get_by_role("button", name=re.compile("改用这台设备")).click()
        wait_for_text(page, "激活时间")
        page.get_by_role("button", name=re.compile("停用")).click()
        wait_for_text(page, "还没有激活")
        _sign_in(page, place, store, clock, "clerk", words["clerk"])
        page.goto(f"{place}/desk/people/zhangwei/credential-end")
        seen("counter")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="看会改变什么").click()
        wait_for_text(page, "请核对")
        seen("counter-check")
        page.get_by_role("button", name="确认办理").click()
        wait_for(page, "/desk/people/zhangwei")
        assert faults == []
