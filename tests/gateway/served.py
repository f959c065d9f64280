"""``yibao serve`` as a process on a store of its own, and senders that talk to it raw."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from ..support import serving
from ..support.loops import in_own_loop
from .conftest import HOSPITAL, PHARMACY, SECOND, Client

TOKEN = "a token of the tests"
AUTHORIZATION = {"authorization": f"Bearer {TOKEN}"}


class Service(serving.Service):
    """A service on a store, with a key."""

    def __init__(self, url: str, folder: Path, options: Sequence[str] = ()) -> None:
        keys = folder / "keys.yaml"
        key = f"{{secret: {TOKEN}, institutions: [{HOSPITAL}, {SECOND}, {PHARMACY}]}}"
        keys.write_text(f"headers: {{bearer: [{key}]}}\n")
        keys.chmod(0o600)
        super().__init__(folder, ("--database", url, "--keys", str(keys), *options))
        self.url = url

    def client(self) -> Client:
        """A hospital that writes what a strict platform wants to be told."""
        http = httpx.Client(timeout=serving.SECONDS, trust_env=False, headers=AUTHORIZATION)
        head = {"sign_no": "1", "dev_no": "1"}
        return Client(self.address(), None, head=head, http=http)  # type: ignore[arg-type]

    def megabytes(self) -> float:
        """Memory of the process."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no memory")

    def connect(self) -> socket.socket:
        """A connection that nothing has been sent on."""
        return socket.create_connection(("127.0.0.1", self.port), serving.SECONDS)


def head(length: int | None, path: str = "/fsi/api/callService") -> bytes:
    """The head of a request; None: its length is not told, it comes in chunks."""
    told = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    start = f"POST {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {TOKEN}\r\n"
    return f"{start}{told}\r\n\r\n".encode()


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


def _heard(answer: dict[str, Any]) -> None:
    """Nobody listens while a storm goes on."""


async def _sent(
    port: int, body: bytes, heard: Callable[[dict[str, Any]], None]
) -> tuple[float, dict[str, Any]]:
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = await posted(reader, writer, body)
    heard(answer)
    writer.close()
    return time.monotonic() - began, answer


def storm(
    port: int, bodies: Iterable[bytes], heard: Callable[[dict[str, Any]], None] = _heard
) -> list[tuple[float, dict[str, Any]]]:
    """Send everything at the same moment, each on its own connection; seconds and answers.

    ``heard`` is told each answer when it comes.
    """

    async def run() -> list[tuple[float, dict[str, Any]]]:
        return await asyncio.gather(*(_sent(port, body, heard) for body in bodies))

    return in_own_loop(run)
