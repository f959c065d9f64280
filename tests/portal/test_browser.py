"""A real browser at phone and desktop width: nothing overflows, axe finds nothing, journeys work.

``YIBAO_SCREENSHOTS=folder`` keeps a picture of every page.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from yibao.inquiry.calculators import Calculator

AXE = "axe-core@4.14.1"
AXE_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}
LOOKS = (
    ("phone", "zh.normal.light"),
    ("phone", "en.normal.dark"),
    ("phone", "zh.elder.light"),
    ("phone", "en.elder-largest.dark"),
    ("desktop", "zh.normal.light"),
    ("desktop", "en.elder-largest.light"),
)
PAGES = {
    "home": "/",
    "calc": "/calc",
    "policy": "/policy",
    "changes": "/policy/changes",
    "area": "/policy/area/140100",
    "parameter": "/policy/parameter/employee.inpatient.ratio?area=140100",
    "dispute": "/policy/dispute/K03",
    "gaps": "/policy/gaps",
    "source": "/policy/source/O-EI-01",
    "search": "/search?q=三甲报多少",
    "guides": "/guides",
    "guide": "/guides/resident_alipay_140000",
    "directory": "/directory",
    "report": "/report",
    "settings": "/settings",
    "about": "/about",
    "faults": "/calc/visit?total=abc&on=never",
}


@pytest.fixture(scope="session")
def pages(calculators: dict[str, Calculator]) -> dict[str, str]:
    found = dict(PAGES)
    for name, calculator in calculators.items():
        found[f"form-{name}"] = f"/calc/{name}"
        found[f"answer-{name}"] = f"/calc/{name}?{urlencode(calculator.example)}"
    return found


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker, fetched from npm for the test only; skipped, loudly, where npm is absent."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("没有 npm：axe 检查没有运行")
    folder = Path("build/npm").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{AXE.replace('@', '-')}.tgz"
    if not archive.is_file():
        try:
            subprocess.run(
                [npm, "pack", AXE, "--silent"], cwd=folder, check=True, capture_output=True
            )
        except subprocess.CalledProcessError:
            pytest.skip("取不到 axe-core：axe 检查没有运行")
    content = archive.read_bytes()
    assert hashlib.sha256(content).hexdigest() == AXE_SHA256
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        file = packed.extractfile("package/axe.min.js")
        assert file is not None
        return file.read().decode()


def _visit(browser: Any, address: str, width: str, look: str, *, script: bool = True) -> Any:
    size = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=script
    )
    context.add_cookies([{"name": "display", "value": look, "url": address}])
    return context.new_page()


@pytest.fixture
def closing() -> Iterator[list[Any]]:
    opened: list[Any] = []
    yield opened
    for page in opened:
        page.context.close()


@pytest.mark.parametrize(("width", "look"), LOOKS)
def test_nothing_overflows_and_nothing_comes_from_elsewhere(
    width: str,
    look: str,
    browser: Any,
    address: str,
    pages: dict[str, str],
    closing: list[Any],
) -> None:
    page = _visit(browser, address, width, look)
    closing.append(page)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    folder = os.environ.get("YIBAO_SCREENSHOTS")
    for name, path in pages.items():
        page.goto(address + path)
        over = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, (name, over)
        if folder:
            picture = Path(folder) / f"{width}-{look}-{name}.png"
            page.screenshot(path=str(picture), full_page=True)
    assert all(url.startswith(address) for url in asked)
    # What the browser itself says about the page of faults, and nothing else.
    assert {text for text in complaints if "422" not in text} == set()


@pytest.mark.parametrize("look", ["zh.normal.light", "en.elder.dark"])
def test_axe_finds_nothing(
    look: str, browser: Any, address: str, pages: dict[str, str], axe: str, closing: list[Any]
) -> None:
    page = _visit(browser, address, "phone", look)
    closing.append(page)
    found = []
    for name, path in pages.items():
        page.goto(address + path)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        page.evaluate(axe)
        result = page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
            " 'best-practice']})"
        )
        found += [(name, one["id"], one["nodes"][0]["html"][:150]) for one in result["violations"]]
    assert found == []


def test_elder_text_and_targets_are_large(browser: Any, address: str, closing: list[Any]) -> None:
    page = _visit(browser, address, "phone", "zh.elder.light")
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
    page = _visit(browser, address, "phone", "zh.normal.light", script=False)
    closing.append(page)
    page.goto(f"{address}/calc/visit")
    # What does not apply is not in sight, by the stylesheet alone.
    assert not page.locator("select[name=disease]").is_visible()
    page.get_by_label("门诊慢特病", exact=True).check()
    assert page.locator("select[name=disease]").is_visible()
    page.get_by_label("住院", exact=True).check()
    page.get_by_label("费用总额").fill("8000")
    page.locator("input[name=on]").fill("2025-06-01")
    page.get_by_role("button", name="计算").click()
    assert "基金支付 4,200.00 元" in page.locator(".headline").inner_text()
    assert "total=8000" in page.url
    step = page.locator("details.why").first
    step.locator("summary").click()
    assert step.get_by_text("来源", exact=True).is_visible()


def test_a_fault_is_reached_from_its_list(browser: Any, address: str, closing: list[Any]) -> None:
    page = _visit(browser, address, "phone", "zh.normal.light")
    closing.append(page)
    page.goto(f"{address}/calc/visit")
    page.get_by_label("费用总额").fill("一百")
    page.get_by_role("button", name="计算").click()
    page.locator(".faults a").first.click()
    field = page.locator("input[name=total]")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.input_value() == "一百"
    assert page.url.endswith("#total")


def test_the_keyboard_reaches_everything(browser: Any, address: str, closing: list[Any]) -> None:
    page = _visit(browser, address, "desktop", "zh.normal.light")
    closing.append(page)
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.goto(f"{address}/search")
    page.locator("#q").focus()
    page.keyboard.type("三甲报多少")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=**")
    assert page.get_by_text("直接回答").is_visible()


def test_print_shows_the_steps_and_not_the_form(
    browser: Any, address: str, closing: list[Any]
) -> None:
    page = _visit(browser, address, "desktop", "zh.normal.light")
    closing.append(page)
    page.goto(f"{address}/calc/visit?total=8000")
    page.emulate_media(media="print")
    assert not page.locator(".asked").is_visible()
    assert page.locator(".headline").is_visible()
    assert page.locator("details.why .body").first.is_visible()
    assert len(page.pdf()) > 10_000
