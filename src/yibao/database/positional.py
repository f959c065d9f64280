"""A statement as PostgreSQL itself takes it, without its driver."""

from __future__ import annotations

from typing import NamedTuple


class Positional(NamedTuple):
    """Its text and what goes in its places ``$1``, ``$2`` and so on."""

    sql: bytes
    names: tuple[str, ...]
    """Of the values, in their places."""
    kinds: tuple[int, ...]
    """PostgreSQL's numbers of their types."""
