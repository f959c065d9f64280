"""The drill of docs/operations.md, command by command by a shell, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from yibao.cli.main import main
from yibao.database.unit import open_database
from yibao.policy.compile import PolicyLibrary

from ..simulator.pieces import simulated
from ..support.serving import SECONDS
from .blocks import block


def shell(name: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A block of the docs as somebody types it, up to its first failure."""
    program = folder / "yibao"
    if not program.exists():
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m yibao.cli "$@"\n')
        program.chmod(0o700)
    environment = {name: value for name, value in os.environ.items() if name != "YIBAO_SECRET_KEY"}
    return subprocess.run(
        ["sh", "-e", "-c", block(name)],
        env={**environment, "PATH": f"{folder}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.usefixtures("programs")
def test_a_store_comes_back_whole_from_its_backup_and_the_key_in_escrow(
    empty_url: str,
    backend: str,
    packs: PolicyLibrary,
    tmp_path: Path,
    postgresql_server: str,
) -> None:
    assert main(["db", "init", "--url", empty_url]) == 0
    database = open_database(empty_url)
    simulated(database, packs, "drill", 12)
    database.dispose()
    safe = tmp_path / "safe"
    safe.mkdir()
    key = safe / "secret.key"
    key.touch(0o600)
    key.write_text("5a" * 32, encoding="ascii")
    empty = f"sqlite:///{tmp_path / 'drill.db'}"
    other = f"yibao_drill_{os.getpid()}"
    if backend == "postgresql":
        _administer(postgresql_server, f"CREATE DATABASE {other}")
        address = make_url(postgresql_server).set(database=other)
        empty = address.render_as_string(hide_password=False)
    try:
        live = {"LIVE": empty_url, "SAFE": str(safe), "YIBAO_SECRET_KEY": "5a" * 32}
        backup = shell("backup", tmp_path, **live)
        assert backup.returncode == 0, backup.stderr
        assert (safe / "yibao.backup").stat().st_mode & 0o777 == 0o600
        back = shell("drill", tmp_path, DRILL=empty, SAFE=str(safe))
        assert (back.returncode, back.stderr) == (0, "")
        key.write_text("a5" * 32, encoding="ascii")
        wrong = subprocess.run(
            [tmp_path / "yibao", "db", "check", "--url", empty],
            env={**os.environ, "YIBAO_SECRET_KEY": "", "YIBAO_SECRET_KEY_FILE": str(key)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert wrong.returncode != 0
        assert "指纹" in wrong.stdout + wrong.stderr
    finally:
        if backend == "postgresql":
            _administer(postgresql_server, f"DROP DATABASE {other} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())
