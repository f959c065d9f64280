"""The transactions that are offered, by infno."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from yibao.gateway.answers import Output
from yibao.gateway.call import Call


class File(NamedTuple):
    """An answer that is a file, not an envelope."""

    name: str
    content: bytes


Answer = Output | bytes | File
"""An output; or its text, where it was kept with the effects; or a file."""
Handler = Callable[[Call], Answer]

UNPUBLISHED = frozenset(
    "1320 1321 1602 1603 2501A 3260 3261 3262 4201A 5260 5261 9201".split()
    + [f"420{number}" for number in range(2, 10)]
    + [f"A000{number}" for number in range(1, 7)]
)
"""Transactions whose fields no document or client at hand lists."""

PROVINCIAL = frozenset({"3203A", "3205A", "3206A", "3209A"})
"""Transactions that only a province's paper lists, not the national interface."""

WITHOUT_CODES = frozenset({"4104"})
"""Transactions whose fields are listed and whose answers are codes that nobody lists."""

HANDLERS: dict[str, Handler] = {}
WRITES: set[str] = set()

ALIASES: Mapping[str, str] = {"2206A": "2206", "2207A": "2207", "4101A": "4101"}
"""Transactions that answer as another one."""


def reads(*infnos: str) -> Callable[[Handler], Handler]:
    """Register a transaction that changes nothing and is answered afresh."""

    def register(handler: Handler) -> Handler:
        for infno in infnos:
            HANDLERS[infno] = handler
        return handler

    return register


def writes(*infnos: str) -> Callable[[Handler], Handler]:
    """Register a transaction that is done once per message id; it needs one."""

    def register(handler: Handler) -> Handler:
        WRITES.update(infnos)
        return reads(*infnos)(handler)

    return register
