"""Constant statements straight over libpq's pipeline: PostgreSQL gets what waits in one message.

A cursor of the driver costs a statement several times what sending it does.  Here BEGIN goes
with the first statement of a transaction and COMMIT with the last; statements are prepared by
name and their rows come back in binary.  The connection is the driver's own, so that whatever
else is sent on it through a cursor stands in the same transaction.
"""

from __future__ import annotations

import datetime
import select
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer

from yibao.database.positional import Positional

_MOST_PREPARED = 200
"""Statements that one connection keeps prepared; beyond them it begins anew."""
_STALE_STATES = ("26000", "0A000")
"""PostgreSQL: no such prepared statement; its rows would have other types than before."""
_BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED"
_COMMIT = b"COMMIT"

_NUL = "PostgreSQL text fields cannot contain NUL (0x00) bytes"

Values = Mapping[str, Any]
Sent = tuple[Positional, Sequence[bytes | None], Sequence[int]]
"""A statement, its values as they are sent and the format of each: 1 for binary."""


class Wire:
    """The statements of one connection of the driver; of one thread at a time, as it is."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver
        self._adapting = Transformer(driver)
        self._encoding = driver.info.encoding
        self._names: dict[Positional, bytes] = {}
        self._number = 0
        self._to_read, self._to_write = select.poll(), select.poll()
        self._to_read.register(driver.fileno(), select.POLLIN)
        self._to_write.register(driver.fileno(), select.POLLIN | select.POLLOUT)

    def rows(self, statements: Sequence[tuple[Positional, Values]]) -> list[list[tuple[Any, ...]]]:
        """The rows that each statement gives, as the driver's types have them."""
        adapting = self._adapting
        answers = []
        try:
            for result in self.send(statements):
                adapting.set_pgresult(result, format=pq.Format.BINARY)
                answers.append(adapting.load_rows(0, result.ntuples, tuple))
        finally:
            adapting.set_pgresult(None)
        return answers

    def touched(
        self, statements: Sequence[tuple[Positional, Values]], *, commit: bool = False
    ) -> list[int]:
        """Send statements in their order; how many rows each touched or gave."""
        return [result.command_tuples or 0 for result in self.send(statements, commit=commit)]

    def send(
        self, statements: Sequence[tuple[Positional, Values]], *, commit: bool = False
    ) -> list[pq.abc.PGresult]:
        """Send statements in one message; their results, or the error of the first that failed.

        After an error of the server nothing that came after it was done, and the connection
        stands in a failed transaction.  After anything else it is closed: it holds half a
        conversation.
        """
        ready: list[Sent] = [
            (statement, *self._written(statement, values)) for statement, values in statements
        ]
        pgconn = self._driver.pgconn
        try:
            pgconn.enter_pipeline_mode()
            wanted, preparing = self._put(ready, commit)
            results = self._received()
            pgconn.exit_pipeline_mode()
        except BaseException:
            self._driver.close()
            raise
        for place, statement in preparing.items():
            if results[place].status != pq.ExecStatus.COMMAND_OK:
                self._names.pop(statement, None)
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise self._error_of(result)
        return [results[place] for place in wanted]

    def _put(self, ready: Sequence[Sent], commit: bool) -> tuple[list[int], dict[int, Positional]]:
        """Send all; in which places what the statements give comes, and that they are prepared."""
        pgconn = self._driver.pgconn
        places, preparing = 0, {}
        wanted: list[int] = []
        if not self._driver.autocommit and pgconn.transaction_status == pq.TransactionStatus.IDLE:
            pgconn.send_query_params(_BEGIN, None)
            places += 1
        if len(self._names) > _MOST_PREPARED:
            self._names.clear()
            pgconn.send_query_params(b"DEALLOCATE ALL", None)
            places += 1
        for statement, values, formats in ready:
            name = self._names.get(statement)
            if name is None:
                self._number += 1
                name = self._names[statement] = b"yibao_%d" % self._number
                pgconn.send_prepare(name, statement.sql, statement.kinds)
                preparing[places] = statement
                places += 1
            pgconn.send_query_prepared(name, values, formats, pq.Format.BINARY)
            wanted.append(places)
            places += 1
        if commit:
            pgconn.send_query_params(_COMMIT, None)
        pgconn.pipeline_sync()
        while pgconn.flush():
            self._to_write.poll()
            pgconn.consume_input()  # it may not take more before its answers are taken
        return wanted, preparing

    def _received(self) -> list[pq.abc.PGresult]:
        """Everything that comes back up to the end of the message.

        The driver's ``get_result`` would hold the interpreter's lock while it waits, for a row
        that another thread has locked for example: nothing is asked for before it is here.
        """
        pgconn = self._driver.pgconn
        results: list[pq.abc.PGresult] = []
        while True:
            while pgconn.is_busy():
                self._to_read.poll()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                if pgconn.status != pq.ConnStatus.OK:
                    raise self._lost(results)
            elif result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            else:
                results.append(result)
                if pgconn.status != pq.ConnStatus.OK:
                    raise self._lost(results)

    def _lost(self, results: Sequence[pq.abc.PGresult]) -> psycopg.Error:
        """What is raised where the connection went: what the server said before, if it did."""
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                return self._error_of(result)
        return psycopg.OperationalError("the connection is lost")

    def _error_of(self, result: pq.abc.PGresult) -> psycopg.Error:
        error = errors.error_from_result(result, self._encoding)
        if error.sqlstate in _STALE_STATES:
            self._names.clear()
        return error

    def _written(
        self, statement: Positional, values: Values
    ) -> tuple[list[bytes | None], list[int]]:
        """The values of a statement as they are sent, and which of them are binary."""
        written: list[bytes | None] = []
        formats: list[int] = []
        for name in statement.names:
            value = values[name]
            kind = type(value)
            binary = 0
            if value is None:
                data: Any = None
            elif kind is str:
                if "\0" in value:
                    raise psycopg.DataError(_NUL)
                data = value.encode(self._encoding)
            elif kind is bytes:
                data, binary = value, 1
            elif kind is int:
                data = b"%d" % value
            elif kind is datetime.date:
                data = value.isoformat().encode()
            else:
                dumper = self._adapting.get_dumper(value, PyFormat.TEXT)
                data, binary = dumper.dump(value), int(dumper.format)
            written.append(data)
            formats.append(binary)
        return written, formats
