"""The load, in a process of its own: many counters, each with its own kept connection.

    python client.py PORT CLIENTS PEOPLE SECONDS RUN

Reads nothing but the answers' ``infcode``; messages are templates with places filled in, so
that little of the machine's time goes to the load itself.  Prints one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import defaultdict
from typing import Any

import uvloop
import world

_DONE = b'"infcode":0'
WARM = 0.2
"""Part of the time at the beginning that is not counted."""


class Connection(asyncio.Protocol):
    """One kept connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._answer: asyncio.Future[bytes] | None = None
        self._parts = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("closed"))

    def data_received(self, data: bytes) -> None:
        self._parts += data
        head, separator, body = self._parts.partition(b"\r\n\r\n")
        if not separator or self._answer is None:
            return
        at = head.lower().index(b"content-length:") + 15
        if len(body) >= int(head[at:].split(b"\r\n", 1)[0]):
            self._parts = b""
            self._answer.set_result(body)

    async def post(self, body: bytes) -> bytes:
        """Send a message; the answer's body."""
        self._answer = asyncio.get_running_loop().create_future()
        head = b"POST /fsi/api/callService HTTP/1.1\r\nHost: load\r\nContent-Type: text/plain\r\n"
        head += b"Authorization: Bearer %s\r\n" % world.TOKEN
        self._transport.write(b"%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body))
        return await self._answer


async def _counter(
    port: int, visits: world.Visits, until: float, since: float, seen: dict[str, list[float]]
) -> int:
    """Visits one after the other; how many settlements were acknowledged, all told."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
    settled = 0
    while time.perf_counter() < until:
        for infno, body in visits.next_visit():
            began = time.perf_counter()
            answer = await connection.post(body)
            ended = time.perf_counter()
            if _DONE not in answer[:40]:
                seen["refused"].append(ended - began)
                sys.stderr.write(answer.decode()[:400] + "\n")
                continue
            settled += infno == "2207"
            if began >= since and ended <= until:
                seen[infno].append(ended - began)
    return settled


async def run(port: int, clients: int, people: int, seconds: float, name: str) -> dict[str, Any]:
    """The load of so many clients for a time."""
    seen: dict[str, list[float]] = defaultdict(list)
    began = time.perf_counter()
    until, since = began + seconds, began + seconds * WARM
    before = resource.getrusage(resource.RUSAGE_SELF)
    counters = [
        _counter(port, world.Visits(number, clients, people, name), until, since, seen)
        for number in range(clients)
    ]
    settled = sum(await asyncio.gather(*counters))
    used = resource.getrusage(resource.RUSAGE_SELF)
    span = seconds * (1 - WARM)
    return {
        "clients": clients,
        "settled": settled,
        "rate": len(seen["2207"]) / span,
        "refused": len(seen["refused"]),
        "milliseconds": {
            infno: [round(quantile(times, part) * 1e3, 2) for part in (0.5, 0.99)]
            for infno, times in sorted(seen.items())
            if infno != "refused"
        },
        "cpu": (used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime)
        / (time.perf_counter() - began),
        "span": time.perf_counter() - began,
    }


def quantile(times: list[float], part: float) -> float:
    """The time that this part of them does not exceed."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


if __name__ == "__main__":
    port, clients, people, seconds, name = sys.argv[1:]
    loop = uvloop.new_event_loop()
    print(json.dumps(loop.run_until_complete(
        run(int(port), int(clients), int(people), float(seconds), name)
    )))  # fmt: skip
