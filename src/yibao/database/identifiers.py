"""Identifiers that sort by time and need no sequence: 48 bits of milliseconds, 80 random."""

from __future__ import annotations

import secrets
import time


def new_identifier() -> str:
    """32 hexadecimal digits, in the order in which they were made."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
