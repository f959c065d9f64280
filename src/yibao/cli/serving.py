"""How ``yibao serve`` listens: worker processes, and connections that are bounded and patient.

A sender may be slow, but not for ever; the head of a message and the number of connections
have limits; over them the answer comes at once and the connection is closed.
"""

from __future__ import annotations

import asyncio
import os
import resource
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from yibao.errors import InputError
from yibao.messages import Message, message

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from yibao.database.unit import Database
    from yibao.policy.compile import PolicyLibrary

MOST_CONNECTIONS = 2_000
"""Open connections of a process."""
LONGEST_HEAD = 64 * 1024
"""Bytes of a request line with its headers."""
HEAD_SECONDS, BODY_SECONDS, IDLE_SECONDS = 10, 60, 30
SECONDS_OF_GRACE = 1.0
"""A connection that says nothing for longer may have to go for another of its own address."""

SECONDS_BEFORE_PREPARING = 3.0
"""Whoever waits for the first page is not kept waiting by what nobody asked for yet."""

_OPTIONS = "YIBAO_SERVING"
"""The environment variable that tells a worker process what to serve."""


Say = Callable[[Message], None]


def _unheard(_: Message) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What ``yibao serve`` was told."""

    folder: str
    gateway: bool
    strict: bool
    invent: bool
    keys: str
    """The file of the senders' keys, or empty."""
    database: str
    """The address of the database; empty: the sandbox of the folder, with the demo in it."""
    waiting: int
    """Messages in hand at once in a process."""
    address: str
    """Where people open it, as papers and their codes name it."""
    proxies: tuple[str, ...] = ()
    """Networks of the proxies that say who the sender is; from anybody else it is not taken."""
    token: str = field(default_factory=secrets.token_urlsafe)
    """Opens the inspector."""

    def open(self, library: PolicyLibrary, say: Say = _unheard) -> Database:
        """The store that is served; a sandbox is brought up to date and filled.

        ``InputError`` where there is none; ``say`` is told what takes long.
        """
        from yibao.database.engines import sqlite_file
        from yibao.database.unit import open_database
        from yibao.gateway.sandbox import open_sandbox
        from yibao.scenario.demo import open_house

        if not self.database:
            return open_house(library, Path(self.folder), say)
        # SQLite has one writer anyway; it had better commit for all who wait.
        database = open_database(self.database, grouped=self.database.startswith("sqlite"))
        try:
            file = sqlite_file(database.engine.url)
            if (file is not None and not file.exists()) or database.is_empty():
                raise InputError(
                    message(
                        "这里还没有库：真的库请先运行 yibao db init --url …，"
                        "沙箱请先运行 yibao sandbox show --url …"
                    ),
                    place="--database",
                )
            if not database.is_sandbox():
                database.require_schema()
                return database
        except BaseException:
            database.dispose()
            raise
        database.dispose()
        return open_sandbox(library, self.database)

    def app(self) -> ASGIApp:
        """Pages and API, with the gateway and the sandbox's inspector beside them."""
        from yibao.access.chains import record_setting
        from yibao.access.names import STORE
        from yibao.api.health import METRICS_VARIABLE
        from yibao.gateway.app import beside, create_app
        from yibao.gateway.inspector.pages import PATH, Inspector
        from yibao.gateway.keys import Keys, read_keys
        from yibao.gateway.settings import GatewaySettings
        from yibao.policy.compile import PolicyLibrary
        from yibao.portal.app import create_app as create_pages
        from yibao.portal.own.frame import own_service

        library = PolicyLibrary.load()
        database = self.open(library)
        sandbox = database.is_sandbox()
        service = own_service(database, library)
        pages = create_pages(
            library,
            data=Path(self.folder),
            service=service,
            address=self.address,
            metrics_token=os.environ.get(METRICS_VARIABLE, ""),
        )
        _soon(pages.state.prepare)
        if not self.gateway:
            return self._reached(pages)
        keys = read_keys(Path(self.keys)) if self.keys else Keys()
        if self.keys:
            hashed = database.secrets.lasting_hash
            told = keys.on_trail(lambda secret: hashed(f"gateway key {secret}"))
            record_setting(database, f"{STORE}gateway", "serve", "open_gateway", told)
        settings = GatewaySettings(
            strict=self.strict or not sandbox,
            headers=keys.headers,
            senders=keys.senders,
            apps=keys.apps,
            sandbox=sandbox,
            inspect=sandbox,
            make_up=sandbox,
            invent=self.invent and sandbox,
            in_flight=self.waiting,
        )
        inspector = (
            {PATH: Inspector(database, library, self.token, self.address).app()} if sandbox else {}
        )
        return self._reached(beside(pages, create_app(database, library, settings), inspector))

    def _reached(self, app: ASGIApp) -> ASGIApp:
        """The application as people reach it: behind TLS every request is one of ``https``.

        Cookies are Secure then, also where a proxy forgets to say so.
        """
        if not self.address.startswith("https:"):
            return app

        async def behind_tls(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                scope["scheme"] = "https"
            await app(scope, receive, send)

        return behind_tls


def _soon(prepare: Callable[[], None]) -> None:
    """Make ahead what the first to ask would wait for, once the service answers."""
    timer = threading.Timer(SECONDS_BEFORE_PREPARING, prepare)
    timer.daemon = True
    timer.start()


def worker() -> ASGIApp:
    """What a worker process serves."""
    from yibao.api.observe import log_to_stderr

    log_to_stderr()
    return msgspec.json.decode(os.environ[_OPTIONS], type=Serving).app()


def listen(serving: Serving, host: str, port: int, workers: int) -> None:
    """Serve until stopped; ``InputError`` for several processes on an embedded store."""
    if workers > 1 and serving.gateway and not serving.database.startswith("postgresql"):
        raise InputError(
            message(
                "多个进程要用 PostgreSQL，请加 --database postgresql://…；内置的库一个进程最快"
            ),
            place="--workers",
        )
    _allow_connections()
    with _tended(serving):
        os.environ[_OPTIONS] = msgspec.json.encode(asdict(serving)).decode()
        # Its own access log would write addresses with what people typed.
        uvicorn.run(
            serving.app() if workers == 1 else "yibao.cli.serving:worker",
            factory=workers > 1,
            workers=workers,
            host=host,
            port=port,
            http=GuardedConnection,
            proxy_headers=bool(serving.proxies),
            forwarded_allow_ips=list(serving.proxies),
            timeout_keep_alive=IDLE_SECONDS,
            access_log=False,
            log_level="warning",
            server_header=False,
        )


def _allow_connections() -> None:
    """As many open files as connections need, where the system lets this process have them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _tended(serving: Serving) -> Iterator[None]:
    """A sandbox is filled before several processes look at it, and forgets old messages."""
    from yibao.gateway.inspector.keeping import forgetting
    from yibao.policy.compile import PolicyLibrary

    if not serving.gateway:
        yield
        return
    database = serving.open(PolicyLibrary.load())
    try:
        if not database.is_sandbox():
            yield
            return
        with forgetting(database):
            yield
    finally:
        database.dispose()


class GuardedConnection(HttpToolsProtocol):
    """A connection of uvicorn with limits that it does not have itself."""

    _deadline: asyncio.TimerHandle | None = None
    _in_head = True
    _head = 0
    _in_hand = False
    """Whether a whole request is here and its answer is not: it is not the sender's turn."""
    _leaving = False
    _silent_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._silent_since = self.loop.time()
        if len(self.connections) > MOST_CONNECTIONS and not self._make_room():
            self._leaving = True
            self._refuse(b"503 Service Unavailable", message("平台的连接已满，请稍后再连"))
        else:
            self._give(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._give(0)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > LONGEST_HEAD and not self.transport.is_closing():
                self._refuse(b"431 Request Header Fields Too Large", message("请求头过长"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head = True, 0
        self._give(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._give(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._give(0)
        self._in_hand = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._in_hand = False
        self._silent_since = self.loop.time()
        super().on_response_complete()

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _make_room(self) -> bool:
        """Close a connection that waits for its sender; whether there was one to close.

        Of the address that holds the most it is the one that has been silent longest; an
        address with fewer never loses one to it, and its own newest ones are left alone.
        """
        counts: Counter[str] = Counter()
        waiting: list[GuardedConnection] = []
        for connection in self.connections:
            if not isinstance(connection, GuardedConnection) or connection._leaving:
                continue
            counts[connection._address] += 1
            if connection is not self and not connection._in_hand:
                waiting.append(connection)
        most = max(counts.values())
        now = self.loop.time()
        waiting = [
            connection
            for connection in waiting
            if counts[connection._address] == most
            and (counts[self._address] < most or now - connection._silent_since >= SECONDS_OF_GRACE)
        ]
        if not waiting:
            return False
        goes = min(waiting, key=lambda connection: connection._silent_since)
        goes._leaving = True
        goes.transport.abort()
        return True

    def _give(self, seconds: int) -> None:
        """So much time from now for what is awaited of the sender; 0: nothing is."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.transport.abort) if seconds else None

    def _refuse(self, status: bytes, said: Message) -> None:
        content = str(said).encode()
        self.transport.write(
            b"HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (status, len(content), content)
        )
        self.transport.close()
