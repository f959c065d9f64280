"""Security headers on every answer, a limit on what may be sent, and what a form holds."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yibao.portal.display import COOKIE

SESSION_COOKIE = "session"
"""Holds the token of somebody who is signed in."""
DEVICE_COOKIE = "device"
"""Tells a browser that signed in before from others; it opens nothing."""
_STATIC = "/static/"
MOST_BYTES = 64 * 1024
MOST_FIELDS = 400
MOST_UNCOMPRESSED = 1_400
"""Bytes that go in one packet anyway."""
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds the headers; over TLS also the one that keeps browsers on it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, add)


class CompressPublic:
    """Compresses what is the same for everybody who asks.

    Never for a visitor who has signed in: on a page with a secret, the length of the
    compressed text would say how much of it a guess has right.  Stylesheet and script hold
    no secret, whoever asks for them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressed = GZipMiddleware(app, minimum_size=MOST_UNCOMPRESSED, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (
            scope["path"].startswith(_STATIC) or set(HTTPConnection(scope).cookies) <= {COOKIE}
        ):
            await self._compressed(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def read_body(request: Request) -> bytes:
    """The body, as far as a form or a question may be long; 413 beyond."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            raise HTTPException(413)
    return bytes(content)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of several with one name the last."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request)
    if kind != "application/x-www-form-urlencoded" and (kind or body):
        raise HTTPException(415)
    return fields_of(body.decode("utf-8", "replace"))


def fields_of(text: str) -> dict[str, str]:
    """A query or a form's body as fields; 400 for far too many."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    # A byte of zero or a lone surrogate is nobody's input, and no store takes it.
    return {
        name: "".join(letter for letter in value if letter.isprintable() or letter in "\r\n\t")
        for name, value in pairs
    }
