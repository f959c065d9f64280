"""A month is cleared in a real browser: six posts and the bank's answer, at both widths, axe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from yibao.access.permissions import institution_actor
from yibao.clearing.checks import clearing_faults
from yibao.clearing.reading import list_applications
from yibao.clearing.states import ClearingState
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import logins

from ..browsing import findings, keep_picture, open_page, overflow, serving, wait_for_text
from .conftest import Clock, copied, house_of
from .test_desk_browser import _cookie, _entered


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_a_month_is_applied_for_cleared_and_paid_without_script(
    width: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    clock = Clock()
    with copied(demo_store, tmp_path) as store:
        house = house_of(packs, store, tmp_path, clock)
        words = {login.login: login.password for login in logins(store)}
        cookies = {
            login: _cookie(house, store, clock, login, words[login])
            for login in ("hospital_a", "clerk", "reviewer", "second", "head", "cashier")
        }
        with serving(house) as place:
            page = open_page(browser, place, width, "zh.normal.light", script=False)
            closing.append(page)

            def enter(login: str, address: str) -> None:
                _entered(page, place, cookies[login])
                page.goto(place + address)
                assert overflow(page) <= 0, (login, address)
                keep_picture(page, f"journey-clearing-{width}-{login}")

            def press(name: str, said: str) -> None:
                page.get_by_role("button", name=name).first.click()
                wait_for_text(page, said)

            enter("hospital_a", "/institution")
            press("申报清算", "已申报")
            own = page.url.removeprefix(place)
            address = own.replace("/institution", "/desk")
            enter("clerk", "/desk/clearing")
            page.get_by_role("link", name=re.compile("打开 演示第一医院.*2026-10")).click()
            press("受理", "申请已受理")
            enter("reviewer", address)
            press("开始审核", "正在审核")
            enter("second", address)
            press("审核完成", "审核完成")
            press("制单汇总", "结算汇总审核")
            enter("head", address)
            press("审签", "领导审签，等财务拨付")
            enter("cashier", "/desk/payments")
            press("编成一批", "待签发")
            batch = page.url.removeprefix(place)
            enter("head", batch)
            press("签发", "已签发")
            enter("cashier", batch)
            press("报盘：交给银行", "下载银行文件")
            file = page.request.get(f"{place}{batch}/file").text().lstrip("\ufeff")
            head, *lines = file.splitlines()
            amount = head.split(",").index("金额")
            answers = ["批次号,付款单号,金额,结果,银行流水号,日期,原因"]
            for number, line in enumerate(lines):
                cells = line.split(",")
                answers.append(f"{cells[0]},{cells[1]},{cells[amount]},成功,B{number},2026-11-21,")
            enter("cashier", "/desk/payments")
            page.get_by_label("回盘文件").set_input_files(
                {
                    "name": "answers.csv",
                    "mimeType": "text/csv",
                    "buffer": "\n".join(answers).encode(),
                }
            )
            press("登记回盘", "已记账")
            enter("cashier", address)
            press("清算", "已清算")
            enter("hospital_a", own)
            assert "已清算" in page.content()

        applications = list_applications(
            store, institution_actor("hospital_a"), today=clock.at.date(), month=202610
        )
        assert [item.state for item in applications] == [ClearingState.CLEARED]
        assert store.read(lambda unit: list(clearing_faults(unit))) == []


@pytest.mark.parametrize(
    ("width", "look"), [("phone", "zh.normal.light"), ("desktop", "en.normal.dark")]
)
def test_the_pages_fit_and_axe_finds_nothing(
    width: str,
    look: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    clock = Clock()
    with copied(demo_store, tmp_path) as store:
        house = house_of(packs, store, tmp_path, clock)
        words = {login.login: login.password for login in logins(store)}
        (doubted, *_) = [
            item.application_id
            for item in list_applications(
                store, institution_actor("hospital_a"), today=clock.at.date(), month=202607
            )
        ]
        pages = (
            ("head", "/desk/institutions"),
            ("head", "/desk/institutions/hospital_a?month=202609"),
            ("second", "/desk/clearing"),
            ("second", f"/desk/clearing/{doubted}"),
            ("hospital_a", "/institution"),
            ("hospital_a", f"/institution/clearing/{doubted}"),
        )
        cookies = {
            login: _cookie(house, store, clock, login, words[login])
            for login in sorted({login for login, _ in pages})
        }
        with serving(house) as place:
            page = open_page(browser, place, width, look)
            closing.append(page)
            violations = []
            for login, address in pages:
                _entered(page, place, cookies[login])
                page.goto(place + address)
                assert overflow(page) <= 0, address
                keep_picture(page, f"{width}-{look}-clearing-{login}-{len(violations)}")
                violations += findings(page, address)
            assert violations == []
