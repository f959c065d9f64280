"""Asking for a login, how far it is, and setting the password with the code of the counter.

Nobody is signed in here: each form carries the receipt and the number, which go into no
address, and what comes back is the same whether somebody is registered or not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from yibao.access.agencies import agencies_of
from yibao.access.errors import LockedError, UnknownActorError
from yibao.access.guesses import Whence
from yibao.access.operations import Key
from yibao.access.users import SHORTEST_PASSWORD, SYSTEM
from yibao.api.observe import routed
from yibao.api.serving import same_site
from yibao.api.signing_up import reason_of, sign_up_fields, sign_up_of
from yibao.errors import InputError, YibaoError
from yibao.inquiry.filling import read
from yibao.insured.signing_up import operations as signing_up
from yibao.insured.signing_up.forms import LOGIN_OPENED, PAPERS_AWAITED, WITHDRAW
from yibao.insured.signing_up.operations import Proven
from yibao.messages import Message, Text, message
from yibao.office.documents import OTHER
from yibao.office.flows import CaseState
from yibao.portal.calls import Counter, status_of
from yibao.portal.desk.upload import Upload, is_upload, read_upload
from yibao.portal.feedback import Throttle
from yibao.portal.security import read_form
from yibao.portal.styles import classes

SIGN_UP = "/sign-up"
PROGRESS = f"{SIGN_UP}/progress"
_TITLE = message("申请网上登录")
_RECEIPT = message("申请收到了")
_PROGRESS = message("网上登录申请办到哪一步")
_STEPS = {
    PAPERS_AWAITED: message("把下面还缺的材料拍照或扫描，一份一份交上来，再点“交上去”。"),
    CaseState.FILED: message("经办机构正在把材料和登记簿核对，您现在什么都不用做。"),
    CaseState.TO_SUPPLEMENT: message("请按经办机构写的补上材料，再点“交上去”。"),
    CaseState.APPROVED: message(
        "经办机构会打您留的电话，或者您到窗口去，拿一个一次性码，在下面设密码。"
    ),
    LOGIN_OPENED: message("登录名可以用了，请登录。"),
    CaseState.REFUSED: message("没有通过。原因在下面；可以重新申请，或者带身份证到经办窗口。"),
    CaseState.WITHDRAWN: message("您撤回了这份申请；需要时可以重新申请。"),
}
_ON_HAND_IN = (PAPERS_AWAITED, CaseState.TO_SUPPLEMENT)


class SigningUp:
    """The pages of somebody who has no login yet."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._throttle = Throttle(most=40)

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(SIGN_UP, routed(SIGN_UP, self.ask), methods=["GET"]),
            Route(SIGN_UP, routed(SIGN_UP, self.file), methods=["POST"]),
            Route(PROGRESS, routed(PROGRESS, self.ask_progress), methods=["GET"]),
            Route(PROGRESS, routed(PROGRESS, self.go_on), methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """The form."""
        return await run_in_threadpool(self._form, request, {}, {}, None, 200)

    async def file(self, request: Request) -> Response:
        """An application; its receipt is shown this once."""
        self._admit(request)
        sent = await read_form(request)
        return await run_in_threadpool(self._filed, request, sent)

    async def ask_progress(self, request: Request) -> Response:
        """Receipt and number, please."""
        return self._asked_for_proof(request, {}, None, 200)

    async def go_on(self, request: Request) -> Response:
        """How far it is, after the next step where one was taken."""
        self._admit(request)
        sent: dict[str, str]
        upload: Upload | None = None
        if is_upload(request):
            sent, upload = await read_upload(request)
        else:
            sent = await read_form(request)
        return await run_in_threadpool(self._went_on, request, sent, upload)

    # --- pieces ---

    def _admit(self, request: Request) -> None:
        if not same_site(request):
            raise HTTPException(403)
        if not self._throttle.allows(request.client.host if request.client else ""):
            raise HTTPException(429)

    def _form(
        self,
        request: Request,
        written: Mapping[str, str],
        faults: Mapping[str, Text],
        refused: Text | None,
        status: int,
    ) -> Response:
        fields = self._fields()
        values = {
            "inputs": fields,
            "written": written,
            "faults": faults,
            "names": {field.name: field.label for field in fields},
            "hindrance": refused,
            "classes": classes,
            "once": written.get("once") or secrets.token_hex(16),
            "today": self._counter.today().isoformat(),
        }
        return self._page(request, "own/sign_up.html", _TITLE, values, status)

    def _fields(self) -> tuple[Any, ...]:
        agencies = agencies_of(self._counter.database, SYSTEM)
        served = {agency.area for agency in agencies if agency.closed_on is None}
        return sign_up_fields(self._counter.packs, served)

    def _filed(self, request: Request, sent: dict[str, str]) -> Response:
        once = sent.get("once", "")
        if not (once.isascii() and once.isalnum() and 16 <= len(once) <= 40):
            raise HTTPException(400)
        reading = read(self._fields(), sent, self._counter.today())
        if reading.faults:
            return self._form(request, sent, reading.faults, None, 422)
        try:
            receipt = signing_up.file_sign_up(
                self._counter.database,
                once,
                sign_up_of(reading.values),
                reading.values["area"],
                whence=_whence(request),
                at=self._counter.now(),
            )
        except InputError as error:
            return self._form(request, sent, {error.place or "number": error.message}, None, 422)
        except LockedError as error:
            return self._form(request, sent, {}, error.said, 429)
        values = {"receipt": receipt, "number": reading.values["number"]}
        return self._page(request, "own/sign_up_receipt.html", _RECEIPT, values, 200)

    def _asked_for_proof(
        self, request: Request, sent: Mapping[str, str], fault: Text | None, status: int
    ) -> Response:
        values = {"written": sent, "fault": fault}
        return self._page(request, "own/sign_up_proof.html", _PROGRESS, values, status)

    def _went_on(self, request: Request, sent: dict[str, str], upload: Upload | None) -> Response:
        try:
            proven = self._proven(request, sent)
        except (LockedError, UnknownActorError) as error:
            status = 429 if isinstance(error, LockedError) else 404
            return self._asked_for_proof(request, sent, error.said, status)
        step = self._steps().get(sent.get("step", ""))
        if step is None:
            return self._progress(request, sent, proven, "", None, 200)
        try:
            login = step(request, proven, sent, upload)
        except YibaoError as error:
            status = 429 if isinstance(error, LockedError) else status_of(error)
            proven = self._proven(request, sent)
            place = sent["step"]
            return self._progress(request, sent, proven, place, error.said, status)
        return self._progress(request, sent, self._proven(request, sent), "", None, 200, login)

    def _proven(self, request: Request, sent: Mapping[str, str]) -> Proven:
        return signing_up.look_up(
            self._counter.database,
            sent.get("receipt", "")[:40],
            sent.get("number", "")[:40],
            whence=_whence(request),
            at=self._counter.now(),
        )

    def _steps(
        self,
    ) -> dict[str, Callable[[Request, Proven, dict[str, str], Upload | None], str]]:
        return {
            "paper": self._hand_in,
            "hand-over": self._hand_over,
            WITHDRAW: self._withdraw,
            "set-password": self._open,
        }

    def _hand_in(
        self, request: Request, proven: Proven, sent: dict[str, str], upload: Upload | None
    ) -> str:
        if upload is None or not upload.content:
            raise InputError(message("请选一个文件：PDF、JPEG 或 OFD"))
        signing_up.add_paper(
            self._counter.database,
            Key(signing_up.APPLICANT.id, "portal_sign_up", f"{proven.case_id}{_once(sent)}"),
            proven,
            sent.get("paper", OTHER),
            upload.name,
            upload.content,
            at=self._counter.now(),
        )
        return ""

    def _hand_over(
        self, request: Request, proven: Proven, sent: dict[str, str], upload: Upload | None
    ) -> str:
        signing_up.hand_over(self._counter.database, proven, at=self._counter.now())
        return ""

    def _withdraw(
        self, request: Request, proven: Proven, sent: dict[str, str], upload: Upload | None
    ) -> str:
        signing_up.withdraw(self._counter.database, proven, at=self._counter.now())
        return ""

    def _open(
        self, request: Request, proven: Proven, sent: dict[str, str], upload: Upload | None
    ) -> str:
        password = sent.get("password", "")
        if len(password) < SHORTEST_PASSWORD:
            raise InputError(message("密码至少 {shortest} 位", shortest=SHORTEST_PASSWORD))
        if password != sent.get("again", ""):
            raise InputError(message("两次输入的新密码不一样"))
        return signing_up.open_login(
            self._counter.database,
            sent.get("receipt", ""),
            sent.get("number", ""),
            sent.get("code", "")[:40],
            sent.get("login", "").strip()[:80],
            password,
            whence=_whence(request),
            at=self._counter.now(),
        )

    def _progress(
        self,
        request: Request,
        sent: Mapping[str, str],
        proven: Proven,
        place: str,
        fault: Text | None,
        status: int,
        login: str = "",
    ) -> Response:
        page = proven.page
        state = page.listed.state
        values = {
            "case": page.listed,
            "page": page,
            "state": state,
            "is_opened": state == LOGIN_OPENED,
            "next": _STEPS[state],
            "reason": reason_of(proven),
            "may_hand_in": state in _ON_HAND_IN,
            "may_open": state == CaseState.APPROVED,
            "papers": [
                *((paper.kind, paper.label) for paper in page.papers),
                (OTHER, message("其他材料")),
            ],
            "proof": {"receipt": sent.get("receipt", ""), "number": sent.get("number", "")},
            "login": login or sent.get("login", ""),
            "is_new": bool(login),
            "once": secrets.token_hex(8),
            "place": place,
            "fault": fault,
        }
        return self._page(request, "own/sign_up_progress.html", _PROGRESS, values, status)

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


def _once(sent: Mapping[str, str]) -> str:
    once = sent.get("once", "")
    if not (once.isascii() and once.isalnum() and 16 <= len(once) <= 40):
        raise InputError(message("表单不完整，请返回上一页重新打开"))
    return once
