"""Two scenarios on one curve: in the address, as lines, as a table, on paper, at the pointer."""

from __future__ import annotations

import datetime
import html
import io
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient

from yibao.inquiry.calculators import Calculator
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app

from .browsing import open_page

MINE = {"kind": "inpatient", "institution": "grade-3A", "total": "8000", "area": "140100"}
OTHER = MINE | {"scheme": "employee"}
ADDRESS = f"/calc/visit?{urlencode(MINE | {'beside': urlencode(OTHER)})}"


@pytest.fixture(scope="module")
def client(packs: PolicyLibrary, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    today = datetime.date(2026, 11, 30)
    return TestClient(
        create_app(packs, data=tmp_path_factory.mktemp("beside"), today=lambda: today)
    )


def _words(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page.partition("<main")[2]))


def test_the_form_leads_from_one_scenario_to_two(client: TestClient) -> None:
    page = client.get(f"/calc/visit?{urlencode(MINE)}").text
    (link,) = re.findall(r'href="(/calc/visit\?[^"]*fill=1[^"]*)#conditions"', page)
    form = client.get(html.unescape(link)).text
    assert "和刚才的叠在一张图上" in form
    (conditions,) = re.findall(r'name="beside" value="([^"]*)"', form)
    sent = OTHER | {"beside": html.unescape(conditions)}
    answer = client.post("/calc/visit", data=sent, follow_redirects=False)
    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert parse_qs(query["beside"][0])["total"] == ["8000"]
    assert "另一种" in client.get(answer.headers["location"]).text


def test_both_lines_are_what_each_page_says(client: TestClient) -> None:
    page = client.get(ADDRESS).text
    assert page.count("<polyline") == 2
    said = _words(page)
    assert "个人负担：这一种" in said
    assert "个人负担：另一种（参保类型 职工）" in said
    (alone,) = re.findall(r'另一种：<a href="([^"]+)"', page)
    figures = [
        re.search(r"自己付 ([\d,.]+) 元", _words(client.get(path).text))
        for path in (f"/calc/visit?{urlencode(MINE)}", html.unescape(alone))
    ]
    row = next(row for row in re.findall(r"<tr.*?</tr>", page, re.S) if "您填的" in row)
    cells = re.findall(r'class="num figure">([\d,.]+)<', row)
    assert cells == [figure[1] for figure in figures if figure]


def test_the_numbers_and_the_paper_hold_both(client: TestClient) -> None:
    query = ADDRESS.partition("?")[2]
    head = client.get(f"/calc/visit/curve.csv?{query}").text.splitlines()[0]
    assert head.count(",") == 2
    assert "另一种" in client.get(f"/calc/visit/curve.svg?{query}").text
    paper = PdfReader(io.BytesIO(client.get(f"/calc/visit/answer.pdf?{query}").content))
    assert len(paper.pages) == 2
    assert "费用变化时各付多少" in "".join(page.extract_text() for page in paper.pages)


A_LARGE_FAMILY = {
    "scheme-4": "resident",
    "scheme-5": "employee",
    "base-5": "9000",
    "scheme-6": "flexible",
}


@pytest.mark.parametrize(
    ("language", "same"), [("zh", "同一结果的网页"), ("en", "The same as a page")]
)
def test_every_answer_is_at_most_two_sheets_with_its_whole_address(
    language: str, same: str, client: TestClient, calculators: dict[str, Calculator]
) -> None:
    looks = {"Cookie": f"display={language}.normal.light"}
    for name, calculator in calculators.items():
        more = A_LARGE_FAMILY if name == "family" else {}
        query = urlencode(calculator.example | more)
        answer = client.get(f"/calc/{name}/answer.pdf?{query}", headers=looks)
        paper = PdfReader(io.BytesIO(answer.content))
        assert len(paper.pages) <= 2, name
        assert same in paper.pages[-1].extract_text(), name


def test_months_that_are_alike_are_one_line_on_the_paper(
    client: TestClient, calculators: dict[str, Calculator]
) -> None:
    query = urlencode(calculators["family"].example)
    paper = PdfReader(io.BytesIO(client.get(f"/calc/family/answer.pdf?{query}").content))
    said = "".join(page.extract_text() for page in paper.pages)
    assert said.count("缴费基数（12 次）") == 2


@pytest.mark.parametrize("other", ["x", "total=abc", "kind=inpatient", "%", "a" * 5000])
def test_a_second_scenario_that_is_none_leaves_the_first(client: TestClient, other: str) -> None:
    page = client.get(f"/calc/visit?{urlencode(MINE | {'beside': other})}")
    assert page.status_code == 200
    assert "自己付" in _words(page.text)


def test_values_at_the_pointer_are_the_engines_own(
    browser: Any, address: str, closing: list[Any]
) -> None:
    page = open_page(browser, address, "desktop", "zh.normal.light")
    closing.append(page)
    page.goto(address + ADDRESS)
    output = page.locator(".reading output").first
    assert "8,000.00" in output.text_content()
    box = page.locator("figure.curve").first.bounding_box()
    page.locator("figure.curve").first.scroll_into_view_if_needed()
    box = page.locator("figure.curve").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 60)
    page.wait_for_function(
        "() => !document.querySelector('.reading output').textContent.includes('8,000.00')"
    )
    words = output.text_content()
    page.locator("details.more summary").first.click()
    numbers = re.findall(r"[\d,]+\.\d\d", words)
    assert len(numbers) == 3
    points = page.locator("figure.curve").first.get_attribute("data-points")
    assert any(point.split("|")[1:] == numbers for point in points.split(";"))
    page.locator(".reading input").first.focus()
    page.keyboard.press("Home")
    assert "0.00" in output.text_content()
