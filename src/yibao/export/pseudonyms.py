"""Keyed pseudonyms: the same for the same thing under one key, and nothing without it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from yibao.database.secrets import key_of_file

_DIGITS = 24
"""Hexadecimal digits, 96 bits: no two of a billion things share a pseudonym by chance."""


class Pseudonyms:
    """Pseudonyms under one key, or under a fresh one that nobody keeps."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)

    @classmethod
    def of_file(cls, path: Path | None) -> Pseudonyms:
        """Under the key in a file, so that two exports can be joined; ``InputError`` without."""
        return cls(None if path is None else key_of_file(path))

    def of(self, kind: str, *parts: str | int) -> str:
        """The pseudonym of a thing; different for the same name of another kind."""
        text = "\0".join((kind, *map(str, parts)))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:_DIGITS]
