"""Commands whose help is Chinese and stays within the columns of a terminal."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import click

from yibao.cli.declared import Argument, Declared, UsageFaultError, help_of, signature_of
from yibao.cli.text import bold, cells, columns, hanging, wrap
from yibao.messages import message

_F = TypeVar("_F", bound=Callable[..., Any])
_NAMES_WIDTH = 26
HELP = ("--help", "显示这段说明。")


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


def _usage(ctx: click.Context, *pieces: str) -> list[str]:
    return wrap(" ".join((f"用法：{ctx.command_path}", "[选项]", *pieces)), columns())


def _described(command: click.Command) -> list[str]:
    return ["", *_paragraphs(command.help)] if command.help else []


class Command(click.Command):
    """A function with declared parameters, as a command."""

    allow_extra_args = True  # so that it is this class that says what is too much

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.function = function
        self.signature = signature_of(function)
        super().__init__(
            name,
            params=self.signature.parameters(),
            callback=lambda **values: function(**self.signature.arguments(values)),
            help=inspect.getdoc(function),
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; words too many are named."""
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise UsageFaultError(message("多余的参数 {rest}", rest=" ".join(rest)), ctx)
        return rest

    def _with_help(self, *, arguments: bool) -> list[Declared]:
        return [
            declared
            for declared in self.signature.declared
            if isinstance(declared.declaration, Argument) is arguments
        ]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help of the command."""
        arguments = [help_of(declared) for declared in self._with_help(arguments=True)]
        options = [help_of(declared) for declared in self._with_help(arguments=False)]
        lines = _usage(ctx, *(name for name, _ in arguments)) + _described(self)
        lines += _records("参数", arguments) + _records("选项", [*options, HELP])
        formatter.write("\n".join(lines) + "\n")


class App(click.Group):
    """A group of commands; without one of them it shows its help."""

    own_options: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Options of the group itself, as its help shows them."""

    def register(self, name: str = "") -> Callable[[_F], _F]:
        """Make a function a command of the group, under its own name unless told."""

        def added(function: _F) -> _F:
            command = name or function.__name__
            self.add_command(Command(command, function), command)
            return function

        return added

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; nothing at all asks for the help, on stderr."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named; one that is not there is said."""
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            whole = ctx.find_root().command_path
            raise UnknownCommandError(
                message(
                    "没有命令 {command}；全部命令见 {whole} --help", command=args[0], whole=whole
                ),
                ctx,
            )
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help of the group: its commands and options."""
        lines = _usage(ctx, "命令", "...") + _described(self)
        lines += _records("命令", self._commands(ctx))
        lines += _records("选项", [*self.own_options, HELP])
        if self.epilog:
            lines += ["", *_paragraphs(self.epilog)]
        formatter.write("\n".join(lines) + "\n")

    def _commands(self, ctx: click.Context) -> list[tuple[str, str]]:
        commands = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None:
                commands.append((name, (command.help or "").strip().partition("\n")[0]))
        return commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they were added."""
        return list(self.commands)


class UnknownCommandError(UsageFaultError):
    """A command that is not there."""


class LazyApp(App):
    """A group whose commands are imported when they are asked for."""

    commands_at: ClassVar[dict[str, tuple[str, str]]] = {}
    """Module and attribute (a function or an ``App``) by name, in the order of the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, in the order of the help."""
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now where it was not."""
        if cmd_name not in self.commands_at:
            return None
        if cmd_name not in self.commands:
            module, attribute = self.commands_at[cmd_name]
            command = getattr(importlib.import_module(module), attribute)
            if not isinstance(command, click.Command):
                command = Command(cmd_name, command)
            self.add_command(command, cmd_name)
        return self.commands[cmd_name]
