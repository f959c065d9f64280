"""A full output, a POSIX locale, names that are no UTF-8: one sentence each, for every command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from yibao.cli.main import app

FOREIGN = os.fsdecode(b"\xc4\xe3\xba\xc3")
"""Two Chinese letters in GBK, as a command line hands them over."""

DRIVER = """
import gc, json, os, sys
import numpy, sqlalchemy, yibao.library
from yibao.cli.streams import speak_utf8
speak_utf8()
from yibao.cli.main import app, run
for name in app.list_commands(None):
    app.get_command(None, name)
cases, folder = json.load(open(sys.argv[1])), sys.argv[2]
gc.freeze()
for number, (words, output) in enumerate(cases):
    child = os.fork()
    if not child:
        told = os.open(f"{folder}/{number}.err", os.O_WRONLY | os.O_CREAT)
        place = output or f"{folder}/{number}.out"
        said = os.open(place, os.O_WRONLY | os.O_CREAT)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(said, 1)
        os.dup2(told, 2)
        sys.argv = ["yibao", *words]
        run()
    _, status = os.waitpid(child, 0)
    with open(f"{folder}/{number}.code", "w") as code:
        code.write(str(os.waitstatus_to_exitcode(status)))
"""
"""Every command in a process of its own, which leaves as any does; modules are read once."""


def commands(
    group: click.Group = app, names: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command by its names, groups too."""
    yield names, group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*names, name))
        else:
            yield (*names, name), command


def driven(
    cases: Sequence[tuple[Sequence[str], str]], folder: Path, **settings: str
) -> list[tuple[int, str, str]]:
    """Exit code, output and errors of each command; ``output`` is a device, or empty."""
    listed = folder / "cases.json"
    listed.write_text(json.dumps(cases), encoding="ascii")
    (folder / "data").mkdir()
    unset = ("YIBAO_AREA", "YIBAO_DEBUG", "YIBAO_LANGUAGE", "YIBAO_DATABASE_URL", "LC_ALL")
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(listed), str(folder)],
        env={**inherited, "YIBAO_DATA_DIR": str(folder / "data"), **settings},
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = []
    for number, (_, output) in enumerate(cases):
        code = int((folder / f"{number}.code").read_text())
        told = (folder / f"{number}.err").read_bytes().decode(errors="surrogateescape")
        said = "" if output else (folder / f"{number}.out").read_bytes().decode(errors="replace")
        answers.append((code, said, told))
    return answers


def test_a_full_output_is_one_sentence(tmp_path: Path) -> None:
    every = [names for names, _ in commands()]
    answers = driven([((*names, "--help"), "/dev/full") for names in every], tmp_path)
    for names, (code, _, told) in zip(every, answers, strict=True):
        assert code == 1, (names, told)
        assert told == "错误：写不成：系统说 No space left on device\n", names


def test_a_posix_locale_says_the_same(tmp_path: Path) -> None:
    every = [names for names, _ in commands()]
    answers = driven(
        [((*names, "--help"), "") for names in every], tmp_path, LC_ALL="C", PYTHONUTF8="0"
    )
    for names, (code, said, told) in zip(every, answers, strict=True):
        assert (code, told) == (0, ""), names
        assert said.startswith("用法：yibao "), names


def _required(command: click.Command, but: click.Parameter) -> list[str]:
    """Words for what a command must be given beside one parameter."""
    words = []
    for parameter in command.params:
        if parameter.required and parameter is not but:
            if isinstance(parameter, click.Option):
                words += [parameter.opts[0], "1"]
            elif not _stands_after(command, parameter, but):
                words.append("1")
    return words


def _stands_after(command: click.Command, parameter: Any, but: click.Parameter) -> bool:
    places = list(command.params)
    return isinstance(but, click.Argument) and places.index(parameter) > places.index(but)


def test_a_name_that_is_no_utf8_is_one_sentence(tmp_path: Path) -> None:
    cases = []
    for names, command in commands():
        for parameter in command.params:
            if isinstance(command, click.Group) or getattr(parameter, "is_flag", False):
                continue
            option = [] if isinstance(parameter, click.Argument) else [parameter.opts[0]]
            following = [
                "1"
                for other in command.params
                if isinstance(other, click.Argument)
                and other.required
                and other is not parameter
                and _stands_after(command, other, parameter)
            ]
            required = _required(command, parameter)
            cases.append(((*names, *required, *option, FOREIGN, *following), ""))
    answers = driven(cases, tmp_path)
    assert len(answers) > 150
    for (words, _), (code, said, told) in zip(cases, answers, strict=True):
        shown = (" ".join(words), code, said, told)
        if code == 0:  # a file of such a name can be written
            assert (tmp_path / FOREIGN).exists(), shown
            (tmp_path / FOREIGN).unlink()
            continue
        assert code in (2, 3), shown
        assert said == "", shown
        assert told.count("\n") == 1, shown
        assert told.startswith("错误："), shown
        assert "内部出错" not in told, shown


def test_a_file_of_such_a_name_is_read_and_its_name_written_back(tmp_path: Path) -> None:
    scenario = Path(__file__).resolve().parents[2] / "examples" / "household.yaml"
    foreign = tmp_path / os.fsdecode(b"\xc4\xe3.yaml")
    shutil.copyfile(scenario, foreign)
    words = [sys.executable, "-m", "yibao.cli", "run", str(foreign)]
    done = subprocess.run(words, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("closed", ["1", "2"])
def test_a_closed_output_is_no_fault(closed: str) -> None:
    script = f"exec {sys.executable} -m yibao.cli --version {closed}>&-"
    assert subprocess.run(["sh", "-c", script], capture_output=True, check=False).returncode == 0
