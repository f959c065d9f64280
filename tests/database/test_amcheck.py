"""``yibao db check`` on PostgreSQL with amcheck finds an index whose pages were damaged."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yibao.database.integrity import integrity_faults, unchecked
from yibao.database.migrating import upgrade
from yibao.database.schema import whole_schema
from yibao.database.unit import open_database

from ..support.serving import free_port

_CONTROLS = sorted(Path("/usr/share/postgresql").glob("*/extension/amcheck.control"))
BINARIES = next(
    (
        folder
        for control in _CONTROLS
        if (folder := Path("/usr/lib/postgresql") / control.parts[-3] / "bin").exists()
    ),
    None,
)
OWNER = "postgres" if os.getuid() == 0 else None
"""PostgreSQL refuses to run as root."""

pytestmark = pytest.mark.skipif(
    BINARIES is None, reason="没有装带 amcheck 的 PostgreSQL（apt-get install postgresql）"
)


class Server:
    """A server of Debian's package on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.folder = folder
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "postgres", "-N")

    def _run(self, program: str, *arguments: str) -> None:
        assert BINARIES is not None
        command = [str(BINARIES / program), *arguments]
        subprocess.run(
            command,
            check=True,
            user=OWNER,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run(
            "pg_ctl",
            "-D",
            str(self.data),
            "-w",
            "-l",
            str(self.folder / "log"),
            "-o",
            options,
            "start",
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")


@pytest.fixture
def server(secret_key: None) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="yibao-amcheck-"))
    if OWNER is not None:
        account = pwd.getpwnam(OWNER)
        os.chown(folder, account.pw_uid, account.pw_gid)
    running = Server(folder)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _faults(url: str) -> list[str]:
    database = open_database(url)
    try:
        return database.read(
            lambda unit: [str(fault) for fault in integrity_faults(unit)], consistent=True
        )
    finally:
        database.dispose()


def test_a_damaged_index_is_named(server: Server) -> None:
    whole_schema()
    database = open_database(server.url)
    upgrade(database)
    said = database.read(unchecked)
    assert said is not None
    assert "amcheck" in str(said)
    database.dispose()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION amcheck")
        names = connection.execute(
            "SELECT c.relname, pg_relation_filepath(c.oid) FROM pg_class c "
            "JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid "
            "WHERE t.relname = 'message' AND c.relkind = 'i'"
        ).fetchall()
        connection.execute("CHECKPOINT")
    assert _faults(server.url) == []
    name, file = names[0]
    server.stop()
    path = server.data / file
    content = bytearray(path.read_bytes())
    content[100:200] = b"\xff" * 100  # in the middle of the page that leads to the others
    content[16:24] = b"\x00" * 8
    path.write_bytes(bytes(content))
    server.start()
    faults = _faults(server.url)
    assert faults
    assert all(name in fault for fault in faults), faults
