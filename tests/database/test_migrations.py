"""Migrations reach the schema of the code, on both databases, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from yibao.database import migrating
from yibao.database.backup import backup, restore
from yibao.database.errors import DatabaseError
from yibao.database.migrating import current, heads, pending, schema_faults, upgrade
from yibao.database.schema import append_only_tables, whole_schema
from yibao.database.unit import Database, open_database
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message

Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = open_database(empty_url)
    yield database
    database.dispose()


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql.replace('"', "")).strip()


def _plain_index(index: Any) -> str:
    options = {name: str(option) for name, option in index.pop("dialect_options", {}).items()}
    return str((sorted(index.items(), key=str), sorted(options.items())))


def _shape(engine: Engine) -> dict[str, Any]:
    """Everything that makes a difference, and more than alembic compares."""
    seen = inspect(engine)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"])
                for column in seen.get_columns(table)
            ],
            "key": seen.get_pk_constraint(table),
            "unique": sorted(seen.get_unique_constraints(table), key=str),
            "checks": sorted(
                (str(check["name"]), _plain(str(check["sqltext"])))
                for check in seen.get_check_constraints(table)
            ),
            "indexes": sorted(_plain_index(index) for index in seen.get_indexes(table)),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def test_there_is_one_head() -> None:
    assert len(heads()) == 1


def test_migrations_reach_the_schema_of_the_code(database: Database, empty: Database) -> None:
    """If this fails after a change of tables: python -m yibao.database.migrations "WHAT"."""
    steps = upgrade(empty)
    assert steps
    assert (steps[-1].number,) == heads()
    assert empty.read(schema_faults) == []
    assert _shape(empty.engine) == _shape(database.engine)
    assert upgrade(empty) == []


def test_two_migrators_at_once(empty_url: str, together: Together) -> None:
    def run() -> int:
        database = open_database(empty_url)
        done = len(upgrade(database))
        database.dispose()
        return done

    done = together([run, run])
    assert sorted(done) == [0, len(list(migrating._scripts().walk_revisions()))]


def test_a_failed_upgrade_leaves_nothing(empty: Database) -> None:
    last = sorted(whole_schema().tables)[0]
    empty.write(lambda unit: unit.run(text(f"CREATE TABLE {last} (x INTEGER)")))
    with pytest.raises(DatabaseError, match="already exists"):
        upgrade(empty)
    assert inspect(empty.engine).get_table_names() == [last]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_an_upgrade_gives_way_to_the_service(empty: Database, monkeypatch: Any) -> None:
    """SQLite has one writer."""
    monkeypatch.setattr(migrating, "_TIMEOUTS", ("SET LOCAL lock_timeout = '50ms'",))
    empty.write(lambda unit: unit.run(text("CREATE TABLE alembic_version (version_num TEXT)")))
    with empty.engine.connect() as busy:
        busy.execute(text("LOCK TABLE alembic_version"))
        with pytest.raises(ConflictError, match="等不到锁"):
            upgrade(empty)
    assert inspect(empty.engine).get_table_names() == ["alembic_version"]


def test_a_later_database_is_refused(empty: Database) -> None:
    upgrade(empty)
    empty.write(lambda unit: unit.run(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(DatabaseError, match="版本 9999 比本程序新"):
        upgrade(empty)
    assert [str(fault) for fault in empty.read(schema_faults)] == [
        f"数据库在版本 9999，本程序要 {heads()[0]}，请运行 yibao db upgrade"
    ]


def test_what_is_wrong_with_a_schema_is_told(empty: Database) -> None:
    assert empty.read(schema_faults) == [message("数据库还没有建表，请运行 yibao db init")]
    assert empty.read(current) is None
    assert len(empty.read(pending)) == len(upgrade(empty))
    empty.write(lambda unit: unit.run(text("DROP INDEX ix_entry_account_day")))
    guard = "append_only_event ON event" if empty.is_postgresql else "append_only_event_update"
    empty.write(lambda unit: unit.run(text(f"DROP TRIGGER {guard}")))
    faults = [str(fault) for fault in empty.read(schema_faults)]
    assert len(faults) == 2
    assert "ix_entry_account_day" in faults[0]
    assert faults[1] == "表 event 缺少只增不改的触发器"
    assert "event" in append_only_tables()


# --- backup --------------------------------------------------------------------------------------


def _fill(database: Database) -> None:
    upgrade(database)
    database.write(lambda unit: unit.run(text("INSERT INTO account VALUES ('wang', 5, '[]')")))


def _balance(database: Database) -> int:
    return int(
        database.read(lambda unit: unit.run(text("SELECT balance FROM account")).scalar_one())
    )


@pytest.mark.usefixtures("programs")
def test_backup_and_restore(
    empty: Database, postgresql_server: str, tmp_path: Path, backend: str
) -> None:
    _fill(empty)
    file = tmp_path / "store.backup"
    backup(empty, file)
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(ConflictError, match="已经存在"):
        backup(empty, file)
    with pytest.raises(ConflictError, match="目标数据库"):
        restore(empty, file)

    if backend == "sqlite":
        other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    else:
        plain = open_database(postgresql_server)
        name = f"restored_{tmp_path.name[:20]}".lower().replace("-", "_")
        with plain.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
        plain.dispose()
        other = open_database(
            empty.engine.url.set(drivername="postgresql", database=name).render_as_string()
        )
    restore(other, file)
    assert _balance(other) == 5
    assert other.read(schema_faults) == []
    other.dispose()
    left = {path.name for path in tmp_path.iterdir()}
    assert not any(name.startswith(".") for name in left)


def test_a_backup_that_is_none(empty: Database, tmp_path: Path, backend: str) -> None:
    with pytest.raises(NotFoundError, match="没有备份文件"):
        restore(empty, tmp_path / "none")
    file = tmp_path / "letter"
    file.write_text("信" * 99, encoding="utf-8")
    if backend == "sqlite":
        with pytest.raises(InputError, match="不是 SQLite 数据库的备份"):
            restore(empty, file)
        assert not (tmp_path / "empty.db").exists()


def test_a_spoiled_backup_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIBAO_SECRET_KEY", raising=False)
    source = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    _fill(source)
    file = tmp_path / "backup"
    backup(source, file)
    source.dispose()
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 9] = b"\7" * 4096 * 6
    file.write_bytes(content)
    before = sorted(path.name for path in tmp_path.iterdir())
    target = open_database(f"sqlite:///{tmp_path / 'b.db'}")
    with pytest.raises(DatabaseError, match=r"已经损坏|复制不成"):
        restore(target, file)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert before == ["a.db", "a.db.key", "backup"]  # nor a key for the store that is none


def test_a_missing_program_is_named(
    postgresql_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    database = open_database(postgresql_server)
    with pytest.raises(NotFoundError, match="找不到 pg_dump，请安装 PostgreSQL 的客户端程序"):
        backup(database, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
    database.dispose()


@pytest.mark.usefixtures("programs")
def test_a_failing_program_is_quoted(tmp_path: Path) -> None:
    database = open_database("postgresql://localhost:1/none")
    with pytest.raises(DatabaseError, match="pg_dump 没有成功"):
        backup(database, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
