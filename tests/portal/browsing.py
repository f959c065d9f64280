"""A service on a port, and what is asked of every page that a browser shows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect
from starlette.applications import Starlette
from tests.support.serving import SECONDS, running

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {"phone": (390, 844), "desktop": (1280, 900)}


@contextmanager
def serving(service: Starlette) -> Iterator[str]:
    """The service on a free port; its address."""
    with running(service, log_level="error", access_log=False) as port:
        yield f"http://127.0.0.1:{port}"


def open_page(browser: Any, address: str, width: str, look: str, *, script: bool = True) -> Any:
    """A page of a browser that has seen nothing, as wide as a phone or a desktop."""
    size = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=script,
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "display", "value": look, "url": address}])
    context.set_default_timeout(SECONDS * 1_000)
    return context.new_page()


def wait_for(page: Any, path: str) -> None:
    """Until the page is at a path: an action in a browser is over before what it leads to."""
    page.wait_for_url(lambda url: url.endswith(path))


def wait_for_text(page: Any, text: str, where: str = "main") -> None:
    """Until a part of the page says something."""
    expect(page.locator(where)).to_contain_text(text, timeout=SECONDS * 1_000)


def wait_until_seen(locator: Any) -> None:
    """Until an element is there and in sight."""
    expect(locator).to_be_visible(timeout=SECONDS * 1_000)


def wait_until_focused(locator: Any) -> None:
    """Until an element has the focus of the keyboard."""
    expect(locator).to_be_focused(timeout=SECONDS * 1_000)


def wait_until_hidden(locator: Any) -> None:
    """Until an element is gone or out of sight."""
    expect(locator).to_be_hidden(timeout=SECONDS * 1_000)


def overflow(page: Any) -> int:
    """By how many pixels a page is wider than its window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


_SQUEEZED = """() => [...document.querySelectorAll("main :is(th, td, dt, dd)")].filter(cell => {
  const box = cell.getBoundingClientRect(), words = cell.innerText.trim();
  const style = getComputedStyle(cell), size = parseFloat(style.fontSize);
  const inner = box.width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const head = cell.closest("thead");
  if (head && getComputedStyle(head).position === "absolute") return false;
  return box.height > 1 && words.length > 4 && inner < 3 * size && box.height > 3.5 * size;
}).map(cell => cell.innerText.trim().slice(0, 30))"""


def squeezed(page: Any) -> list[str]:
    """The cells of tables and lists whose words stand in a column of fewer than three letters."""
    cells: list[str] = page.evaluate(_SQUEEZED)
    return cells


def keep_picture(page: Any, name: str) -> None:
    """A picture of the page where ``YIBAO_SCREENSHOTS`` names a folder."""
    folder = os.environ.get("YIBAO_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def findings(page: Any, name: str) -> list[tuple[str, str, str]]:
    """What axe finds on a page with everything unfolded: page, rule, element."""
    page.evaluate(
        "for (const one of document.querySelectorAll('details:not(.menu)')) one.open = true"
    )
    page.evaluate(AXE_SCRIPT)
    options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}
    result = page.evaluate("options => axe.run(options)", options)
    return [
        (name, violation["id"], violation["nodes"][0]["html"][:150])
        for violation in result["violations"]
    ]
