"""What every operation of the API shares: its declaration, its body, its limits, its errors."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from yibao.api.observe import note_failure, note_route
from yibao.api.problems import ProblemError, foreseen, problem_of
from yibao.errors import InputError
from yibao.messages import message

Json = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]

ROOT = "/api/v1"
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it does, and everything that its description says."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    handler: Handler
    answer: Json
    """The schema of a good answer."""
    example: Callable[[], Any]
    """Makes a good answer."""
    description: str = ""
    example_of: str = ""
    """The operation whose answer is the example of this one too."""
    parameters: tuple[Json, ...] = ()
    body: Json | None = None
    """The schema of the body; None where there is none."""
    body_example: Any = None
    status: int = 200
    signed_in: bool = False
    """Only for somebody who has signed in or shows a token."""
    permission: str = ""
    """What the matrix is asked for, of the person in the address; empty: it touches nobody's
    records but the actor's own keys."""
    problems: tuple[str, ...] = ()
    """What may go wrong beyond what may always go wrong."""
    idempotent: bool = False
    """A write: it wants an ``Idempotency-Key``."""


class RateLimit:
    """A bucket of requests for each sender: ``burst`` at once, ``per_second`` in the long run."""

    def __init__(self, per_second: float = 50, burst: int = 500) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, sender: str) -> int:
        """0 if one more request is fine now, else the seconds to wait."""
        now = time.monotonic()
        with self._lock:
            if len(self._buckets) > 10_000:
                self._forget(now)
            left, at = self._buckets.get(sender, (float(self._burst), now))
            left = min(self._burst, left + (now - at) * self._per_second)
            self._buckets[sender] = (max(0.0, left - 1), now)
        return 0 if left >= 1 else math.ceil((1 - left) / self._per_second)

    def _forget(self, now: float) -> None:
        """Drop the senders whose buckets are full again."""
        full = self._burst / self._per_second
        self._buckets = {
            name: bucket for name, bucket in self._buckets.items() if now - bucket[1] < full
        }


def sender_of(request: Request) -> str:
    """Whose bucket a request draws on."""
    return request.client.host if request.client else ""


def json_response(
    data: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Data as JSON that no cache keeps."""
    all_headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(data), status, all_headers, media_type="application/json")


# --- bodies ---


async def read_json(request: Request, most: int = MOST_BYTES) -> Json:
    """The JSON object of a request, of at most ``most`` bytes; a problem where there is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ProblemError("not-json")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise ProblemError("too-large", message("最多 {count} 字节", count=most))
    return parsed(bytes(content))


def parsed(content: bytes) -> Json:
    """A JSON object; ``InputError`` where it is none, or no store could keep it."""
    try:
        body = json.loads(content, object_pairs_hook=_object, parse_constant=_refused)
        # A lone surrogate or a byte of zero is nobody's input, and no store takes it.
        text = json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InputError(message("这不是 JSON")) from None
    if b"\\u0000" in text:
        raise InputError(message("文本里不能有零字符"))
    if not isinstance(body, dict):
        raise InputError(message("请发一个 JSON 对象"))
    return body


def _object(pairs: list[tuple[str, Any]]) -> Json:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InputError(message("同一个键写了两次"))
    return members


def _refused(text: str) -> Any:
    raise ValueError(text)


# --- routes ---


def routes_of(operations: Iterable[Operation], limit: RateLimit) -> list[BaseRoute]:
    """One route for each path, below ``ROOT``."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [
        Route(path, _answering(path, methods, limit), methods=_METHODS)
        for path, methods in by_path.items()
    ]


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def _answering(path: str, methods: Mapping[str, Operation], limit: RateLimit) -> Handler:
    allowed = sorted({*methods, *(["HEAD"] if "GET" in methods else [])})

    async def answer(request: Request) -> Response:
        note_route(request, f"{ROOT}{path}")
        try:
            wait = limit.wait(sender_of(request))
            if wait:
                raise ProblemError("too-many", headers={"Retry-After": str(wait)})
            wanted = "GET" if request.method == "HEAD" else request.method
            if wanted not in methods:
                raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
            return await methods[wanted].handler(request)
        except Exception as error:
            if not foreseen(error):
                note_failure(f"{ROOT}{path}", error)
            return problem_of(request, error)

    return answer


def same_site(request: Request) -> bool:
    """Whether a browser sent a request from a page of this service, by what it says of itself.

    Both headers count where both are there; what sends neither is no browser.  A page that
    sends no referrer sends the origin ``null``, and then the other header alone tells.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if origin == "null":
        return site == "same-origin"
    return site in (None, "same-origin", "none") and (
        origin is None or urlsplit(origin).netloc == request.headers.get("host")
    )
