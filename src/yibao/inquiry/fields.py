"""The inputs of a question, declared once; :mod:`yibao.inquiry.filling` reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yibao.benefit.described import Condition
from yibao.messages import NOTHING, Message, Wording

NO_WORDS = NOTHING
YES = "1"

Values = dict[str, Any]
"""Typed values by field; None where a field that may be left empty is, or does not apply."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a field that is chosen."""

    code: str
    label: Wording


@dataclass(frozen=True, slots=True)
class Field:
    """One input."""

    name: str
    label: Wording
    kind: str
    """As of a described fact, ``month``, ``text``, ``prose``, or what programs send: ``id``,
    ``content``; each has its :mod:`yibao.inquiry.notation`."""
    default: str = ""
    """As it would be written; ``today`` stands for the day of the question."""
    required: bool = False
    hint: Wording = NO_WORDS
    choices: tuple[Choice, ...] = ()
    """Of an ``area`` only suggestions: any place can be named."""
    least: int = 0
    most: int = 0
    unit: Wording = NO_WORDS
    when: tuple[Condition, ...] = ()
    extra: bool = False
    """Shown behind 更多条件: few people need it."""
    example: str = ""
    resolve: Callable[[str], str] | None = None
    """Of an ``area``: the code of a place that somebody names; ``InputError``."""

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Whether the fields that it depends on have the values that it needs."""
        return all(values.get(name) in wanted for name, wanted in self.when)

    def offers(self, value: str) -> bool:
        """Whether ``value`` is one of the few that a page offers to choose."""
        if self.kind == "flag":
            return value == YES
        return any(choice.code == value for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Rows:
    """A group of fields that may be filled in several times; sent as ``name-1``, ``name-2``..."""

    name: str
    label: Wording
    row_label: Message
    fields: tuple[Field, ...]
    most: int
    shown: int = 1
    """Rows that an empty form shows."""
    hint: Wording = NO_WORDS
    when: tuple[Condition, ...] = ()
    key: str = ""
    """A row in which this field is empty counts as left out."""

    def applies(self, values: Mapping[str, Any]) -> bool:
        """As :meth:`Field.applies`."""
        return all(values.get(name) in wanted for name, wanted in self.when)


Input = Field | Rows


def row_name(name: str, number: int) -> str:
    """The name under which a form sends a field of a row, numbered from 1."""
    return f"{name}-{number}"


def all_fields(inputs: Iterable[Input]) -> list[Field]:
    """Fields and those of rows, flat."""
    fields: list[Field] = []
    for asked in inputs:
        fields += [asked] if isinstance(asked, Field) else asked.fields
    return fields
