"""The load on the pages, in a process of its own: kept connections, one request at a time each.

    python client.py PORT CONNECTIONS SECONDS < addresses

Asks for the addresses of standard input in turn, each connection from a place of its own, and
prints one JSON object: pages a second, milliseconds, bytes, and the processor's share.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from typing import Any

import uvloop

WARM = 0.15
"""Part of the time at the beginning that is not counted."""
APART = 0.02
"""Seconds between two connections."""


class Connection(asyncio.Protocol):
    """One kept connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._answer: asyncio.Future[tuple[int, int]] | None = None
        self._head = b""
        self._body = self._wanted = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("closed"))

    def data_received(self, data: bytes) -> None:
        if not self._wanted:
            self._head += data
            head, separator, body = self._head.partition(b"\r\n\r\n")
            if not separator:
                return
            at = head.lower().index(b"content-length:") + 15
            self._wanted = int(head[at:].split(b"\r\n", 1)[0])
            self._body = len(body)
        else:
            self._body += len(data)
        if self._body >= self._wanted and self._answer is not None:
            self._answer.set_result((int(self._head[9:12]), self._body))

    async def get(self, address: bytes) -> tuple[int, int]:
        """Ask for a page; its status, and the bytes of its body."""
        self._answer = asyncio.get_running_loop().create_future()
        self._head, self._body, self._wanted = b"", 0, 0
        head = b"GET %s HTTP/1.1\r\nHost: load\r\nAccept-Encoding: gzip\r\n\r\n" % address
        self._transport.write(head)
        return await self._answer


async def _visitor(
    port: int, number: int, addresses: list[bytes], span: tuple[float, float], seen: list[float]
) -> tuple[int, int]:
    """Pages one after the other; bytes, and answers that were no page."""
    # One after the other, as people come: at once, one process would take them all.
    await asyncio.sleep(number * APART)
    _, connection = await asyncio.get_running_loop().create_connection(
        Connection, "127.0.0.1", port
    )
    since, until = span
    at, size, failed = number * 37, 0, 0
    while time.perf_counter() < until:
        began = time.perf_counter()
        status, length = await connection.get(addresses[at % len(addresses)])
        ended = time.perf_counter()
        at += 1
        size += length
        failed += status != 200
        if began >= since and ended <= until:
            seen.append(ended - began)
    return size, failed


async def run(port: int, connections: int, seconds: float, addresses: list[bytes]) -> Any:
    """So many connections for a time."""
    seen: list[float] = []
    began = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_SELF)
    span = (began + seconds * WARM, began + seconds)
    done = await asyncio.gather(
        *(_visitor(port, each, addresses, span, seen) for each in range(connections))
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    times = sorted(seen) or [0.0]
    return {
        "connections": connections,
        "rate": len(times) / (seconds * (1 - WARM)),
        "median_ms": times[len(times) // 2] * 1e3,
        "p99_ms": times[int(len(times) * 0.99)] * 1e3,
        "bytes": sum(size for size, _ in done),
        "failed": sum(failed for _, failed in done),
        "cpu": (used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime)
        / (time.perf_counter() - began),
    }


if __name__ == "__main__":
    port, connections, seconds = sys.argv[1:]
    wanted = [line.strip().encode() for line in sys.stdin if line.strip()]
    loop = uvloop.new_event_loop()
    measured = run(int(port), int(connections), float(seconds), wanted)
    print(json.dumps(loop.run_until_complete(measured)))
