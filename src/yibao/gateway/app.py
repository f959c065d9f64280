"""The interface as an ASGI application: plain Starlette, mounted or by itself."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from yibao.database.unit import Database
from yibao.gateway.message import TEXT, Received, Reply
from yibao.gateway.platform import Platform
from yibao.gateway.reading import LONGEST_BODY, LONGEST_MEGABYTES
from yibao.gateway.settings import Clock, GatewaySettings
from yibao.messages import Message, message
from yibao.policy.compile import PolicyLibrary

SECONDS_FOR_A_BODY = 30
_LONGEST_KEPT = 200
"""Characters of a path of which it is kept whether the pages have it."""
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


async def _wait(receive: Receive, seconds: float) -> None:
    """Wait as a sandbox was told to; not for a client that has gone."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass


def _refused(status: int, why: Message) -> Reply:
    """An answer to what is no message, in words."""
    return Reply(str(why).encode(), TEXT, status=status)


class _TooLongError(Exception):
    """A body over the limit."""


class _FullError(Exception):
    """More is in memory than may be."""


class _Endpoint:
    """Takes every POST, whatever its path; an ASGI application.

    A message is held in memory while it comes in and until it is answered; how much may be
    held, and how many whole messages may wait for a thread, is limited.  Over a limit, and
    after a wait that no client sits out, the answer is at once that the platform is busy.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        settings = platform.settings
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="yibao-gateway")
        self._in_flight = 0
        self._free_bytes = settings.held_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_CORS)(scope, receive, send)
            return
        if scope["method"] != "POST" and not _asks_by_address(scope):
            text = message("医保接口：请用 POST 发送报文，说明见 docs/interface.md")
            await PlainTextResponse(f"{text}\n", status_code=405)(scope, receive, send)
            return
        parts: list[bytes] = []
        try:
            reply = await self._reply(scope, receive, parts)
        finally:
            self._free_bytes += sum(map(len, parts))
        if reply.delay:
            await _wait(receive, reply.delay)
        headers = [
            (b"content-type", reply.content_type.encode()),
            (b"content-length", str(len(reply.body)).encode()),
        ]
        if any(name == b"origin" for name, _ in scope["headers"]):
            headers += [(name.encode(), value.encode()) for name, value in _CORS.items()]
        if reply.file_name:
            place = f"attachment; filename*=UTF-8''{quote(reply.file_name)}"
            headers.append((b"content-disposition", place.encode()))
        start = {"type": "http.response.start", "status": reply.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Scope, receive: Receive, parts: list[bytes]) -> Reply:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            if headers.get("content-length", "").isdigit():
                self._check(int(headers["content-length"]), 0)
            async with asyncio.timeout(SECONDS_FOR_A_BODY):
                await self._read(receive, parts)
        except _TooLongError:
            return _refused(413, message("报文超过 {most} MB，请分批上传", most=LONGEST_MEGABYTES))
        except (TimeoutError, ClientDisconnect):
            return _refused(408, message("报文没有传完"))
        except _FullError:
            return self.platform.busy()
        if self._in_flight >= self.platform.settings.in_flight:
            return self.platform.busy()
        query = scope["query_string"].decode("latin-1")
        received = Received(scope["path"], headers, b"".join(parts), query)
        self._in_flight += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._answer, received, time.monotonic())
        finally:
            self._in_flight -= 1

    def _answer(self, received: Received, came: float) -> Reply:
        if time.monotonic() - came > self.platform.settings.longest_wait:
            return self.platform.busy()
        return self.platform.answer(received)

    async def _read(self, receive: Receive, parts: list[bytes]) -> None:
        """The body into ``parts``, never more of it than a message may have."""
        length, more = 0, True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise ClientDisconnect
            part = event.get("body", b"")
            length += len(part)
            self._check(length, len(part))
            self._free_bytes -= len(part)
            parts.append(part)
            more = event.get("more_body", False)

    def _check(self, length: int, part: int) -> None:
        if length > LONGEST_BODY:
            raise _TooLongError
        if part > self._free_bytes:
            raise _FullError


class _Gateway(Starlette):
    """Every message on every path goes to one place, with nothing on the way."""

    def __init__(self, platform: Platform) -> None:
        endpoint = _Endpoint(platform)
        super().__init__(routes=[Route("/{path:path}", endpoint)])
        self.state.platform = platform
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answers: ASGIApp = self._endpoint if scope["type"] == "http" else super().__call__
        await answers(scope, receive, send)


def create_app(
    database: Database,
    library: PolicyLibrary,
    settings: GatewaySettings | None = None,
    clock: Clock | None = None,
) -> Starlette:
    """The interface on a database; ``app.state.platform`` is what answers.

    Every path takes every message, because real clients are told different ones.
    """
    return _Gateway(Platform(database, library, settings, clock))


def beside(
    pages: Starlette, gateway: ASGIApp, mounted: Mapping[str, ASGIApp] | None = None
) -> ASGIApp:
    """Pages and the interface on one address.

    What the pages have a route for is theirs, what stands below a path of ``mounted`` that
    application's; every other POST is a message, on any path.
    """
    below = tuple((mounted or {}).items())

    def of_pages(method: str, root: str, path: str) -> bool:
        asked = {"type": "http", "method": method, "root_path": root, "path": path}
        return any(route.matches(asked)[0] == Match.FULL for route in pages.router.routes)

    kept_of_pages = lru_cache(maxsize=1_024)(of_pages)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for path, app in below:
                if scope["path"] == path or scope["path"].startswith(f"{path}/"):
                    await app(scope, receive, send)
                    return
            if scope["method"] in ("POST", "OPTIONS") or _asks_by_address(scope):
                theirs = kept_of_pages if len(scope["path"]) <= _LONGEST_KEPT else of_pages
                if not theirs(scope["method"], scope.get("root_path", ""), scope["path"]):
                    await gateway(scope, receive, send)
                    return
        await pages(scope, receive, send)

    return either
