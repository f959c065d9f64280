"""What every step of preparing a batch needs: the cells, the rules, and where faults go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from yibao.benefit.terms import Rules
from yibao.columns import packing as k
from yibao.columns.backend import Backend
from yibao.columns.prepare.row_loops import Books
from yibao.columns.read.cells import NONE, BatchFaults, Bools, Ints, Reader
from yibao.columns.read.families import BatchPeople
from yibao.columns.rulebooks import Rulebooks
from yibao.messages import message


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole families whose rows stand together and in order."""

    reader: Reader
    faults: BatchFaults
    rulebooks: Rulebooks
    backend: Backend
    people: BatchPeople
    kind: Ints
    """As it was written; -1 where the cell is empty."""
    is_visit: Bools
    """Rows that are settled: neither carry state in nor reverse a visit."""
    books: list[tuple[Ints, Ints, Books]] = field(default_factory=list)
    """For which areas and days of knowledge the index of the rulebooks was made."""

    @property
    def rows(self) -> int:
        rows: int = self.reader.rows
        return rows

    @property
    def fine(self) -> Bools:
        """Rows without a fault so far."""
        fine: Bools = self.faults.status == 0
        return fine

    @property
    def rules(self) -> Sequence[Rules]:
        """The table of rules as the loops take it."""
        rules: Sequence[Rules] = self.backend.rules(self.rulebooks)
        return rules

    def call(self, loop: str, *arguments: Any) -> None:
        """Run a loop over the rows."""
        self.backend.call(loop, *arguments)

    def zeros(self) -> Ints:
        """A column to be written."""
        return np.zeros(self.rows, dtype=np.int64)

    def versions(self, area: Ints, known: Ints, day: Ints) -> Ints:
        """The version of the rules of each area and day, as known on another day."""
        version = np.zeros(len(area), dtype=np.int64)
        books = self._books(area, known)
        self.backend.call("find_versions", books, area, known, day, version)
        return version

    def _books(self, area: Ints, known: Ints) -> Books:
        """The index for ``find_versions``, once for the same two columns."""
        for of_area, of_known, index in self.books:
            if of_area is area and of_known is known:
                return index
        index = self.rulebooks.books(area, known)
        self.books.append((area, known, index))
        return index

    def refuse(self, column: str, version: Ints, day: Ints, status: Ints) -> None:
        """A fault in the rows whose ``status`` names a figure that no source gives."""
        lacking = np.flatnonzero((status < 0) & self.fine)
        if len(lacking) == 0:
            return
        parts = np.stack((version[lacking], day[lacking], status[lacking]))
        refusals, which = np.unique(parts, axis=1, return_inverse=True)
        numbers = [
            self.faults.number(column, self.rulebooks.refusal(*refusal))
            for refusal in refusals.T.tolist()
        ]
        self.faults.status[lacking] = np.array(numbers)[which.reshape(-1)]


def read_batch(
    reader: Reader, faults: BatchFaults, rulebooks: Rulebooks, backend: Backend, people: BatchPeople
) -> Batch:
    """The batch with the kinds of its rows."""
    kind = reader.choice("kind")
    faults.mark(kind == NONE, "kind", message("这一格必填"))
    return Batch(
        reader, faults, rulebooks, backend, people, kind, (kind >= 0) & (kind < k.KIND_CARRY)
    )
