"""An open database: its transactions, tried again where that may help."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Pool, literal, select
from sqlalchemy.exc import OperationalError

from yibao.database import keyring
from yibao.database.engines import BUSY_SECONDS, SPREAD, engine_for, reading_engine
from yibao.database.errors import CommitUnknownError, DatabaseError
from yibao.database.failures import AgainError, cannot_connect, patiently, translated
from yibao.database.nature import Nature, is_empty, is_sandbox, mark_new_store
from yibao.database.probe import require_writing
from yibao.database.revision import require_current_schema
from yibao.database.schema import METADATA
from yibao.database.sealed import keep_secrets
from yibao.database.secrets import Secrets
from yibao.database.sending import read_alone
from yibao.database.statements import Query, Values
from yibao.database.transaction import Unit, commit, drop_acts_after
from yibao.database.writer import Writer
from yibao.errors import ConflictError
from yibao.messages import message

__all__ = ["CommitUnknownError", "Database", "DatabaseError", "Unit", "open_database"]

Result = TypeVar("Result")


class Database:
    """An open database; every operation takes a unit from :meth:`write` or :meth:`read`."""

    def __init__(self, engine: Engine, *, grouped: bool = False) -> None:
        self.engine = engine
        self.grouped = grouped
        """Whether :meth:`write` waits for a group with others."""
        self._reading = reading_engine(engine)
        whose = weakref.ref(self)
        for dialect in (engine.dialect, self._reading.dialect):
            keep_secrets(dialect, lambda: _secrets_of(whose))
        # SQLite polls for its write lock; threads of this process queue here instead.
        self._turn: threading.Lock | None = None if self.is_postgresql else threading.Lock()
        self._is_of_schema = False
        self._secrets: Secrets | None = None
        self._keys_read_at = 0.0
        self._writer: Writer | None = None
        self._starting = threading.Lock()

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @property
    def secrets(self) -> Secrets:
        """What encrypts and hashes; ``InputError`` where a service was given no key.

        ``StoreKeyError`` for a key that the store was not written with.  Which key is written
        with is never older than ``keyring.KNOWN_FOR``: it may be replaced by another process.
        """
        if self._secrets is None or monotonic() - self._keys_read_at > keyring.KNOWN_FOR:
            self.read_keys()
        assert self._secrets is not None
        return self._secrets

    def read_keys(self) -> None:
        """Read which keys the store has now."""
        at = monotonic()
        with translated(), self._connected(self._reading) as connection:
            if self._secrets is None:
                secrets = keyring.opened_secrets(connection, self.engine.url)
                self._secrets = Secrets.of(secrets.ring, self.read_keys)
            else:
                self._take(keyring.stored_keys(connection))
        self._keys_read_at = at

    def _take(self, rows: Sequence[Any]) -> None:
        if rows and self._secrets is not None:
            self._secrets.ring = keyring.ring_of(rows, self._secrets.ring.keys.values())

    def hold_keys(self, connection: Connection) -> None:
        """Until the transaction ends the store writes with no other key than now."""
        self.secrets  # noqa: B018 - a store whose tables were just made knows no key
        self._take(keyring.held_keys(connection))

    def create_all(self, nature: Nature = Nature.REAL) -> None:
        """Make every table of the schema (tests and fresh embedded stores)."""
        with self.engine.begin() as connection:
            METADATA.create_all(connection)
            mark_new_store(connection, nature)

    def is_sandbox(self) -> bool:
        """Whether the store was made as a sandbox; one without the mark is real."""
        return self.read(lambda unit: is_sandbox(unit.connection))

    def is_empty(self) -> bool:
        """Whether nothing is here yet, so that a store can be made."""
        return self.read(lambda unit: is_empty(unit.connection))

    # --- transactions ------------------------------------------------------------------------

    def require_schema(self) -> None:
        """``DatabaseError`` for a store of another program's schema or key; asked once."""
        if not self._is_of_schema:
            with translated(), self._connected(self._reading) as connection:
                require_current_schema(connection)
                knows_its_key = bool(keyring.stored_keys(connection))
            if knows_its_key:
                self.secrets  # noqa: B018 - with another key nothing is begun
            self._is_of_schema = True

    @contextmanager
    def unit(self, *, any_schema: bool = False) -> Iterator[Unit]:
        """One transaction: committed at the end, rolled back whole on any error.

        Raises :class:`AgainError` for what :meth:`write` would try again, and
        ``DatabaseError`` for a store of another schema, unless it is about to be upgraded.
        """
        if not any_schema:
            self.require_schema()
        with self._turn_taken(), translated(), self._connected(self.engine) as connection:
            unit = Unit(connection)
            yield unit
            commit(unit)

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        """A connection inside a transaction, rolled back unless it was committed."""
        try:
            opened = engine.connect()
        except OperationalError as error:
            if not self.is_postgresql:
                raise
            # What is refused now, or is starting, may be let in soon.
            raise AgainError(cannot_connect(error), lost=True) from error
        with opened as connection:
            connection.begin()
            drop_acts_after(connection)
            yield connection

    @contextmanager
    def _turn_taken(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise ConflictError(
                message("数据库繁忙，等不到写入的机会，请稍后再试；没有写入任何内容")
            )
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
        if self.grouped and not self.is_spread:
            return self.submit(operation, people=people).result()
        return self.write_alone(operation)

    @property
    def is_spread(self) -> bool:
        """Whether people lie on several nodes; each is then written in a transaction alone."""
        return bool(self.engine.get_execution_options().get(SPREAD))

    def write_alone(self, operation: Callable[[Unit], Result]) -> Result:
        """:meth:`write` in a transaction of its own, also where writes are grouped."""

        def attempt() -> Result:
            with self.unit() as unit:
                return operation(unit)

        return self._patiently(attempt)

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

        return self._patiently(attempt)

    def check(self) -> None:
        """``DatabaseError`` or ``ConflictError`` where the database does not answer."""
        self.read(lambda unit: unit.run(select(literal(1))).scalar_one())

    def check_writes(self) -> None:
        """``DatabaseError`` where nothing can be written now, on a full disk for example."""
        require_writing(self.engine)

    def run(self, query: Query, values: Values) -> list[Any]:
        """The rows of one ``SELECT``, which needs no unit of work around it."""

        def attempt() -> list[Any]:
            with translated():
                return read_alone(self._reading, query, values)

        return self._patiently(attempt)

    def _patiently(self, attempt: Callable[[], Result]) -> Result:
        """:func:`patiently`; after a loss every connection of before is taken as lost."""

        def watched() -> Result:
            pools = self.engine.pool, self._reading.pool
            try:
                return attempt()
            except AgainError as error:
                if error.lost and self.is_postgresql:
                    self._drop_connections(pools)
                raise

        return patiently(watched)

    def _drop_connections(self, pools: tuple[Pool, Pool]) -> None:
        """Close what waits in ``pools``, unless another thread has begun new ones."""
        with self._starting:
            for engine, pool in zip((self.engine, self._reading), pools, strict=True):
                if engine.pool is pool:
                    engine.dispose()

    def end_write_ahead(self) -> None:
        """Leave nothing in SQLite's write-ahead log, as far as nobody reads from it now."""
        if not self.is_postgresql:
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                connection.close()

    def dispose(self) -> None:
        """Finish what was submitted and close all connections."""
        with self._starting:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        self._reading.dispose()
        self.engine.dispose()


def _secrets_of(whose: weakref.ref[Database]) -> Secrets:
    database = whose()
    assert database is not None  # an engine is used by its database alone
    return database.secrets


def open_database(url: str, *, grouped: bool = False) -> Database:
    """Open ``sqlite:///file.db`` or ``postgresql://...``; ``InputError`` for anything else.

    ``grouped``: writes that wait at the same time share a commit.
    """
    return Database(engine_for(url), grouped=grouped)
