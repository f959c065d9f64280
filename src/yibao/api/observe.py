"""Metrics and logs of a running service.  Neither holds anything that a visitor typed.

A log line has the route's pattern, never the address: no query, no search words, no path
that was made up.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yibao import __version__
from yibao.database.errors import DatabaseError
from yibao.errors import ConflictError
from yibao.inquiry.ask.reply import QuestionAnswer

LOGGER = logging.getLogger("yibao.service")
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
UNKNOWN_ROUTE = "(none)"


class JsonLines(logging.Formatter):
    """One JSON object a line; only what was given as ``extra={"fields": ...}``."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(entry, ensure_ascii=False)


def log_to_stderr() -> None:
    """Send the service's log lines to stderr as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.INFO)


Handler = Callable[[Request], Awaitable[Response]]


def note_route(request: Request, path: str) -> None:
    """Tell the log the pattern of a route, instead of the address."""
    request.scope.setdefault("state", {})["route"] = path


def note_failure(path: str, error: BaseException) -> None:
    """Log the type and the place of an error; its message may repeat what somebody typed."""
    fields = {"route": path, "error": type(error).__name__, "at": _place(error.__traceback__)}
    LOGGER.error("failed", extra={"fields": fields})


def _place(traceback: TracebackType | None) -> str:
    place = ""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        place = f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next
    return place


_SOON_OVER = (DatabaseError, ConflictError)
"""The store cannot be had now: it restarts, or others are at it."""


def routed(path: str, handler: Handler) -> Handler:
    """The handler, with its pattern known to the log, and its failures told without details.

    A failure becomes an answer inside the middleware, so that it has its headers too.
    """

    async def known(request: Request) -> Response:
        note_route(request, path)
        try:
            return await handler(request)
        except HTTPException:
            raise
        except Exception as error:
            note_failure(path, error)
            raise HTTPException(503 if isinstance(error, _SOON_OVER) else 500) from None

    return known


class Metrics:
    """Counts and times of requests by route, method and status."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "yibao_requests_total",
            "Answered requests.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "yibao_request_seconds",
            "Seconds from a request to its answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._questions = Counter(
            "yibao_questions_total",
            "Questions by what they were about and what became of them; never their text.",
            ("intent", "outcome"),
            registry=self.registry,
        )
        self._running = Gauge(
            "yibao_requests_running", "Requests being answered.", registry=self.registry
        )
        self._ready = Gauge(
            "yibao_ready",
            "1 if the last look at /readyz found all in order.",
            registry=self.registry,
        )
        build = Gauge(
            "yibao_build_info", "The version that runs.", ("version",), registry=self.registry
        )
        build.labels(__version__).set(1)
        ProcessCollector(registry=self.registry)

    def ready(self, ready: bool) -> None:
        """Keep what the last look found."""
        self._ready.set(int(ready))

    def running(self, change: int) -> None:
        """One request more, or less."""
        self._running.inc(change)

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def note_question(self, answer: QuestionAnswer) -> None:
        """Count a question: answered, refused for some reason, or not understood."""
        outcome = "answered" if answer.refusal is None else answer.refusal.kind
        if answer.readings:
            outcome = "not_understood"
        self._questions.labels(answer.intent, outcome).inc()

    def text(self) -> bytes:
        """The exposition format of Prometheus."""
        return generate_latest(self.registry)


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Observer:
    """Counts, times and logs every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500
        self._metrics.running(1)

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            seconds = time.perf_counter() - begun
            self._metrics.running(-1)
            route = scope.get("state", {}).get("route", UNKNOWN_ROUTE)
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            self._metrics.note(route, method, status, seconds)
            LOGGER.info(
                "request",
                extra={
                    "fields": {
                        "route": route,
                        "method": method,
                        "status": status,
                        "milliseconds": round(seconds * 1000, 1),
                    }
                },
            )
