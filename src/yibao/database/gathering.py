"""Writes of many operations, gathered and sent by statement: new rows by COPY on PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Connection

from yibao.database.sending import Waiting, send_many
from yibao.database.statements import Insertion, Query, Values, Write
from yibao.database.transaction import Unit

Mark = dict[Write | Insertion, int]
"""How much of each statement had been gathered."""


class Gathering(Unit):
    """A unit whose writes wait for :meth:`write_all`.

    An operation reads what it wrote itself, but not what the operations before its
    :meth:`mark` wrote: those concern other people.
    What writes one row at a time elsewhere writes here too, so that the rows are the same.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._gathered: dict[Write | Insertion, list[Values]] = {}
        self._own = False
        """Whether anything was gathered since the mark."""

    def _wait(self, write: Waiting) -> None:
        """Gather a write; a constraint that it breaks is the whole unit's to suffer."""
        if write.missed is not None:  # only a statement of its own says that it touched nothing
            self.write_all()
            super()._wait(write)
            self.flush()
            return
        self._gathered.setdefault(write.statement, []).extend(write.values)
        self._own = True

    def foresee(self, query: Query, values: Values) -> None:
        """Nothing goes ahead: what is gathered may have to go before it."""

    def mark(self) -> Mark:
        """Begin another operation; what is gathered now, for :meth:`drop_after`."""
        self._own = False
        return {statement: len(rows) for statement, rows in self._gathered.items()}

    def drop_after(self, mark: Mark) -> None:
        """Forget what was gathered since, by an operation that was refused."""
        self.forget()
        self._gathered = {
            statement: rows[: mark[statement]]
            for statement, rows in self._gathered.items()
            if mark.get(statement)
        }

    def flush(self, *, commit: bool = False) -> None:
        """Send what waits, before the operation that wrote it reads."""
        if self._own:
            self.write_all()
        super().flush(commit=commit)

    def write_all(self) -> None:
        """Send what was gathered: changes first, then new rows."""
        self._own = False
        gathered, self._gathered = self._gathered, {}
        self.wrote |= bool(gathered)
        for statement, rows in sorted(gathered.items(), key=lambda item: _is_new(item[0])):
            self.statements += 1
            send_many(self.connection, statement, statement.to_send(rows))


def _is_new(statement: Write | Insertion) -> bool:
    return isinstance(statement, Insertion)
