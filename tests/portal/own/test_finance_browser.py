"""A fund's month in a real browser: voucher, signature, carrying, closing; both widths, axe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from yibao.finance.checks import finance_faults
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import logins

from ..browsing import findings, keep_picture, open_page, overflow, serving, wait_for_text
from .conftest import Clock, copied, house_of
from .test_desk_browser import _cookie, _entered


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_from_a_voucher_to_a_closed_month_without_script(
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
            for login in ("cashier", "head")
        }
        with serving(house) as place:
            page = open_page(browser, place, width, "zh.normal.light", script=False)
            closing.append(page)

            def enter(login: str, address: str) -> None:
                _entered(page, place, cookies[login])
                page.goto(place + address)
                assert overflow(page) <= 0, (login, address)
                keep_picture(page, f"journey-finance-{width}-{login}")

            def press(name: str, said: str) -> None:
                page.get_by_role("button", name=name).first.click()
                wait_for_text(page, said)

            enter("cashier", "/desk/finance/money")
            page.get_by_label("什么收支").select_option("subsidy")
            page.get_by_label("金额（元）").fill("1000000")
            page.get_by_label("到账或付出的日期").fill("2026-10-20")
            page.get_by_label("凭什么：文号、单号").fill("财社 12 号")
            page.get_by_label(re.compile("哪个险种")).select_option("resident")
            page.get_by_label(re.compile("记在哪一部分")).select_option("pooled_part")
            page.get_by_label(re.compile("哪一级财政")).select_option("province")
            press("登记", "等着复核")
            enter("head", "/desk/finance/money")
            press("复核记账", "已记账")
            enter("cashier", "/desk/finance")
            press("缴到的保费划入基金", "提请结账")
            page.get_by_label("结账说明").fill("渠道文件下月补")
            press("提请结账", "等着负责人")
            enter("head", "/desk/finance")
            press("结账", "已经结账")
            assert "1,000,000.00" in page.content()
            enter("head", "/desk/statistics?table=T1")
            page.get_by_label("哪张表").select_option("T2")
            press("看这张表", "缴费")
        assert store.read(lambda unit: [str(fault) for fault in finance_faults(unit)]) == []


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
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YIBAO_LEAST_PEOPLE", "3")
    clock = Clock()
    with copied(demo_store, tmp_path) as store:
        house = house_of(packs, store, tmp_path, clock)
        words = {login.login: login.password for login in logins(store)}
        cookies = {
            login: _cookie(house, store, clock, login, words[login])
            for login in ("cashier", "head")
        }
        pages = (
            ("cashier", "/desk/finance"),
            ("cashier", "/desk/finance/money"),
            ("head", "/desk/statistics?table=T1"),
            ("head", "/desk/statistics?table=T4&month=2025-11"),
        )
        with serving(house) as place:
            page = open_page(browser, place, width, look)
            closing.append(page)
            violations = []
            for login, address in pages:
                _entered(page, place, cookies[login])
                page.goto(place + address)
                assert overflow(page) <= 0, address
                keep_picture(page, f"{width}-{look}-finance-{len(violations)}")
                violations += findings(page, address)
            assert violations == []
