"""Problems as RFC 9457 has them: one for everything that can go wrong, in two languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from yibao.access.errors import DeniedError, UnknownActorError
from yibao.database.errors import DatabaseError
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError, YibaoError
from yibao.inquiry.basis import NOTICE
from yibao.inquiry.filling import FieldsError
from yibao.messages import CHINESE, Text, Wording, message, message_in, text_of

MEDIA_TYPE = "application/problem+json"
BASE = "/api/v1/problems#"
NOTICE_EN = "For reference only; the local medical insurance office decides; call 12393."


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One type of problem."""

    name: str
    status: int
    title: Wording
    detail: Wording
    """What to do where nothing more particular is known."""


KINDS = {
    kind.name: kind
    for kind in (
        ProblemKind(
            "bad-request",
            400,
            message("这个请求看不懂"),
            message("请检查地址和请求头。"),
        ),
        ProblemKind(
            "signed-out",
            401,
            message("没有登录，或凭证无效"),
            message("请登录，或用 Authorization: Bearer 带上自己的令牌。"),
        ),
        ProblemKind(
            "denied",
            403,
            message("没有权限，没有做任何改动"),
            message("只能办自己的业务，并且令牌要允许这一项。"),
        ),
        ProblemKind(
            "not-found",
            404,
            message("没有这一项"),
            message("请检查地址里的编号和名称。"),
        ),
        ProblemKind(
            "method-not-allowed",
            405,
            message("这个地址不能这样用"),
            message("可以用的方法见响应头 Allow。"),
        ),
        ProblemKind(
            "conflict",
            409,
            message("与先前的或别人的改动冲突"),
            message("请先读取最新的内容，再决定要不要重来。"),
        ),
        ProblemKind(
            "still-running",
            409,
            message("同一个 Idempotency-Key 的请求还在办"),
            message("请按 Retry-After 等一会儿，用同一个键重发。"),
        ),
        ProblemKind(
            "too-large",
            413,
            message("内容太长"),
            message("请求的内容超过了上限。"),
        ),
        ProblemKind(
            "not-json",
            415,
            message("收不了这种格式"),
            message("请用 Content-Type: application/json。"),
        ),
        ProblemKind(
            "invalid-input",
            422,
            message_in("problems", "填的内容有误"),
            message("有几处要改，见 errors。"),
        ),
        ProblemKind(
            "refused",
            422,
            message("规则不允许，或没有有来源的数字"),
            message("没有做任何改动。"),
        ),
        ProblemKind(
            "key-reused",
            422,
            message("Idempotency-Key 已用于另一个请求"),
            message("换一笔业务请换一个键；重发请发同样的内容。"),
        ),
        ProblemKind(
            "too-many",
            429,
            message("发得太多了"),
            message("请按 Retry-After 等一会儿。"),
        ),
        ProblemKind(
            "failed",
            500,
            message("出错了，是我们的问题"),
            message("请过一会儿重试；写操作请用同一个 Idempotency-Key 重发。"),
        ),
        ProblemKind(
            "unavailable",
            503,
            message("暂时不能用"),
            message("请过一会儿再来。"),
        ),
    )
}
_BY_STATUS = {
    400: "bad-request",
    401: "signed-out",
    403: "denied",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "not-json",
    422: "invalid-input",
    429: "too-many",
    503: "unavailable",
}
_BY_ERROR: tuple[tuple[type[YibaoError], str], ...] = (
    (UnknownActorError, "signed-out"),
    (DeniedError, "denied"),
    (InputError, "invalid-input"),
    (NotFoundError, "not-found"),
    (RefusedError, "refused"),
    (ConflictError, "conflict"),
    (DatabaseError, "unavailable"),
)
"""The first that fits; a subclass stands before its base."""


class ProblemError(Exception):
    """A problem of the protocol, raised by a handler."""

    def __init__(
        self, name: str, detail: Text = "", headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.name = name
        self.detail = detail
        self.headers = dict(headers)
        super().__init__(name)


def wants_english(request: Request) -> bool:
    """Whether ``Accept-Language`` prefers English to Chinese."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in request.headers.get("accept-language", "")[:200].split(","):
        language, _, rest = part.strip().lower().partition(";")
        main = language.partition("-")[0]
        if main in weights:
            weights[main] = max(weights[main], _weight(rest))
    return weights["en"] > weights["zh"]


def _weight(text: str) -> float:
    name, _, value = text.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, float(value))
    except ValueError:
        return 0.0


def problem(
    request: Request,
    name: str,
    detail: Text = "",
    *,
    errors: Iterable[tuple[str, Text]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem; ``detail`` is one sentence, ``errors`` name fields with messages.

    A detail that is a plain text is Chinese: an English problem then says what is generally
    so, and has the Chinese beside it.
    """
    kind = KINDS[name]
    english = wants_english(request)
    spoken = "en" if english else CHINESE
    general = not detail or (english and isinstance(detail, str))
    body: dict[str, Any] = {
        "type": f"{BASE}{name}",
        "title": kind.title.text(spoken),
        "status": kind.status,
        "detail": text_of(kind.detail if general else detail, spoken),
        "notice": NOTICE_EN if english else NOTICE,
    }
    if english and detail:
        # The rules speak Chinese; nothing of what they say is lost.
        body["detail_zh"] = text_of(detail)
    listed = [{"field": field, "message": text_of(text, spoken)} for field, text in errors]
    if listed:
        body["errors"] = listed
    language = {"Content-Language": "en" if english else "zh-CN", "Cache-Control": "no-store"}
    if kind.status == 401:
        language["WWW-Authenticate"] = 'Bearer realm="yibao"'
    return Response(
        msgspec.json.encode(body),
        kind.status,
        {**language, **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def problem_of(request: Request, error: Exception) -> Response:
    """The problem that an error is; what nobody foresaw is ``failed`` and says nothing more."""
    if isinstance(error, ProblemError):
        return problem(request, error.name, error.detail, headers=error.headers)
    if isinstance(error, FieldsError):
        return problem(request, "invalid-input", error.message, errors=error.faults)
    if isinstance(error, HTTPException):
        name = _BY_STATUS.get(error.status_code, "failed" if error.status_code >= 500 else "")
        return problem(request, name or "bad-request", headers=error.headers)
    for kind, name in _BY_ERROR:
        if isinstance(error, kind):
            fields = [(error.place, error.message)] if isinstance(error, InputError) else []
            return problem(
                request, name, _said(error), errors=[field for field in fields if field[0]]
            )
    return problem(request, "failed")


def _said(error: YibaoError) -> Text:
    """What an error says with its place; a plain text where it says it in one language."""
    return str(error) if isinstance(error.message, str) else error


def foreseen(error: Exception) -> bool:
    """Whether an error is an answer rather than a fault of ours."""
    kinds = (ProblemError, HTTPException, *(kind for kind, _ in _BY_ERROR))
    return isinstance(error, kinds)
