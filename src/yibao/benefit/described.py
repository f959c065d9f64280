"""Facts described once: whoever asks, reads, shows or stores one takes it from here.

A field of a class in :mod:`yibao.benefit.facts` carries a :class:`Fact` in its ``Annotated``;
name, kind and default come from the field itself.  Command line, forms, JSON, the scenario
reader, columns and the gateway's extension are made of :func:`facts_of`.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from yibao.errors import InputError
from yibao.messages import Text, Wording, message
from yibao.money.units import unit_of
from yibao.policy.keys import KEYS

Kind = Literal[
    "flag",
    "choice",
    "whole",
    "fen",
    "basis_points",
    "day",
    "month",
    "area",
    "name",
    "reference",
    "list",
]
"""``month``: yyyymm; ``name``: a text that packs or people give; ``reference``: the id of a
person."""
Condition = tuple[str, tuple[str, ...]]
"""A fact, and the values of which it must have one."""

TODAY = "today"
"""The default of a day or month that somebody is asked for: that of the question."""
NO_EFFECT = message("政策包里还没有用到它的规定时，不改变结果。")


@dataclass(frozen=True, slots=True)
class Fact:
    """What one field says to people and to programs."""

    title: Wording
    help: Text = ""
    choices: tuple[str, ...] = ()
    key: str = ""
    """A key of the packs whose members are the choices."""
    named_by: str = ""
    """``group`` or ``disease``: the packs name the values."""
    unit: Text = ""
    least: int = 0
    most: int = 0
    only: tuple[Condition, ...] = ()
    """Where the fact has a meaning: refused elsewhere, or not read at all by a form."""
    asked: tuple[Condition, ...] = ()
    """When a page asks for it, where that is less than ``only`` allows."""
    written: str = ""
    """Its key in a scenario file, where that is not the name."""
    several: bool = False
    """It may be said several times."""
    of_interface: bool = True
    """The national interface has a field for it; else it travels in ``exp_content``."""
    kind: Kind = "name"
    name: str = ""
    default: Any = None
    required: bool = False
    """There is no default: it has to be given wherever it has a meaning."""

    @property
    def scenario_key(self) -> str:
        """The key under which a scenario file writes it."""
        return self.written or self.name

    def chosen(self, value: Any) -> Any:
        """``value`` as the member it names; an ``InputError`` names the choices."""
        if value is None or not self.choices:
            return value
        if value not in self.choices:
            choices = "、".join(self.choices)
            raise InputError(
                message("{value} 不认识，可以写：{choices}", value=repr(value), choices=choices),
                place=self.name,
            )
        return next(choice for choice in self.choices if choice == value)

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Whether the facts that it hangs on have the values that it needs."""
        return all(values.get(name) in wanted for name, wanted in self.only)


@dataclass(frozen=True, slots=True)
class Composite:
    """Several facts that one text says: the required ones in order, each other as ``name=value``.

    Such a text may be written several times.
    """

    name: str
    title: Wording
    facts: tuple[Fact, ...]
    example: Text
    unit: Text = ""
    """What stands for a text in the help of a command."""
    help: Text = ""
    separator: str = ":"


@functools.cache
def facts_of(described: type) -> Mapping[str, Fact]:
    """The facts of a class by name, in its order."""
    hints = get_type_hints(described, include_extras=True)
    facts: dict[str, Fact] = {}
    for field in dataclasses.fields(described):
        fact = next((part for part in _metadata(hints[field.name]) if isinstance(part, Fact)), None)
        if fact is None:
            continue
        required = field.default is MISSING and field.default_factory is MISSING
        plain = _plain(hints[field.name])
        choices: tuple[str, ...] = fact.choices or (KEYS[fact.key].members if fact.key else ())
        if isinstance(plain, type) and issubclass(plain, StrEnum):
            choices = tuple(plain)
        facts[field.name] = dataclasses.replace(
            fact,
            name=field.name,
            kind=_kind(hints[field.name], fact, choices),
            choices=choices,
            default=None if field.default is MISSING else field.default,
            required=required,
        )
    return facts


def plain_facts(described: type) -> tuple[Fact, ...]:
    """The facts that are one value with a default: read, asked and passed on all alike."""
    return tuple(
        fact
        for fact in facts_of(described).values()
        if not fact.required and fact.kind not in ("list", "reference", "area", "day")
    )


def _metadata(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__metadata__", ())


def _kind(annotation: Any, fact: Fact, choices: tuple[str, ...]) -> Kind:
    if fact.kind != "name":
        return fact.kind
    plain = _plain(annotation)
    if choices:
        return "choice"
    if plain is bool:
        return "flag"
    if plain is datetime.date:
        return "day"
    if plain is int:
        unit = unit_of(annotation)
        return "fen" if unit == "fen" else "basis_points" if unit == "basis_points" else "whole"
    return "name" if plain is str else "list"


def _plain(annotation: Any) -> Any:
    """The type behind ``Annotated`` and ``| None``."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        (plain,) = (part for part in get_args(annotation) if part is not type(None))
        return _plain(plain)
    return annotation
