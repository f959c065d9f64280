"""The unit of work: one transaction, its statements counted, its writes sent together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, overload

from sqlalchemy import Connection, CursorResult, Delete, Executable, Insert, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase

from yibao.database.engines import SPREAD, was_lost
from yibao.database.errors import CommitUnknownError
from yibao.database.sending import Broken, Waiting, read, read_together, send
from yibao.database.statements import Insertion, Query, Values, Write
from yibao.database.ties import Notes, tie_of, whole_row
from yibao.messages import message


class Unit:
    """One transaction; ``statements`` counts what was sent, BEGIN and COMMIT left out."""

    def __init__(self, connection: Connection, *, reads_only: bool = False) -> None:
        self.connection = connection
        self.reads_only = reads_only
        self.statements = 0
        self.wrote = False
        """Whether anything was sent that is not a ``SELECT``."""
        self._waiting: list[Waiting] = []
        self.notes = Notes()
        """What was written of tied tables and no event has taken along yet."""
        self._last_acts: dict[str, Callable[[], None]] = {}
        self._foreseen: tuple[Query, Values] | None = None
        self._ahead: tuple[Query, Values, list[Any]] | None = None
        """What was foreseen, asked along with the query before it, and its rows."""

    @property
    def is_postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    @property
    def is_spread(self) -> bool:
        """Whether a statement may only name one person: people lie on several nodes."""
        return bool(self.connection.get_execution_options().get(SPREAD))

    @overload
    def run(self, statement: Query, values: Values = ...) -> list[Any]: ...

    @overload
    def run(
        self,
        statement: Write | Insertion,
        values: Values | Sequence[Values],
        *,
        missed: Exception | None = ...,
        broken: Broken | None = ...,
    ) -> None: ...

    @overload
    def run(
        self, statement: Executable, values: Sequence[Values] | Values | None = ...
    ) -> CursorResult[Any]: ...

    def run(
        self,
        statement: Query | Write | Insertion | Executable,
        values: Any = None,
        *,
        missed: Exception | None = None,
        broken: Broken | None = None,
    ) -> list[Any] | CursorResult[Any] | None:
        """Send a statement, and give what comes back.

        A ``Write`` or an ``Insertion`` gives nothing back, so it goes with others: before the
        next statement, or with the commit.  A ``Write`` for several rows goes once for each.
        ``missed`` is raised then where it touched no row, and what ``broken`` makes of a
        constraint that it broke.
        """
        if isinstance(statement, Write | Insertion):
            self._require_writing()
            rows = [values] if isinstance(values, dict) else values
            if isinstance(statement, Insertion) and tie_of(statement.table) is not None:
                self.notes.add(statement.table, rows)
            for together in [rows] if isinstance(statement, Insertion) else [[row] for row in rows]:
                self._wait(Waiting(statement, together, missed, broken))
            return None
        if getattr(statement, "is_dml", False):
            self._require_writing()
        ahead, self._ahead = self._ahead, None
        if ahead is not None and not self._waiting and ahead[:2] == (statement, values):
            return ahead[2]
        self.flush()
        self.statements += 1
        if isinstance(statement, Query):
            self.wrote |= statement.is_dml
            return self._read(statement, values or {})
        self.wrote |= not getattr(statement, "is_select", False)
        if isinstance(statement, UpdateBase) and tie_of(statement.table) is not None:
            return self._run_tied(statement, values)
        return self.connection.execute(statement, values)

    def foresee(self, query: Query, values: Values) -> None:
        """Let a query go to PostgreSQL along with the next one, behind it.

        It is to be the one after the next: whatever else is sent before, it is asked again.
        """
        if self.is_postgresql:
            self._foreseen = query, values

    def _read(self, query: Query, values: Values) -> list[Any]:
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is None:
            return read(self.connection, query, values)
        self.statements += 1
        rows, later = read_together(self.connection, [(query, values), foreseen])
        self._ahead = (*foreseen, later)
        return rows

    def _run_tied(self, statement: UpdateBase, values: Any) -> CursorResult[Any]:
        """A write to rows that a chain vouches for: what they are now is noted."""
        table = statement.table
        assert isinstance(table, Table)
        if isinstance(statement, Insert) and values is not None:
            rows = [values] if isinstance(values, Mapping) else list(values)
            result = self.connection.execute(statement, values)
            self.notes.add(table, [whole_row(table, row) for row in rows])
            return result
        result = self.connection.execute(statement.returning(*table.columns), values)
        touched = [dict(row) for row in result.mappings()]
        if isinstance(statement, Delete):
            self.notes.remove(table, touched)
        else:
            self.notes.add(table, touched)
        return result

    def at_the_end(self, name: str, act: Callable[[], None]) -> None:
        """Do ``act`` when everything else is written; of one name the first is kept."""
        self._last_acts.setdefault(name, act)

    def finish(self, names: Iterable[str] | None = None) -> None:
        """Do what was left for the end (of ``names``, else of all)."""
        waiting = self._last_acts if names is None else list(names)
        for name in list(waiting):
            act = self._last_acts.pop(name, None)
            if act is not None:
                act()

    def forget(self) -> None:
        """Leave nothing for the end: what would have been finished there was refused."""
        self._last_acts.clear()
        self.notes.clear()

    def at_once(self, statement: Query, values: Values) -> list[Any]:
        """Send a write ahead of those that wait: no row of theirs hangs on it, or it on them."""
        self._require_writing()
        self.statements += 1
        self.wrote = True
        return read(self.connection, statement, values)

    def _require_writing(self) -> None:
        if self.reads_only:
            raise AssertionError("a read does not write")

    def _wait(self, write: Waiting) -> None:
        self._waiting.append(write)

    @property
    def may_commit_at_once(self) -> bool:
        """Whether the commit may go with what waits.

        PostgreSQL says that a write touched no row by failing, but not which: there may be one.
        """
        needing = sum(write.missed is not None for write in self._waiting)
        return needing == 0 or (needing == 1 and self.is_postgresql)

    def flush(self, *, commit: bool = False) -> None:
        """Send what waits, with the commit where it is the last."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._ahead = None  # it is older than what is written now
            self.statements += len(waiting)
            self.wrote = True
            send(self.connection, waiting, commit=commit)


_WHEN_COMMITTED = "yibao.when_committed"


def when_committed(unit: Unit, act: Callable[[], object]) -> None:
    """Call ``act`` after the commit, if there is one, in whatever unit it is made."""
    unit.connection.info.setdefault(_WHEN_COMMITTED, []).append(act)


def acts_waiting(connection: Connection) -> int:
    """How many acts wait for the commit."""
    return len(connection.info.get(_WHEN_COMMITTED, ()))


def drop_acts_after(connection: Connection, count: int = 0) -> None:
    """Forget acts of what was rolled back: all that came after the first ``count``."""
    del connection.info.get(_WHEN_COMMITTED, [])[count:]


def commit(unit: Unit) -> None:
    """Commit; ``CommitUnknownError`` where the connection went before the answer came."""
    unit.finish()
    if not unit.may_commit_at_once:
        unit.flush()
    try:
        unit.flush(commit=True)
        unit.connection.commit()
    except DBAPIError as error:
        if was_lost(error):
            raise CommitUnknownError(
                message(
                    "提交时连接断开，不知道是否已经写入；请用同一报文编号再发一次，结果只会有一份"
                )
            ) from error
        raise
    for act in unit.connection.info.pop(_WHEN_COMMITTED, ()):
        act()
