"""Help, output and errors in another language: nothing is left in Chinese that is not a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import messages as tool
from yibao.cli.main import app
from yibao.cli.text import cells
from yibao.messages import catalogue

Yibao = Callable[..., Any]
_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
NOT_YET = {
    *("batch", "explain", "export", "serve", "mcp", "sandbox", "db", "ledger", "audit"),
    *("readjudicate", "settle", "replay", "rebuild", "impact"),
}
"""Commands whose words, or those of the options that they share, are not messages yet."""


def _every(group: click.Group, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of every command and group, the program itself first."""
    yield names
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _every(command, (*names, name))
        else:
            yield (*names, name)


def _spoken() -> list[tuple[str, ...]]:
    return [names for names in _every(app) if not NOT_YET & set(names[:1])]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with catalogues of a made-up language: each Chinese letter is an x."""
    folder = tmp_path_factory.mktemp("locale")
    entries = {key: _CHINESE.sub("x", key[1]) for key in tool.extracted()}
    tool.write(catalogue.path_of("xx", folder), "xx", entries)
    return folder


@pytest.mark.parametrize("names", _spoken(), ids=" ".join)
def test_help_is_said_in_a_made_up_language_and_in_english(
    yibao: Yibao, made_up: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    for language in ("en", "xx"):
        if language == "xx":
            monkeypatch.setattr(catalogue, "LOCALE", made_up)
        monkeypatch.setenv("YIBAO_LANGUAGE", language)
        done = yibao(*names, "--help")
        assert done.code == 0
        assert _CHINESE.findall(done.out) == []
        assert max(map(cells, done.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "there is no command nothing; yibao --help lists all commands"),
        (("quote", "--area"), "the option --area needs a value"),
        (("quote", "--json=1"), "the option --json takes no value"),
        (("--completion", "sh"), "does not fit: it may be bash, zsh, fish"),
        ((), "Usage: yibao [options] command ..."),
    ],
)
def test_wrong_usage_is_said_in_english(
    yibao: Yibao, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.setenv("YIBAO_LANGUAGE", "en")
    done = yibao(*arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert _CHINESE.findall(done.err) == []
