"""A budget, another system's file and a report of misuse in a real browser, each by two people.

Without script on a telephone, and with axe on a desktop.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.portal.browsing import findings, overflow, wait_for_text
from tests.support.journeys import Journey, journey

from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains
from yibao.policy.compile import PolicyLibrary

from .test_desk_imports import _csv
from .test_informing import _case

BUDGET = "险种,部分,项目,年度预算\n城乡居民基本医疗保险,统筹,住院,2000000\n"
WRONG = BUDGET.replace("2000000", "1.234")


def _look(travel: Journey, name: str, seen: list[Any]) -> None:
    """The page fits; where there is script, axe has a look."""
    assert overflow(travel.page) <= 0, name
    if travel.width == "desktop":
        seen.extend(findings(travel.page, name))


@pytest.mark.parametrize(("width", "script"), [("phone", False), ("desktop", True)])
def test_what_one_begins_another_one_ends(
    width: str,
    script: bool,
    packs: PolicyLibrary,
    demo_store: Path,
    tmp_path: Path,
    browser: Any,
    closing: list[Any],
) -> None:
    seen: list[Any] = []
    with journey(
        "budget", packs, demo_store, tmp_path, browser, closing, width, script=script
    ) as travel:
        page = travel.page
        _plan(travel, seen)
        _let_in(travel, seen)
        page.context.clear_cookies()
        page.goto(f"{travel.place}/inform")
        _look(travel, "inform", seen)
        page.locator("input[name=subject_kind][value=institution]").check()
        page.locator("#subject_name").fill("城南诊所")
        page.locator("#text").fill("九月里没有看病也刷卡")
        page.get_by_role("button", name="举报", exact=True).click()
        wait_for_text(page, "回执号")
        receipt = re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page.content())[0]
        _look(travel, "receipt", seen)
        address = f"/desk/cases/{_case(travel.store, receipt)}"
        travel.enter("inspector_a", address)
        wait_for_text(page, "城南诊所")
        _look(travel, "case", seen)
        page.locator("button[value=check]").click()
        page.wait_for_load_state()
        page.goto(f"{travel.place}/inform/progress")
        page.locator("#receipt").fill(receipt)
        travel.press("看进度", "正在核查、办理")
        _look(travel, "progress", seen)
        assert list(tie_faults(travel.store, all_chains(travel.store))) == []
    assert seen == []


def _plan(travel: Journey, seen: list[Any]) -> None:
    """The cashier's file has a fault, then none; the head approves it, and percents are said."""
    page = travel.page
    travel.enter("cashier", "/desk/finance/budget")
    whole = page.locator("section.sheet[aria-labelledby=whole]")
    for table, said in ((WRONG, "第 2 行"), (BUDGET, "等着批准")):
        file = {"name": "budget.csv", "mimeType": "text/csv", "buffer": table.encode()}
        whole.locator("#file").set_input_files(file)
        whole.locator("#file-reason").fill("财社 1 号")
        whole.locator("button").click()
        wait_for_text(page, said)
        _look(travel, said, seen)
    travel.enter("head", "/desk/finance/budget")
    travel.press("批准这一版", "2,000,000.00")
    travel.enter("cashier", "/desk/finance")
    wait_for_text(page, "预算用了")
    _look(travel, "statement", seen)


def _let_in(travel: Journey, seen: list[Any]) -> None:
    """The head looks at a file and lets it in; the clerk finds who was in it."""
    page = travel.page
    content = _csv(101, 103, spoiled="N9,张九,140105198003150000,140100,resident,,2020-01-01")
    travel.enter("head", "/desk/imports")
    _look(travel, "imports", seen)
    page.get_by_label("里面是什么").select_option("people")
    travel.hand(re.compile("^文件"), "people.csv", content.decode())
    travel.press("看会写入什么", "会写入")
    _look(travel, "looked at", seen)
    travel.hand("再选一次同一个文件", "people.csv", content.decode())
    travel.press("写入", "导入过的文件", exact=True)
    for _ in range(50):
        if "写完了" in page.content():
            break
        page.wait_for_timeout(200)
        page.goto(f"{travel.place}/desk/imports")
    wait_for_text(page, "写完了")
    _look(travel, "written", seen)
    travel.enter("clerk", "/desk/people/N101")
    wait_for_text(page, "张101")
