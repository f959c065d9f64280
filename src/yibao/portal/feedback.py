"""报错: what people say is wrong, kept until a policy person has looked at it."""

from __future__ import annotations

import datetime
import json
import os
import secrets
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

MOST_WORDS = 2_000
MOST_FILE = 64 * 1024 * 1024
_WINDOW, _MOST_IN_WINDOW = 600, 20


@dataclass(frozen=True, slots=True)
class Report:
    """One report; it says nothing of who made it."""

    number: str
    """What the reporter is given, to ask later."""
    day: str
    page: str
    """Path of the page, without its query."""
    wrong: str
    source: str
    """Where the right figure is written, in the reporter's words."""


class ReportStore(Protocol):
    """Where reports go; a store can take the place of the file."""

    def keep(self, report: Report) -> None:
        """Keep one for good; OSError where that failed."""


class ReportFile:
    """Appends to a file of JSON lines; each is on the disk before anybody is thanked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def keep(self, report: Report) -> None:
        line = json.dumps(asdict(report), ensure_ascii=False) + "\n"
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            handle = os.open(self._path, flags, 0o600)
            try:
                if os.fstat(handle).st_size > MOST_FILE:
                    raise OSError("the file of reports is full")
                content = line.encode()
                if os.write(handle, content) != len(content):
                    raise OSError("short write")
                os.fsync(handle)
            finally:
                os.close(handle)


def new_report(page: str, wrong: str, source: str, today: datetime.date) -> Report:
    """A report with a number of its own."""
    path = page.partition("?")[0].partition("#")[0]
    number = f"{today:%y%m%d}-{secrets.token_hex(4)}"
    return Report(number, today.isoformat(), path[:200], wrong[:MOST_WORDS], source[:MOST_WORDS])


class Throttle:
    """Lets a sender through so often in a while; remembers nothing longer than that."""

    def __init__(self, most: int = _MOST_IN_WINDOW) -> None:
        self._most = most
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def allows(self, sender: str) -> bool:
        """Whether one more is fine now."""
        now = time.monotonic()
        with self._lock:
            for name in [n for n, times in self._seen.items() if times[-1] < now - _WINDOW]:
                del self._seen[name]
            times = self._seen.setdefault(sender, deque())
            while times and times[0] < now - _WINDOW:
                times.popleft()
            times.append(now)
            return len(times) <= self._most
