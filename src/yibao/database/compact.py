"""Texts that stand in few bytes: hexadecimal digits, which our own identifiers and hashes are."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_RAW = (16, 32)
"""Lengths of what was 32 or 64 digits; nothing else is stored in so many bytes."""
_PLAIN = b"\xff"
"""Before a text that stays as it is: no text has this byte in it."""


def compacted(content: str) -> bytes:
    """A text in few bytes; those of one length sort as their texts do."""
    if len(content) in (32, 64):
        try:
            raw = bytes.fromhex(content)
        except ValueError:
            raw = b""
        if raw.hex() == content:
            return raw
    plain = _PLAIN + content.encode()
    return _PLAIN + plain if len(plain) in _RAW else plain


def expanded(stored: bytes | str) -> str:
    """What :func:`compacted` made few bytes of.

    What it never wrote is told by what it looks like, so that no check takes it for what it
    stands in the place of.
    """
    if isinstance(stored, str):  # SQLite keeps a text as one in a column of bytes
        return repr(stored)
    if len(stored) in _RAW:
        return stored.hex()
    return stored.lstrip(_PLAIN).decode(errors="backslashreplace")


class Compact(TypeDecorator[str]):
    """A text in a column of bytes; see :func:`compacted`."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """As the column has it."""
        return None if value is None else compacted(value)

    def literal_processor(self, dialect: Dialect) -> Callable[[str], str]:
        """As a statement writes it out: PostgreSQL and SQLite each in their own way."""
        shape = "X'{}'" if dialect.name == "sqlite" else "'\\x{}'::bytea"
        return lambda value: shape.format(compacted(value).hex())

    def process_result_value(self, value: bytes | str | None, dialect: Dialect) -> str | None:
        """As the code has it."""
        return None if value is None else expanded(value)
