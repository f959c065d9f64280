"""A change of one rule, as somebody types it: which rules, their values, the small pack of it."""

from __future__ import annotations

import datetime
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from yibao.errors import InputError
from yibao.messages import message
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.document import Mapping as Entries
from yibao.policy.document import Node
from yibao.policy.overlays import read_overlay
from yibao.policy.reported import RuleInForce

_CHANGEABLE = re.compile(
    r"(resident|employee)\.(inpatient|outpatient|chronic|upper)"
    r"\.(ratio|deductible|annual_ceiling|threshold)"
)
_NUMBER = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")
PERCENT = "percent"
_UNITS = (PERCENT, "yuan")


@dataclass(frozen=True, slots=True)
class ChangeableCell:
    """One value of a rule."""

    path: tuple[str, ...]
    """The members of its keys."""
    label: str
    value: str
    """In per cent or yuan, as the pack writes it."""


@dataclass(frozen=True, slots=True)
class ChangeableRule:
    """A rule that may be tried otherwise."""

    rule: RuleInForce
    unit: str
    keys: tuple[str, ...]
    cells: tuple[ChangeableCell, ...]


def changeable_rules(library: PolicyLibrary, area: str, day: datetime.date) -> list[ChangeableRule]:
    """The rules of an area on a day whose values are plain amounts or shares."""
    rules = []
    for rule in report.show(library, area, None, day).parameters:
        if _CHANGEABLE.fullmatch(rule.parameter):
            changeable = _rule(library, area, rule)
            if changeable is not None:
                rules.append(changeable)
    return rules


def _rule(library: PolicyLibrary, area: str, rule: RuleInForce) -> ChangeableRule | None:
    first = day_number(rule.first_day)
    for pack in library.chain_of(area):
        entry = pack.parameters.get(rule.parameter)
        if entry is None or pack.area.code != rule.area:
            continue
        unit = entry.declaration.table.unit
        block = next((each for each in entry.blocks if each.first_day == first), None)
        if block is None or block.partial or unit not in _UNITS:
            return None
        leaves = list(_leaves(block.value, ()))
        if not all(_NUMBER.fullmatch(value) for _, value in leaves):
            return None
        told = [valued.keys for valued in rule.values]
        if len(told) != len(leaves):
            told = [" · ".join(path) for path, _ in leaves]
        cells = [
            ChangeableCell(path, label, value)
            for (path, value), label in zip(leaves, told, strict=True)
        ]
        return ChangeableRule(rule, unit, entry.keys, tuple(cells))
    return None


def _leaves(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Entries):
        for key, below in node.items():
            yield from _leaves(below, (*path, key))
    else:
        yield path, "" if node.is_none() else node.text()


def read_values(rule: ChangeableRule, written: Sequence[str]) -> tuple[Decimal, ...]:
    """The values as typed; ``InputError`` for what is no amount, or more than all."""
    values = []
    for cell, text in zip(rule.cells, written, strict=True):
        plain = text.strip().rstrip("%").replace(",", "")
        if not _NUMBER.fullmatch(plain):
            raise InputError(message("要写一个数，最多两位小数"), place=cell.label)
        value = Decimal(plain)
        if rule.unit == PERCENT and value > 100:
            raise InputError(message("比例不能超过 100%"), place=cell.label)
        values.append(value)
    return tuple(values)


def overlay_of(
    rule: ChangeableRule, values: Sequence[Decimal], area: str, first_day: datetime.date
) -> str:
    """The small pack that gives these values from a day on."""
    whole: Any = None
    for cell, value in zip(rule.cells, values, strict=True):
        number = int(value) if value == value.to_integral_value() else float(value)
        if not cell.path:
            whole = number
            continue
        whole = whole if whole is not None else {}
        at: dict[str, Any] = whole
        for key in cell.path[:-1]:
            at = at.setdefault(key, {})
        at[cell.path[-1]] = number
    entry: dict[str, Any] = {"values": {first_day: {"value": whole}}}
    if rule.keys:
        entry["keys"] = list(rule.keys)
    pack = {"overlay": rule.rule.name, "area": area, "parameters": {rule.rule.parameter: entry}}
    return yaml.safe_dump(pack, allow_unicode=True, sort_keys=False)


def changed_library(library: PolicyLibrary, overlay: str) -> PolicyLibrary:
    """The same packs with a small pack laid over them; ``InputError`` where it does not fit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "change.yaml"
        path.write_text(overlay, encoding="utf-8")
        return PolicyLibrary(library.roots, [read_overlay(path)])


def unchanged(rule: ChangeableRule, values: Sequence[Decimal]) -> bool:
    """Whether these are the values that hold already."""
    return all(Decimal(cell.value) == value for cell, value in zip(rule.cells, values, strict=True))
