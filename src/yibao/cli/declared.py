"""What a command's signature declares: its options and arguments, made into those of click.

A parameter is written ``name: Annotated[type, Option("--name", help="...")]``; the types are
``str``, ``int``, ``bool``, ``Path``, a list of texts or paths, each perhaps with ``None``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin

import click

from yibao.cli.language import say, worded
from yibao.cli.streams import is_text
from yibao.messages import Message, Statements, Text, message

REQUIRED = inspect.Parameter.empty
"""The default of what has to be written."""


class Option:
    """An option; ``--name`` of its parameter where no other name is given."""

    def __init__(
        self,
        *names: str,
        help: Text = "",
        metavar: Text = "",
        envvar: str | None = None,
        show_default: bool = True,
        least: int | None = None,
        most: int | None = None,
    ) -> None:
        self.names = names
        self.help = help
        self.metavar = metavar
        self.envvar = envvar
        self.show_default = show_default
        self.least = least
        self.most = most


@dataclass(frozen=True, slots=True)
class Argument:
    """A word of a command without an option before it."""

    help: Text = ""
    metavar: Text = ""
    show_default: bool = True


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter of a command: what is written, as which type, and what holds without it."""

    name: str
    type: Any
    declaration: Option | Argument
    default: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class Gathered:
    """Options whose values a command takes as one argument, made of them by name."""

    options: tuple[Declared, ...]
    make: Callable[[Mapping[str, Any]], Any]


class UsageFaultError(click.UsageError):
    """Words of a command that do not fit; what is said is a message."""

    def __init__(self, what: Message, ctx: click.Context | None = None) -> None:
        super().__init__(str(what), ctx)
        self.what = what


class BadValueError(click.BadParameter):
    """A value that does not fit its option; what is said is a message."""

    def __init__(
        self, what: Message, ctx: click.Context | None, param: click.Parameter | None
    ) -> None:
        super().__init__(str(what), ctx, param)
        self.what = what


class TextType(click.ParamType[str]):
    """A text, which is UTF-8; bytes that are not may only stand in the name of a file."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text; other bytes are refused."""
        text = str(value)
        if not is_text(text):
            raise BadValueError(message("不是 UTF-8 的文字"), ctx, param)
        return text


class Whole(click.ParamType[int]):
    """A whole number, perhaps within bounds."""

    name = "whole"

    def __init__(self, least: int | None, most: int | None) -> None:
        self.least = least
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; what is none, or out of bounds, is refused."""
        try:
            number = int(value)
        except ValueError:
            raise BadValueError(
                message("{value} 不是整数", value=repr(value)), ctx, param
            ) from None
        if self.least is not None and number < self.least:
            raise BadValueError(message("最小是 {least}", least=self.least), ctx, param)
        if self.most is not None and number > self.most:
            raise BadValueError(message("最大是 {most}", most=self.most), ctx, param)
        return number


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a command in the order of its signature, and what is gathered."""

    declared: tuple[Declared, ...]
    gathered: Mapping[str, Gathered]

    def parameters(self) -> list[click.Parameter]:
        """As click takes them."""
        return [_parameter(declared) for declared in self.declared]

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the function is called with."""
        taken = dict(values)
        for name, gathered in self.gathered.items():
            taken[name] = gathered.make(
                {option.name: taken.pop(option.name) for option in gathered.options}
            )
        return taken


def signature_of(function: Callable[..., Any]) -> Signature:
    """What a function declares; what has to be written stands first."""
    declared: list[Declared] = []
    gathered: dict[str, Gathered] = {}
    for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
        if get_origin(parameter.annotation) is not Annotated:
            raise TypeError(f"{function.__name__}: {name} declares no option")
        kind, declaration = get_args(parameter.annotation)
        if isinstance(declaration, Gathered):
            gathered[name] = declaration
            declared += declaration.options
        else:
            declared.append(Declared(name, kind, declaration, parameter.default))
    declared.sort(key=lambda each: each.default is not REQUIRED)
    return Signature(tuple(declared), gathered)


class DeclaredArgument(click.Argument):
    """An argument as click takes it; it knows what was declared."""

    def __init__(self, declared: Declared, **settings: Any) -> None:
        super().__init__([declared.name], **settings)
        self.declared = declared


def _plain(kind: Any) -> Any:
    """A type without ``None``."""
    if isinstance(kind, UnionType):
        (kind,) = (part for part in get_args(kind) if part is not NoneType)
    return kind


def _parameter(declared: Declared) -> click.Parameter:
    kind, declaration = _plain(declared.type), declared.declaration
    several = get_origin(kind) is list
    if several:
        (kind,) = get_args(kind)
    bounds: tuple[int | None, int | None] = (None, None)
    if isinstance(declaration, Option):
        bounds = declaration.least, declaration.most
    settings: dict[str, Any] = {
        "type": {
            str: TextType(),
            int: Whole(*bounds),
            bool: click.BOOL,
            Path: click.Path(path_type=Path),
        }[kind],
        "required": declared.default is REQUIRED,
    }
    if several:
        settings["callback"] = lambda ctx, param, value: list(value or ())
    elif declared.default is not REQUIRED:
        settings["default"] = declared.default
    if isinstance(declaration, Argument):
        return DeclaredArgument(declared, nargs=-1 if several else 1, **settings)
    names = declaration.names or (f"--{declared.name.replace('_', '-')}",)
    return click.Option(
        [*names, declared.name],
        multiple=several,
        is_flag=True if kind is bool else None,
        envvar=declaration.envvar,
        **settings,
    )


# --- as the help shows them ----------------------------------------------------------------------


def _remarks(declared: Declared) -> Iterator[Message]:
    """What the help adds to the text of a parameter."""
    declaration = declared.declaration
    if isinstance(declaration, Option) and declaration.envvar:
        yield message("环境变量 {variable}", variable=declaration.envvar)
    if declared.default is REQUIRED:
        yield message("必填")
    elif declaration.show_default and _is_said(declared.default):
        shown = declared.default
        if shown is True and isinstance(declaration, Option) and declaration.names:
            shown = declaration.names[0].partition("/")[0].removeprefix("--")
        yield message("缺省 {value}", value=shown)


def _is_said(default: Any) -> bool:
    """Whether a default tells anything: not where it is nothing at all."""
    return default is True or (default is not False and (default == 0 or bool(default)))


def argument_name(declared: Declared) -> str:
    """What an argument is called in the help."""
    return worded(declared.declaration.metavar) or declared.name.upper()


def help_of(declared: Declared) -> tuple[str, str]:
    """The names of a parameter and its help."""
    declaration = declared.declaration
    text = worded(declaration.help)
    remarks = Statements(_remarks(declared))
    if remarks:
        text += say("（{remarks}）", remarks=remarks)
    if isinstance(declaration, Argument):
        name = argument_name(declared)
        return (name if declared.default is REQUIRED else f"[{name}]"), text
    names = declaration.names or (f"--{declared.name.replace('_', '-')}",)
    shown = ", ".join(sorted(names, key=len)).replace("/", " / ")
    return f"{shown} {worded(declaration.metavar)}".rstrip(), text
