"""A writer that runs what is waiting in one transaction, so that a commit is shared.

Members run in the order of arrival, each seeing those before it.  Nobody is answered before
the commit.  A member that fails leaves the others alone: one that is refused before it wrote
is left out, else the group is run again with a savepoint for each, and at last one by one.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError, IntegrityError

from yibao.database.errors import CommitUnknownError
from yibao.database.gathering import Gathering
from yibao.database.schema import Identifier, locked_tables
from yibao.database.statements import Query
from yibao.database.transaction import Unit, acts_waiting, drop_acts_after
from yibao.errors import YibaoError

LONGEST_GROUP = 64


class Transactions(Protocol):
    """What the writer needs of a database."""

    @property
    def is_postgresql(self) -> bool: ...

    def unit(self) -> AbstractContextManager[Unit]: ...

    def write_alone(self, operation: Callable[[Unit], Any]) -> Any: ...


@dataclass(slots=True)
class _Member:
    operation: Callable[[Unit], Any]
    people: frozenset[str] | None
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None

    def answer(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _GroupError(Exception):
    """The transaction of the group is lost; its members may run alone."""


class Writer:
    """One thread with one connection; started by the first submission."""

    def __init__(self, database: Transactions) -> None:
        self.database = database
        self._waiting: queue.SimpleQueue[_Member | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="yibao-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Callable[[Unit], Any], people: Iterable[str] | None) -> Future[Any]:
        """Queue an operation; see ``Database.submit``."""
        if threading.current_thread() is self._thread:
            raise AssertionError("an operation does not submit another")
        member = _Member(operation, None if people is None else frozenset(people))
        self._waiting.put(member)
        return member.future

    def close(self) -> None:
        """Answer everything that was submitted, then stop."""
        self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        last = False
        while not last:
            group, last = self._next_group()
            alone = group
            together = [member for member in group if self._may_join(member)]
            if len(together) > 1 and any(
                self._commit(run, together) for run in (_run_gathered, _run_with_savepoints)
            ):
                alone = [member for member in group if not self._may_join(member)]
            for member in alone:
                self._run_alone(member)
            for member in group:
                member.answer()

    def _may_join(self, member: _Member) -> bool:
        return member.people is not None or not self.database.is_postgresql

    def _next_group(self) -> tuple[list[_Member], bool]:
        """What waits now, at least one; and whether it is the last there will be."""
        group: list[_Member] = []
        member = self._waiting.get()
        while member is not None:
            if member.future.set_running_or_notify_cancel():
                group.append(member)
            if len(group) == LONGEST_GROUP:
                return group, False
            try:
                member = self._waiting.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _run_alone(self, member: _Member) -> None:
        member.error = None
        try:
            member.result = self.database.write_alone(member.operation)
        except BaseException as error:
            member.error = error

    def _commit(self, run: Callable[[Unit, list[_Member]], None], members: list[_Member]) -> bool:
        """Whether the members were committed, or may not be run again."""
        try:
            with self.database.unit() as unit:
                self._lock(unit, members)
                for member in members:
                    member.error = None
                run(unit, members)
        except CommitUnknownError as error:
            for member in members:
                member.error = error
        except (_GroupError, YibaoError, DBAPIError):
            return False
        return True

    def _lock(self, unit: Unit, members: list[_Member]) -> None:
        """Lock the union of the members' rows by id before the first of them runs."""
        people = sorted(frozenset().union(*(member.people or () for member in members)))
        if not unit.is_postgresql or not people:
            return
        for query in _locking():
            unit.run(query, {"people": people})


@cache
def _locking() -> list[Query]:
    people = bindparam("people", type_=ARRAY(Identifier))
    return [
        Query(
            select(table.c.person_id)
            .where(table.c.person_id == people.any_())
            .order_by(table.c.person_id)
            .with_for_update()
        )
        for table in locked_tables()
    ]


def _run_gathered(unit: Unit, members: list[_Member]) -> None:
    """All operations on one unit, whose writes go out together where people differ."""
    gathering = Gathering(unit.connection)
    touched: set[str] = set()
    for member in members:
        if member.people is None or touched & member.people:
            gathering.write_all()
            touched.clear()
        gathering.wrote, mark = False, gathering.mark()
        try:
            member.result = member.operation(gathering)
            gathering.finish()
        except YibaoError as error:
            if gathering.wrote:
                raise _GroupError from error
            gathering.drop_after(mark)
            member.error = error
        except BaseException as error:
            raise _GroupError from error
        if member.people is None:
            gathering.write_all()
        else:
            touched |= member.people
    gathering.write_all()


def _run_with_savepoints(unit: Unit, members: list[_Member]) -> None:
    for member in members:
        _run_member(unit, member)


def _run_member(unit: Unit, member: _Member) -> None:
    """One operation under a savepoint; what it raises is its own, unless the group is lost."""
    connection = unit.connection
    acts = acts_waiting(connection)
    try:
        connection.exec_driver_sql("SAVEPOINT member")
        inner = Unit(connection)
        member.result = member.operation(inner)
        inner.finish()
        inner.flush()
        connection.exec_driver_sql("RELEASE SAVEPOINT member")
    except (IntegrityError, YibaoError) as error:
        member.error = error
    except DBAPIError as error:
        raise _GroupError from error
    except BaseException as error:
        member.error = error
    if member.error is not None:
        drop_acts_after(connection, acts)
        try:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT member")
            connection.exec_driver_sql("RELEASE SAVEPOINT member")
        except DBAPIError as error:
            raise _GroupError from error
