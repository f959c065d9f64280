"""What of a file was met before, on disk: a file may be larger than memory."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from yibao.importing.reading import SourceRow

_HASH_BYTES = 16


class Seen:
    """Keys of a file with the row where each stood first; nobody else sees them, nothing is left.

    A temporary file of SQLite's own that its connection removes.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("")
        self._file.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, row INTEGER) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def first_row(self, keys: Sequence[str], rows: Sequence[SourceRow]) -> int | None:
        """The row where one of these keys stood before; None: they are new, and noted."""
        hashed = [hashlib.blake2b(key.encode(), digest_size=_HASH_BYTES).digest() for key in keys]
        for key in hashed:
            before = self._file.execute("SELECT row FROM seen WHERE key = ?", (key,)).fetchone()
            if before is not None:
                return int(before[0])
        number = rows[0].number
        # A key that stands twice among these is a fault of them.
        if len(set(hashed)) < len(hashed):
            return number
        self._file.executemany("INSERT INTO seen VALUES (?, ?)", [(key, number) for key in hashed])
        return None
