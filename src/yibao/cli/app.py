"""Commands whose help is Chinese and stays within the columns of a terminal."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import typer
import typer.core
import typer.main

from yibao.cli.text import bold, cells, columns, hanging, wrap

_F = TypeVar("_F", bound=Callable[..., Any])
_NAMES_WIDTH = 26
_EXTRA = (
    (re.compile(r"env var: "), "环境变量 "),
    (re.compile(r"default: "), "缺省 "),
    (re.compile(r"\brequired\b"), "必填"),
    (re.compile(r"; "), "；"),
)
_PIECES = {"[OPTIONS]": "[选项]", "COMMAND": "命令", "[ARGS]...": "..."}
_TYPE = re.compile(r" <\w+>$")
_TYPER_HELP = {
    "Show this message and exit.": "显示这段说明。",
    "Install completion for the current shell.": "为当前的 shell 安装命令补全。",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "显示补全脚本，可以自己安装。"
    ),
}


def _help_of(text: str) -> str:
    """Help of one parameter, with what typer adds in Chinese."""
    text = _TYPER_HELP.get(text, text)
    plain, bracket, extra = text.rpartition("  [")
    if not bracket and text.startswith("["):
        plain, bracket, extra = "", "[", text[1:]
    if not bracket:
        return text
    for pattern, chinese in _EXTRA:
        extra = pattern.sub(chinese, extra)
    return f"{plain}（{extra.removesuffix(']')}）"


def _paragraphs(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.strip().splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines += [f"{indent}{part}" for part in wrap(line.strip(), columns() - len(indent))]
    return lines


def _records(title: str, records: list[tuple[str, str]]) -> list[str]:
    if not records:
        return []
    lines = ["", bold(title)]
    width = min(_NAMES_WIDTH, max(cells(names) for names, _ in records)) + 4
    for names, text in records:
        if cells(names) + 4 > width:
            lines.append(f"  {names}")
            names = ""
        lines += hanging(f"  {names}", text, columns(), width)
    return lines


def _help(command: Any, ctx: Any) -> str:
    pieces = [
        _PIECES.get(piece, piece.strip("{}"))
        for text in command.collect_usage_pieces(ctx)
        for piece in text.split(" ")
    ]
    lines = wrap(f"用法：{ctx.command_path} {' '.join(pieces)}", columns())
    if command.help:
        lines += ["", *_paragraphs(command.help)]
    records: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None:
            names = _TYPE.sub("", record[0])
            records[parameter.param_type_name].append((names, _help_of(record[1])))
    lines += _records("参数", records["argument"])
    if isinstance(command, typer.core.TyperGroup):
        lines += _records("命令", _commands(command, ctx))
    lines += _records("选项", records["option"])
    if command.epilog:
        lines += ["", *_paragraphs(command.epilog)]
    return "\n".join(lines) + "\n"


def _commands(group: Any, ctx: Any) -> list[tuple[str, str]]:
    commands = []
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is not None and not command.hidden:
            commands.append((name, (command.help or "").strip().partition("\n")[0]))
    return commands


class _Plain:
    """Conversion of a text, a whole number or a path.

    typer converts through pydantic, whose import alone takes a third of the time that
    ``yibao quote`` has from its start to its answer.
    """

    def __init__(self, convert: Callable[[Any], Any], several: bool) -> None:
        self._convert = convert
        self._several = several

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """The value as the command takes it; ``BadParameter`` where it is no number."""
        if value is None:
            return [] if self._several else None
        try:
            if self._several:
                return [self._convert(each) for each in value]
            return self._convert(value)
        except ValueError:
            raise typer.BadParameter(f"{value!r} 不是整数", ctx=ctx, param=param) from None


_PLAIN: dict[Any, _Plain] = {
    str: _Plain(str, False),
    int: _Plain(int, False),
    bool: _Plain(bool, False),
    Path: _Plain(Path, False),
    list[str]: _Plain(str, True),
    list[Path]: _Plain(Path, True),
}


def _convert_plainly(parameters: Iterable[Any]) -> None:
    """Take over the conversion where typer would load pydantic; leave it any other type."""
    for parameter in parameters:
        annotation = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
        plain = _PLAIN.get(annotation)
        if plain is not None:
            parameter._runtime_param = plain


class Command(typer.core.TyperCommand):
    """A command with Chinese help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _convert_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(_help(self, ctx))


class Group(typer.core.TyperGroup):
    """A group of commands with Chinese help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _convert_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(_help(self, ctx))


class LazyGroup(Group):
    """A group whose commands are imported when they are asked for."""

    commands_at: ClassVar[dict[str, tuple[str, str]]] = {}
    """Module and attribute (a function or an ``App``) by name, in the order of the help."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands_at)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands_at:
            return None
        if cmd_name not in self.commands:
            module, attribute = self.commands_at[cmd_name]
            target = getattr(importlib.import_module(module), attribute)
            if not isinstance(target, typer.Typer):
                single = App()
                single.command(cmd_name, epilog=getattr(target, "epilog", None))(target)
                target = single
            command = typer.main.get_command(target)
            command.name = cmd_name
            self.add_command(command, cmd_name)
        return self.commands[cmd_name]


class App(typer.Typer):
    """A typer app with Chinese help and without rich, which costs time to load."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("cls", Group)
        settings.setdefault("add_completion", False)
        super().__init__(rich_markup_mode=None, pretty_exceptions_enable=False, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[_F], _F]:
        """Register a command; the settings are those of typer."""
        settings.setdefault("cls", Command)
        return super().command(name, **settings)
