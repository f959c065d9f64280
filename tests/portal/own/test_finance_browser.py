"""A fund's month in a real browser: voucher, signature, carrying, closing; both widths, axe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.journeys import journey

from yibao.finance.checks import finance_faults
from yibao.policy.compile import PolicyLibrary


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_from_a_voucher_to_a_closed_month_without_script(
    width: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    with journey("finance", packs, demo_store, tmp_path, browser, closing, width) as travel:
        page = travel.page
        travel.enter("cashier", "/desk/finance/money")
        page.get_by_label("什么收支").select_option("subsidy")
        page.get_by_label("金额（元）").fill("1000000")
        page.get_by_label("到账或付出的日期").fill("2026-10-20")
        page.get_by_label("凭什么：文号、单号").fill("财社 12 号")
        page.get_by_label(re.compile("哪个险种")).select_option("resident")
        page.get_by_label(re.compile("记在哪一部分")).select_option("pooled_part")
        page.get_by_label(re.compile("哪一级财政")).select_option("province")
        travel.press("登记", "等着复核")
        travel.enter("head", "/desk/finance/money")
        travel.press("复核记账", "已记账")
        travel.enter("cashier", "/desk/finance")
        travel.press("缴到的保费划入基金", "提请结账")
        page.get_by_label("结账说明").fill("渠道文件下月补")
        travel.press("提请结账", "等着负责人")
        travel.enter("head", "/desk/finance")
        travel.press("结账", "已经结账")
        assert "1,000,000.00" in page.content()
        travel.enter("head", "/desk/statistics?table=T1")
        page.get_by_label("哪张表").select_option("T2")
        travel.press("看这张表", "缴费")
        store = travel.store
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
    pages = (
        ("cashier", "/desk/finance"),
        ("cashier", "/desk/finance/money"),
        ("head", "/desk/statistics?table=T1"),
        ("head", "/desk/statistics?table=T4&month=2025-11"),
    )
    with journey(
        "finance", packs, demo_store, tmp_path, browser, closing, width, look, script=True
    ) as travel:
        assert travel.violations(pages) == []
