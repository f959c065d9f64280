"""报错: what people say is wrong, its number, and what became of it."""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from yibao.errors import ConflictError, NotFoundError
from yibao.messages import message

REPORTS_FILE = "reports.jsonl"
MOST_WORDS = 2_000
MOST_FILE = 64 * 1024 * 1024
_WINDOW, _MOST_IN_WINDOW = 600, 20
_SOMEBODYS_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])"
    r"(\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]|\d{15}|1[3-9]\d[ -]?\d{4}[ -]?\d{4})"
    r"(?![0-9A-Za-z])"
)
"""An identity number of 18 or 15 digits, or the number of a mobile phone."""


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


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a report; the public sees all of it but ``by``."""

    number: str
    day: str
    state: str
    """``closed``, with a reason; or ``dispute``: sources do disagree, and both are named."""
    reason: str
    """Why it was closed; of a dispute what was chosen, empty while it is open."""
    by: str
    question: str = ""
    sides: tuple[str, ...] = ()
    """What each side says, with its source."""


Entry = tuple[Report, Decision | None]
"""A report and the newest decision on it."""


class ReportStore(Protocol):
    """Where reports go; a store can take the place of the file."""

    def keep(self, report: Report) -> None:
        """Keep one for good; OSError where that failed."""

    def entries(self) -> list[Entry]:
        """All of them, the oldest first."""

    def find(self, number: str) -> Entry | None:
        """The one of a number."""


class ReportFile:
    """A file of JSON lines, only ever appended to: reports, and decisions on them.

    Each line is on the disk before anybody is thanked; several processes may write.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def keep(self, report: Report) -> None:
        self._append(asdict(report))

    def entries(self) -> list[Entry]:
        return list(self._read("").values())

    def find(self, number: str) -> Entry | None:
        return self._read(number).get(number) if number else None

    def decide(self, decision: Decision) -> Entry:
        """Write down what became of a report.

        ``NotFoundError`` for an unknown number; ``ConflictError`` where it is closed already.
        """
        with self._lock, self._alone():
            entry = self.find(decision.number)
            if entry is None:
                raise NotFoundError(message("没有编号为 {number} 的报错", number=decision.number))
            report, before = entry
            if before is not None and before.state == "closed":
                raise ConflictError(
                    message(
                        "{number} 已于 {day} 办结：{reason}",
                        number=decision.number,
                        day=before.day,
                        reason=before.reason,
                    )
                )
            self._write(asdict(decision))
        return report, decision

    def _read(self, number: str) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return entries
        for line in lines:
            if number not in line:
                continue
            row = json.loads(line)
            if "state" not in row:
                entries[row["number"]] = (Report(**row), None)
            elif row["number"] in entries:
                decision = Decision(**{**row, "sides": tuple(row["sides"])})
                entries[row["number"]] = (entries[row["number"]][0], decision)
        return entries

    def _append(self, row: dict[str, object]) -> None:
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._write(row)

    def _write(self, row: dict[str, object]) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        handle = os.open(self._path, flags, 0o600)
        try:
            if os.fstat(handle).st_size > MOST_FILE:
                raise OSError("the file of reports is full")
            content = (json.dumps(row, ensure_ascii=False) + "\n").encode()
            if os.write(handle, content) != len(content):
                raise OSError("short write")
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process decides meanwhile."""
        if not self._path.exists():
            yield
            return
        with self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def names_somebody(words: str) -> bool:
    """Whether the words hold an identity or phone number: reports are public, and kept as sent."""
    return _SOMEBODYS_NUMBER.search(re.sub(r"https?://\S+", "", words)) is not None


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
