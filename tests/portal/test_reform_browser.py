"""A reform tried in a browser: the rule, the value beside today's, two proposals, what it does."""

from __future__ import annotations

from typing import Any

import pytest

from yibao.portal import reform_pages

from .browsing import findings, keep_picture, open_page, overflow, wait_for_text


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_two_proposals_are_tried(
    width: str,
    browser: Any,
    address: str,
    area: str,
    closing: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a script, and with one: nothing overflows, axe finds nothing."""
    monkeypatch.setattr(reform_pages, "PEOPLE", 300)
    page = open_page(browser, address, width, "zh.normal.light", script=False)
    closing.append(page)
    page.goto(f"{address}/reform")
    page.locator(f'a[href="/reform?area={area}"]').click()
    page.locator('a[href$="parameter=resident.inpatient.ratio"]').click()
    today = page.locator("#v0").input_value()
    assert today == "60"
    page.locator("#v0").fill("70")
    for summary in page.locator("form details summary").all()[:1]:
        summary.click()
    page.locator("#a0").fill("75")
    page.get_by_role("button", name="试算").click()
    wait_for_text(page, "基金多付在哪里")  # the page comes again by itself until it is there
    wait_for_text(page, "方案 2")
    assert page.locator("#v0").input_value() == "70"
    assert page.locator("#a1").input_value() == page.locator("#v1").input_value()
    assert "a0=75" in page.url
    for address_of in ("/reform/table.csv?", "/reform/reform.pdf?"):
        link = page.locator(f'a[href^="{address_of}"]').first
        answer = page.request.get(address + str(link.get_attribute("href")))
        assert answer.ok
    looked_at = open_page(browser, address, width, "zh.normal.light")
    closing.append(looked_at)
    looked_at.goto(page.url)
    wait_for_text(looked_at, "基金多付在哪里")
    keep_picture(looked_at, f"reform-{width}")
    assert overflow(looked_at) <= 0
    assert findings(looked_at, width) == []
