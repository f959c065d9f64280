"""Rulebooks of form 1, which the first version stored by number: read for ever, never written.

Their segments stood cell by cell in a layout that all rulebooks shared; ``form_1.json`` keeps
it as it was (first cell and strides of each parameter, members of keys, defaults, choices,
fields of a citation).  Neither file follows the program: they say what those numbers meant.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.citation import Citation
from yibao.policy.named import NamedRules, Span, Value

_MISSING = -(1 << 53)
_NONE = -1
_NAMED = {"group": "groups", "disease": "diseases"}


class _Cell(NamedTuple):
    number: int
    members: dict[str, str]


class _Parameter(NamedTuple):
    """A parameter of that layout, with the cells that this rulebook can name."""

    name: str
    default: int
    choices: Sequence[str]
    cells: Sequence[_Cell]


@cache
def _layout() -> dict[str, Any]:
    text = Path(__file__).with_name("form_1.json").read_text(encoding="utf-8")
    layout: dict[str, Any] = json.loads(text)
    return layout


def is_form_1(form: Mapping[str, Any]) -> bool:
    """Whether a stored rulebook is of this form."""
    return form.get("layout") == 1


def read_form_1(form: Mapping[str, Any]) -> NamedRules:
    """The rules of a stored form 1 by name."""
    layout = _layout()
    if len(form["defaults"]) > layout["size"]:
        raise InputError(message("规则书的版式是第 1 版，格数却多于第 1 版，可能被改动过"))
    parameters = _parameters(layout, form)
    numbers = {parameter.name: parameter.default for parameter in parameters}
    figures = [_MISSING] * layout["size"]
    behind = [0] * layout["size"]
    for parameter in parameters:
        for cell in parameter.cells:
            # What was declared after a rulebook was written had its documented default.
            figures[cell.number] = numbers[parameter.name]
    figures[: len(form["defaults"])] = form["defaults"]
    owners = {cell.number: parameter for parameter in parameters for cell in parameter.cells}
    spans: dict[str, list[Span]] = {parameter.name: [] for parameter in parameters}
    touched = {parameter.name: parameter for parameter in parameters}
    for first_day, changes in zip(form["days"], form["changes"], strict=True):
        for start in range(0, len(changes), 3):
            number, figure, citation = changes[start : start + 3]
            figures[number], behind[number] = figure, citation
            if number in owners:
                touched[owners[number].name] = owners[number]
        for parameter in touched.values():
            values = tuple(_values(parameter, figures, behind))
            if values or spans[parameter.name]:
                spans[parameter.name].append(Span(first_day, None, values))
        touched = {}
    return NamedRules(
        form["area"],
        {name: tuple(of_name) for name, of_name in spans.items() if of_name},
        tuple(_citation(row) for row in form["citations"]),
        dict(form["groups"]),
        dict(form["diseases"]),
    )


def _parameters(layout: Mapping[str, Any], form: Mapping[str, Any]) -> list[_Parameter]:
    members: dict[str, list[str]] = {
        key: [name for name, _ in form[_NAMED[key]]] if key in _NAMED else known
        for key, known in layout["keys"].items()
    }
    parameters = []
    for declared in layout["parameters"]:
        keys = declared.get("keys", {})
        cells = []
        for positions in itertools.product(*(range(len(members[key])) for key in keys)):
            at_keys = list(zip(keys, positions, strict=True))
            cells.append(
                _Cell(
                    declared["first"] + sum(keys[key] * position for key, position in at_keys),
                    {key: members[key][position] for key, position in at_keys},
                )
            )
        parameters.append(
            _Parameter(
                declared["name"],
                declared.get("default", _MISSING),
                declared.get("choices", ()),
                cells,
            )
        )
    return parameters


def _values(parameter: _Parameter, figures: Sequence[int], behind: Sequence[int]) -> list[Value]:
    values = []
    for cell in parameter.cells:
        figure, citation = figures[cell.number], behind[cell.number]
        if figure == parameter.default and not citation:
            continue
        members = {key: (member,) for key, member in cell.members.items()}
        values.append(Value(members, _figure(parameter, figure), citation))
    return values


def _figure(parameter: _Parameter, figure: int) -> int | str:
    if figure == _MISSING:
        return "unknown"
    if parameter.choices:
        return parameter.choices[figure]
    if figure == _NONE and not parameter.name.endswith("_points"):
        return "none"
    return figure


def _citation(row: Sequence[Any]) -> Citation:
    fields: dict[str, Any] = dict(zip(_layout()["citation"], row, strict=True))
    for name in ("sources", "disputes"):
        fields[name] = tuple(fields[name])
    return Citation(**fields)
