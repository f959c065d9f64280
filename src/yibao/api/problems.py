"""Problems as RFC 9457 has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse

from yibao.inquiry.basis import NOTICE

MEDIA_TYPE = "application/problem+json"
_BASE = "/api/v1/problems#"

INVALID = "invalid-input"
REFUSED = "refused"
NOT_FOUND = "not-found"
TITLES = {
    INVALID: "填的内容有误",
    REFUSED: "没有有来源的数字，不能算",
    NOT_FOUND: "没有这一项",
}


def problem(
    kind: str, status: int, detail: str, errors: Sequence[Mapping[str, str]] = ()
) -> JSONResponse:
    """A problem; ``errors`` name the fields, each with its message."""
    body: dict[str, Any] = {
        "type": f"{_BASE}{kind}",
        "title": TITLES[kind],
        "status": status,
        "detail": detail,
        "notice": NOTICE,
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, media_type=MEDIA_TYPE)
