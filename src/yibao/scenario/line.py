"""The line to a gateway: messages over HTTP, to a server of one's own or to one that runs."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import uvicorn

from yibao.database.unit import Database
from yibao.errors import InputError, YibaoError
from yibao.gateway.app import create_app
from yibao.gateway.settings import Clock
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

TOKEN_VARIABLE = "YIBAO_GATEWAY_TOKEN"
_PATH = "/fsi/api/rsfComIfsService/callService"
_SECONDS = 60


class GatewayLine:
    """Sends messages to one address; with a token where ``YIBAO_GATEWAY_TOKEN`` has one."""

    def __init__(self, server: str) -> None:
        address = urllib.parse.urlsplit(server)
        try:
            port = address.port
        except ValueError:
            port = 0
        if address.scheme not in ("http", "https") or not address.hostname or port == 0:
            raise InputError(
                message("{server} 应写成 http://主机:端口，可带路径", server=repr(server)),
                place="--server",
            )
        self._kind = (
            http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        )
        self._host, self._port = address.hostname, port
        self._path = address.path.rstrip("/") or _PATH
        self._headers = {"content-type": "application/json"}
        token = os.environ.get(TOKEN_VARIABLE)
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """The whole answer; ``YibaoError`` where none comes."""
        content = json.dumps(body, ensure_ascii=False).encode()
        connection = self._kind(self._host, self._port, timeout=_SECONDS)
        try:
            connection.request("POST", self._path, content, self._headers)
            response = connection.getresponse()
            status, read = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise YibaoError(message("网关没有应答：{error}", error=str(error))) from None
        finally:
            connection.close()
        if status == http.HTTPStatus.UNAUTHORIZED:
            raise YibaoError(
                message(
                    "网关要密钥：请在 {variable} 写它的 Bearer 令牌",
                    variable=TOKEN_VARIABLE,
                )
            )
        try:
            answer = json.loads(read, parse_float=Decimal)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or "infcode" not in answer:
            raise YibaoError(
                message(
                    "这不是医保接口的应答（HTTP {status}），请核对 --server 的地址", status=status
                )
            )
        return answer


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def serving(
    database: Database, library: PolicyLibrary, clock: Clock | None = None
) -> Iterator[int]:
    """A gateway on a free port of this machine, while the block lasts."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        settings = uvicorn.Config(
            create_app(database, library, clock=clock),
            log_level="warning",
            lifespan="off",
            ws="none",
        )
        server = _Server(settings)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        if not server.ready.wait(_SECONDS):
            raise YibaoError(message("网关没有启动"))
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(_SECONDS)
