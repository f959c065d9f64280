"""A real store stays real: no command, message or page of a sandbox gets into it."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import httpx
import pytest

from yibao.cli.main import run
from yibao.cli.sandbox import sandbox
from yibao.database.unit import open_database

from ..support.serving import Service

STORES = sorted((Path(__file__).parents[1] / "care" / "stores").glob("*.db.xz"))
pytestmark = pytest.mark.usefixtures("secret_key")

ARGUMENTS = {
    "psn_no": "999",
    "login": "clerk",
    "code": "H99",
    "at": "now",
    "kind": "busy",
}
"""What the arguments of the sandbox's commands may be."""


def commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command of the sandbox that opens a store, as it is typed."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        elif any(option.name == "url" for option in command.params):
            arguments = [
                ARGUMENTS[str(parameter.name)]
                for parameter in command.params
                if isinstance(parameter, click.Argument)
            ]
            yield (*words, name, *arguments)


COMMANDS = sorted(commands(sandbox))


@pytest.fixture(scope="module", params=STORES, ids=lambda path: path.name)
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a former version, with its people and money, after ``yibao db upgrade``."""
    path = tmp_path_factory.mktemp("real") / "store.db"
    with lzma.open(request.param) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        with pytest.raises(SystemExit) as left:
            run(("db", "upgrade", "--url", f"sqlite:///{path}"))
    assert left.value.code == 0
    return path


def content(path: Path, but_for: tuple[str, ...] = ()) -> str:
    """All that stands in a store, as one hash, without rows that say ``but_for``."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(path)) as connection:
        for line in connection.iterdump():
            if not any(word in line for word in but_for):
                digest.update(line.encode())
    return digest.hexdigest()


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that has to be refused."""
    with pytest.raises(SystemExit) as left:
        run(words)
    assert left.value.code not in (0, None), words
    return capsys.readouterr().err


def test_there_are_commands_to_try() -> None:
    assert {words[0] for words in COMMANDS} >= {"show", "reset", "person", "clock", "fail"}


def test_every_command_of_the_sandbox_refuses_a_store_of_a_former_version(
    upgraded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, before = f"sqlite:///{upgraded}", content(upgraded)
    for words in COMMANDS:
        extra = ("--account", "999999") if words[0] == "person" else ()
        said = refused(capsys, "sandbox", *words, *extra, "--url", url)
        assert "不是沙箱" in said, words
        assert content(upgraded) == before, words
    assert "不是沙箱" in refused(capsys, "db", "demo", "--families", "1", "--url", url)
    assert content(upgraded) == before


def test_a_store_of_db_init_takes_no_demo_even_while_it_is_empty(
    empty_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(("db", "init", "--url", empty_url))
    assert "不是沙箱" in refused(capsys, "db", "demo", "--families", "1", "--url", empty_url)
    assert "不是沙箱" in refused(capsys, "sandbox", "show", "--url", empty_url)
    database = open_database(empty_url)
    assert not database.is_sandbox()
    database.dispose()


def test_serve_makes_no_store_of_an_empty_database(
    empty_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, "serve", "--data", str(tmp_path), "--database", empty_url)
    assert "yibao db init" in said
    database = open_database(empty_url)
    assert database.is_empty()
    database.dispose()


def test_serve_on_a_real_store_wants_keys_and_is_strict(
    upgraded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, before = f"sqlite:///{upgraded}", content(upgraded)
    assert "密钥才开接口" in refused(capsys, "serve", "--data", str(tmp_path), "--database", url)
    keys = tmp_path / "keys.yaml"
    bearer = "{secret: open sesame, institutions: [H14010500001]}"
    keys.write_text(f"headers: {{bearer: [{bearer}]}}\n")
    keys.chmod(0o600)
    service = Service(tmp_path, ("--database", url, "--keys", str(keys)))
    try:
        service.start()
        who = {"mdtrt_cert_type": "02", "mdtrt_cert_no": "140105198003150021"}
        message = {"infno": "1101", "fixmedins_code": "H14010500001", "input": {"data": who}}
        with httpx.Client(trust_env=False) as http:
            assert http.post(service.address("/x"), json=message).status_code == 401
            key = {"authorization": "Bearer open sesame"}
            answer = http.post(service.address("/x"), json=message, headers=key).json()
            assert answer["infcode"] == -1
            assert "报文头缺少必填项" in answer["err_msg"]
            assert http.get(service.address("/inspector/")).status_code == 404
        assert "T0001" not in service.said()
        assert "真的库" in service.said()
    finally:
        service.kill()
    # Which keys are good for whom stands on the trail; nothing else was written.
    assert content(upgraded, but_for=("store:gateway", "open_gateway")) == before
