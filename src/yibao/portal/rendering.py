"""Pages from templates: one environment, texts in two languages, static files by content."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from yibao import __version__
from yibao.database.instants import civil_day
from yibao.inquiry.sentences import value_text
from yibao.messages import Fen, Wording, text_of
from yibao.messages.pages import html_language
from yibao.money.text import format_yuan
from yibao.policy.compile import PolicyLibrary
from yibao.portal import charts
from yibao.portal.display import (
    COOKIE,
    LANGUAGES,
    SPEECH,
    Display,
    Speech,
    from_cookie,
)
from yibao.portal.fragments import Fragments
from yibao.portal.navigation import SiteSection, Visitor, section_at, sections_for
from yibao.portal.security import SESSION_COOKIE
from yibao.portal.templating import PageEnvironment

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_UNSENT = re.compile(r"/\*.*?\*/\s*|^\s+", re.DOTALL | re.MULTILINE)
"""Comments and indents of the stylesheets: for who writes them."""
_BLANKS = re.compile(r"\s*([{};,])\s*|(?<=:)\s+")


def sheet(name: str) -> str:
    """A stylesheet as it is sent: the look that all pages share, and then the file's own."""
    written = ((STATIC / file).read_text(encoding="utf-8") for file in ("look.css", name))
    return _BLANKS.sub(r"\1", _UNSENT.sub("", "\n".join(written)))


def display_of(request: Request) -> Display:
    """How this visitor wants pages to look."""
    return from_cookie(request.cookies.get(COOKIE, ""))


def show_step(step: Any, display: Display) -> str:
    """The amount of a step in its unit."""
    return text_of(step.quantity, display.language)


_TOGETHER = re.compile(r"[¥+\-−]?[0-9][0-9,.:%\-]*(?: (?:元|年|个月|天|岁|%))?")


def held_together(text: str) -> Markup:
    """Numbers, dates and amounts with their unit never break between lines."""
    parts = [Markup("")]
    at = 0
    for match in _TOGETHER.finditer(text):
        parts.append(escape(text[at : match.start()]))
        parts.append(Markup('<span class="nb">') + escape(match[0]) + Markup("</span>"))
        at = match.end()
    parts.append(escape(text[at:]))
    return Markup("").join(parts)


_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def marked(text: str, t: Speech) -> Markup:
    """The attribute of an element whose text stays Chinese on an English page."""
    return Markup(' lang="zh-CN"' if t.language != "zh" and _CHINESE.search(text) else "")


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese in it, so that a page names its language."""
    return _CHINESE.search(text) is not None


_FIGURE = re.compile(r"([^0-9]*[0-9][0-9,]*)(\.[0-9]+)?(?: (\S.*))?")


class FigureParts(NamedTuple):
    """A figure as it is set: the whole part large, the rest smaller."""

    head: str
    fraction: str = ""
    unit: str = ""


def figure_parts(text: str) -> FigureParts:
    """``3,428.00 元`` as ``3,428``, ``.00`` and ``元``; any other text whole."""
    number = _FIGURE.fullmatch(text)
    if number is None:
        return FigureParts(text)
    return FigureParts(*(part or "" for part in number.groups()))


def phrases(text: str) -> Markup:
    """``甲，|乙``: a line breaks between the phrases first."""
    return Markup("").join(
        Markup('<span class="phrase">') + escape(phrase) + Markup("</span>")
        for phrase in text.split("|")
    )


def is_figure(text: str) -> bool:
    """Whether a cell holds one number."""
    return _TOGETHER.fullmatch(text) is not None


def _as_value(address: str) -> str:
    """An address as the value of another one's query, with as few signs as may stand there."""
    return quote(address, safe="/?=:,")


def _environment(language: str) -> PageEnvironment:
    """Where the templates of one language are written: ``_`` says what stands in them."""
    environment = PageEnvironment(_HERE / "templates", language)
    environment.filters.update(yuan=format_yuan, fen=Fen, unbroken=held_together)
    environment.filters.update(figure_parts=figure_parts, phrases=phrases)
    environment.filters.update(as_value=_as_value, civil_day=civil_day)
    environment.filters.update(is_figure=is_figure, value=value_text, is_chinese=is_chinese)
    environment.globals.update(
        languages=LANGUAGES,
        charts=charts,
        show_step=show_step,
        marked=marked,
        version=__version__,
    )
    return environment


_MARK_OF_CHINESE = "zh-CN"


class Pages:
    """Writes pages."""

    def __init__(
        self,
        sections: tuple[SiteSection, ...],
        styles: str,
        figures: datetime.date,
        packs: PolicyLibrary,
    ) -> None:
        self._environments = {language: _environment(language) for language in LANGUAGES}
        self.fragments = Fragments(self._environments, packs)
        for environment in self._environments.values():
            environment.globals.update(fragments=self.fragments)
        self.sections = sections
        self.figures = figures
        self.files: dict[str, tuple[bytes, str]] = {
            "app.css": (styles.encode(), "text/css; charset=utf-8"),
            "desk.css": (sheet("desk.css").encode(), "text/css; charset=utf-8"),
            "app.js": ((STATIC / "app.js").read_bytes(), "text/javascript; charset=utf-8"),
            "icon.svg": ((STATIC / "icon.svg").read_bytes(), "image/svg+xml"),
        }
        self.addresses = {
            name: f"/static/{hashlib.sha256(content).hexdigest()[:12]}/{name}"
            for name, (content, _) in self.files.items()
        }

    def prepare(self) -> None:
        """Make ready what the first page of each template would wait for."""
        for environment in self._environments.values():
            environment.prepare()

    def page(
        self,
        request: Request,
        template: str,
        title: Wording,
        values: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """A page; ``title`` stands in the window and in the heading."""
        display = display_of(request)
        here = request.url.path
        if request.method == "GET" and request.url.query:
            here += f"?{request.url.query}"

        sections = sections_for(self.sections, Visitor())
        text = (
            self._environments[display.language]
            .get_template(template)
            .render(
                {
                    "t": SPEECH[display.language],
                    "title": title,
                    "display": display,
                    "here": here,
                    "path": request.url.path,
                    "sections": sections,
                    "here_section": section_at(sections, request.url.path),
                    "has_login": any(section.behind_login for section in sections),
                    "has_session": SESSION_COOKIE in request.cookies,
                    "static": self.addresses,
                    "figures": self.figures,
                    **(values or {}),
                }
            )
        )
        if html_language(display.language) == _MARK_OF_CHINESE:
            # What is Chinese is marked so for pages of another language; here the page says it.
            head, body, rest = text.partition("<body")
            text = head + body + rest.replace(f' lang="{_MARK_OF_CHINESE}"', "")
        response = HTMLResponse(text, status)
        response.headers["Cache-Control"] = "no-store" if request.url.query else "no-cache"
        response.headers["Vary"] = "Cookie"
        response.headers["Content-Language"] = html_language(display.language)
        return response
