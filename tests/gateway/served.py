"""``yibao serve`` as a process on a store of its own, and senders that talk to it raw."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

_SECONDS = 60


@dataclass
class Service:
    """A service on a store, in a process group of its own."""

    url: str
    folder: Path
    port: int
    options: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "yibao.cli", "serve", "--port", str(self.port)]
        command += ["--no-sandbox", "--database", self.url, *self.options]
        environment = {**os.environ, "YIBAO_DATA_DIR": str(self.folder), "YIBAO_GATEWAY_KEYS": ""}
        with (self.folder / "said").open("ab") as said:
            self._process = subprocess.Popen(
                command, stdout=said, stderr=said, env=environment, start_new_session=True
            )
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/about", trust_env=False, timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.said())

    def said(self) -> str:
        """What it has printed."""
        return (self.folder / "said").read_text(encoding="utf-8")

    def kill(self) -> None:
        """SIGKILL to it and its workers."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(_SECONDS)
            self._process = None

    def megabytes(self) -> float:
        """Memory of the process."""
        assert self._process is not None
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no memory")

    def connect(self) -> socket.socket:
        """A connection that nothing has been sent on."""
        return socket.create_connection(("127.0.0.1", self.port), _SECONDS)


def head(length: int | None, path: str = "/fsi/api/callService") -> bytes:
    """The head of a request; None: its length is not told, it comes in chunks."""
    told = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"POST {path} HTTP/1.1\r\nHost: test\r\n{told}\r\n\r\n".encode()


def answer_on(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of the answer on a connection."""
    content = b""
    while b"\r\n\r\n" not in content:
        part = connection.recv(65_536)
        if not part:
            return 0, content
        content += part
    first, _, body = content.partition(b"\r\n\r\n")
    length = int(first.lower().partition(b"content-length:")[2].split()[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return int(first.split()[1]), body


async def posted(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
) -> dict[str, Any]:
    """The answer to a message on an open connection."""
    writer.write(head(len(body)) + body)
    first = await reader.readuntil(b"\r\n\r\n")
    length = int(first.lower().partition(b"content-length:")[2].split()[0])
    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
    return answer


async def _one(port: int, body: bytes) -> tuple[float, dict[str, Any]]:
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = await posted(reader, writer, body)
    writer.close()
    return time.monotonic() - began, answer


def storm(port: int, bodies: Iterable[bytes]) -> list[tuple[float, dict[str, Any]]]:
    """Send everything at the same moment, each on its own connection; seconds and answers."""

    async def run() -> list[tuple[float, dict[str, Any]]]:
        return await asyncio.gather(*(_one(port, body) for body in bodies))

    return asyncio.run(run())
