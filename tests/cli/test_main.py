"""The entry itself: usage errors, help, version, pipes, colours, start-up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

import yibao as package
from yibao.cli import text
from yibao.cli.main import app, main
from yibao.cli.text import cells, table, wrap

Yibao = Callable[..., Any]
SOURCE = Path(package.__file__).resolve().parents[1]
QUOTE = (
    "quote --area 太原 --scheme resident --kind inpatient --price-class 1 "
    "--total 10000 --on 2025-03-09"
).split()
COMMANDS = (
    "quote compare maternity contribute cover aid retire run guide directory policy "
    "db ledger audit replay rebuild impact batch explain serve sandbox"
).split()


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("YIBAO_A")
    }
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "yibao.cli", *arguments],
        env={**inherited, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_process_answers_as_the_function_does(yibao: Yibao) -> None:
    done = start(*QUOTE, COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == yibao(*QUOTE).out
    refused = start(*QUOTE[:-1], "1990-01-01")
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "Traceback" not in refused.stderr


def test_nothing_heavy_is_loaded_for_a_quote() -> None:
    heavy = ("numba", "numpy", "pydantic", "rich", "typer")
    code = (
        "import sys; from yibao.cli.main import main; "
        f"code = main({QUOTE!r}); "
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (0, "[]")


@pytest.mark.parametrize("arguments", [("--version",), QUOTE, ("policy", "list")])
def test_a_closed_pipe_is_quiet(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "yibao.cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_version(yibao: Yibao) -> None:
    done = yibao("--version")
    assert (done.code, done.out) == (0, f"yibao {package.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "没有命令 nothing；全部命令见 yibao --help"),
        (("quote", "--nothing", "1"), "没有选项 --nothing"),
        (("quote",), "缺少选项 --area（或环境变量 YIBAO_AREA）"),
        (("quote", "--area"), "选项 --area 后面要写值"),
        (("run",), "缺少参数 情景文件"),
        (("run", "a", "b", "c"), "多余的参数 b c"),
        (("policy", "nothing"), "没有命令 nothing"),
        (("compare", "太原"), "缺少参数 另一地区"),
    ],
)
def test_usage_errors_are_one_chinese_line(
    yibao: Yibao, arguments: tuple[str, ...], says: str
) -> None:
    done = yibao(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"错误：{says}")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), *((name,) for name in COMMANDS)])
def test_help_is_chinese_and_fits(yibao: Yibao, arguments: tuple[str, ...]) -> None:
    done = yibao(*arguments, "--help")
    assert done.code == 0
    assert done.out.startswith("用法：yibao")
    assert max(map(cells, done.out.splitlines())) <= 80
    for english in ("Usage", "Options", "default:", "required", "Show this"):
        assert english not in done.out


def test_every_command_that_computes_shows_an_example(yibao: Yibao) -> None:
    for name in COMMANDS[:8]:
        assert f"\n  yibao {name} " in yibao(name, "--help").out


def test_help_lists_commands_and_exit_codes(yibao: Yibao) -> None:
    out = yibao("--help").out
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert "退出码：0 完成；1 出错；2 用法或输入有误；3 找不到；4 规则拒绝；5 冲突。" in out


def test_no_command_shows_the_help_on_stderr(yibao: Yibao) -> None:
    done = yibao()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("用法：yibao")


def test_completion_knows_commands_and_options() -> None:
    completions = start(
        _YIBAO_COMPLETE="bash_complete", COMP_WORDS="yibao cont", COMP_CWORD="1"
    ).stdout.split()
    assert completions == ["plain,contribute"]
    completions = start(
        _YIBAO_COMPLETE="bash_complete", COMP_WORDS="yibao quote --adm", COMP_CWORD="2"
    ).stdout.split()
    assert completions == ["plain,--admitted", "plain,--admissions"]


def test_completion_is_installed_by_a_script(yibao: Yibao) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert f"_YIBAO_COMPLETE={shell}_complete" in yibao("--completion", shell).out
    assert yibao("--completion", "sh").code == 2


def test_a_table_takes_room_from_its_widest_columns_and_keeps_lines() -> None:
    rows = [("一二三四五六七八九十" * 4, "abc " * 30, "1.00"), ("甲\n乙", "c", "20.00")]
    lines = text.headed("表", ("长", "宽", "元"), rows, "<<>", least=(30,))
    assert lines[0] == "表"
    assert set(lines[2]) == {"─"}
    assert max(map(cells, lines)) <= 80
    assert all(line.endswith("0") for line in lines if "1.00" in line or "20.00" in line)
    assert [line.strip() for line in lines[-2:]] == [lines[-2].strip(), "乙"]


def test_an_unexpected_error_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr("yibao.library.quote", broken)
    assert main(QUOTE) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "错误：程序内部出错（KeyError: 'lost'），请报告；设 YIBAO_DEBUG=1 再运行可看详情\n"
    )
    monkeypatch.setenv("YIBAO_DEBUG", "1")
    with pytest.raises(KeyError):
        main(QUOTE)


# --- colours and columns ---


class _Terminal:
    def isatty(self) -> bool:
        return True


def test_errors_are_said_in_the_language_asked_for(
    yibao: Yibao, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIBAO_LANGUAGE", "en_GB.UTF-8")
    assert yibao("quote", "--zzz", "1").err == (
        "error: there is no option --zzz; see --help for the usage\n"
    )
    monkeypatch.setenv("YIBAO_LANGUAGE", "xx")
    assert yibao("quote", "--zzz", "1").err == "错误：没有选项 --zzz；用法见 --help\n"


def test_bold_only_on_a_terminal_without_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text.sys, "stdout", _Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert text.bold("总费用") == "\x1b[1m总费用\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert text.bold("总费用") == "总费用"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert text.dim("总费用") == "总费用"


@pytest.mark.parametrize(
    "arguments",
    [
        (*QUOTE, "--explain"),
        ("aid", "--area", "太原", "--on", "2025-03-01"),
        ("cover", "--area", "太原", "--enrolled-from", "2018-01-01", "--on", "2025-03-01"),
        ("retire", "--area", "太原", "--sex", "男", "--actual-years", "9", "--on", "2025-03-01"),
    ],
)
def test_piped_output_is_plain_and_fits(yibao: Yibao, arguments: tuple[str, ...]) -> None:
    out = yibao(*arguments).out
    assert "\x1b" not in out
    assert max(map(cells, out.splitlines())) <= 80
    assert not any(line != line.rstrip() for line in out.splitlines())


def test_narrow_terminals_get_narrow_lines(yibao: Yibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(cells, yibao(*QUOTE, "--explain").out.splitlines())) <= 60


def test_cells_wrap_and_table() -> None:
    assert cells("总费用 7,900.00") == 15
    assert wrap("一二三，四五", 6) == ["一二", "三，四", "五"]
    assert all(cells(line) <= 7 for line in wrap("一二三，四五 abcdefghijk", 7))
    assert wrap("", 10) == [""]
    assert table([("基金", "1.00"), ("个人负担", "20.00")], "<>") == [
        "  基金       1.00",
        "  个人负担  20.00",
    ]


def test_the_list_of_commands_says_what_their_helps_begin_with_and_loads_none() -> None:
    context = click.Context(app)
    for name, listing in app.listings.items():
        command = app.get_command(context, name)
        assert command is not None
        assert command.get_short_help_str() == str(listing.about), name
    code = (
        "import sys; from yibao.cli.main import app, main; code = main(['--help']); "
        "loaded = [entry.module for entry in app.listings.values()]; "
        "print([name for name in loaded if name in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")
