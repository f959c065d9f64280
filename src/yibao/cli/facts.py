"""Options made of described facts, and what was written for them, typed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yibao.benefit.described import TODAY, Composite, Fact
from yibao.cli.declared import REQUIRED, Declared, Gathered, Option
from yibao.errors import InputError
from yibao.inquiry import reading, words
from yibao.inquiry.question import read_text
from yibao.messages import Listed, Message, Text, Wording, message, message_in
from yibao.policy.compile import PolicyLibrary

_PLACES = {"groups": "group", "items": "item"}
"""Options that are named otherwise than what a question calls their fact."""
_FROM_ENVIRONMENT = {"area": "YIBAO_AREA", "scheme": "YIBAO_SCHEME", "status": "YIBAO_STATUS"}
_METAVARS = {
    "day": message("日期"),
    "month": message("月份"),
    "area": message("地区"),
    "choice": message("代码"),
    "name": message("名称"),
    "whole": message("数"),
}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for the facts of a question: texts and flags by name, empty where none."""

    facts: Mapping[str, Fact]
    written: Mapping[str, Any]

    def wrote(self, name: str) -> bool:
        """Whether anything was written for a fact."""
        return bool(self.written.get(name))

    def said(self, packs: PolicyLibrary) -> dict[str, Any]:
        """The typed values; the default where nothing was written, a tuple where several may be.

        ``InputError`` names the option.
        """
        return {
            name: _value(packs, fact, self.written.get(name)) for name, fact in self.facts.items()
        }


def _value(packs: PolicyLibrary, fact: Fact, written: Any) -> Any:
    place = option_name(fact.name)
    if fact.several:
        return tuple(read_text(packs, fact, text, place) for text in written or ())
    if isinstance(written, bool):
        return written
    if written:
        return read_text(packs, fact, written, place)
    return reading.today() if fact.default == TODAY else fact.default


class OptionsError(InputError):
    """Options that are wrong together, or one of them."""

    def __init__(self, message: Text, *options: str) -> None:
        self.options = Listed(options)
        super().__init__(message, place=str(self.options))

    @property
    def said(self) -> Text:
        """What it says, with the options before it."""
        return self.placed(self.options)


@contextlib.contextmanager
def places_are_options() -> Iterator[None]:
    """What is wrong with a fact is said of the option that gave it."""
    try:
        yield
    except InputError as error:
        if not error.place or error.place.startswith("--"):
            raise
        names = [_PLACES.get(name, name) for name in error.place.split("、")]
        raise OptionsError(error.message, *map(option_name, names)) from None


def option_name(name: str) -> str:
    """The option that gives a fact."""
    return f"--{name.replace('_', '-')}"


def option_of(fact: Fact, *, from_environment: bool = True) -> Option:
    """The option of a fact, with its help; some of a question may stand in the environment."""
    name, text = option_name(fact.name), _help_of(fact)
    if fact.kind == "flag":
        return Option(name, help=text)
    metavar = fact.unit or _METAVARS[fact.kind]
    variable = _FROM_ENVIRONMENT.get(fact.name) if from_environment else None
    return Option(name, metavar=metavar, help=text, envvar=variable)


def _help_of(fact: Fact) -> Message:
    """What a fact is, what may be written for it, and what holds without it."""
    about: Wording = fact.title
    if fact.choices:
        labels = words.labels_of(fact)
        choices = Listed(
            code
            if labels[code] == code
            else message_in("choice of an option", "{code} {name}", code=code, name=labels[code])
            for code in fact.choices
        )
        about = message("{title}：{choices}", title=fact.title, choices=choices)
    elif fact.kind == "whole" and fact.least:
        about = message(
            "{title}，{least} 到 {most}", title=fact.title, least=fact.least, most=fact.most
        )
    if fact.several:
        about = message("{about}，可以写几次", about=about)
    text = message("{about}。", about=about)
    if fact.help:
        text = message("{about}。{help}", about=about, help=fact.help)
    if fact.default == TODAY:
        text = message("{about}不写是今天。", about=text)
    return text


def declared_of(fact: Fact, *, from_environment: bool = True) -> Declared:
    """The parameter of a command for a fact."""
    option = option_of(fact, from_environment=from_environment)
    if fact.several:
        return Declared(fact.name, list[str], option, ())
    if fact.kind == "flag":
        return Declared(fact.name, bool, option, False)
    if fact.required:
        return Declared(fact.name, str, option, REQUIRED)
    default = "" if fact.default in (None, TODAY) else str(fact.default)
    return Declared(fact.name, str, option, default)


def declared_parts(composite: Composite) -> Declared:
    """The parameter of a command for a text that says several facts."""
    about = message(
        "{title}，可以写几次：{example}。", title=composite.title, example=composite.example
    )
    if composite.help:
        about = message("{about}{help}", about=about, help=composite.help)
    option = Option(option_name(composite.name), metavar=composite.unit, help=about)
    return Declared(composite.name, list[str], option, ())


def asked(facts: Mapping[str, Fact], *, from_environment: bool = True) -> Gathered:
    """The options of the facts of a question, handed over as one :class:`Written`."""
    options = (declared_of(fact, from_environment=from_environment) for fact in facts.values())
    return Gathered(tuple(options), lambda written: Written(facts, written))


def chosen(facts: Mapping[str, Fact], names: Iterable[str]) -> Mapping[str, Fact]:
    """Some of the facts of a question, in the order in which they are named."""
    return {name: facts[name] for name in names}
