"""Whether the service lives, whether it can work, and its metrics: for those who run it."""

from __future__ import annotations

import hmac
import ipaddress
import threading
import time
from collections.abc import Callable

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from yibao.api.observe import Handler, Metrics, routed
from yibao.database.migrating import pending
from yibao.database.unit import Database
from yibao.errors import YibaoError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

OK = "ok"
SECONDS_BETWEEN_WRITES = 2.0
"""However often somebody asks, the store is written to no more often than that."""
METRICS_VARIABLE = "YIBAO_METRICS_TOKEN"
"""The environment variable with the token that opens the metrics to other machines."""
CLOSED = message(
    "指标只给本机看；别的机器请带 Authorization: Bearer 令牌，令牌由环境变量 {variable} 给服务",
    variable=METRICS_VARIABLE,
)
Check = Callable[[], str]
"""Says ``ok``, or in Chinese what is missing and how to mend it."""


def checks_of(packs: PolicyLibrary, database: Database | None) -> dict[str, Check]:
    """What has to be in order before requests are let in."""
    checks: dict[str, Check] = {"packs": lambda: _packs(packs)}
    if database is not None:
        checks["database"] = lambda: _database(database)
        checks["migrations"] = lambda: _migrations(database)
        checks["writes"] = Remembered(lambda: _writes(database)).look
    return checks


def _packs(packs: PolicyLibrary) -> str:
    homes = [area for area in packs.areas() if area.parent is not None]
    if not homes:
        return "没有政策包，请检查安装"
    # The best known of them: the others are read when somebody asks for them.
    packs.rulebook(max(homes, key=lambda area: len(area.complete)).code)
    return OK


def _database(database: Database) -> str:
    database.check()
    return OK


def _writes(database: Database) -> str:
    database.check_writes()
    return OK


class Remembered:
    """A check that costs a write: asked again after some seconds, by one thread at a time."""

    def __init__(self, check: Check, seconds: float = SECONDS_BETWEEN_WRITES) -> None:
        self._check = check
        self._seconds = seconds
        self._state = ""
        self._at = 0.0
        self._looking = threading.Lock()

    def look(self) -> str:
        """What it said last, or says now."""
        with self._looking:
            now = time.monotonic()
            if not self._state or now - self._at >= self._seconds:
                self._state, self._at = _state(self._check), now
            return self._state


def _migrations(database: Database) -> str:
    steps = database.read(pending)
    return f"还差 {len(steps)} 步迁移，请运行 yibao db upgrade" if steps else OK


def _state(check: Check) -> str:
    try:
        return check()
    except YibaoError as error:
        return str(error)
    except Exception as error:
        # A message of a driver may hold an address with a password.
        return f"检查不成：{type(error).__name__}"


_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers of a request that somebody else sent through a proxy on this machine."""


def _of_this_machine(request: Request) -> bool:
    """Whether a request was made on this machine, and not passed on by a proxy that runs here."""
    try:
        local = ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
    return local and not any(name in request.headers for name in _PASSED_ON)


def _shows(request: Request, token: str) -> bool:
    """Whether a request shows the bearer token; where there is none nobody does."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return (
        bool(token)
        and scheme.lower() == "bearer"
        and hmac.compare_digest(shown.strip().encode(), token.encode())
    )


def health_routes(
    packs: PolicyLibrary, database: Database | None, metrics: Metrics, metrics_token: str = ""
) -> list[BaseRoute]:
    """``/healthz`` (the process answers), ``/readyz`` (it can work), ``/metrics``.

    The metrics are for this machine, and for who shows ``metrics_token``.
    """
    checks = checks_of(packs, database)

    async def alive(request: Request) -> Response:
        return PlainTextResponse(f"{OK}\n", headers={"Cache-Control": "no-store"})

    def look() -> Response:
        states = {name: _state(check) for name, check in checks.items()}
        ready = set(states.values()) == {OK}
        metrics.ready(ready)
        content = msgspec.json.encode({"ready": ready, "checks": states})
        status = 200 if ready else 503
        return Response(content, status, {"Cache-Control": "no-store"}, "application/json")

    async def ready(request: Request) -> Response:
        return await run_in_threadpool(look)

    async def show(request: Request) -> Response:
        if not _of_this_machine(request) and not _shows(request, metrics_token):
            return PlainTextResponse(
                f"{CLOSED}\n", 403, {"Cache-Control": "no-store", "WWW-Authenticate": "Bearer"}
            )
        return Response(
            metrics.text(),
            headers={"Cache-Control": "no-store"},
            media_type="text/plain; version=0.0.4; charset=utf-8",
        )

    handlers: dict[str, Handler] = {"/healthz": alive, "/readyz": ready, "/metrics": show}
    return [Route(path, routed(path, handler)) for path, handler in handlers.items()]
