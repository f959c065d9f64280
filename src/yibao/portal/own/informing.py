"""Reporting misuse of the fund without a login, and how far a report is by its receipt."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from yibao.access.agencies import agencies_of
from yibao.access.errors import LockedError, UnknownActorError
from yibao.access.guesses import Whence
from yibao.access.users import SYSTEM
from yibao.api.informing import filed_report, report_fields
from yibao.api.observe import routed
from yibao.api.serving import same_site
from yibao.conduct import operations as conduct
from yibao.conduct.reports import reward_words
from yibao.errors import InputError
from yibao.inquiry.fields import Field
from yibao.inquiry.filling import read
from yibao.messages import Message, Text, message
from yibao.portal.calls import Counter
from yibao.portal.feedback import Throttle
from yibao.portal.security import read_form
from yibao.portal.styles import classes

INFORM = "/inform"
INFORM_PROGRESS = f"{INFORM}/progress"
_TITLE = message("举报骗保")
_RECEIPT = message("举报收到了")
_PROGRESS = message("举报办到哪一步")


class Informing:
    """The pages of somebody who reports, whoever that is."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._throttle = Throttle(most=40)

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(INFORM, routed(INFORM, self.ask), methods=["GET"]),
            Route(INFORM, routed(INFORM, self.file), methods=["POST"]),
            Route(INFORM_PROGRESS, routed(INFORM_PROGRESS, self.ask_progress), methods=["GET"]),
            Route(INFORM_PROGRESS, routed(INFORM_PROGRESS, self.look_up), methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """The form."""
        return await run_in_threadpool(self._form, request, {}, {}, None, 200)

    async def file(self, request: Request) -> Response:
        """A report; its receipt is shown this once."""
        self._admit(request)
        sent = await read_form(request)
        return await run_in_threadpool(self._filed, request, sent)

    async def ask_progress(self, request: Request) -> Response:
        """The receipt, please."""
        return self._asked(request, {}, None, 200)

    async def look_up(self, request: Request) -> Response:
        """How far it is; nothing of the case is told."""
        self._admit(request)
        sent = await read_form(request)
        return await run_in_threadpool(self._looked_up, request, sent)

    # --- pieces ---

    def _admit(self, request: Request) -> None:
        if not same_site(request):
            raise HTTPException(403)
        if not self._throttle.allows(request.client.host if request.client else ""):
            raise HTTPException(429)

    def _fields(self) -> tuple[Field, ...]:
        agencies = agencies_of(self._counter.database, SYSTEM)
        served = {agency.area for agency in agencies if agency.closed_on is None}
        return report_fields(self._counter.packs, served)

    def _form(
        self,
        request: Request,
        written: Mapping[str, str],
        faults: Mapping[str, Text],
        hindrance: Text | None,
        status: int,
    ) -> Response:
        fields = self._fields()
        values = {
            "inputs": fields,
            "written": written,
            "faults": faults,
            "names": {field.name: field.label for field in fields},
            "hindrance": hindrance,
            "classes": classes,
            "once": written.get("once") or secrets.token_hex(16),
            "today": self._counter.today().isoformat(),
        }
        return self._page(request, "own/inform.html", _TITLE, values, status)

    def _filed(self, request: Request, sent: dict[str, str]) -> Response:
        once = sent.get("once", "")
        if not (once.isascii() and once.isalnum() and 16 <= len(once) <= 40):
            raise HTTPException(400)
        reading = read(self._fields(), sent, self._counter.today())
        if reading.faults:
            return self._form(request, sent, reading.faults, None, 422)
        try:
            receipt = filed_report(
                self._counter.database,
                once,
                reading.values,
                whence=_whence(request),
                at=self._counter.now(),
            )
        except InputError as error:
            return self._form(request, sent, {error.place or "text": error.message}, None, 422)
        except LockedError as error:
            return self._form(request, sent, {}, error.said, 429)
        return self._page(request, "own/inform_receipt.html", _RECEIPT, {"receipt": receipt}, 200)

    def _asked(
        self, request: Request, sent: Mapping[str, str], fault: Text | None, status: int
    ) -> Response:
        values = {"written": sent, "fault": fault, "progress": None, "reward": ""}
        return self._page(request, "own/inform_progress.html", _PROGRESS, values, status)

    def _looked_up(self, request: Request, sent: dict[str, str]) -> Response:
        try:
            progress = conduct.report_progress(
                self._counter.database,
                sent.get("receipt", "")[:40],
                whence=_whence(request),
                at=self._counter.now(),
            )
        except (LockedError, UnknownActorError) as error:
            status = 429 if isinstance(error, LockedError) else 404
            return self._asked(request, sent, error.said, status)
        values = {
            "written": sent,
            "fault": None,
            "progress": progress,
            "reward": reward_words(progress),
        }
        return self._page(request, "own/inform_progress.html", _PROGRESS, values, 200)

    def _page(
        self,
        request: Request,
        template: str,
        title: Message,
        values: Mapping[str, Any],
        status: int,
    ) -> Response:
        response = self._counter.pages.page(request, template, title, values, status)
        response.headers["Cache-Control"] = "no-store"
        return response


def _whence(request: Request) -> Whence:
    return Whence(request.client.host if request.client else "")
