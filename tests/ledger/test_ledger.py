"""The books: transfers, balances by snapshot and tail, statements, export, append only."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from yibao.database.errors import DatabaseError
from yibao.database.identifiers import new_identifier
from yibao.database.schema import append_only_tables, guard_statements, whole_schema
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.ledger import operations as ledger
from yibao.ledger.balances import (
    accounts,
    balance,
    snapshot_faults,
    statement,
    take_snapshots,
)
from yibao.ledger.chart import CHART, as_markdown, kind_of, owner_of
from yibao.ledger.checks import differing_balances, ledger_faults
from yibao.ledger.export import beancount_account, beancount_lines
from yibao.ledger.recovering import credit_recovery, open_recovery, outstanding
from yibao.ledger.tables import account, entry, snapshot

from ..support.actors import CLERK
from ..support.serving import SECONDS

DAY = datetime.date(2025, 3, 10)
FUND = ledger.fund("000000", "employee", "pooled")
OWED = ledger.payable("hospital")


def _days(number: int) -> datetime.date:
    return DAY + datetime.timedelta(days=number)


def _post(
    database: Database, day: datetime.date, lines: Sequence[tuple[str, int]], person: str = "wang"
) -> str:
    transfer = new_identifier()
    database.write(lambda unit: ledger.post(unit, person, transfer, day, lines))
    return transfer


def _balance(database: Database, name: str, day: datetime.date | None = None) -> int:
    return database.read(lambda unit: balance(unit, name, day))


def _snapshots(database: Database, day: datetime.date) -> int:
    time.sleep(0.002)  # identifiers of this millisecond would stay in the tail
    return take_snapshots(database, day, actor=CLERK, lag_seconds=0)


@pytest.fixture
def books(database: Database) -> Database:
    """wang with 1000.00 yuan, and a settlement of 300.00 by the fund and 200.00 by wang."""
    database.write(lambda unit: ledger.open_account(unit, "wang", 100_000, DAY, new_identifier()))

    def settle(unit: Unit) -> None:
        lines = [(FUND, 30_000), (ledger.personal("wang"), 20_000), (OWED, -50_000)]
        ledger.post(unit, "wang", new_identifier(), _days(1), lines)
        ledger.change_balances(unit, {"wang": -20_000})

    database.write(settle)
    return database


# --- what is given back --------------------------------------------------------------------------


def test_a_recovery_is_opened_once_and_credited_to_the_last_fen(books: Database) -> None:
    def decided(unit: Unit) -> None:
        open_recovery(unit, "wang", _days(2), [(FUND, 30_000)])
        credit_recovery(unit, "wang", _days(3), ledger.personal("wang"), 12_345)
        credit_recovery(unit, "wang", _days(4), ledger.bank("000000"), 17_655)

    books.write(decided)
    assert books.read(lambda unit: outstanding(unit, "wang")) == 0
    assert _balance(books, FUND) == 0
    assert _balance(books, ledger.personal("wang")) == 100_000 - 20_000 - 12_345
    assert books.read(lambda unit: list(ledger_faults(unit))) == []
    with pytest.raises(ConflictError, match="还要追回的只有"):
        books.write(lambda unit: credit_recovery(unit, "wang", _days(5), ledger.bank("000000"), 1))
    with pytest.raises(InputError):
        books.write(lambda unit: open_recovery(unit, "wang", _days(5), [(FUND, 0)]))


def test_a_recovery_from_an_institution_belongs_to_nobody() -> None:
    assert owner_of(ledger.recovery("wang")) == "wang"
    assert owner_of(ledger.recovery("institution:H14010500001")) is None


# --- the chart -----------------------------------------------------------------------------------


def test_the_written_chart_is_the_chart() -> None:
    text = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")
    assert as_markdown() in text


def test_kinds_are_told_by_name() -> None:
    assert kind_of("personal:a:b").name == "personal"
    assert kind_of(FUND).sign == -1
    assert kind_of("channel:bank").sign == 1
    assert len({kind.name for kind in CHART}) == len(CHART)
    for name in ("", "personal", "personal:", "fund:1:2", "opening:x", "else:x"):
        with pytest.raises(ValueError, match="chart of accounts"):
            kind_of(name)


# --- transfers -----------------------------------------------------------------------------------


def test_a_transfer_sums_to_zero(books: Database) -> None:
    with pytest.raises(AssertionError, match="does not sum to zero"):
        _post(books, DAY, [(FUND, 1), (OWED, -2)])
    with pytest.raises(ValueError, match="chart of accounts"):
        _post(books, DAY, [(FUND, 1), ("somewhere", -1)])
    assert _balance(books, OWED) == 50_000


def test_nothing_is_written_for_nothing(books: Database) -> None:
    before = books.read(lambda unit: len(unit.run(select(entry)).all()))
    _post(books, DAY, [(FUND, 0), (OWED, 0)])
    assert books.read(lambda unit: len(unit.run(select(entry)).all())) == before


def test_an_account_is_never_negative(books: Database) -> None:
    with pytest.raises(RefusedError, match="余额不足，没有写入任何内容"):
        books.write(lambda unit: ledger.change_balances(unit, {"wang": -80_001}))
    books.write(lambda unit: ledger.change_balances(unit, {"wang": -80_000}))
    with pytest.raises(InputError, match="期初余额不能为负"):
        books.write(lambda unit: ledger.open_account(unit, "li", -1, DAY, new_identifier()))


@pytest.mark.parametrize("name", ["entry", "event", "settlement", "seal", "sealed_head"])
def test_books_are_append_only(database: Database, books: Database, name: str) -> None:
    """The database itself refuses to change or delete a row."""
    whole_schema()
    assert name in append_only_tables()
    if name != "entry":
        return
    for change in (update(entry).values(amount=1), delete(entry)):
        with pytest.raises((DatabaseError, DBAPIError), match="append only: entry"):
            books.write(lambda unit, change=change: unit.run(change))  # type: ignore[misc]
    assert _balance(books, OWED) == 50_000


def test_guards_are_written_for_both() -> None:
    assert len(guard_statements("entry", "sqlite")) == 2
    assert "TRUNCATE" in guard_statements("entry", "postgresql")[1]


# --- balances ------------------------------------------------------------------------------------


def test_balances_grow_their_own_way(books: Database) -> None:
    assert _balance(books, ledger.personal("wang")) == 80_000
    assert _balance(books, FUND) == -30_000
    assert _balance(books, OWED) == 50_000
    assert _balance(books, OWED, DAY) == 0
    assert _balance(books, ledger.OPENING) == -100_000
    with pytest.raises(InputError, match="没有 elsewhere 这种账户"):
        _balance(books, "elsewhere")


def test_accounts_are_listed(books: Database) -> None:
    every = books.read(lambda unit: list(accounts(unit)))
    assert every == [FUND, "opening", OWED, "personal:wang"]
    shared = books.read(lambda unit: list(accounts(unit, personal=False)))
    assert shared == [FUND, "opening", OWED]
    assert books.read(lambda unit: list(accounts(unit, prefix="pay"))) == [OWED]


def test_snapshot_and_tail_give_the_same(books: Database) -> None:
    """Before, on and after the snapshot; entries that come late for a day before it."""
    days = [None, *(_days(number) for number in range(-1, 8))]

    def seen() -> list[int]:
        return [_balance(books, name, day) for name in (FUND, OWED) for day in days]

    plain = seen()
    assert _snapshots(books, _days(3)) == 3
    assert seen() == plain
    assert _snapshots(books, _days(3)) == 0

    for day in (_days(2), _days(3), _days(4), _days(6)):
        _post(books, day, [(FUND, 1_000), (OWED, -1_000)])
    late = seen()
    assert [new - old for new, old in zip(late[:10], plain[:10], strict=True)] == [
        -4_000, 0, 0, 0, -1_000, -2_000, -3_000, -3_000, -4_000, -4_000,
    ]  # fmt: skip
    assert _snapshots(books, _days(5)) == 3
    assert seen() == late
    assert books.read(lambda unit: list(snapshot_faults(unit))) == []


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_snapshot_stays_before_a_transaction_under_way(books: Database) -> None:
    """A transfer that was made before the snapshot and is committed after it is in the tail.

    SQLite has one writer.
    """
    from threading import Event, Thread

    inside, go_on = Event(), Event()

    def slow(unit: Unit) -> None:
        # In the service the lag covers identifiers made just before the first statement.
        unit.run(select(entry).limit(1))
        lines = [(FUND, 7), (OWED, -7)]
        ledger.post(unit, "li", new_identifier(), DAY, lines)
        inside.set()
        assert go_on.wait(SECONDS)

    thread = Thread(target=lambda: books.write(slow))
    thread.start()
    assert inside.wait(SECONDS)
    _snapshots(books, _days(5))
    go_on.set()
    thread.join()
    assert _balance(books, OWED) == 50_007
    assert books.read(lambda unit: list(snapshot_faults(unit))) == []


# --- statements ----------------------------------------------------------------------------------


def test_a_statement_shows_counterparts(books: Database) -> None:
    _post(books, _days(5), [(ledger.credits("000000"), 8_500), (ledger.personal("wang"), -8_500)])
    movements = books.read(lambda unit: statement(unit, "personal:wang", _days(1), _days(5)))
    assert (movements.opening, movements.closing) == (100_000, 88_500)
    assert [
        (line.day, line.amount, line.balance, line.counterparts) for line in movements.lines
    ] == [
        (_days(1), -20_000, 80_000, ((FUND, -30_000), (OWED, 50_000))),
        (_days(5), 8_500, 88_500, (("credit:000000", 8_500),)),
    ]
    empty = books.read(lambda unit: statement(unit, OWED, _days(2), _days(9)))
    assert (empty.opening, empty.lines, empty.closing) == (50_000, (), 50_000)
    with pytest.raises(InputError, match="早于首日"):
        books.read(lambda unit: statement(unit, OWED, _days(2), _days(1)))


# --- checks --------------------------------------------------------------------------------------


def _faults(database: Database) -> list[str]:
    return database.read(
        lambda unit: [str(fault) for fault in ledger_faults(unit)], consistent=True
    )


def test_good_books_have_no_fault(books: Database) -> None:
    _snapshots(books, DAY)
    assert _faults(books) == []


def test_every_fault_is_found(books: Database) -> None:
    rows: list[dict[str, Any]] = [
        {"person_id": "li", "transfer_id": "t", "line": 0, "account": OWED, "amount": 5, "day": DAY}
    ]
    books.write(lambda unit: unit.run(entry.insert(), rows))
    books.write(
        lambda unit: unit.run(
            snapshot.insert(), {"account": OWED, "day": DAY, "through": "f", "total": 9}
        )
    )
    books.write(lambda unit: unit.run(update(account).values(balance=1)))
    assert _faults(books) == [
        "li 的转账 t 不平，差 5 分",
        "wang 的个人账户余额是 1 分，按分录是 80000 分",
        f"{OWED} 在 {DAY} 的快照是 9 分，按分录是 0 分",
    ]


def test_balances_are_compared_with_their_entries(books: Database) -> None:
    books.write(lambda unit: unit.run(update(account).values(balance=1)))
    assert books.read(differing_balances) == [("wang", 1, 80_000)]
    books.write(lambda unit: unit.run(update(account).values(balance=80_000)))
    assert books.read(differing_balances) == []
    _post(books, DAY, [(ledger.OPENING, 3), (ledger.personal("nobody"), -3)])
    assert books.read(differing_balances) == [("nobody", 0, 3)]


# --- export --------------------------------------------------------------------------------------


def test_beancount_loads_and_checks(books: Database) -> None:
    loader = pytest.importorskip("beancount.loader", reason="没有装 beancount")
    odd = "张 三:x_1-2"
    _post(books, _days(2), [(ledger.OPENING, 1), (ledger.personal(odd), -1)], person=odd)
    _snapshots(books, _days(1))
    text = "\n".join(books.read(lambda unit: list(beancount_lines(unit)), consistent=True)) + "\n"
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    kinds = [type(directive).__name__ for directive in entries]
    assert (kinds.count("Open"), kinds.count("Transaction"), kinds.count("Balance")) == (5, 3, 5)
    spoiled = text.replace("800.00 ~ 0 CNY", "800.01 ~ 0 CNY")
    assert spoiled != text
    assert loader.load_string(spoiled)[1] != []


def test_beancount_names_are_told_apart() -> None:
    names = ["a-b", "a_b", "a-2d-b", "ab", "A", "a"]
    assert len({beancount_account(ledger.personal(name)) for name in names}) == len(names)
    assert beancount_account(FUND) == "Equity:Fund:N000000:Nemployee:Npooled"


def test_empty_books_export(database: Database) -> None:
    assert database.read(lambda unit: list(beancount_lines(unit))) == [
        'option "operating_currency" "CNY"'
    ]
