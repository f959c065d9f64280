"""The roles of docs/operations.md: one owns the tables, another serves with the least rights."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url

from yibao.cli.main import main
from yibao.database.grants import rights_on
from yibao.database.schema import APPEND_ONLY, DELETABLE, whole_schema
from yibao.database.unit import open_database
from yibao.policy.compile import PolicyLibrary

from ..simulator.pieces import simulated
from ..support.serving import SECONDS, Service
from .blocks import block, blocks

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yibao"
PASSWORD = "no-password-of-a-process-list"
ROLES = ("owner", "service", "backup")


@dataclass(frozen=True)
class Roles:
    """A database made by the statements of the docs, under names of this test."""

    server: str
    name: str

    def url(self, role: str, password: str = "") -> str:
        address = make_url(self.server)
        user = f"{self.name}_{role}"
        return address.set(
            username=user, password=password or None, database=self.name
        ).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def roles(postgresql_server: str) -> Iterator[Roles]:
    """The roles and the database; the tables made and the rights given as the docs say."""
    name = f"yibao_roles_{os.getpid()}"
    of_this_test = Roles(postgresql_server, name)
    statements = re.sub(r"\byibao(?=_|\b)", name, block("roles")).split(";")
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        for statement in filter(str.strip, statements):
            connection.execute(statement.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        patch.setenv("YIBAO_DATABASE_URL", of_this_test.url("owner"))
        for line in block("rights").splitlines():
            if line.startswith("yibao "):
                words = line.partition("#")[0].replace("yibao_service", f"{name}_service").split()
                assert main(words[1:]) == 0, line
    yield of_this_test
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        for role in ROLES:
            connection.execute(f"DROP ROLE {name}_{role}".encode())


def refused(roles: Roles, statement: str, role: str = "service") -> bool:
    """Whether the database refuses a statement for want of a right."""
    with psycopg.connect(roles.url(role), autocommit=True) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            return True
        return False


@pytest.mark.usefixtures("secret_key")
def test_random_operations_and_daily_commands_need_no_more(
    roles: Roles,
    packs: PolicyLibrary,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    database = open_database(roles.url("service"))
    simulated(database, packs, "roles", 25)
    database.dispose()
    monkeypatch.setenv("YIBAO_DATABASE_URL", roles.url("service"))
    for command in ("ledger snapshot", "audit seal", "db check", "audit verify", "replay"):
        assert main(command.split()) == 0, capsys.readouterr()
    assert main(["ledger", "snapshot", "--void", "2020-01-01"]) == 0


def test_the_service_changes_and_deletes_no_row_of_a_chain(roles: Roles) -> None:
    for table in whole_schema().tables.values():
        column = next(iter(table.columns)).name
        rights = rights_on(table)
        change = f"UPDATE {table.name} SET {column} = {column} WHERE false"
        assert refused(roles, change) == ("UPDATE" not in rights), table.name
        deletion = f"DELETE FROM {table.name} WHERE false"
        assert refused(roles, deletion) == ("DELETE" not in rights), table.name
        assert refused(roles, f"TRUNCATE {table.name}")
        assert refused(roles, f"ALTER TABLE {table.name} DISABLE TRIGGER ALL")
        if table.info.get(APPEND_ONLY):
            assert rights in ("SELECT", "SELECT, INSERT")
    for statement in (
        "UPDATE alembic_version SET version_num = version_num",
        "INSERT INTO store_nature VALUES (2, 'sandbox')",
        "CREATE TABLE another (number integer)",
        "DROP FUNCTION append_only()",
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NULL; END'",
    ):
        assert refused(roles, statement), statement


def test_the_role_of_backups_reads_and_writes_nothing(roles: Roles) -> None:
    assert not refused(roles, "SELECT count(*) FROM entry", "backup")
    assert refused(roles, "DELETE FROM session WHERE false", "backup")
    assert refused(roles, "INSERT INTO session DEFAULT VALUES", "backup")


def test_who_owns_the_tables_or_is_not_there_is_not_confined(
    roles: Roles, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
    monkeypatch.setenv("YIBAO_DATABASE_URL", roles.url("owner"))
    assert main(["db", "grant", f"{roles.name}_owner"]) == 2
    assert main(["db", "grant", "nobody_of_that_name"]) == 3
    assert main(["db", "grant", 'a"b', "--dry-run"]) == 0
    assert '"a""b"' in capsys.readouterr().out


def test_every_table_that_the_source_deletes_from_is_declared() -> None:
    """A ``delete(table)`` of a table that is not declared fails on PostgreSQL with least rights."""
    named = {
        name
        for path in SOURCE.rglob("*.py")
        if "migrations" not in path.parts
        for name in re.findall(r"(?<![\w.])delete\(\s*([a-z_]+)\s*\)", path.read_text("utf-8"))
    }
    tables = whole_schema().tables
    known_as = {"sessions": "session", "places": "sign_in_place", "table": "sign_in_failure"}
    deleted = {known_as.get(name, name) for name in named} & set(tables)
    assert deleted == {name for name, table in tables.items() if DELETABLE in table.info}


def test_a_served_store_and_its_password_stand_in_no_process_list(
    roles: Roles, tmp_path: Path
) -> None:
    settings = dict(line.split("=", 1) for line in block("environment").splitlines() if "=" in line)
    assert set(settings) >= {"YIBAO_DATABASE_URL", "YIBAO_SECRET_KEY_FILE"}
    key = tmp_path / "secret.key"
    key.touch(0o600)
    key.write_text("5a" * 32, encoding="ascii")
    service = Service(tmp_path, ["--no-gateway", "--workers", "2"])
    service.start(
        {
            "YIBAO_DATABASE_URL": roles.url("service", PASSWORD),
            "YIBAO_SECRET_KEY_FILE": str(key),
            "YIBAO_SECRET_KEY": "",
        }
    )
    try:
        answer = httpx.get(service.address("/readyz"), trust_env=False, timeout=SECONDS)
        assert answer.json()["ready"], answer.text
        assert service.process is not None
        group = os.getpgid(service.process.pid)
        lines = [
            line
            for process in Path("/proc").glob("[0-9]*")
            if (line := _command_line(process, group))
        ]
        assert len(lines) >= 3
        for line in lines:
            assert PASSWORD not in line
            assert roles.name not in line
    finally:
        service.kill()
    assert PASSWORD not in service.said()


def _command_line(process: Path, group: int) -> str:
    """What a process list shows of a process of a group; empty for any other."""
    try:
        if os.getpgid(int(process.name)) != group:
            return ""
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def test_backups_hand_no_password_on(
    roles: Roles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pg_dump is asked what its command line was."""
    seen = tmp_path / "seen"
    program = tmp_path / "pg_dump"
    program.write_text(f"#!/bin/sh\ncat /proc/$$/cmdline > {seen}\nexit 1\n", encoding="ascii")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("YIBAO_DATABASE_URL", roles.url("backup", PASSWORD))
    monkeypatch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
    assert main(["db", "backup", str(tmp_path / "backup")]) == 1
    assert roles.name in seen.read_text(encoding="utf-8")
    assert PASSWORD not in seen.read_text(encoding="utf-8")


UNITS = [name.split()[1] for name in blocks() if name.startswith("systemd ")]


def test_the_units_are_what_systemd_takes(tmp_path: Path) -> None:
    import shutil

    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("没有 systemd-analyze：单元文件没有核对（apt-get install systemd）")
    program = tmp_path / "yibao"
    program.symlink_to(sys.executable)
    for unit in UNITS:
        text = block(f"systemd {unit}").replace("/usr/local/bin/yibao", str(program))
        (tmp_path / unit).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", "--recursive-errors=no", *(str(tmp_path / unit) for unit in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
