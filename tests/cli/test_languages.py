"""Help, output and errors in another language: nothing is left in Chinese that is not a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

import messages as tool
from yibao.benefit.explain import Step
from yibao.cli.main import app
from yibao.cli.text import cells
from yibao.inquiry import basis
from yibao.messages import catalogue
from yibao.policy.compile import PolicyLibrary

Yibao = Callable[..., Any]
_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


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


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with catalogues of a made-up language: each Chinese letter is an x."""
    folder = tmp_path_factory.mktemp("locale")
    entries = {key: _CHINESE.sub("x", key[1]) for key in tool.extracted()}
    tool.write(catalogue.path_of("xx", folder), "xx", entries)
    return folder


@pytest.mark.parametrize("names", list(_every(app)), ids=" ".join)
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


BILL = "--scheme employee --status working --kind inpatient --grade 3A --total 50000 --age 45"
AID = "--relation parent --grantor-balance 3500 --limit 1000 --to 2030-01-01"
COVER = "--enrolled-from 2018-01-01 --paid 2023:2022-12-01 --on 2026-06-01"
TYPICAL = (
    f"quote --area 140100 {BILL} --on 2025-03-09 --explain",
    f"quote --area 140100 {BILL} --on 2025-03-09 --json",
    "quote --area 140100 --scheme resident --kind pharmacy --total 80 --on 2025-03-09",
    f"compare 140100 110000 {BILL} --on 2025-03-09",
    "maternity --area 140100 --scheme employee --delivery vaginal --total 6000 --grade 3A"
    " --wage 7000 --spouse --on 2025-03-09 --explain",
    f"aid --area 140100 {AID} --on 2026-01-01 --explain",
    f"cover --area 140100 {COVER} --explain",
    "contribute --area 140100 --scheme flexible --month 2025-03 --months 3 --explain",
    "contribute --area 140100 --scheme resident --year 2025 --paid-on 2025-03-10",
    "retire --area 140100 --sex female --actual-years 18 --deemed-years 1 --on 2025-06-01",
    "run household.yaml --explain",
    "run mutual_aid.yaml --explain",
    "run contribution.yaml --json",
    "reports list",
    "policy lint",
)
"""Commands as people write them."""
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def packs_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the packs hold in Chinese alone is left out: notes, choices, names of rules."""
    known = PolicyLibrary.disputes

    def undecided(packs: PolicyLibrary) -> dict[str, Any]:
        return {name: replace(dispute, choice=None) for name, dispute in known(packs).items()}

    monkeypatch.setattr(PolicyLibrary, "disputes", undecided)
    monkeypatch.setattr(Step, "note", property(lambda step: ""))
    monkeypatch.setattr(basis, "_parameter_name", lambda packs, area, parameter: parameter)


def _with_latin_names(scenario: str) -> str:
    """A scenario whose people, institutions and visits have Latin names."""
    named = re.findall(r"(?:id|visit): ([^\s,}]*[\u4e00-\u9fff][^\s,}]*)", scenario)
    for number, name in enumerate(sorted(set(named), key=len, reverse=True)):
        scenario = re.sub(rf"(?<![\u4e00-\u9fff]){name}(?![\u4e00-\u9fff])", f"n{number}", scenario)
    return scenario


@pytest.mark.usefixtures("packs_say_nothing")
@pytest.mark.parametrize("command", TYPICAL)
def test_what_a_command_writes_is_english(
    yibao: Yibao, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    monkeypatch.setenv("YIBAO_LANGUAGE", "en")
    monkeypatch.setenv("YIBAO_DATA_DIR", str(tmp_path))
    arguments = command.split()
    if arguments[0] == "run":
        scenario = (EXAMPLES / arguments[1]).read_text(encoding="utf-8")
        arguments[1] = str(tmp_path / arguments[1])
        Path(arguments[1]).write_text(_with_latin_names(scenario), encoding="utf-8")
    done = yibao(*arguments)
    assert done.code == 0
    plain = re.sub(r'"(source)":"[^"]*"', r'"\1"', done.out)  # ids in a row, for programs
    assert [line for line in plain.splitlines() if _CHINESE.search(line)] == []
    assert _CHINESE.findall(done.err) == []
    assert done.out or done.err
