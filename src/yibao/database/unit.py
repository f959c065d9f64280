"""Opening a database, and the unit of work: one transaction, its statements counted."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from yibao.database.engines import (
    BUSY_SECONDS,
    engine_for,
    is_busy,
    lacks_table,
    may_retry,
    reading_engine,
    reason,
    was_lost,
)
from yibao.database.errors import CommitUnknownError, DatabaseError
from yibao.database.prepared import Prepared, Waiting, send_together
from yibao.database.schema import METADATA
from yibao.database.secrets import Secrets, secrets_for
from yibao.errors import ConflictError, YibaoError

if TYPE_CHECKING:
    from yibao.database.writer import Writer

__all__ = ["CommitUnknownError", "Database", "DatabaseError", "Unit", "open_database"]

Result = TypeVar("Result")

_ATTEMPTS = 8
_ATTEMPTS_AFTER_LOSS = 2
_LONGEST_PAUSE = 0.25


class Unit:
    """One transaction; ``statements`` counts what was sent, BEGIN and COMMIT left out."""

    def __init__(self, connection: Connection, *, reads_only: bool = False) -> None:
        self.connection = connection
        self.reads_only = reads_only
        self.statements = 0
        self.wrote = False
        """Whether anything was sent that is not a ``SELECT``."""
        self._waiting: list[Waiting] = []

    @property
    def is_postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def run(
        self, statement: Executable, values: Sequence[dict[str, Any]] | dict[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Send one statement."""
        if self.reads_only and getattr(statement, "is_dml", False):
            raise AssertionError("a read does not write")
        self.flush()
        self.statements += 1
        self.wrote |= not getattr(statement, "is_select", False)
        return self.connection.execute(statement, values)

    def rows(self, statement: Prepared, **values: Any) -> list[Any]:
        """The rows of a prepared ``SELECT``, or of what a prepared write returns."""
        self.flush()
        self.statements += 1
        self.wrote |= statement.statement.is_dml
        return statement.rows(self.connection, values)

    def later(
        self,
        statement: Prepared,
        values: dict[str, Any],
        *,
        missed: Exception | None = None,
        broken: Callable[[IntegrityError], Exception | None] = lambda error: None,
    ) -> None:
        """Send a prepared write with others: before the next statement, or with the commit.

        ``missed`` is raised then where it touched no row, and what ``broken`` makes of a
        constraint that it broke.
        """
        if self.reads_only:
            raise AssertionError("a read does not write")
        self._waiting.append(Waiting(statement, values, missed, broken))

    @property
    def may_commit_at_once(self) -> bool:
        """Whether the commit may go with what waits: nothing has to show first what it touched."""
        return all(one.missed is None for one in self._waiting)

    def flush(self, *, commit: bool = False) -> None:
        """Send what waits, with the commit where it is the last."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self.statements += len(waiting)
            self.wrote = True
            send_together(self.connection, waiting, commit=commit)


class Database:
    """An open database; every operation takes a unit from :meth:`write` or :meth:`read`."""

    def __init__(self, engine: Engine, *, grouped: bool = False) -> None:
        self.engine = engine
        self.grouped = grouped
        """Whether :meth:`write` waits for a group with others."""
        self._reading = reading_engine(engine)
        # SQLite polls for its write lock; threads of this process queue here instead.
        self._turn: threading.Lock | None = None if self.is_postgresql else threading.Lock()
        self._writer: Writer | None = None
        self._starting = threading.Lock()

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @cached_property
    def secrets(self) -> Secrets:
        """What encrypts identity numbers; ``InputError`` where a service was given no key."""
        return secrets_for(self.engine.url)

    def create_all(self) -> None:
        """Make every table of the schema (tests and fresh embedded stores)."""
        METADATA.create_all(self.engine)

    # --- transactions ------------------------------------------------------------------------

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """One transaction: committed at the end, rolled back whole on any error.

        Raises :class:`AgainError` for what :meth:`write` would try again.
        """
        with self._turn_taken(), translated(), self._connected(self.engine) as connection:
            unit = Unit(connection)
            yield unit
            commit(unit)

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        """A connection inside a transaction, rolled back unless it was committed."""
        with engine.connect() as connection:
            connection.begin()
            yield connection

    @contextmanager
    def _turn_taken(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise ConflictError("数据库繁忙，等不到写入的机会，请稍后再试；没有写入任何内容")
        try:
            yield
        finally:
            self._turn.release()

    def write(
        self, operation: Callable[[Unit], Result], *, people: Iterable[str] | None = None
    ) -> Result:
        """Run ``operation`` in a transaction and return what it returned, once committed.

        Deadlocks, serialisation failures and connections lost before the commit are
        tried again, a bounded number of times with growing, random pauses; then
        ``ConflictError`` or ``DatabaseError``.  ``people``: see :meth:`submit`.
        """
        if self.grouped:
            return self.submit(operation, people=people).result()
        return self.write_alone(operation)

    def write_alone(self, operation: Callable[[Unit], Result]) -> Result:
        """:meth:`write` in a transaction of its own, also where writes are grouped."""

        def attempt() -> Result:
            with self.unit() as unit:
                return operation(unit)

        return _patiently(attempt)

    def submit(
        self, operation: Callable[[Unit], Result], *, people: Iterable[str] | None = None
    ) -> Future[Result]:
        """Hand ``operation`` to the writer that groups what is waiting.

        The future is resolved after the commit, with the result or the error.
        ``people`` are all persons whose rows the operation will lock: on PostgreSQL a
        group locks them by id before its first member runs, and an operation that
        names none runs by itself.
        """
        with self._starting:
            if self._writer is None:
                from yibao.database.writer import Writer

                self._writer = Writer(self)
            return self._writer.submit(operation, people)

    def read(self, operation: Callable[[Unit], Result], *, consistent: bool = False) -> Result:
        """Run ``operation``, which only reads; it waits for no writer on SQLite.

        ``consistent``: all its statements see one moment (on SQLite they always do).
        """

        def attempt() -> Result:
            in_transaction = consistent and self.is_postgresql
            engine = self.engine if in_transaction else self._reading
            with translated(), self._connected(engine) as connection:
                if in_transaction:
                    connection.exec_driver_sql(
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                    )
                return operation(Unit(connection, reads_only=True))

        return _patiently(attempt)

    def rows(self, statement: Prepared, **values: Any) -> list[Any]:
        """The rows of one prepared ``SELECT``, which needs no unit of work around it."""

        def attempt() -> list[Any]:
            with translated():
                return statement.rows_alone(self._reading, values)

        return _patiently(attempt)

    def dispose(self) -> None:
        """Finish what was submitted and close all connections."""
        with self._starting:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        self._reading.dispose()
        self.engine.dispose()


class AgainError(DatabaseError):
    """The transaction may be tried again; nothing of it was written."""

    def __init__(self, message: str, *, lost: bool) -> None:
        super().__init__(message)
        self.lost = lost
        """The connection went; else it stood against another transaction."""


def _patiently(attempt: Callable[[], Result]) -> Result:
    """What ``attempt`` gives, tried again with growing, random pauses while that may help."""
    for number in range(_ATTEMPTS):
        try:
            return attempt()
        except AgainError as error:
            if error.lost and number >= _ATTEMPTS_AFTER_LOSS:
                raise DatabaseError(str(error)) from error
            time.sleep(min(random.uniform(0, 0.002 * 2**number), _LONGEST_PAUSE))
    raise ConflictError("数据库繁忙，多次重试仍冲突，请稍后再试；没有写入任何内容")


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the driver as ours; a broken constraint goes to the room that knows it."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeoutError:
        raise ConflictError("数据库连接全部占用，请稍后再试；没有写入任何内容") from None
    except DBAPIError as error:
        raise error_of(error) from error


def error_of(error: DBAPIError) -> YibaoError:
    """Our error for one of the driver's."""
    said = reason(error)
    if isinstance(error, DataError):
        return DatabaseError(f"数据库不接受这个值，没有写入任何内容：{said}")
    if may_retry(error):
        return AgainError("数据库繁忙，与另一笔写入冲突；没有写入任何内容", lost=False)
    if was_lost(error):
        return AgainError(f"与数据库的连接断开，没有写入任何内容：{said}", lost=True)
    if is_busy(error):
        return ConflictError("数据库繁忙，等不到锁，请稍后再试；没有写入任何内容")
    if lacks_table(error):
        return DatabaseError(f"数据库缺少表，请先运行 yibao db upgrade：{said}")
    return DatabaseError(f"数据库不可用，没有写入任何内容：{said}")


def commit(unit: Unit) -> None:
    """Commit; ``CommitUnknownError`` where the connection went before the answer came."""
    if not unit.may_commit_at_once:
        unit.flush()
    try:
        unit.flush(commit=True)
        unit.connection.commit()
    except DBAPIError as error:
        if was_lost(error):
            raise CommitUnknownError(
                "提交时连接断开，不知道是否已经写入；请用同一报文编号再发一次，结果只会有一份"
            ) from error
        raise


def open_database(url: str, *, grouped: bool = False) -> Database:
    """Open ``sqlite:///file.db`` or ``postgresql://...``; ``InputError`` for anything else.

    ``grouped``: writes that wait at the same time share a commit.
    """
    return Database(engine_for(url), grouped=grouped)
