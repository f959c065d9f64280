"""The interface as an ASGI application: plain Starlette, mounted or by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from yibao.database.unit import Database
from yibao.gateway.message import Received
from yibao.gateway.platform import JSON, Platform, Reply
from yibao.gateway.reading import LONGEST_BODY
from yibao.gateway.settings import Clock, GatewaySettings
from yibao.policy.compile import PolicyLibrary

_SECONDS_FOR_A_BODY = 30
_SECONDS_BETWEEN_LOOKS = 0.2
_CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "86400",
}


def _asks_by_address(scope: Scope) -> bool:
    """A GET that is meant for the interface: a download, or a token."""
    query = scope.get("query_string", b"")
    return scope["method"] == "GET" and (b"file_qury_no=" in query or b"grant_type=" in query)


class TooLongError(Exception):
    """A body over the limit."""


async def _body(request: Request) -> bytes:
    """The body, never more of it in memory than a message may have."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > LONGEST_BODY:
        raise TooLongError
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > LONGEST_BODY:
            raise TooLongError
        parts.append(part)
    return b"".join(parts)


async def _wait(request: Request, seconds: float) -> None:
    """Wait as a sandbox was told to; not for a client that has gone."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (left := until - loop.time()) > 0 and not await request.is_disconnected():
        await asyncio.sleep(min(left, _SECONDS_BETWEEN_LOOKS))


class _Endpoint:
    """Takes every POST below the place where it is mounted."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        settings = platform.settings
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="yibao-gateway")
        self._in_flight = 0

    async def __call__(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_CORS)
        if request.method != "POST" and not _asks_by_address(request.scope):
            return PlainTextResponse(
                "医保接口：请用 POST 发送报文，说明见 docs/interface.md\n", status_code=405
            )
        origin = _CORS if "origin" in request.headers else None
        if self._in_flight >= self.platform.settings.in_flight:
            return Response(self.platform.busy(), media_type=JSON, headers=origin)
        self._in_flight += 1
        try:
            reply = await self._reply(request)
        finally:
            self._in_flight -= 1
        if reply.delay:
            await _wait(request, reply.delay)
        headers = dict(origin or {})
        if reply.file_name:
            headers["content-disposition"] = (
                f"attachment; filename*=UTF-8''{quote(reply.file_name)}"
            )
        return Response(
            reply.body, status_code=reply.status, media_type=reply.content_type, headers=headers
        )

    async def _reply(self, request: Request) -> Reply:
        try:
            body = await asyncio.wait_for(_body(request), _SECONDS_FOR_A_BODY)
        except TooLongError:
            said = f"报文超过 {LONGEST_BODY // 2**20} MB，请分批上传".encode()
            return Reply(said, "text/plain; charset=utf-8", status=413)
        except (TimeoutError, ClientDisconnect):
            return Reply("报文没有传完".encode(), "text/plain; charset=utf-8", status=408)
        received = Received(
            request.url.path,
            {name.lower(): value for name, value in request.headers.items()},
            body,
            request.url.query,
        )
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self.platform.answer, received)


def create_app(
    database: Database,
    library: PolicyLibrary,
    settings: GatewaySettings | None = None,
    clock: Clock | None = None,
) -> Starlette:
    """The interface on a database; ``app.state.platform`` is what answers.

    Every path takes every message, because real clients are told different ones.
    """
    platform = Platform(database, library, settings, clock)
    endpoint = _Endpoint(platform)
    methods = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"]
    app = Starlette(routes=[Route("/{path:path}", endpoint.__call__, methods=methods)])
    app.state.platform = platform
    return app


def beside(
    pages: Starlette, gateway: ASGIApp, mounted: Mapping[str, ASGIApp] | None = None
) -> ASGIApp:
    """Pages and the interface on one address.

    What the pages have a route for is theirs, what stands below a path of ``mounted`` that
    application's; every other POST is a message, on any path.
    """
    below = tuple((mounted or {}).items())

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for path, app in below:
                if scope["path"] == path or scope["path"].startswith(f"{path}/"):
                    await app(scope, receive, send)
                    return
            if scope["method"] in ("POST", "OPTIONS") or _asks_by_address(scope):
                theirs = any(route.matches(scope)[0] == Match.FULL for route in pages.router.routes)
                if not theirs:
                    await gateway(scope, receive, send)
                    return
        await pages(scope, receive, send)

    return either
