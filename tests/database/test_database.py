"""Opening, units, retries, the single writer, secrets, migrations."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from yibao.database.errors import DatabaseError
from yibao.database.identifiers import new_identifier
from yibao.database.secrets import Secrets, mask, secrets_for
from yibao.database.unit import Database, Unit, open_database
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.ledger.tables import account
from yibao.policy.kinds import Scheme

from ..support.serving import SECONDS

Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]


def _open(unit: Unit, person_id: str, balance: int = 0) -> None:
    unit.run(insert(account), {"person_id": person_id, "balance": balance, "grants": []})


def _change(person_id: str, amount: int) -> Callable[[Unit], int]:
    def operation(unit: Unit) -> int:
        balance = unit.run(
            select(account.c.balance).where(account.c.person_id == person_id).with_for_update()
        ).scalar_one()
        time.sleep(0)
        unit.run(
            update(account).where(account.c.person_id == person_id).values(balance=balance + amount)
        )
        return int(balance) + amount

    return operation


def _balances(database: Database) -> dict[str, int]:
    return database.read(
        lambda unit: {
            row.person_id: row.balance
            for row in unit.run(select(account.c.person_id, account.c.balance))
        }
    )


# --- opening -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("no address", "不是数据库地址"),
        ("mysql://host/x", "不支持 mysql"),
        ("sqlite://", "要写明文件"),
    ],
)
def test_bad_address_is_refused(url: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        open_database(url)


def test_unreachable_server_is_one_clear_error() -> None:
    database = open_database("postgresql://localhost:1/nothing")
    with pytest.raises(DatabaseError, match="数据库不可用，没有写入任何内容"):
        database.write(lambda unit: _open(unit, "wang"))


def test_missing_folder_is_one_clear_error(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'no' / 'store.db'}")
    with pytest.raises(DatabaseError, match="unable to open database file"):
        database.write(lambda unit: _open(unit, "wang"))


def test_not_a_database_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("这不是数据库。" * 100, encoding="utf-8")
    with pytest.raises(DatabaseError, match="file is not a database"):
        open_database(f"sqlite:///{path}").write(lambda unit: _open(unit, "wang"))


def test_missing_table_names_the_mend(empty_url: str) -> None:
    database = open_database(empty_url)
    with pytest.raises(DatabaseError, match="缺少表，请先运行 yibao db upgrade"):
        database.write(lambda unit: _open(unit, "wang"))
    database.dispose()


def test_many_first_openers(tmp_path: Path, together: Together) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"

    def first() -> int:
        database = open_database(url)
        answer = database.read(lambda unit: unit.run(text("SELECT 1")).scalar_one())
        database.dispose()
        return int(answer)

    assert together([first] * 12) == [1] * 12


def test_a_member_of_an_enum_goes_in_as_its_text(database: Database) -> None:
    row = {"person_id": Scheme.RESIDENT, "balance": 0, "grants": [Scheme.EMPLOYEE]}
    database.write(lambda unit: unit.run(insert(account), row))

    def same(unit: Unit) -> Any:
        return unit.run(
            select(account.c.person_id, account.c.grants).where(
                account.c.person_id.in_([Scheme.RESIDENT, Scheme.EMPLOYEE])
            )
        ).one()

    person_id, grants = database.read(same)
    assert (person_id, grants) == ("resident", ["employee"])
    assert (type(person_id), type(grants[0])) == (str, str)


# --- units ---------------------------------------------------------------------------------------


def test_statements_are_counted(database: Database) -> None:
    def operation(unit: Unit) -> int:
        _open(unit, "wang")
        _change("wang", 5)(unit)
        return unit.statements

    assert database.write(operation) == 3


def test_an_error_leaves_nothing(database: Database) -> None:
    def operation(unit: Unit) -> None:
        _open(unit, "wang")
        raise RefusedError("不行")

    with pytest.raises(RefusedError):
        database.write(operation)
    assert _balances(database) == {}


def test_a_read_does_not_write(database: Database) -> None:
    with pytest.raises(AssertionError, match="a read does not write"):
        database.read(lambda unit: _open(unit, "wang"))


def test_a_read_waits_for_no_writer(database: Database) -> None:
    inside, done = threading.Event(), threading.Event()

    def slow(unit: Unit) -> None:
        _open(unit, "wang")
        inside.set()
        assert done.wait(SECONDS)

    thread = threading.Thread(target=lambda: database.write(slow))
    thread.start()
    assert inside.wait(SECONDS)
    assert _balances(database) == {}
    done.set()
    thread.join()
    assert _balances(database) == {"wang": 0}


def test_a_value_that_does_not_fit(database: Database) -> None:
    with pytest.raises((DatabaseError, OverflowError)):
        database.write(lambda unit: _open(unit, "wang", 2**63))
    assert _balances(database) == {}


def test_no_update_is_lost(database: Database, together: Together) -> None:
    database.write(lambda unit: _open(unit, "wang"))
    done = together([lambda: database.write(_change("wang", 1))] * 16)
    assert sorted(done) == list(range(1, 17))
    assert _balances(database) == {"wang": 16}


def test_deadlocks_are_tried_again(database: Database, together: Together) -> None:
    for name in ("li", "wang"):
        database.write(lambda unit, name=name: _open(unit, name))  # type: ignore[misc]

    def both(first: str, second: str) -> Callable[[], int]:
        def operation(unit: Unit) -> int:
            _change(first, 1)(unit)
            time.sleep(0.02)
            return _change(second, 1)(unit)

        return lambda: database.write(operation)

    together([both("li", "wang"), both("wang", "li")] * 2)
    assert _balances(database) == {"li": 4, "wang": 4}


def test_conflicts_end(postgresql_server: str) -> None:
    database = open_database(postgresql_server)
    attempts = []

    def operation(unit: Unit) -> None:
        attempts.append(1)
        unit.run(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(ConflictError, match="多次重试仍冲突"):
        database.write(operation)
    assert len(attempts) == 8
    database.dispose()


def test_a_lost_connection_is_replaced(postgresql_server: str) -> None:
    """A connection that goes before the commit is replaced; for ever, it is an error."""
    database = open_database(postgresql_server)
    lost = []

    def end(connection: Any) -> None:
        pid = connection.connection.dbapi_connection.info.backend_pid
        with psycopg.connect(postgresql_server, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])

    def once(unit: Unit) -> int:
        unit.run(text("SELECT 1"))
        if not lost:
            lost.append(1)
            end(unit.connection)
        return int(unit.run(text("SELECT 2")).scalar_one())

    def always(unit: Unit) -> None:
        unit.run(text("SELECT 1"))
        end(unit.connection)
        unit.run(text("SELECT 2"))

    assert database.write(once) == 2
    with pytest.raises(DatabaseError, match="与数据库的连接断开，没有写入任何内容"):
        database.write(always)
    assert database.read(lambda unit: unit.run(text("SELECT 3")).scalar_one()) == 3
    database.dispose()


def test_a_connection_lost_at_the_commit_is_unknown(postgresql_server: str) -> None:
    database = open_database(postgresql_server)

    def operation(unit: Unit) -> None:
        unit.run(text("SELECT 1"))
        pid = unit.connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        with psycopg.connect(postgresql_server, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])

    with pytest.raises(DatabaseError, match="不知道是否已经写入；请用同一报文编号再发一次"):
        database.write(operation)
    database.dispose()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_full_disk_is_one_clear_error(database: Database) -> None:
    """A full disk is made with SQLite's page limit."""

    def operation(unit: Unit) -> None:
        pages = unit.run(text("PRAGMA page_count")).scalar_one()
        unit.run(text(f"PRAGMA max_page_count = {pages + 2}"))
        for number in range(10_000):
            _open(unit, f"{number:040}")

    with pytest.raises(DatabaseError, match="没有写入任何内容：database or disk is full"):
        database.write(operation)
    assert _balances(database) == {}


# --- the writer that groups ----------------------------------------------------------------------


def _held_writer(database: Database) -> tuple[threading.Event, Future[None]]:
    """The writer busy with a first operation until the event is set."""
    inside, go_on = threading.Event(), threading.Event()

    def hold(unit: Unit) -> None:
        inside.set()
        assert go_on.wait(SECONDS)

    future = database.submit(hold, people=())
    assert inside.wait(SECONDS)
    return go_on, future


def test_sixty_four_threads_share_commits(database: Database, together: Together) -> None:
    database.write(lambda unit: _open(unit, "wang"))
    commits: list[int] = []
    threads = 64

    def counted(unit: Unit) -> int:
        commits.append(id(unit.connection))
        return _change("wang", 1)(unit)

    go_on, _ = _held_writer(database)
    futures = [database.submit(counted, people=["wang"]) for _ in range(threads)]
    go_on.set()
    assert [future.result() for future in futures] == list(range(1, threads + 1))
    assert len(set(commits)) == 1

    done = together([lambda: database.submit(counted, people=["wang"]).result()] * threads)
    assert sorted(done) == list(range(threads + 1, 2 * threads + 1))
    assert _balances(database) == {"wang": 2 * threads}


def test_a_grouped_database_groups_its_writes(database_url: str, together: Together) -> None:
    database = open_database(database_url, grouped=True)
    database.write(lambda unit: _open(unit, "wang"))
    done = together([lambda: database.write(_change("wang", 1), people=["wang"])] * 64)
    assert sorted(done) == list(range(1, 65))
    database.dispose()


def test_a_member_that_fails_leaves_the_others(database: Database) -> None:
    go_on, _ = _held_writer(database)

    def refused(unit: Unit) -> None:
        _open(unit, "li")
        raise RefusedError("不行")

    def broken(unit: Unit) -> None:
        _open(unit, "zhao")
        raise ZeroDivisionError

    futures = [
        database.submit(operation, people=["wang"])
        for operation in (
            lambda unit: _open(unit, "wang"),
            refused,
            lambda unit: _open(unit, "wang"),
            broken,
            lambda unit: _change("wang", 7)(unit),
        )
    ]
    go_on.set()
    errors = [type(future.exception()) for future in futures]
    assert errors == [type(None), RefusedError, IntegrityError, ZeroDivisionError, type(None)]
    assert _balances(database) == {"wang": 7}


def test_nobody_is_answered_before_the_commit(database: Database) -> None:
    go_on, _ = _held_writer(database)
    committed, inside = threading.Event(), threading.Event()

    def last(unit: Unit) -> None:
        inside.set()
        assert committed.wait(SECONDS)

    first = database.submit(lambda unit: _open(unit, "wang"), people=["wang"])
    second = database.submit(last, people=["wang"])
    go_on.set()
    assert inside.wait(SECONDS)
    assert not first.done()
    assert _balances(database) == {}
    committed.set()
    assert first.result() is None
    assert second.result() is None
    assert _balances(database) == {"wang": 0}


def test_a_failed_group_is_run_one_by_one(database: Database) -> None:
    go_on, _ = _held_writer(database)
    calls = []

    def lost_once(unit: Unit) -> None:
        calls.append(1)
        if len(calls) == 1:
            unit.run(text("COMMIT" if not unit.is_postgresql else "SELECT 1 / 0"))
            raise RefusedError("事务已经没有了")
        _open(unit, "li")

    futures = [
        database.submit(operation, people=["li"])
        for operation in (
            lost_once,
            lambda unit: _open(unit, "wang"),
        )
    ]
    go_on.set()
    assert [future.exception() for future in futures] == [None, None]
    assert len(calls) == 2
    assert _balances(database) == {"li": 0, "wang": 0}


def test_an_operation_that_names_nobody_runs_alone_on_a_server(database: Database) -> None:
    go_on, _ = _held_writer(database)
    futures = [database.submit(lambda unit: id(unit)) for _ in range(3)]
    futures += [
        database.submit(lambda unit, name=name: _open(unit, name), people=[name]) for name in "ab"
    ]  # type: ignore[misc]
    go_on.set()
    assert all(future.exception() is None for future in futures)
    assert _balances(database) == {"a": 0, "b": 0}


def test_a_closed_database_answers_what_was_submitted(database: Database) -> None:
    go_on, holding = _held_writer(database)
    futures = [database.submit(lambda unit, name=name: _open(unit, name)) for name in "abc"]  # type: ignore[misc]
    go_on.set()
    database.dispose()
    assert holding.result() is None
    assert all(future.done() for future in futures)
    assert _balances(database) == {"a": 0, "b": 0, "c": 0}


# --- identifiers and secrets ---------------------------------------------------------------------


def test_identifiers_sort_by_time_of_making() -> None:
    identifiers = []
    for _ in range(3):
        identifiers.append(new_identifier())
        time.sleep(0.002)
    assert sorted(identifiers) == identifiers
    assert {len(identifier) for identifier in identifiers} == {32}


def test_identity_numbers_are_encrypted_and_found_again() -> None:
    secrets, other = Secrets(bytes(range(32))), Secrets(bytes(32))
    number = "14010519491231002X"
    cipher = secrets.encrypt(number, "wang")
    assert number not in cipher
    assert cipher != secrets.encrypt(number, "wang")
    assert secrets.decrypt(cipher, "wang") == number
    for key, owner in ((other, "wang"), (secrets, "li")):
        with pytest.raises(DatabaseError, match="密文打不开"):
            key.decrypt(cipher, owner)
    with pytest.raises(DatabaseError, match="密文打不开"):
        secrets.decrypt("2" + cipher[1:], "wang")
    assert secrets.search_hashes(number) == secrets.search_hashes(number)
    assert secrets.search_hashes(number) != other.search_hashes(number)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("140105194912311234", "1401**********1234"), ("12345678", "********"), ("", "")],
)
def test_masked_numbers(number: str, shown: str) -> None:
    assert mask(number) == shown


def test_the_embedded_store_makes_its_key_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: Together
) -> None:
    monkeypatch.delenv("YIBAO_SECRET_KEY", raising=False)
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    url = database.engine.url
    hashes = together([lambda: secrets_for(url).search_hashes("x")[0]] * 8)
    assert len(set(hashes)) == 1
    key = tmp_path / "store.db.key"
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db.key"]
    key.chmod(0o644)
    with pytest.raises(InputError, match="别人也能读"):
        secrets_for(url)


def test_a_service_refuses_to_start_without_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YIBAO_SECRET_KEY", raising=False)
    monkeypatch.delenv("YIBAO_SECRET_KEY_FILE", raising=False)
    database = open_database("postgresql://localhost/x")
    with pytest.raises(InputError, match="请在 YIBAO_SECRET_KEY 写密钥"):
        secrets_for(database.engine.url)
    path = tmp_path / "key"
    path.write_text("ab" * 32)
    path.chmod(0o600)
    monkeypatch.setenv("YIBAO_SECRET_KEY_FILE", str(path))
    from_file = secrets_for(database.engine.url)
    monkeypatch.setenv("YIBAO_SECRET_KEY", "ab" * 32)
    assert secrets_for(database.engine.url).search_hashes("x")[0] == from_file.search_hashes("x")[0]
    monkeypatch.setenv("YIBAO_SECRET_KEY", "short")
    with pytest.raises(InputError, match="YIBAO_SECRET_KEY：密钥要正好 32 字节"):
        secrets_for(database.engine.url)
