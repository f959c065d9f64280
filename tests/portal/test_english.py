"""The English pages: what stays Chinese says so."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlencode

from starlette.testclient import TestClient

from yibao.inquiry.calculators import Calculator

PAGES = (
    "/", "/calc", "/policy", "/policy/changes", "/policy/area/140100",
    "/policy/area/140100?topic=employee.inpatient",
    "/policy/parameter/employee.inpatient.ratio?area=140100", "/policy/disputes",
    "/policy/dispute/K03", "/policy/gaps", "/policy/source/O-EI-01", "/search?q=sanjia",
    "/guides", "/guides/resident_alipay_140000", "/directory", "/report",
    "/report/261121-00000000", "/settings", "/about", "/nothing",
    "/services", "/style", "/reform", "/explore", "/explore/figure/15",
    "/explore/rule/employee.inpatient.ratio",
    "/guided", "/guided?kind=inpatient&who=resident",
    "/guided?kind=inpatient&who=unknown&clinic=grade-3A&total=unknown",
)  # fmt: skip
_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_EMPTY = {"meta", "link", "input", "br", "img", "hr"}
_TOLD = ("aria-label", "placeholder", "alt", "title")


class _Reader(HTMLParser):
    """Collects Chinese outside of elements that are marked as Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self._languages = [""]
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        language = attributes.get("lang") or self._languages[-1]
        texts = [attributes.get(name) or "" for name in _TOLD]
        if not language.startswith("zh"):
            self.found += [text for text in texts if _CHINESE.search(text)]
        if tag not in _EMPTY:
            self._languages.append(language)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY and len(self._languages) > 1:
            self._languages.pop()

    def handle_data(self, data: str) -> None:
        if not self._languages[-1].startswith("zh") and _CHINESE.search(data):
            self.found.append(data.strip())


def _chinese(page: str) -> list[str]:
    reader = _Reader()
    # Self-closing elements of drawings open nothing.
    reader.feed(re.sub(r"<[^<>]*/>", "", page))
    return reader.found


def test_what_stays_chinese_is_marked_as_chinese(
    client: TestClient, calculators: dict[str, Calculator]
) -> None:
    client.cookies.set("display", "en.normal.light")
    unmarked = []
    for name, calculator in calculators.items():
        for path in (f"/calc/{name}", f"/calc/{name}?{urlencode(calculator.example)}"):
            unmarked += [(path.partition("?")[0], text) for text in _chinese(client.get(path).text)]
    for path in PAGES:
        unmarked += [(path, text) for text in _chinese(client.get(path).text)]
    assert unmarked == []
