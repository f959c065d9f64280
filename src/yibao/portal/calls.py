"""One request of somebody who is signed in, whoever it is: session, form guard, page.

Handlers are plain functions that run in a thread: they read and write the store.
"""

from __future__ import annotations

import datetime
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor
from yibao.access.sessions import Session, session_of
from yibao.api.acting import RecordService
from yibao.api.serving import same_site
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError, YibaoError
from yibao.insured.payments.channels import PaymentChannel
from yibao.messages import Wording, message
from yibao.office.numbers import case_named, is_number
from yibao.policy.compile import PolicyLibrary
from yibao.portal.display import own_address
from yibao.portal.rendering import Pages, display_of
from yibao.portal.security import SESSION_COOKIE

FORM_TOKEN = "form_token"
ONCE = "once"
"""Names one form as it was shown: sent twice, it has one effect."""

_STATUS = (
    (DeniedError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (RefusedError, 422),
    (InputError, 422),
)


def status_of(error: YibaoError) -> int:
    """The status of a page that says why something was not done."""
    return next((code for kind, code in _STATUS if isinstance(error, kind)), 503)


@dataclass(frozen=True, slots=True)
class Counter:
    """What the pages stand on."""

    pages: Pages
    service: RecordService
    today: Callable[[], datetime.date]
    address: str
    """Where people open the service, as papers name it."""

    @property
    def database(self) -> Database:
        return self.service.database

    @property
    def packs(self) -> PolicyLibrary:
        return self.service.library

    @property
    def channels(self) -> Mapping[str, PaymentChannel]:
        """Payment channels by name; none where nothing is connected."""
        return self.service.channels

    def now(self) -> datetime.datetime:
        """The instant, UTC."""
        return self.service.clock()


def session_in(counter: Counter, request: Request) -> Session | None:
    """The session of a request's cookie."""
    token = request.cookies.get(SESSION_COOKIE, "")
    return session_of(counter.database, token, counter.now()) if token else None


def to_sign_in(request: Request) -> Response:
    """To sign in, and back; who sent a form is told that it was not taken."""
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        asked = {"next": own_address(request.url.path + query)}
    else:
        asked = {"next": _page_of(request), "again": "lost"}
    return RedirectResponse(f"/sign-in?{urlencode(asked)}", 303)


def _page_of(request: Request) -> str:
    """Address of the page that a form stands on: the nearest page at or above the form's own."""
    steps = request.url.path.split("/")
    for last in range(len(steps), 1, -1):
        path = "/".join(steps[:last])
        asked = {**request.scope, "method": "GET", "path": path}
        if any(route.matches(asked)[0] is Match.FULL for route in request.app.routes):
            return own_address(path)
    return "/"


def check_form(request: Request, session: Session, sent: Mapping[str, str]) -> None:
    """403 for a form that no page of this session showed."""
    token = sent.get(FORM_TOKEN, "")
    if not same_site(request) or not hmac.compare_digest(
        token.encode("utf-8", "replace"), session.form_token.encode()
    ):
        raise HTTPException(403)


@dataclass(frozen=True, slots=True)
class SignedInCall:
    """One request of somebody who is signed in."""

    request: Request
    counter: Counter
    session: Session
    actor: Actor
    sent: dict[str, str]
    """The form's fields; of a page that is only read those of its address."""
    today: datetime.date

    @property
    def database(self) -> Database:
        return self.counter.database

    def say(self, words: Wording) -> str:
        """Words in the visitor's language."""
        return display_of(self.request).say(words)

    @property
    def language(self) -> str:
        """The visitor's."""
        return display_of(self.request).language

    @property
    def parameters(self) -> dict[str, str]:
        """Those of the address; a case may be named by its number."""
        told = {name: str(value) for name, value in self.request.path_params.items()}
        if is_number(told.get("case", "")):
            told["case"] = self.database.read(lambda unit: case_named(unit, told["case"]))
        return told

    def once(self) -> str:
        """The key of this form, for the operation that must not happen twice."""
        key = self.sent.get(ONCE, "")
        if not 16 <= len(key) <= 40 or not key.isascii() or not key.isalnum():
            raise InputError(message("表单不完整，请返回上一页重新打开"))
        return key

    def page(
        self, template: str, title: Wording, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """A page that no cache keeps."""
        all_values = {
            "form_token": self.session.form_token,
            "signed_in": True,
            **values,
        }
        response = self.counter.pages.page(self.request, template, title, all_values, status)
        response.headers["Cache-Control"] = "no-store"
        return response
