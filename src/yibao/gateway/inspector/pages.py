"""The pages of the inspector, behind a token that is made anew at every start."""

from __future__ import annotations

import hmac
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from yibao.errors import NotFoundError
from yibao.exchange import raw
from yibao.exchange.steps import steps_of_message
from yibao.gateway.fields import shown_name
from yibao.gateway.inspector.keeping import as_curl, came_at, conformance, masked
from yibao.messages import CHINESE, Text, languages, text_of
from yibao.messages.pages import speak
from yibao.messages.stored import text_from_stored
from yibao.policy.titles import source_titles
from yibao.written import SourceIds

if TYPE_CHECKING:
    from yibao.database.unit import Database
    from yibao.policy.compile import PolicyLibrary

PATH = "/inspector"
COOKIE = "yibao_inspector"
LANGUAGE_COOKIE = "yibao_inspector_language"
_HERE = Path(__file__).parent
_MOST_SHOWN = 200
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}


class Inspector:
    """Shows a developer what their client sent and what became of it."""

    def __init__(
        self, database: Database, library: PolicyLibrary, token: str, address: str
    ) -> None:
        self._database = database
        self._library = library
        self._token = token
        self._address = address
        self._templates = {language: _templates(language) for language in languages()}

    def app(self) -> Starlette:
        """Everything below :data:`PATH`."""
        return Starlette(
            routes=[
                Route(f"{PATH}/", self._only_with_token(self.messages)),
                Route(f"{PATH}/style.css", self.style),
                Route(f"{PATH}/language/{{language}}", self.language),
                Route(f"{PATH}/report/{{institution}}", self._only_with_token(self.report)),
                Route(
                    f"{PATH}/report/{{institution}}/text", self._only_with_token(self.report_text)
                ),
                Route(f"{PATH}/{{raw_id}}", self._only_with_token(self.message)),
                Route(f"{PATH}/{{raw_id}}/curl", self._only_with_token(self.curl)),
                Route(PATH, self.home),
            ]
        )

    # --- who may look ------------------------------------------------------------------------

    def _only_with_token(self, page: Any) -> Any:
        async def opened(request: Request) -> Response:
            token = request.query_params.get("token")
            if token is not None and self._fits(token):
                # The address that a browser keeps does not hold the token.
                answer: Response = RedirectResponse(request.url.path, 303)
                answer.set_cookie(
                    COOKIE, token, path=PATH, httponly=True, samesite="strict",
                    secure=request.url.scheme == "https",
                )  # fmt: skip
            elif self._fits(request.cookies.get(COOKIE, "")):
                answer = await page(request)
            else:
                answer = self._page(request, "closed.html", 403)
            answer.headers.update(_HEADERS)
            return answer

        return opened

    def _fits(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token.encode())

    def _page(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        template = self._templates[_language(request)].get_template(name)
        content = template.render(path=PATH, **values)
        return HTMLResponse(content, status)

    def _titled(self, line: str) -> Text:
        """The sources of a step by their titles; ``line``: their ids, as a step writes them."""
        return source_titles(self._library, SourceIds.read(line)) if line else ""

    # --- pages -------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """The address without its last stroke."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{PATH}/{query}", 307)

    async def style(self, _: Request) -> Response:
        """How the pages look."""
        text = (_HERE / "templates" / "style.css").read_text(encoding="utf-8")
        return Response(text, media_type="text/css", headers={"cache-control": "max-age=3600"})

    async def language(self, request: Request) -> Response:
        """The pages in another language from now on."""
        chosen = request.path_params["language"]
        answer = RedirectResponse(f"{PATH}/", 303)
        if chosen in languages():
            answer.set_cookie(LANGUAGE_COOKIE, chosen, path=PATH, samesite="strict")
        answer.headers.update(_HEADERS)
        return answer

    async def messages(self, request: Request) -> Response:
        """The newest messages, of all institutions or of one."""
        chosen = request.query_params.get("institution") or None
        rows = raw.latest(self._database, institution=chosen, count=_MOST_SHOWN)
        shown = [
            {
                **row,
                "at": came_at(row["raw_id"]).strftime("%m-%d %H:%M:%S"),
                "name": shown_name(row["infno"]),
                "done": row["infcode"] == 0,
            }
            for row in rows
        ]
        institutions = sorted({row["institution_id"] for row in rows if row["institution_id"]})
        return self._page(
            request,
            "messages.html",
            rows=shown,
            chosen=chosen,
            institutions=institutions,
            days=raw.DAYS_KEPT,
        )

    async def message(self, request: Request) -> Response:
        """One message: as received, as understood, and how it came to its answer."""
        raw_id = request.path_params["raw_id"]
        try:
            row, content = raw.open_whole(self._database, raw_id)
        except NotFoundError as error:
            return self._page(request, "missing.html", 404, why=error.said)
        language = _language(request)
        steps = [
            (text_from_stored(step["label"]), text_from_stored(step["why"]), step["source"])
            for step in content["steps"]
        ] or [
            (step.label, step.why, step.source)
            for step in steps_of_message(
                self._database, row["institution_id"], row["message_id"], row["infno"]
            )
        ]
        understood = content["understood"]
        return self._page(
            request,
            "message.html",
            raw_id=raw_id,
            title=shown_name(row["infno"]),
            row=row,
            at=came_at(raw_id).strftime("%Y-%m-%d %H:%M:%S"),
            error=_masked_in(language, content["error"]),
            notes=[
                (_masked_in(language, place), _masked_in(language, what))
                for place, what in content["notes"]
            ],
            steps=[(label, why, self._titled(source)) for label, why, source in steps if why],
            received=masked(content["body"]),
            headers=masked("\n".join(f"{k}: {v}" for k, v in content["headers"].items())),
            where=content["path"],
            understood=masked(json.dumps(understood, ensure_ascii=False, indent=2)),
            answer=_laid_out(_masked_in(language, content["answer"])),
            curl=as_curl(content, self._address),
        )

    async def curl(self, request: Request) -> Response:
        """The command with its numbers, for the sender of a test message."""
        try:
            content = raw.open_raw(self._database, request.path_params["raw_id"])
        except NotFoundError as error:
            return PlainTextResponse(error.text(_language(request)), 404)
        return PlainTextResponse(as_curl(content, self._address, plain=True) + "\n")

    async def report(self, request: Request) -> Response:
        """The conformance report of an institution."""
        institution = request.path_params["institution"]
        language = _language(request)
        conformance_report = conformance(self._database, institution)
        hidden: dict[str, Any] = {
            name: [
                (masked(text_of(what, language)), count)
                for what, count in getattr(conformance_report, name)
            ]
            for name in ("wrong", "put_right")
        }
        return self._page(
            request,
            "report.html",
            report=conformance_report,
            institution=institution,
            **hidden,
        )

    async def report_text(self, request: Request) -> Response:
        """The same report as a file, in the reader's language."""
        report = conformance(self._database, request.path_params["institution"])
        text = "\n".join(masked(line) for line in report.lines(_language(request)))
        headers = {"content-disposition": "attachment; filename=conformance.txt"}
        return PlainTextResponse(f"{text}\n", headers=headers)


def _templates(language: str) -> Environment:
    """The templates of one language: ``_`` says what stands in them, ``said`` what is handed in."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )

    def said(text: Text) -> str:
        return text_of(text, language)

    def marked(text: str) -> Markup:
        """The attribute of an element whose text stays Chinese, as the interface names it."""
        chinese = language != CHINESE and _CHINESE.search(text) is not None
        return Markup(' lang="zh-CN"' if chinese else "")

    speak(environment, language)
    environment.globals.update(language=language, languages=languages(), said=said, marked=marked)
    return environment


def _language(request: Request) -> str:
    """The reader's language: as chosen here, else as the browser asks, else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    asked = request.headers.get("accept-language", "").split(",")
    wanted = (chosen, *(text.strip()[:2].lower() for text in asked))
    return next((language for language in wanted if language in languages()), CHINESE)


def _masked_in(language: str, stored: Any) -> str:
    """A text that was kept, in a language, numbers masked."""
    return masked(text_of(text_from_stored(stored), language))


def _laid_out(text: str) -> str:
    """JSON on lines of its own; anything else as it is."""
    try:
        return json.dumps(json.loads(text, parse_float=str), ensure_ascii=False, indent=2)
    except ValueError:
        return text
