"""What the headers and signatures of messages use up, so that nobody sends them again."""

from __future__ import annotations

import datetime
import hashlib
import threading
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from yibao.database.statements import Insertion
from yibao.database.unit import Database
from yibao.exchange.tables import exchange_nonce

GOOD_FOR = datetime.timedelta(hours=10)
"""Longer than any header is good for: eight hours and a half, for clocks in another zone."""
_CLEARED_EVERY = datetime.timedelta(minutes=10)
_TAKEN = Insertion(exchange_nonce)


class UsedUp(NamedTuple):
    """What a message uses up."""

    nonce: str
    """With the name of the key that it is of."""
    content: str
    """What it is used for: a sha256 in hexadecimal digits."""
    until: datetime.datetime | None
    """When nobody could use it any more; None: it never ends."""


class Nonces:
    """Nonces of all processes, in the store: the database decides who came first."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._lock = threading.Lock()
        self._cleared: datetime.datetime | None = None

    def take(self, used: UsedUp, at: datetime.datetime) -> str | None:
        """Use a nonce up; None, or what it was used for before. ``at``: the real instant."""
        self._clear(at)
        name = hashlib.sha256(used.nonce.encode()).digest()
        row = {"nonce": name, "content": bytes.fromhex(used.content), "until": used.until}
        try:
            self.database.write(lambda unit: unit.run(_TAKEN, row))
        except IntegrityError:
            query = select(exchange_nonce.c.content).where(exchange_nonce.c.nonce == name)
            before = self.database.read(lambda unit: unit.run(query).scalar_one())
            return bytes(before).hex()
        return None

    def _clear(self, at: datetime.datetime) -> None:
        """Forget now and then what no header could use again."""
        with self._lock:
            if self._cleared is not None and at - self._cleared < _CLEARED_EVERY:
                return
            self._cleared = at
        old = delete(exchange_nonce).where(exchange_nonce.c.until < at)
        self.database.write(lambda unit: unit.run(old))
