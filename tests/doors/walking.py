"""What the walks share: a call that must be denied, and what it must not have done."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from .town import STRANGER, Town, Watch

OF_A_REFUSAL = frozenset({"message", "event", "chain", "session", "person"})
"""What a refusal of one's own may leave: its answer, for a resend; the reads of others on a
chain, whose end stands in the person's row."""


@dataclass
class Tally:
    """What a walk came to."""

    operations: set[str] = field(default_factory=set)
    denied: int = 0
    granted: int = 0
    faults: list[str] = field(default_factory=list)

    def line(self, what: str) -> str:
        """The result, to be quoted."""
        return (
            f"{what}: {len(self.operations)} operations, {self.denied} calls denied "
            f"without effect, {self.granted} granted, {len(self.faults)} faults"
        )


class Walk:
    """Calls to one service on one town."""

    def __init__(self, town: Town, address: str) -> None:
        self.town = town
        self.tally = Tally()
        self.http = httpx.Client(base_url=address, trust_env=False, timeout=60)
        self._watch = Watch(town.database)
        self._rows = town.rows()

    def close(self) -> None:
        """Leave."""
        self.http.close()
        self._watch.close()

    def changed(self) -> set[tuple[str, str]]:
        """Rows (table, row) that came or went since this was last asked."""
        if not self._watch.moved():
            return set()
        before, self._rows = self._rows, self.town.rows()
        return {(name, row) for name, rows in self._rows.items() for row in before[name] ^ rows}

    def denied(
        self,
        what: str,
        response: httpx.Response,
        statuses: Iterable[int],
        *,
        may_leave: frozenset[str] = frozenset(),
    ) -> None:
        """Was answered so, told nothing of the stranger, and changed nothing."""
        told = self._told(response)
        changed = sorted({name for name, _ in self.changed()} - may_leave)
        if response.status_code not in statuses and not _is_empty(response):
            self.tally.faults.append(f"{what}: answered {response.status_code} {told[:200]}")
        elif changed:
            self.tally.faults.append(f"{what}: changed {changed}")
        elif marks := self.of_the_stranger(told):
            self.tally.faults.append(f"{what}: told {marks}")
        else:
            self.tally.denied += 1

    def of_the_stranger(self, told: str) -> list[str]:
        """What of the stranger's stands in a text, but for what was asked with."""
        return [mark for mark in ("陌生", "visit-of-" + STRANGER, "DOORS") if mark in told]

    def granted(self, what: str, response: httpx.Response) -> None:
        """A call that the matrix grants: whatever becomes of it, it is not denied."""
        if response.status_code in (401, 403) or response.status_code >= 500:
            told = self._told(response)[:200]
            self.tally.faults.append(f"{what}: granted, but {response.status_code} {told}")
        else:
            self.tally.granted += 1

    @staticmethod
    def _told(response: httpx.Response) -> str:
        if response.headers.get("content-type", "").startswith("application/json"):
            return json.dumps(response.json(), ensure_ascii=False)
        return response.content.decode("utf-8", "replace")


def _is_empty(response: httpx.Response) -> bool:
    """A list of nothing, which is told of what does not exist too."""
    return response.status_code == 200 and response.text == '{"rows":[],"next_cursor":null}'


def is_of_the_stranger(row: str, marks: Iterable[Any]) -> bool:
    """Whether a row speaks of the stranger or of what is the stranger's."""
    return STRANGER in row or any(str(mark) in row for mark in marks)
