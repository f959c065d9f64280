"""The peer: what somebody writes by hand who writes the same rows and knows no rules.

    python peer.py PORT WORKERS each|grouped

Raw ASGI, msgspec, psycopg.  Of the three messages of a visit it writes the rows that the
gateway wrote for the last visit in the store (chained event, messages with their answers, lines,
settlement, entries, balance, person), encrypted and chained as the store does it, under names of
their own.  No adjudication, no dialects, no check of a field; answers are those of that visit.

``each``: a thread for each message that is under way and a commit for each; all statements
that need no answer go in one pipeline.  ``grouped``: one writer, which takes what waits and
sends it in one pipeline with one commit.
"""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import os
import queue
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import psycopg
import uvicorn
from psycopg.types.json import set_json_dumps, set_json_loads

from yibao.access.tables import event, message
from yibao.care.tables import settlement
from yibao.database.compact import compacted
from yibao.database.schema import whole_schema
from yibao.database.sealed import Sealed, seal, unsealed
from yibao.database.secrets import KEY_VARIABLE, Secrets
from yibao.exchange.tables import exchange_settlement, exchange_visit
from yibao.insured.people.certificates import RESIDENT, family
from yibao.insured.tables import person

MOST_AT_ONCE = 16
MOST_IN_A_GROUP = 64
URL = "YIBAO_PEER_STORE"
GROUPED = "YIBAO_PEER_GROUPED"
_ANSWER_HEADERS = [(b"content-type", b"application/json")]
Work = Callable[["Connection"], bytes]


class Connection:
    """A connection of the driver with the sample's statements."""

    def __init__(self, address: str, sample: Sample) -> None:
        self.driver = psycopg.connect(address)
        self.sample = sample

    def rows(self, statement: str, values: tuple[Any, ...]) -> Any:
        """Send a statement that answers with rows; call the answer for the first."""
        cursor = self.driver.cursor(binary=True)
        cursor.execute(statement, values, prepare=True)
        return cursor

    def send(self, statement: str, values: tuple[Any, ...]) -> None:
        """Send a statement without waiting for it."""
        self.driver.cursor().execute(statement, values, prepare=True)


class Sample:
    """What one visit came to in the store: plain, to be written again under other names."""

    TABLES = ("event", "message", "settlement", "entry", "exchange_settlement")

    def __init__(self, address: str) -> None:
        whole_schema()
        self.secrets = Secrets(bytes.fromhex(os.environ[KEY_VARIABLE]))
        self.statements: dict[str, str] = {}
        with psycopg.connect(address) as driver:
            last = driver.execute(
                "SELECT person_id, visit_id, entry_id FROM exchange_settlement "
                "ORDER BY at DESC LIMIT 1"
            ).fetchone()
            assert last is not None
            who, visit, entry_id = last
            self._driver, self._compact = driver, compacted(who)
            self.read = self._last(event, "operation = 'read_person'")
            self.settled = self._last(event, "operation = 'settle'")
            self.fees = self._last(message, "operation = '2204'")
            self.answer = self._last(message, "operation = '2207'")
            self.kept = self._last(message, "operation <> '2204' AND operation <> '2207'")
            identity = (compacted(entry_id),)
            self.settlement = self._plain(
                settlement, self._all("settlement", "settlement_id = %s", identity)[0]
            )
            self.entries = self._all("entry", "transfer_id = %s", identity)
            self.exchange = self._plain(
                exchange_settlement,
                self._all("exchange_settlement", "entry_id = %s", (entry_id,))[0],
            )
            document = self._all("exchange_visit", "visit_id = %s", (visit,))[0]
            self.visit = self._plain(exchange_visit, document)["document"]
            state = self._all("person", "person_id = %s", (who,))[0]
            self.state = self._plain(person, state)["state"]
            self.balance = driver.execute(
                "SELECT account FROM settlement WHERE settlement_id = %s", identity
            ).fetchone()[0]  # type: ignore[index]

    def _all(self, table: str, where: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        cursor = self._driver.execute(f"SELECT * FROM {table} WHERE {where}", values)  # type: ignore[arg-type]
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
        places = ", ".join(["%s"] * len(names))
        quoted = ", ".join(f'"{name}"' for name in names)
        self.statements[table] = f"INSERT INTO {table} ({quoted}) VALUES ({places})"
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _last(self, table: Any, where: str) -> dict[str, Any]:
        rows = self._all(table.name, f"{where} AND person_id = %s", (self._compact,))
        return self._plain(table, rows[-1])

    def _plain(self, table: Any, row: dict[str, Any]) -> dict[str, Any]:
        opened = dict(row)
        for column in table.columns:
            if isinstance(column.type, Sealed) and row[column.name] is not None:
                opened[column.name] = _opened(self, column, row[column.name])
        return opened

    def sealed(self, table: Any, row: dict[str, Any], **other: Any) -> tuple[Any, ...]:
        """The values of a row under other names, its documents encrypted anew."""
        written = row | other
        for column in table.columns:
            if isinstance(column.type, Sealed) and written[column.name] is not None:
                written[column.name] = _closed(self, column, written[column.name])
        return tuple(written.values())

    def event(self, row: dict[str, Any], who: bytes, sequence: int, previous: str) -> Any:
        """An event that goes on from the one before, with its hash."""
        at = datetime.datetime.now(datetime.UTC)
        said = [who.decode("latin-1"), sequence, at.isoformat(), row["actor"], row["operation"]]
        said += [row["content"], previous]
        head = hashlib.sha256(msgspec.json.encode(said, order="sorted")).digest()
        values = self.sealed(event, row, person_id=who, sequence=sequence, at=at, hash=head)
        return values, head.hex()


class Message:
    """One message under way: what it reads, then what it writes."""

    def __init__(self, body: bytes, sample: Sample) -> None:
        self.sample = sample
        self.message = msgspec.json.decode(body)
        self.hash = hashlib.sha256(msgspec.json.encode(self.message, order="sorted")).digest()
        self.cursors: list[Any] = []

    def read(self, connection: Connection) -> None:
        """Lock and read what the message is about."""
        content = self.message["input"]
        infno = self.message["infno"]
        if infno == "1101":
            number = content["data"]["certno"]
            name = self.sample.secrets.search_hashes(f"{family(RESIDENT)}:{number}")[0]
            self.cursors = [connection.rows(_BY_NUMBER, (name,))]
        elif infno == "2204":
            line = content["feedetail"][0]
            self.cursors = [connection.rows(_VISIT, (line["psn_no"], line["mdtrt_id"]))]
        else:
            who = content["data"]["psn_no"]
            self.cursors = [
                connection.rows(_PERSON, (who,)),
                connection.rows(_ACCOUNT, (who,)),
                connection.rows(_VISIT, (who, content["data"]["mdtrt_id"])),
            ]

    def write(self, connection: Connection) -> bytes:
        """Send what the message leaves; its answer."""
        return {"1101": self._identify, "2204": self._fees}.get(
            self.message["infno"], self._settle
        )(connection)

    def _identify(self, connection: Connection) -> bytes:
        who, cipher, _, sequence, head = self.cursors[0].fetchone()
        self.sample.secrets.decrypt(cipher, who)
        values, chained = self.sample.event(self.sample.read, compacted(who), sequence + 1, head)
        connection.send(self.sample.statements["event"], values)
        connection.send(_GO_ON, (sequence + 1, chained, who))
        return _answer({"psn_no": who, "baseinfo": self.sample.read["content"]})

    def _fees(self, connection: Connection) -> bytes:
        lines = self.message["input"]["feedetail"]
        who, visit = lines[0]["psn_no"], lines[0]["mdtrt_id"]
        (stored,) = self.cursors[0].fetchone()
        document = _opened(self.sample, exchange_visit.c.document, stored)
        document["lines"] = self.sample.visit["lines"]
        self._keep(connection, self.sample.fees, who)
        sealed = _closed(self.sample, exchange_visit.c.document, document)
        connection.send(_CHANGE_VISIT, (sealed, who, visit))
        return _answer(self.sample.fees["answer"])

    def _keep(self, connection: Connection, row: dict[str, Any], who: str, mark: str = "") -> None:
        values = self.sample.sealed(
            message,
            row,
            message_id=self.message["msgid"] + mark,
            content_hash=self.hash,
            person_id=compacted(who),
        )
        connection.send(self.sample.statements["message"], values)

    def _settle(self, connection: Connection) -> bytes:
        sample, data = self.sample, self.message["input"]["data"]
        who, visit = data["psn_no"], data["mdtrt_id"]
        sequence, head, stored_state = self.cursors[0].fetchone()
        self.cursors[1].fetchone()
        (stored,) = self.cursors[2].fetchone()
        _opened(sample, person.c.state, stored_state)
        document = _opened(sample, exchange_visit.c.document, stored)
        document["settled"] = sample.visit["settled"]
        entry = b"\x01" + secrets.token_bytes(15)
        short = compacted(who)
        connection.send(
            sample.statements["settlement"],
            sample.sealed(
                settlement,
                sample.settlement,
                person_id=short,
                settlement_id=entry,
                visit_id=compacted(visit),
                sequence=sequence + 1,
                position=sequence + 1,
            ),
        )
        self._keep(connection, sample.answer, who)
        self._keep(connection, sample.kept, who, "-kept")
        values, chained = sample.event(sample.settled, short, sequence + 1, head)
        connection.send(sample.statements["event"], values)
        for row in sample.entries:
            connection.send(
                sample.statements["entry"],
                tuple((row | {"person_id": short, "transfer_id": entry}).values()),
            )
        connection.send(
            sample.statements["exchange_settlement"],
            sample.sealed(
                exchange_settlement,
                sample.exchange,
                person_id=who,
                entry_id=entry.hex(),
                visit_id=visit,
                care_visit_id=visit,
                message_id=self.message["msgid"],
                at=datetime.datetime.now(datetime.UTC),
            ),
        )
        connection.send(
            _CHANGE_VISIT,
            (_closed(sample, exchange_visit.c.document, document), who, visit),
        )
        connection.send(_PAY, (sample.balance, who))
        state = _closed(sample, person.c.state, sample.state)
        connection.send(_GO_ON_SETTLED, (state, sequence + 1, chained, who))
        return _answer(sample.exchange["output"])


_BY_NUMBER = (
    "SELECT p.person_id, p.name_cipher, p.profile, p.sequence, p.head FROM identity i "
    "JOIN person p ON p.person_id = i.person_id WHERE i.identity_hash = %s FOR UPDATE OF p"
)
_PERSON = "SELECT sequence, head, state FROM person WHERE person_id = %s FOR UPDATE"
_ACCOUNT = "SELECT balance, grants FROM account WHERE person_id = %s FOR UPDATE"
_VISIT = "SELECT document FROM exchange_visit WHERE person_id = %s AND visit_id = %s FOR UPDATE"
_GO_ON = "UPDATE person SET sequence = %s, head = %s WHERE person_id = %s"
_GO_ON_SETTLED = "UPDATE person SET state = %s, sequence = %s, head = %s WHERE person_id = %s"
_CHANGE_VISIT = (
    "UPDATE exchange_visit SET revision = revision + 1, document = %s "
    "WHERE person_id = %s AND visit_id = %s"
)
_PAY = "UPDATE account SET balance = balance - %s WHERE person_id = %s"


def _opened(sample: Sample, column: Any, stored: bytes) -> Any:
    return unsealed(sample.secrets, stored, column.type.kind, column.type.purpose)


def _closed(sample: Sample, column: Any, value: Any) -> bytes:
    return seal(sample.secrets, value, column.type.kind, column.type.purpose)


def _answer(output: Any) -> bytes:
    answered = datetime.datetime.now(datetime.UTC).isoformat()
    return msgspec.json.encode({"infcode": 0, "respond_time": answered, "output": output})


# --- how they are written ------------------------------------------------------------------------


class Each:
    """A thread and a commit for every message."""

    def __init__(self, address: str, sample: Sample) -> None:
        self._address, self._sample = address, sample
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE)
        self._own = threading.local()

    async def answer(self, body: bytes) -> bytes:
        """The answer to a message, once it is stored."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._write, body)

    def _write(self, body: bytes) -> bytes:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = Connection(self._address, self._sample)
        under_way = Message(body, self._sample)
        with connection.driver.pipeline() as pipeline:
            under_way.read(connection)
            pipeline.sync()
            answer = under_way.write(connection)
            connection.driver.commit()
        return answer


class Grouped:
    """One writer, which takes what waits."""

    def __init__(self, address: str, sample: Sample) -> None:
        self._connection, self._sample = Connection(address, sample), sample
        self._waiting: queue.SimpleQueue[tuple[bytes, Any, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    async def answer(self, body: bytes) -> bytes:
        """The answer to a message, once it is stored."""
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self._waiting.put((body, loop, answer))
        return bytes(await answer)

    def _write(self) -> None:
        connection = self._connection
        while True:
            group = [self._waiting.get()]
            while len(group) < MOST_IN_A_GROUP and not self._waiting.empty():
                group.append(self._waiting.get())
            messages = [Message(body, self._sample) for body, _, _ in group]
            with connection.driver.pipeline() as pipeline:
                for under_way in messages:
                    under_way.read(connection)
                pipeline.sync()
                answers = [under_way.write(connection) for under_way in messages]
                connection.driver.commit()
            for (_, loop, future), answer in zip(group, answers, strict=True):
                loop.call_soon_threadsafe(future.set_result, answer)


# --- the server ----------------------------------------------------------------------------------


def app() -> Any:
    """The application of one process."""
    set_json_dumps(lambda value: msgspec.json.encode(value))
    set_json_loads(msgspec.json.decode)
    address = os.environ[URL]
    written = (Grouped if os.environ.get(GROUPED) else Each)(address, Sample(address))

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        answer = await written.answer(body) if body else b"{}"
        length = (b"content-length", str(len(answer)).encode())
        head = {"status": 200, "headers": [*_ANSWER_HEADERS, length]}
        await send({"type": "http.response.start"} | head)
        await send({"type": "http.response.body", "body": answer})

    return serve


if __name__ == "__main__":
    port, workers, how = sys.argv[1:]
    os.environ[GROUPED] = "yes" if how == "grouped" else ""
    uvicorn.run(
        "peer:app",
        factory=True,
        port=int(port),
        workers=int(workers),
        access_log=False,
        log_level="warning",
        lifespan="off",
    )
