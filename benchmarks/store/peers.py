"""The same rows written by hand, with the driver alone: what the store is measured against."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from world import first

from yibao.database.compact import compacted

TABLES = ("settlement", "entry", "message", "event")
DOCUMENTS = {
    "settlement": {"amounts", "facts", "state_in", "known", "visit", "explanation"},
    "entry": set(),
    "message": set(),
    "event": {"content"},
}


class Sample:
    """The rows of one settlement of the store, to be written again under other names."""

    def __init__(self, connection: Any, mark: str) -> None:
        self.mark = mark
        self.columns: dict[str, list[str]] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for table in TABLES:
            cursor = connection.cursor()
            cursor.execute(f"SELECT * FROM {table} WHERE {first(table, postgresql=mark == '%s')}")
            names = [column[0] for column in cursor.description]
            self.columns[table] = names
            records = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            self.rows[table] = [self._plain(table, row) for row in records]
        cursor = connection.cursor()
        cursor.execute(f"SELECT state FROM person WHERE person_id = {mark}", ("P0000000",))
        (state,) = cursor.fetchone()
        self.state = bytes(state)
        self.taken = int(self.rows["settlement"][0]["account"])

    @staticmethod
    def _plain(table: str, row: dict[str, Any]) -> dict[str, Any]:
        return {
            name: json.dumps(value, ensure_ascii=False)
            if name in DOCUMENTS[table] and not isinstance(value, str | bytes)
            else value
            for name, value in row.items()
        }

    def insert(self, table: str, count: int = 1) -> str:
        """The statement that writes ``count`` rows."""
        names = ", ".join(f'"{name}"' for name in self.columns[table])
        places = ", ".join([self.mark] * len(self.columns[table]))
        return f"INSERT INTO {table} ({names}) VALUES {', '.join([f'({places})'] * count)}"

    def made(self, table: str, person: str, sequence: int, name: str) -> list[tuple[Any, ...]]:
        """The rows of a table for another person and name."""
        other = {
            "person_id": compacted(person),
            "settlement_id": compacted(name),
            "transfer_id": compacted(name),
            "visit_id": compacted(name),
            "message_id": name,
            "sequence": sequence,
            "position": sequence,
        }
        return [
            tuple(other.get(column, row[column]) for column in self.columns[table])
            for row in self.rows[table]
        ]


class Peer:
    """One connection with the driver alone: psycopg, or SQLite's own."""

    def __init__(self, connection: Any, mark: str, lock: str = "") -> None:
        self.connection = connection
        self.mark = mark
        self.lock = lock
        self.sample = Sample(connection, mark)
        connection.commit()

    def _names(self) -> Iterator[str]:
        start = secrets.token_hex(12)
        return (f"{start}{number:08x}" for number in itertools.count())

    def settlements(self, people: Sequence[str]) -> Iterator[None]:
        """One settlement of the next person at each step, a transaction for each."""
        sample, mark = self.sample, self.mark
        names = self._names()
        lines = len(sample.rows["entry"])
        cursor = self.connection.cursor()
        for person in itertools.cycle(people):
            name = next(names)
            self._begin(cursor)
            cursor.execute(
                "SELECT profile, state, sequence, head FROM person "
                f"WHERE person_id = {mark}{self.lock}",
                (person,),
            )
            sequence = cursor.fetchone()[2] + 1
            cursor.execute(
                f"SELECT balance, grants FROM account WHERE person_id = {mark}{self.lock}",
                (person,),
            )
            cursor.fetchone()
            for table in TABLES:
                rows = sample.made(table, person, sequence, name)
                values = [value for row in rows for value in row]
                cursor.execute(sample.insert(table, lines if table == "entry" else 1), values)
            cursor.execute(
                f"UPDATE account SET balance = balance - {mark} WHERE person_id = {mark}",
                (sample.taken, person),
            )
            cursor.execute(
                f"UPDATE person SET state = {mark}, sequence = {mark} WHERE person_id = {mark}",
                (sample.state, sequence, person),
            )
            self.connection.commit()
            yield

    def groups(self, people: Sequence[str], size: int, *, copy: bool = False) -> Iterator[None]:
        """``size`` settlements of different people in one transaction at each step."""
        mark = self.mark
        names = self._names()
        cursor = self.connection.cursor()
        for start in itertools.count(0, size):
            group = sorted(people[(start + at) % len(people)] for at in range(size))
            self._begin(cursor)
            places = ", ".join([mark] * size)
            cursor.execute(
                f"SELECT person_id, sequence FROM person WHERE person_id IN ({places}) "
                f"ORDER BY person_id{self.lock}",
                group,
            )
            sequences = dict(cursor.fetchall())
            cursor.execute(
                f"SELECT person_id, balance FROM account WHERE person_id IN ({places}) "
                f"ORDER BY person_id{self.lock}",
                group,
            )
            cursor.fetchall()
            named = [(person, sequences[person] + 1, next(names)) for person in group]
            for table in TABLES:
                rows = [row for identity in named for row in self.sample.made(table, *identity)]
                self._write(cursor, table, rows, copy=copy)
            cursor.executemany(
                f"UPDATE account SET balance = balance - {mark} WHERE person_id = {mark}",
                [(self.sample.taken, person) for person in group],
            )
            cursor.executemany(
                f"UPDATE person SET state = {mark}, sequence = {mark} WHERE person_id = {mark}",
                [(self.sample.state, sequence, person) for person, sequence, _ in named],
            )
            self.connection.commit()
            yield

    def _begin(self, cursor: Any) -> None:
        if not self.lock:
            cursor.execute("BEGIN IMMEDIATE")

    def _write(self, cursor: Any, table: str, rows: list[tuple[Any, ...]], *, copy: bool) -> None:
        if not copy:
            cursor.executemany(self.sample.insert(table), rows)
            return
        names = ", ".join(f'"{name}"' for name in self.sample.columns[table])
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as writer:
            for row in rows:
                writer.write_row(row)


def postgresql_peer(address: str) -> Peer:
    """A connection of psycopg; integers of one type, as anybody would who looks at plans."""
    import psycopg
    from psycopg.types.numeric import Int8Dumper

    connection = psycopg.connect(address)
    connection.adapters.register_dumper(int, Int8Dumper)
    return Peer(connection, "%s", " FOR UPDATE")


def sqlite_peer(path: str) -> Peer:
    """A connection of the same SQLite, with the same settings."""
    from pysqlite3 import dbapi2

    connection = dbapi2.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return Peer(connection, "?")
