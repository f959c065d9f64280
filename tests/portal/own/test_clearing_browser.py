"""A month, points and a year are cleared in a real browser: every post, both widths, axe."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from tests.clearing.world import Clearing
from tests.support.journeys import Journey, journey

from yibao.access.permissions import institution_actor
from yibao.clearing.checks import clearing_faults
from yibao.clearing.groups import PayMethod
from yibao.clearing.reading import list_applications
from yibao.clearing.states import ClearingState
from yibao.gateway.identifiers import to_wire
from yibao.policy.compile import PolicyLibrary

_LOOKS = [("phone", "zh.normal.light"), ("desktop", "en.normal.dark")]


def _pay(travel: Journey) -> None:
    """A batch of all that waits, signed, sent, and answered by the bank."""
    travel.enter("cashier", "/desk/payments")
    travel.press("编成一批", "待签发")
    batch = travel.page.url.removeprefix(travel.place)
    travel.enter("head", batch)
    travel.press("签发", "已签发")
    travel.enter("cashier", batch)
    travel.press("报盘：交给银行", "下载银行文件")
    file = travel.page.request.get(f"{travel.place}{batch}/file").text().lstrip("\ufeff")
    head, *lines = file.splitlines()
    amount = head.split(",").index("金额")
    answers = ["批次号,付款单号,金额,结果,银行流水号,日期,原因"]
    for number, line in enumerate(lines):
        cells = line.split(",")
        answers.append(f"{cells[0]},{cells[1]},{cells[amount]},成功,B{number},2026-11-21,")
    travel.enter("cashier", "/desk/payments")
    travel.hand("回盘文件", "answers.csv", "\n".join(answers))
    travel.press("登记回盘", "已记账")


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_a_month_is_applied_for_cleared_and_paid_without_script(
    width: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    with journey("month", packs, demo_store, tmp_path, browser, closing, width) as travel:
        page = travel.page
        travel.enter("hospital_a", "/institution")
        travel.press("申报清算", "已申报")
        own = page.url.removeprefix(travel.place)
        address = own.replace("/institution", "/desk")
        travel.enter("clerk", "/desk/clearing")
        page.get_by_role("link", name=re.compile("打开 演示第一医院.*2026-10")).click()
        travel.press("受理", "申请已受理")
        travel.enter("reviewer", address)
        travel.press("开始审核", "正在审核")
        travel.enter("second", address)
        travel.press("审核完成", "审核完成")
        travel.press("制单汇总", "结算汇总审核")
        travel.enter("head", address)
        travel.press("审签", "领导审签，等财务拨付")
        _pay(travel)
        travel.enter("cashier", address)
        travel.press("清算", "已清算")
        travel.enter("hospital_a", own)
        assert "已清算" in page.content()
        applications = list_applications(
            travel.store,
            institution_actor("hospital_a"),
            today=travel.clock.at.date(),
            month=202610,
        )
        assert [item.state for item in applications] == [ClearingState.CLEARED]
        assert travel.store.read(lambda unit: list(clearing_faults(unit))) == []


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_points_are_handed_in_and_confirmed_and_a_year_returned_without_script(
    width: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    with journey("points", packs, demo_store, tmp_path, browser, closing, width) as travel:
        page = travel.page
        clear = Clearing(travel.store, packs, "140100")
        clear.agree(
            "hospital_b", start=datetime.date(2025, 2, 1), method=PayMethod.DIP, coefficient=98
        )
        entry = clear.visit(
            202503, 800_000, "hospital_b", days=2, clear_type="21", person="sunjianguo"
        )
        lines = f"setl_id,group,points\n{to_wire(entry)},J01,800\n"
        month = clear.apply(202503, "hospital_b", "21")
        for period, budget in (("202503", "9000"), ("2025", "9100")):
            travel.enter("reviewer", "/desk/points")
            page.get_by_label("哪一期").fill(period)
            page.locator('main [name="method"][value="dip"]').check()
            page.get_by_label("这一期的住院预算").fill(budget)
            travel.hand("分组的病例", "stays.csv", lines)
            travel.press("先看看，不写入", "会是这样")
            travel.hand("分组的病例", "stays.csv", lines)
            travel.press("交给复审", "等复审")
            address = page.url.removeprefix(travel.place)
            travel.enter("second", address)
            travel.press("复审通过，进清算", "已复审")
        assert clear.settle(month).adjusted
        travel.enter("reviewer", "/desk/institutions/hospital_b")
        page.locator("summary", has_text="做年终清算").click()
        form = page.locator('main form[action$="/years"]')
        form.locator('[name="year"]').fill("2025")
        form.locator('[name="score"]').fill("100")
        form.get_by_role("button").click()
        travel.page.wait_for_url(re.compile("/desk/clearing/"))
        paper = page.url.removeprefix(travel.place)
        travel.enter("second", paper)
        travel.press("审核完成", "审核完成")
        travel.press("制单汇总", "结算汇总审核")
        travel.enter("head", paper)
        travel.press("审签", "领导审签，等财务拨付")
        _pay(travel)
        travel.enter("cashier", paper)
        travel.press("清算", "已清算")
        assert travel.store.read(lambda unit: list(clearing_faults(unit))) == []


@pytest.mark.parametrize(("width", "look"), _LOOKS)
def test_the_pages_fit_and_axe_finds_nothing(
    width: str,
    look: str,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    with journey(
        "clearing", packs, demo_store, tmp_path, browser, closing, width, look, script=True
    ) as travel:
        (doubted, *_) = [
            item.application_id
            for item in list_applications(
                travel.store,
                institution_actor("hospital_a"),
                today=travel.clock.at.date(),
                month=202607,
            )
        ]
        pages = (
            ("head", "/desk/institutions"),
            ("head", "/desk/institutions/hospital_a?month=202609"),
            ("second", "/desk/clearing"),
            ("second", f"/desk/clearing/{doubted}"),
            ("reviewer", "/desk/points"),
            ("reviewer", "/desk/prices"),
            ("reviewer", "/desk/catalogue"),
            ("hospital_a", "/institution"),
            ("hospital_a", "/institution/prices"),
            ("hospital_a", f"/institution/clearing/{doubted}"),
        )
        assert travel.violations(pages) == []
