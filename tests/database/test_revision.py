"""A store of another schema is neither served nor written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from yibao.cli.main import run
from yibao.cli.store import opened
from yibao.database.errors import DatabaseError
from yibao.database.migrating import heads, upgrade
from yibao.database.revision import head_revision
from yibao.database.unit import Database, open_database


@pytest.fixture
def left(empty_url: str) -> Database:
    database = open_database(empty_url)
    upgrade(database)
    return database


def _marked(database: Database, revision: str) -> Database:
    """The same store as a program that stops at ``revision`` left it."""
    change = text("UPDATE alembic_version SET version_num = :revision")
    database.write(lambda unit: unit.run(change, {"revision": revision}))
    database.dispose()
    return open_database(database.engine.url.render_as_string(hide_password=False))


def test_the_head_is_known_without_alembic() -> None:
    assert (head_revision(),) == heads()


@pytest.mark.parametrize(
    ("revision", "said"),
    [("0001", "数据库在版本 0001.*请先运行 yibao db upgrade"), ("9999", "版本 9999 比本程序.*新")],
)
def test_a_store_of_another_schema_is_not_written(left: Database, revision: str, said: str) -> None:
    other = _marked(left, revision)
    with pytest.raises(DatabaseError, match=said):
        other.write(lambda unit: unit.run(text("DELETE FROM session")))
    other.dispose()


@pytest.mark.parametrize(
    ("revision", "said"), [("0001", "请先运行 yibao db upgrade"), ("9999", "比本程序.*新")]
)
def test_a_store_of_another_schema_is_not_served(left: Database, revision: str, said: str) -> None:
    other = _marked(left, revision)
    url = other.engine.url.render_as_string(hide_password=False)
    other.dispose()
    with pytest.raises(DatabaseError, match=said), opened(url):
        pass
    with opened(url, any_schema=True) as database:
        assert database.engine is not None


@pytest.mark.parametrize(
    ("revision", "said"), [("0001", "请先运行 yibao db upgrade"), ("9999", "比本程序.*新")]
)
def test_serve_starts_no_server_on_a_store_of_another_schema(
    left: Database,
    revision: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = _marked(left, revision)
    url = other.engine.url.render_as_string(hide_password=False)
    other.dispose()

    def listening(*_: Any, **__: Any) -> None:
        raise AssertionError("listens")

    monkeypatch.setattr("uvicorn.Server.run", listening)
    monkeypatch.setattr("uvicorn.run", listening)
    with pytest.raises(SystemExit) as stopped:
        run(("serve", "--data", str(tmp_path), "--database", url))
    assert stopped.value.code not in (0, None)
    assert re.search(said, capsys.readouterr().err)
    after = open_database(url)
    with after.unit(any_schema=True) as unit:
        assert unit.run(text("SELECT version_num FROM alembic_version")).scalar() == revision
    after.dispose()
