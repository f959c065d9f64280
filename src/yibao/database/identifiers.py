"""Identifiers that sort by time and need no sequence: 48 bits of milliseconds, 80 random."""

from __future__ import annotations

import datetime
import secrets
import time


def new_identifier() -> str:
    """32 hexadecimal digits, in the order in which they were made."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def identifier_at(at: datetime.datetime) -> str:
    """Comes after every identifier made before the millisecond of ``at``, and before the others."""
    since = at - datetime.datetime.fromtimestamp(0, datetime.UTC)
    return f"{since // datetime.timedelta(milliseconds=1):012x}{'0' * 20}"


def made_at(identifier: str) -> datetime.datetime:
    """The millisecond in which an identifier was made."""
    start = datetime.datetime.fromtimestamp(0, datetime.UTC)
    return start + datetime.timedelta(milliseconds=int(identifier[:12], 16))
