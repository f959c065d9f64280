"""From the box on the first page to the figure: the five founding questions and twenty others."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from playwright.sync_api import expect

from .browsing import SECONDS, findings, keep_picture, open_page, overflow, wait_for_text

FOUNDING = (
    ("山西医保个人缴费多少一个月", "33.33 元", "400.00"),
    ("太原医保网上缴费怎么操作", "山西医保", ""),
    ("个人身份参加职工医保怎么报销", "82%", ""),
    ("北京医保和山西医保报销一样吗", "85%", ""),
    ("太原门诊共济可以绑定几个人、怎么用", "1 位授权人", ""),
)
OTHERS = (
    ("退休老人去三甲住院花了3万自己掏多少", "3,428.00 元", "3,428.00"),
    ("居民三甲住院花8000报多少", "4,200.00 元", "3,800.00"),
    ("在职职工三甲住院花2万", "4,256.00 元", "4,256.00"),
    ("社区医院住院居民花3000", "535.00 元", "535.00"),
    ("灵活就业一个月缴多少", "352.25 元", "472.25"),
    ("居民2026年缴多少", "400.00 元", "400.00"),
    ("断缴两年等几个月", "5 个月", "2027-"),
    ("三甲报多少", "82%", ""),
    ("大病保险起付线多少", "10,000.00 元", ""),
    ("低保住院救助比例", "70%", ""),
    ("职工门诊起付线多少", "80.00 元", ""),
    ("去北京住院没备案报多少", "72%", ""),
    ("剖腹产报销多少", "3,000.00 元", ""),
    ("退休要缴满多少年", "25 年", ""),
    ("父母能用我的个人账户吗", "1,000.00 元", ""),
    ("居民医保封顶线", "70,000.00 元", ""),
    ("高血压门诊报多少", "60%", ""),
    ("第二次住院起付线", "50%", ""),
    ("药店买药能报吗", "65%", ""),
    ("职工大额补助封顶多少", "90%", ""),
)
QUESTIONS = (*FOUNDING, *OTHERS)
LOOKS = tuple(
    itertools.product(
        ("phone", "desktop"), ("zh.normal.light", "zh.elder-largest.dark", "en.normal.dark")
    )
)


@pytest.mark.parametrize(("width", "look"), LOOKS)
def test_a_question_leads_from_the_box_to_its_figure(
    width: str, look: str, verify: bool, browser: Any, address: str, closing: list[Any]
) -> None:
    """By keyboard and without script; each look has its share, ``make verify`` all of them."""
    page = open_page(browser, address, width, look, script=False)
    closing.append(page)
    at = LOOKS.index((width, look))
    for question, said, figure in QUESTIONS if verify else QUESTIONS[at :: len(LOOKS)]:
        page.goto(address)
        page.locator("#q").fill(question)
        page.locator("#q").press("Enter")
        wait_for_text(page, said, "p.answered")
        if figure:
            page.locator("main .actions a.button").first.click()
            expect(page.locator(".headline .fig")).to_contain_text(figure, timeout=SECONDS * 1_000)
            expect(page.locator("details.why").first).to_be_attached()


def test_the_answers_are_fit_to_be_seen(browser: Any, address: str, closing: list[Any]) -> None:
    """The page of an answer in the largest text on a phone: nothing overflows, axe is silent."""
    page = open_page(browser, address, "phone", "zh.elder-largest.light")
    closing.append(page)
    violations = []
    for at, (question, _, _) in enumerate(FOUNDING):
        page.goto(f"{address}/search?q={question}")
        assert overflow(page) <= 0, question
        keep_picture(page, f"asked-{at}")
        violations += findings(page, question)
    assert violations == []
