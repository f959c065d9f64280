"""A rulebook by name: what is hashed, pinned and stored.

The content is JSON: ``form`` 2, ``area``, ``parameters`` (name -> spans of days, each with
``from``, ``to`` and ``values``), ``citations``, and ``groups`` and ``diseases`` in the order
of the packs.  A value names the members that it holds for (``keys``; a key that is not
there: for all members, those to come as well), the figure (fen, basis points, a day number,
the text of a choice, ``none``, ``unknown``) and the position of its citation.  Where two
values of a span hold for the same members, the later one counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.citation import NO_CITATION, Citation, citation_content, read_citation
from yibao.policy.days import iso_day, read_iso_day
from yibao.policy.declarations import MISSING, NONE, Declaration
from yibao.policy.layout import Members

FORM = 2

_NONE_TEXT = "none"
_UNKNOWN_TEXT = "unknown"


class Value(NamedTuple):
    """One figure and whom it holds for."""

    members: Members
    figure: int | str
    citation: int
    """Its position among the citations; 0 for none."""


class Span(NamedTuple):
    """The values of a parameter on the days in which nothing about it changes."""

    first_day: int
    last_day: int | None
    """None: open."""
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class NamedRules:
    """All rules of one area."""

    area: str
    parameters: Mapping[str, tuple[Span, ...]]
    citations: tuple[Citation, ...]
    """The first one is ``NO_CITATION``."""
    groups: Mapping[str, str]
    """Name -> Chinese text, in the order of the packs."""
    diseases: Mapping[str, str]


def figure_of(declaration: Declaration, number: int) -> int | str:
    """A number of a segment as a stored rulebook has it."""
    table = declaration.table
    if number == MISSING:
        return _UNKNOWN_TEXT
    if table.unit == "choice":
        return table.choices[number]
    if number == NONE and table.unit != "points":
        return _NONE_TEXT
    return number


def number_of(declaration: Declaration, figure: int | str) -> int:
    """A stored figure as the number of a segment."""
    if isinstance(figure, int):
        return figure
    table = declaration.table
    if table.unit == "choice" and figure in table.choices:
        return table.choices.index(figure)
    if figure in (_NONE_TEXT, _UNKNOWN_TEXT):
        return NONE if figure == _NONE_TEXT else MISSING
    raise InputError(
        message(
            "规则书里 {name} 的值 {figure} 本程序不认识，请升级 yibao",
            name=declaration.name,
            figure=figure,
        )
    )


def content_of(rules: NamedRules) -> dict[str, Any]:
    """What the hash covers."""
    return {
        "form": FORM,
        "area": rules.area,
        "parameters": {
            name: [_span_content(span) for span in spans]
            for name, spans in rules.parameters.items()
        },
        "citations": [citation_content(citation) for citation in rules.citations[1:]],
        "groups": [[name, text] for name, text in rules.groups.items()],
        "diseases": [[name, text] for name, text in rules.diseases.items()],
    }


def _span_content(span: Span) -> dict[str, Any]:
    values = []
    for value in span.values:
        content: dict[str, Any] = {"value": value.figure}
        if value.members:
            content["keys"] = {key: list(map(str, names)) for key, names in value.members.items()}
        if value.citation:
            content["citation"] = value.citation - 1
        values.append(content)
    days = {"from": iso_day(span.first_day)}
    if span.last_day is not None:
        days["to"] = iso_day(span.last_day)
    return {**days, "values": values}


def read_content(content: Mapping[str, Any]) -> NamedRules:
    """The rules of a stored form 2."""
    try:
        return NamedRules(
            content["area"],
            {
                name: tuple(_read_span(span) for span in spans)
                for name, spans in content["parameters"].items()
            },
            (NO_CITATION, *(read_citation(citation) for citation in content["citations"])),
            dict(content["groups"]),
            dict(content["diseases"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            message("规则书里有本程序不认识的写法：{error}，请升级 yibao", error=str(error))
        ) from None


def _read_span(content: Mapping[str, Any]) -> Span:
    values = tuple(
        Value(
            {key: tuple(names) for key, names in value.get("keys", {}).items()},
            value["value"],
            value["citation"] + 1 if "citation" in value else 0,
        )
        for value in content["values"]
    )
    last_day = read_iso_day(content["to"]) if "to" in content else None
    return Span(read_iso_day(content["from"]), last_day, values)


def content_hash(content: Mapping[str, Any]) -> str:
    """sha256 of the stored form."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
