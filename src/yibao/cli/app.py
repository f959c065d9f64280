"""Commands whose help is said from the catalogues and stays within a terminal's columns."""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar

import click

from yibao.cli.declared import Argument, Declared, UsageFaultError, help_of, signature_of
from yibao.cli.language import help_said, say, worded
from yibao.cli.text import bold, cells, columns, hanging, wrap
from yibao.messages import NOTHING, Text, message
from yibao.policy.shelves import LAID_OVER, OUTSIDE, existing

_F = TypeVar("_F", bound=Callable[..., Any])
_NAMES_WIDTH = 26
HELP = ("--help", message("显示这段说明。"))
PACKS = (
    "--packs",
    message("再读这个文件夹里的政策包，盖在自带的上面或旁边；可以重复，任何命令都能写。"),
)
"""Of every command but those that read a folder of packs of their own."""


TRY = (
    "--with",
    message("叠加一个小政策包：改一条规则试算，只用于这一次；可以重复。"),
)
TRYING = (
    *("quote", "compare", "maternity", "contribute", "cover", "aid", "retire", "ask"),
    *("serve", "mcp"),
)
"""Commands that answer by the rules and may be asked what another rule would give."""


def overlays_option() -> click.Option:
    """The option that lays small packs over all others, for as long as a command runs."""
    return click.Option(
        [TRY[0]],
        multiple=True,
        expose_value=False,
        is_eager=True,
        type=click.Path(path_type=Path),
        callback=_use_overlays,
    )


def _use_overlays(ctx: click.Context, parameter: click.Parameter, paths: Sequence[Path]) -> None:
    """Name the overlays where whoever loads packs looks."""
    del parameter
    if not paths or ctx.resilient_parsing:
        return
    os.environ[LAID_OVER] = os.pathsep.join(str(path.resolve()) for path in paths)
    ctx.call_on_close(lambda: os.environ.pop(LAID_OVER, None))


def packs_option() -> click.Option:
    """The option that names folders of packs from outside, for as long as a command runs."""
    return click.Option(
        [PACKS[0]],
        multiple=True,
        expose_value=False,
        is_eager=True,
        type=click.Path(path_type=Path),
        callback=_use_packs,
    )


def _use_packs(ctx: click.Context, parameter: click.Parameter, folders: Sequence[Path]) -> None:
    """Name the folders where whoever loads packs looks, in this process and in its children."""
    del parameter
    if not folders or ctx.resilient_parsing:
        return
    before = os.environ.get(OUTSIDE)
    named = [before] if before else []
    os.environ[OUTSIDE] = os.pathsep.join([*named, *map(str, map(existing, folders))])

    def restore() -> None:
        if before is None:
            os.environ.pop(OUTSIDE, None)
        else:
            os.environ[OUTSIDE] = before

    ctx.call_on_close(restore)


def _paragraphs(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.strip().splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines += [f"{indent}{part}" for part in wrap(line.strip(), columns() - len(indent))]
    return lines


def _records(title: str, records: Sequence[tuple[str, Text]]) -> list[str]:
    if not records:
        return []
    lines = ["", bold(title)]
    width = min(_NAMES_WIDTH, max(cells(names) for names, _ in records)) + 4
    for names, text in records:
        if cells(names) + 4 > width:
            lines.append(f"  {names}")
            names = ""
        lines += hanging(f"  {names}", worded(text), columns(), width)
    return lines


def _usage(ctx: click.Context, *pieces: str) -> list[str]:
    whole = " ".join((ctx.command_path, say("[选项]"), *pieces))
    return wrap(say("用法：{usage}", usage=whole), columns())


def _described(text: str) -> list[str]:
    return ["", *_paragraphs(text)] if text else []


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


@contextlib.contextmanager
def _misuse_said(ctx: click.Context) -> Iterator[None]:
    """An option without its value, or a flag with one, is said from the catalogues."""
    try:
        yield
    except click.BadOptionUsage as error:
        name = error.option_name
        flags = {
            word
            for parameter in ctx.command.params
            if isinstance(parameter, click.Option) and parameter.is_flag
            for word in (*parameter.opts, *parameter.secondary_opts)
        }
        if name in flags:
            raise UsageFaultError(message("选项 {name} 后面不写值", name=name), ctx) from None
        raise UsageFaultError(message("选项 {name} 后面要写值", name=name), ctx) from None


class Command(click.Command):
    """A function with declared parameters, as a command."""

    allow_extra_args = True  # so that it is this class that says what is too much

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.function = function
        self.signature = signature_of(function)
        own = self.signature.parameters()
        if not any(PACKS[0] in parameter.opts for parameter in own):
            own.append(packs_option())
        self.tries = name in TRYING
        if self.tries:
            own.append(overlays_option())
        super().__init__(
            name,
            params=own,
            callback=lambda **values: function(**self.signature.arguments(values)),
            help=inspect.getdoc(function),
        )

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first line of the help, in the language of the command line."""
        del limit
        return _first_line(help_said(self.help or ""))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; words too many are named."""
        with _misuse_said(ctx):
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
        lines = _usage(ctx, *(name for name, _ in arguments))
        lines += _described(help_said(self.help or ""))
        tried = [TRY] if self.tries else []
        lines += _records(say("参数"), arguments) + _records(say("选项"), [*options, *tried, HELP])
        formatter.write("\n".join(lines) + "\n")


class App(click.Group):
    """A group of commands; without one of them it shows its help."""

    own_options: ClassVar[tuple[tuple[str, Text], ...]] = ()
    """Options of the group itself, as its help shows them."""

    def __init__(
        self,
        name: str | None = None,
        *,
        about: Text = NOTHING,
        closing: Text = NOTHING,
        params: list[click.Parameter] | None = None,
    ) -> None:
        """``about`` what the group is for, ``closing`` what its help ends with."""
        super().__init__(name, params=params)
        self.about = about
        self.closing = closing

    def get_short_help_str(self, limit: int = 45) -> str:
        """What the group is for, in the language of the command line."""
        del limit
        return _first_line(worded(self.about))

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
        with _misuse_said(ctx):
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
        lines = _usage(ctx, say("命令 ...")) + _described(worded(self.about))
        lines += _records(say("命令"), self._commands(ctx))
        lines += _records(say("选项"), [*self.own_options, HELP])
        lines += _described(worded(self.closing))
        formatter.write("\n".join(lines) + "\n")

    def _commands(self, ctx: click.Context) -> list[tuple[str, str]]:
        commands = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None:
                commands.append((name, command.get_short_help_str()))
        return commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they were added."""
        return list(self.commands)


class UnknownCommandError(UsageFaultError):
    """A command that is not there."""


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Modules that are loaded leave no garbage worth looking for: a twentieth of a start."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Listing(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    attribute: str
    """A function or an ``App``."""
    about: Text
    """The first line of its help; a test compares the two."""


class LazyApp(App):
    """A group whose commands are imported when they are asked for, not to list them."""

    listings: ClassVar[dict[str, Listing]] = {}
    """By name, in the order of the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All of them, in the order of the help."""
        return list(self.listings)

    def _commands(self, ctx: click.Context) -> list[tuple[str, str]]:
        return [(name, worded(listing.about)) for name, listing in self.listings.items()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now where it was not."""
        listing = self.listings.get(cmd_name)
        if listing is None:
            return None
        if cmd_name not in self.commands:
            with _nothing_collected():
                module = importlib.import_module(listing.module)
            command = getattr(module, listing.attribute)
            if not isinstance(command, click.Command):
                command = Command(cmd_name, command)
            self.add_command(command, cmd_name)
        return self.commands[cmd_name]
