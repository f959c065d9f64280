"""An operation inside another's transaction: both are committed, or neither; or rehearsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from sqlalchemy import Connection

from yibao.database.secrets import Secrets
from yibao.database.unit import Database, Unit

Result = TypeVar("Result")


class JoinedDatabase(Database):
    """A database whose operations are part of a unit of work that somebody else commits.

    After a refusal nothing more is read: the unit is going to be rolled back, and whoever
    asks is told what was refused.
    """

    def __init__(self, database: Database, unit: Unit) -> None:
        self.engine = database.engine
        self.grouped = False
        self._whole = database
        self._unit = unit
        self._refusal: Exception | None = None

    @property
    def secrets(self) -> Secrets:
        """Those of the store."""
        return self._whole.secrets

    def hold_keys(self, connection: Connection) -> None:
        """As the store does."""
        self._whole.hold_keys(connection)

    def is_sandbox(self) -> bool:
        """As the store is."""
        return self._whole.is_sandbox()

    def write(
        self, operation: Callable[[Unit], Result], *, people: Iterable[str] | None = None
    ) -> Result:
        """Do it in the unit; it is committed with everything else there."""
        try:
            return operation(self._unit)
        except Exception as error:
            self._refusal = error
            raise

    def write_alone(self, operation: Callable[[Unit], Result]) -> Result:
        """An operation that wants a transaction of its own has no place in another's."""
        raise AssertionError("this operation commits by itself")

    def submit(
        self, operation: Callable[[Unit], Result], *, people: Iterable[str] | None = None
    ) -> Future[Result]:
        """As :meth:`write_alone`."""
        raise AssertionError("this operation commits by itself")

    def read(self, operation: Callable[[Unit], Result], *, consistent: bool = False) -> Result:
        """What the unit sees, its own writes with it."""
        if self._refusal is not None:
            raise self._refusal
        return operation(self._unit)


class _RehearsedError(Exception):
    """Ends the transaction of a rehearsal, with what came of it."""

    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


def rehearse(database: Database, operation: Callable[[Database], Result]) -> Result:
    """What operations would answer, or refuse, with nothing left behind.

    ``operation`` is given a database in which what it does can be read until it returns.
    """

    def attempt(unit: Unit) -> Result:
        raise _RehearsedError(operation(JoinedDatabase(database, unit)))

    try:
        return database.write_alone(attempt)
    except _RehearsedError as rehearsed:
        result: Result = rehearsed.result  # type: ignore[assignment]
        return result
