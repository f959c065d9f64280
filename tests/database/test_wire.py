"""What PostgreSQL says to constant statements, and what becomes of a connection after it."""

from __future__ import annotations

import datetime
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

import psycopg
import pytest
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Date,
    Integer,
    LargeBinary,
    String,
    bindparam,
    cast,
    column,
    literal_column,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from yibao.database.errors import CommitUnknownError, DatabaseError
from yibao.database.schema import Instant
from yibao.database.statements import Insertion, Query, Write
from yibao.database.unit import Database, Unit, open_database
from yibao.errors import ConflictError
from yibao.ledger.tables import account
from yibao.policy.kinds import Scheme

from ..support.serving import SECONDS

Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]

pytestmark = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)

_OPEN = Insertion(account)
_WHO = bindparam("who", type_=String)
_LOCK = Query(select(account.c.balance).where(account.c.person_id == _WHO).with_for_update())
_BALANCE = Query(select(account.c.balance).where(account.c.person_id == _WHO))
_ADD = Write(
    update(account)
    .where(account.c.person_id == _WHO)
    .values(balance=account.c.balance + bindparam("more", type_=BigInteger))
)
_PID = Query(select(literal_column("pg_backend_pid()").label("pid")))
_NOTHING = Query(select(table("of_nobody", column("one"))))


def _row(who: str, balance: int = 0) -> dict[str, Any]:
    return {"person_id": who, "balance": balance, "grants": []}


def _pid(unit: Unit) -> int:
    (row,) = unit.run(_PID)
    return int(row.pid)


def _end(url: str, pid: int) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def _balance(database: Database, who: str) -> int | None:
    rows = database.run(_BALANCE, {"who": who})
    return rows[0].balance if rows else None


def _change(*names: str, pause: threading.Barrier | None = None) -> Callable[[Unit], None]:
    def operation(unit: Unit) -> None:
        for place, who in enumerate(names):
            unit.run(_LOCK, {"who": who})
            unit.run(_ADD, {"who": who, "more": 1})
            if pause is not None and place == 0:
                with suppress(threading.BrokenBarrierError):  # whoever is tried again is alone
                    pause.wait(2)

    return operation


# --- a connection that goes ----------------------------------------------------------------------


def test_a_connection_lost_before_a_statement_is_replaced(
    database: Database, database_url: str
) -> None:
    pids = []

    def once(unit: Unit) -> None:
        pids.append(_pid(unit))
        unit.run(_OPEN, _row("wang"))
        if len(pids) == 1:
            _end(database_url, pids[0])
        unit.run(_LOCK, {"who": "wang"})

    database.write(once)
    assert len(set(pids)) == 2
    assert _balance(database, "wang") == 0

    def always(unit: Unit) -> None:
        _end(database_url, _pid(unit))
        unit.run(_ADD, {"who": "wang", "more": 1})
        unit.run(_LOCK, {"who": "wang"})

    with pytest.raises(DatabaseError, match="与数据库的连接断开，没有写入任何内容"):
        database.write(always)
    assert _balance(database, "wang") == 0


def test_a_connection_lost_while_it_waits_is_replaced(
    database: Database, database_url: str
) -> None:
    """It waits for a row that another has locked, and is ended there."""
    database.write(lambda unit: unit.run(_OPEN, _row("wang")))
    inside, let_go = threading.Event(), threading.Event()

    def hold(unit: Unit) -> None:
        unit.run(_LOCK, {"who": "wang"})
        inside.set()
        assert let_go.wait(SECONDS)

    other = open_database(database_url)
    holder = threading.Thread(target=lambda: other.write(hold))
    holder.start()
    assert inside.wait(SECONDS)
    pids: list[int] = []

    def waits(unit: Unit) -> None:
        pids.append(_pid(unit))
        if len(pids) == 1:
            threading.Timer(0.2, lambda: (_end(database_url, pids[0]), let_go.set())).start()
        unit.run(_ADD, {"who": "wang", "more": 1})
        unit.run(_LOCK, {"who": "wang"})

    database.write(waits)
    holder.join()
    other.dispose()
    assert len(pids) == 2
    assert _balance(database, "wang") == 1


def test_a_connection_lost_with_the_commit_is_unknown(
    database: Database, database_url: str
) -> None:
    def operation(unit: Unit) -> None:
        pid = _pid(unit)
        unit.run(_OPEN, _row("wang"))
        _end(database_url, pid)

    with pytest.raises(CommitUnknownError, match="不知道是否已经写入"):
        database.write(operation)
    database.write(lambda unit: unit.run(_OPEN, _row("wang")))
    assert _balance(database, "wang") == 0


def test_what_is_interrupted_is_not_used_again(database: Database) -> None:
    """A signal comes amid a wait: nothing is written, and the connection is closed."""
    database.write(lambda unit: unit.run(_OPEN, _row("wang")))
    inside, let_go = threading.Event(), threading.Event()

    def hold(unit: Unit) -> None:
        unit.run(_LOCK, {"who": "wang"})
        inside.set()
        assert let_go.wait(SECONDS)

    def stop(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    pids = []

    def waits(unit: Unit) -> None:
        pids.append(_pid(unit))
        unit.run(_ADD, {"who": "wang", "more": 1})
        unit.run(_LOCK, {"who": "wang"})

    holder = threading.Thread(target=lambda: database.write(hold))
    holder.start()
    assert inside.wait(SECONDS)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            database.write(waits)
    finally:
        signal.signal(signal.SIGALRM, before)
        let_go.set()
        holder.join()
    assert _balance(database, "wang") == 0
    database.write(waits)
    assert len(set(pids)) == 2
    assert _balance(database, "wang") == 1


# --- what fails and leaves the connection --------------------------------------------------------


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        (lambda unit: unit.run(_OPEN, [_row("li"), _row("wang")]), IntegrityError),
        (lambda unit: unit.run(_OPEN, _row("a\0b")), DatabaseError),
        (lambda unit: unit.run(_OPEN, _row("li", 2**63)), DatabaseError),
        (lambda unit: unit.run(_OPEN, _row("li", object())), Exception),  # type: ignore[arg-type]
        (lambda unit: unit.run(_NOTHING), DatabaseError),
        (lambda unit: unit.run(text("SELECT 1 / 0")), DatabaseError),
        (
            lambda unit: unit.run(_ADD, {"who": "nobody", "more": 1}, missed=ConflictError("x")),
            ConflictError,
        ),
        (
            lambda unit: unit.run(
                _ADD, [{"who": "nobody", "more": 1}] * 2, missed=ConflictError("x")
            ),
            ConflictError,
        ),
    ],
)
def test_an_error_leaves_nothing_and_a_connection_that_goes_on(
    database: Database, fail: Callable[[Unit], Any], error: type[Exception]
) -> None:
    pids = []
    database.write(lambda unit: unit.run(_OPEN, _row("wang")))

    def operation(unit: Unit) -> None:
        pids.append(_pid(unit))
        unit.run(_ADD, {"who": "wang", "more": 1})
        fail(unit)

    with pytest.raises(error):
        database.write(operation)
    assert _balance(database, "wang") == 0
    assert _balance(database, "li") is None

    def fine(unit: Unit) -> None:
        pids.append(_pid(unit))
        unit.run(_ADD, {"who": "wang", "more": 1})

    database.write(fine)
    assert len(set(pids)) == 1
    assert _balance(database, "wang") == 1


def test_statements_stay_prepared_over_a_rollback_to_a_savepoint(database: Database) -> None:
    database.write(lambda unit: unit.run(_OPEN, _row("wang")))

    def operation(unit: Unit) -> int:
        for _ in range(8):  # more often than the driver waits before it prepares
            unit.run(text("SELECT 1"))
            unit.run(_LOCK, {"who": "wang"})
            with suppress(ZeroDivisionError), unit.connection.begin_nested():
                unit.run(_ADD, {"who": "wang", "more": 1})
                unit.run(_LOCK, {"who": "wang"})
                raise ZeroDivisionError
        unit.run(_ADD, {"who": "wang", "more": 1})
        (row,) = unit.run(_LOCK, {"who": "wang"})
        return int(row.balance)

    assert database.write(operation) == 1
    with pytest.raises(ZeroDivisionError):
        database.write(lambda unit: (operation(unit), 1 // 0))
    assert database.write(operation) == 2


def test_what_somebody_deallocated_is_prepared_again(database: Database) -> None:
    database.write(lambda unit: unit.run(_OPEN, _row("wang")))
    calls = []

    def operation(unit: Unit) -> None:
        unit.run(_ADD, {"who": "wang", "more": 1})
        unit.run(_LOCK, {"who": "wang"})
        if not calls:
            unit.run(text("DEALLOCATE ALL"))
        calls.append(1)
        unit.run(_LOCK, {"who": "wang"})

    database.write(operation)
    assert _balance(database, "wang") == 1


# --- others at the same time ---------------------------------------------------------------------


def test_a_wait_for_a_row_leaves_the_other_threads_running(
    database: Database, together: Together
) -> None:
    """Whoever waits holds nothing that the one with the lock needs to go on."""
    database.write(lambda unit: unit.run(_OPEN, _row("wang")))
    together([lambda: database.write(_change("wang"))] * 12)
    assert _balance(database, "wang") == 12


def test_deadlocks_are_tried_again(database: Database, together: Together) -> None:
    database.write(lambda unit: unit.run(_OPEN, [_row("li"), _row("wang")]))
    pause = threading.Barrier(2)
    together(
        [
            lambda: database.write(_change("li", "wang", pause=pause)),
            lambda: database.write(_change("wang", "li", pause=pause)),
        ]
    )
    assert (_balance(database, "li"), _balance(database, "wang")) == (2, 2)


def test_what_is_foreseen_goes_along_and_is_never_old(database: Database) -> None:
    database.write(lambda unit: unit.run(_OPEN, [_row("li", 1), _row("wang", 2)]))

    def operation(unit: Unit) -> list[int]:
        li, wang = {"who": "li"}, {"who": "wang"}
        balances = []
        for between in (
            lambda: None,
            lambda: unit.run(_ADD, {"who": "wang", "more": 5}),
            lambda: unit.run(update(account).values(balance=account.c.balance + 1)),
            lambda: unit.run(_BALANCE, li),
            lambda: (unit.run(_ADD, {"who": "wang", "more": 5}), unit.flush()),
        ):
            unit.foresee(_LOCK, wang)
            unit.run(_LOCK, li)
            between()
            balances.append(unit.run(_LOCK, wang)[0].balance)
        return balances

    assert database.write(operation) == [2, 7, 8, 8, 13]

    def counted(unit: Unit) -> int:
        unit.foresee(_LOCK, {"who": "wang"})
        unit.run(_LOCK, {"who": "li"})
        unit.run(_LOCK, {"who": "wang"})
        return unit.statements

    assert database.write(counted) == 2


def test_more_than_the_socket_holds_goes_both_ways(database: Database) -> None:
    """Statements and answers of megabytes: neither side waits for the other for ever."""
    wide = bindparam("wide", type_=String)
    echo = Query(select(cast(wide, String).label("wide"), literal_column("1").label("one")))
    grown = Write(
        update(account)
        .where(account.c.person_id == _WHO)
        .values(grants=bindparam("wide", type_=JSONB))
    )

    def operation(unit: Unit) -> None:
        unit.run(_OPEN, [_row(f"{number}") for number in range(40)])
        unit.run(grown, [{"who": f"{n}", "wide": ["x" * 200_000]} for n in range(40)])
        (row,) = unit.run(echo, {"wide": "保" * 4_000_000})
        assert row.wide == "保" * 4_000_000

    database.write(operation)
    assert _balance(database, "39") == 0


# --- values --------------------------------------------------------------------------------------

_INSTANT = datetime.datetime(2025, 3, 10, 9, 0, 0, 123456, datetime.UTC)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (String, "医保 100% $1 ''"),
        (String, Scheme.RESIDENT),
        (Integer, -7),
        (BigInteger, 2**62),
        (Boolean, True),
        (Boolean, False),
        (Date, datetime.date(1949, 10, 1)),
        (Instant, _INSTANT),
        (LargeBinary, b"\x00\xff\\x41"),
        (JSONB, {"a": [1, None, "\u0001"], "b": True}),
        (JSON, {"a": [1.5]}),
        (ARRAY(String), ["a", "b'c", None]),
        (ARRAY(Integer), [1, 2]),
        (ARRAY(LargeBinary), [b"\x00", b"x"]),
    ],
)
def test_values_come_back_as_they_went(database: Database, kind: Any, value: Any) -> None:
    place = bindparam("value", type_=kind)
    echo = Query(select(cast(place, kind).label("same"), place.is_(None).label("missing")))
    for sent in (value, None, value):
        (row,) = database.write(lambda unit, sent=sent: unit.run(echo, {"value": sent}))  # type: ignore[misc]
        if sent is not None or not isinstance(kind, type) or not issubclass(kind, JSON):
            assert row.same == sent
            assert row.missing is (sent is None)
