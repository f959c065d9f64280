"""Pages on paper: no navigation, everything unfolded, black on white, nothing cut off.

``YIBAO_SCREENSHOTS=folder`` keeps a picture of every page as it is printed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader
from starlette.applications import Starlette
from starlette.testclient import TestClient

from yibao.database.unit import Database
from yibao.inquiry.calculators import Calculator
from yibao.policy.compile import PolicyLibrary
from yibao.portal.security import SESSION_COOKIE
from yibao.scenario.demo import logins

from ..browsing import keep_picture, serving
from .conftest import Clock, copied, house_of

LOOKS = ("zh.normal.light", "en.normal.dark", "zh.elder-largest.light")
SHEET = {"width": 680, "height": 970}
"""The part of an A4 sheet inside its margins, in CSS pixels."""
PUBLIC = {
    "area": "/policy/area/140100?topic=employee.inpatient",
    "rule": "/policy/parameter/employee.inpatient.ratio?area=140100",
    "dispute": "/policy/dispute/K03",
    "source": "/policy/source/O-EI-01",
    "guide": "/guides/resident_alipay_140000",
    "ask": "/search?q=三甲报多少",
}
OWN = {
    "own": "/own",
    "contributions": "/own/contributions",
    "account": "/own/account",
    "visits": "/own/visits",
    "own-year": "/own/year?year=2025",
    "used": "/own/used",
}
_PRINTED = """() => {
  const seen = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && element.getClientRects().length > 0;
  const light = colour => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return a === 0 ? 1 : (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  };
  const faults = [];
  const name = element => `${element.tagName}.${element.getAttribute("class") || ""} ` +
    element.textContent.trim().slice(0, 30);
  for (const element of document.querySelectorAll(
      ".top, .foot, .dock, .crumbs, .skip, nav, button, input, select, .button"))
    if (seen(element)) faults.push(["navigation", name(element)]);
  for (const card of document.querySelectorAll("main .card"))
    if (seen(card) && ![...card.children].some(child => child.tagName !== "H2" && seen(child)))
      faults.push(["a heading alone", name(card)]);
  for (const folded of document.querySelectorAll("main details")) {
    const inside = [...folded.children].filter(child => child.tagName !== "SUMMARY");
    if (seen(folded) && inside.length && !inside.some(seen))
      faults.push(["folded", name(folded)]);
  }
  const right = document.documentElement.clientWidth + 1;
  for (const element of document.querySelectorAll("main *")) {
    if (!seen(element) || element.closest("svg, .sr, .visually-hidden")) continue;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (box.width > 2 && box.right > right) faults.push(["beyond the sheet", name(element)]);
    const cut = element.scrollWidth > element.clientWidth + 1 && box.width > 2;
    if (style.overflowX !== "visible" && cut)
      faults.push(["cut off", name(element)]);
    if (light(style.backgroundColor) < 0.85 && element.textContent.trim())
      faults.push(["dark ground", name(element)]);
    const says = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (says && light(style.color) > 0.5) faults.push(["pale", name(element)]);
  }
  if (light(getComputedStyle(document.body).backgroundColor) < 0.99)
    faults.push(["ground", getComputedStyle(document.body).backgroundColor]);
  return faults;
}"""


@pytest.fixture(scope="module")
def shared(demo_store: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with copied(demo_store, tmp_path_factory.mktemp("printed")) as database:
        yield database


@pytest.fixture(scope="module")
def shared_house(
    packs: PolicyLibrary, shared: Database, tmp_path_factory: pytest.TempPathFactory
) -> Starlette:
    return house_of(packs, shared, tmp_path_factory.mktemp("house"), Clock())


@pytest.fixture(scope="module")
def paths(
    shared: Database, shared_house: Starlette, calculators: dict[str, Calculator]
) -> tuple[dict[str, str], str]:
    """Every page that is printed, and the cookie of who is signed in."""
    known = {login.login: login.password for login in logins(shared)}
    caller = TestClient(shared_house, follow_redirects=False)
    caller.post("/sign-in", data={"login": "zhangwei", "password": known["zhangwei"]})
    (settlement, *_) = re.findall(r'href="(/own/visits/[0-9a-f]+)"', caller.get("/own/visits").text)
    answers = {
        f"answer-{name}": "/calc/{}?{}".format(
            name, "&".join(f"{key}={value}" for key, value in calculator.example.items())
        )
        for name, calculator in calculators.items()
    }
    return answers | PUBLIC | OWN | {"settlement": settlement}, caller.cookies[SESSION_COOKIE]


def test_pages_are_printed_whole_in_black_on_white(
    browser: Any, shared_house: Starlette, paths: tuple[dict[str, str], str]
) -> None:
    faults = []
    with serving(shared_house) as address:
        for look in LOOKS:
            context = browser.new_context(viewport=SHEET, java_script_enabled=True)
            context.add_cookies(
                [
                    {"name": "display", "value": look, "url": address},
                    {"name": SESSION_COOKIE, "value": paths[1], "url": address},
                ]
            )
            page = context.new_page()
            page.emulate_media(media="print")
            for name, path in paths[0].items():
                if look != LOOKS[0] and name not in ("answer-year", "rule", "own", "settlement"):
                    continue
                page.goto(f"{address}{path}")
                keep_picture(page, f"printed-{name}-{look}")
                faults += [(look, name, *fault) for fault in page.evaluate(_PRINTED)]
            context.close()
    assert not faults, "\n".join(map(str, faults))


def test_the_sheets_say_what_the_page_says(
    browser: Any, shared_house: Starlette, paths: tuple[dict[str, str], str]
) -> None:
    """A folded step and the whole of a wide table are on the sheets themselves."""
    with serving(shared_house) as address:
        context = browser.new_context(viewport=SHEET, java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{address}{paths[0]['answer-visit']}")
        sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
        said = re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in sheets.pages))
        for text in page.locator("main details.why .body dt").all_text_contents():
            assert re.sub(r"\s", "", text) in said
        context.close()
