"""A real browser at phone and desktop width: nothing overflows, axe finds nothing, journeys work.

``YIBAO_SCREENSHOTS=folder`` keeps a picture of every page.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from yibao.inquiry.calculators import Calculator
from yibao.portal.display import SIZES

from .browsing import (
    AXE_TAGS,
    WIDTHS,
    open_page,
    overflow,
    squeezed,
    wait_for,
    wait_for_text,
    wait_until_focused,
    wait_until_hidden,
    wait_until_seen,
)

THEMES = ("light", "dark")
Mode = tuple[str, str, str]
"""Width, size of text, colour scheme."""
BY_MODE = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
"""What depends on size and colour; the rest of axe's rules look at the same document."""
REQUESTS, BYTES = 4, 100_000
PAGES = {
    "home": "/",
    "calc": "/calc",
    "policy": "/policy",
    "changes": "/policy/changes",
    "area": "/policy/area/140100",
    "topic": "/policy/area/140100?topic=employee.inpatient",
    "disputes": "/policy/disputes",
    "parameter": "/policy/parameter/employee.inpatient.ratio?area=140100",
    "dispute": "/policy/dispute/K03",
    "gaps": "/policy/gaps",
    "source": "/policy/source/O-EI-01",
    "search": "/search?q=三甲报多少",
    "guides": "/guides",
    "guide": "/guides/resident_alipay_140000",
    "directory": "/directory",
    "report": "/report",
    "report-faults": "/report?number=abc",
    "settings": "/settings",
    "guided": "/guided",
    "guided-hospital": "/guided?kind=inpatient&who=resident",
    "guided-fault": "/guided?kind=inpatient&who=resident&clinic_typed=abc",
    "guided-all": "/guided?kind=inpatient&who=unknown&clinic=grade-3A&total=unknown",
    "explore": "/explore",
    "explore-figure": "/explore/figure/15?area=140100",
    "explore-rule": "/explore/rule/employee.inpatient.ratio?area=140100",
    "services": "/services",
    "reform": "/reform",
    "beside": "/calc/visit?{visit}&beside=total%3D8000%26kind%3Dinpatient%26scheme%3Demployee",
    "style": "/style",
    "answer-unfiled": "/calc/visit?total=30000&scheme=employee&where=away&care_area=110000",
    "about": "/about",
    "faults": "/calc/visit?total=abc&on=never",
}


@pytest.fixture(scope="session")
def pages(calculators: dict[str, Calculator]) -> dict[str, str]:
    paths = dict(PAGES)
    for name, calculator in calculators.items():
        paths[f"form-{name}"] = f"/calc/{name}"
        paths[f"answer-{name}"] = f"/calc/{name}?{urlencode(calculator.example)}"
    return paths


def _sampled(number: int) -> dict[str, tuple[Mode, ...]]:
    """How the page of a number is looked at in `make test`, by language.

    Every page in both languages, at both widths, in both colour schemes, in all sizes; over
    four pages every pair of these stands beside every size.
    """
    size = [SIZES[(number + turn) % len(SIZES)] for turn in range(4)]
    return {
        "zh": (("phone", size[0], "light"), ("desktop", size[1], "dark")),
        "en": (("phone", size[2], "dark"), ("desktop", size[3], "light")),
    }


def _modes(language: str, number: int, verify: bool) -> tuple[Mode, ...]:
    """A sample that holds every pair; `make verify` takes all of them."""
    if not verify:
        return _sampled(number)[language]
    return tuple(itertools.product(WIDTHS, SIZES, THEMES))


def test_the_sample_of_modes_holds_every_pair() -> None:
    kinds = {"language": ("zh", "en"), "width": WIDTHS, "size": SIZES, "theme": THEMES}
    seen = [
        dict(zip(kinds, (language, *mode), strict=True), page=number)
        for number in range(4)
        for language, modes in _sampled(number).items()
        for mode in modes
    ]
    for kind, other in itertools.combinations(kinds, 2):
        wanted = set(itertools.product(kinds[kind], kinds[other]))
        assert {(look[kind], look[other]) for look in seen} == wanted
    for kind, values in kinds.items():
        assert {(look["page"], look[kind]) for look in seen} == set(
            itertools.product(range(4), values)
        )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_in_every_mode(
    language: str,
    verify: bool,
    browser: Any,
    address: str,
    pages: dict[str, str],
    closing: list[Any],
) -> None:
    """Nothing overflows, axe finds nothing, nothing comes from elsewhere, nothing complains."""
    page = open_page(browser, address, "phone", f"{language}.normal.light")
    closing.append(page)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    folder = os.environ.get("YIBAO_SCREENSHOTS")
    violations = []
    for number, (name, path) in enumerate(pages.items()):
        page.goto(address + path)
        page.evaluate(
            "for (const one of document.querySelectorAll('details:not(.menu)')) one.open = true"
        )
        page.evaluate(AXE_SCRIPT)
        for at, (width, size, theme) in enumerate(_modes(language, number, verify)):
            page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
            page.evaluate(
                "([size, theme]) => Object.assign("
                "document.documentElement.dataset, {size: size, theme: theme})",
                [size, theme],
            )
            assert overflow(page) <= 0, (name, width, size)
            if folder:
                shot = f"{name}-{language}-{width}-{size}-{theme}.png"
                page.screenshot(path=str(Path(folder) / shot), full_page=True)
            rules = {"type": "tag", "values": AXE_TAGS}
            if at and not verify:
                rules = {"type": "rule", "values": BY_MODE}
            options = {"runOnly": rules, "resultTypes": ["violations"]}
            result = page.evaluate("options => axe.run(options)", options)
            violations += [
                (name, width, size, theme, violation["id"], violation["nodes"][0]["html"][:150])
                for violation in result["violations"]
            ]
    assert violations == []
    assert all(url.startswith(address) for url in asked)
    # What the browser itself says about the page of faults, and nothing else.
    assert {text for text in complaints if "422" not in text} == set()


def test_pages_are_few_and_light(
    browser: Any, address: str, pages: dict[str, str], closing: list[Any]
) -> None:
    """A first visit of each page, nothing kept: requests, and bytes as they come over the wire."""
    for name, path in pages.items():
        page = open_page(browser, address, "phone", "zh.normal.light")
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        sizes: list[int] = []
        session.on(
            "Network.loadingFinished",
            lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]),
        )
        page.goto(address + path, wait_until="networkidle" if name == "home" else "load")
        page.context.close()
        # The browser's own pictures, like that of a date input, weigh nothing.
        assert sum(size > 0 for size in sizes) <= REQUESTS, name
        assert sum(sizes) <= BYTES, (name, sum(sizes))


def test_tables_are_legible_at_the_largest_letters_of_a_phone(
    browser: Any, address: str, pages: dict[str, str], closing: list[Any]
) -> None:
    """No label stands one letter under the other."""
    page = open_page(browser, address, "phone", "zh.elder-largest.light")
    closing.append(page)
    for name, path in pages.items():
        page.goto(address + path)
        assert squeezed(page) == [], name


@pytest.mark.parametrize("look", ["zh.normal.light", "en.elder-largest.dark"])
def test_the_open_menu_leads_everywhere(
    look: str, browser: Any, address: str, closing: list[Any]
) -> None:
    """On a phone; it lies over the page, which is looked at without it."""
    page = open_page(browser, address, "phone", look)
    closing.append(page)
    page.goto(address)
    page.locator(".menu summary").click()
    wait_until_seen(page.locator(".menu a[href='/guides']"))
    assert overflow(page) <= 0
    page.evaluate(AXE_SCRIPT)
    result = page.evaluate("() => axe.run('header')")
    assert [violation["id"] for violation in result["violations"]] == []
    page.locator(".menu a[href='/guides']").click()
    wait_for(page, "/guides")


def test_elder_text_and_targets_are_large(browser: Any, address: str, closing: list[Any]) -> None:
    page = open_page(browser, address, "phone", "zh.elder.light")
    closing.append(page)
    page.goto(f"{address}/calc/visit?total=8000")
    small = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(one =>
          one.childNodes.length && [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim())
          && one.getClientRects().length
          && parseFloat(getComputedStyle(one).fontSize) < (one.closest('svg') ? 15 : 17.5)
        ).map(one => one.tagName + ' ' + one.className + ' ' + one.textContent.slice(0, 30))"""
    )
    assert small == []
    low = page.evaluate(
        """() => [...document.querySelectorAll('button, select, .radios label, nav.main a')]
          .filter(one => one.offsetParent && one.getBoundingClientRect().height < 59.5)
          .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert low == []


def test_a_visit_without_script(browser: Any, address: str, closing: list[Any]) -> None:
    page = open_page(browser, address, "phone", "zh.normal.light", script=False)
    closing.append(page)
    page.goto(f"{address}/calc/visit")
    # What does not apply is not in sight, by the stylesheet alone.
    wait_until_hidden(page.locator("select[name=disease]"))
    page.get_by_label("门诊慢特病", exact=True).check()
    wait_until_seen(page.locator("select[name=disease]"))
    page.get_by_label("住院", exact=True).check()
    page.get_by_label("费用总额").fill("8000")
    page.locator("input[name=on]").fill("2025-06-01")
    page.get_by_role("button", name="计算").click()
    wait_for_text(page, "基金支付 4,200.00 元", ".headline")
    page.wait_for_url("**total=8000**")
    step = page.locator("details.why").first
    step.locator("summary").click()
    wait_until_seen(step.get_by_text("来源", exact=True))


def test_a_fault_is_reached_from_its_list(browser: Any, address: str, closing: list[Any]) -> None:
    page = open_page(browser, address, "phone", "zh.normal.light")
    closing.append(page)
    page.goto(f"{address}/calc/visit")
    page.get_by_label("费用总额").fill("一百")
    page.get_by_role("button", name="计算").click()
    page.locator(".faults a").first.click()
    field = page.locator("input[name=total]")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.input_value() == "一百"
    wait_for(page, "#total")


def test_the_keyboard_reaches_everything(browser: Any, address: str, closing: list[Any]) -> None:
    page = open_page(browser, address, "desktop", "zh.normal.light")
    closing.append(page)
    page.goto(address)
    page.keyboard.press("Tab")
    wait_until_focused(page.locator("a.skip"))
    page.keyboard.press("Enter")
    wait_for(page, "#main")
    page.goto(f"{address}/search")
    page.locator("#q").focus()
    page.keyboard.type("三甲报多少")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=**")
    wait_until_seen(page.get_by_text("回答", exact=True))


def test_print_shows_the_steps_and_not_the_form(
    browser: Any, address: str, closing: list[Any]
) -> None:
    page = open_page(browser, address, "desktop", "zh.normal.light")
    closing.append(page)
    page.goto(f"{address}/calc/visit?total=8000")
    page.emulate_media(media="print")
    wait_until_hidden(page.locator(".asked"))
    wait_until_seen(page.locator(".headline"))
    wait_until_seen(page.locator("details.why .body").first)
    assert len(page.pdf()) > 10_000
