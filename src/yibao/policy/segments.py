"""From rules by name to segments: days in which nothing changes, cells in the rulebook's layout."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.days import LATEST
from yibao.policy.declarations import Declaration, Declarations
from yibao.policy.keys import COUNTED, NAMED, TableKey
from yibao.policy.layout import REST, Layout, default_of, table_key
from yibao.policy.named import NamedRules, Span, Value, number_of
from yibao.policy.parameters import DECLARED


class Segments(NamedTuple):
    """The compiled form of a rulebook."""

    layout: Layout
    days: tuple[int, ...]
    """First day of each segment."""
    rules: tuple[tuple[int, ...], ...]
    cells: tuple[tuple[int, ...], ...]
    """For each rule the position of its citation; 0 for a default or nothing."""


def slots_of(rules: NamedRules, declared: Declarations = DECLARED) -> dict[str, tuple[str, ...]]:
    """For each key of tables the members that the rules tell apart."""
    named: dict[str, set[str]] = {}
    for spans in rules.parameters.values():
        for span in spans:
            for value in span.values:
                for key, members in value.members.items():
                    named.setdefault(key, set()).update(members)
    names = {"group": tuple(rules.groups), "disease": tuple(rules.diseases)}
    _require_known(
        declared.keys["status"], named.get("status", set()), declared.keys["status"].members
    )
    return {
        key.name: _slots(key, named.get(key.name, set()), names, apart)
        for key in declared.keys.values()
        if key.name == table_key(key.name)
        for apart in [key.name in declared.always_apart]
    }


def _slots(
    key: TableKey, named: set[str], names: dict[str, tuple[str, ...]], apart: bool
) -> tuple[str, ...]:
    if key.kind == NAMED:
        _require_known(key, named, names[key.name])
        return names[key.name] or (REST,)
    if key.kind == COUNTED:
        return counted_slots(named)
    _require_known(key, named, key.members)
    if apart:
        return key.members
    last = max((key.members.index(member) for member in named), default=-1)
    told = key.members[: last + 1]
    return told if len(told) == len(key.members) else (*told, REST)


def counted_slots(named: set[str]) -> tuple[str, ...]:
    """``1``, ``2``, ``3+``: after the last member that is named by itself come all others."""
    ends = [int(text[:-1]) if text.endswith("+") else int(text) + 1 for text in named]
    count = max(ends, default=1)
    return (*map(str, range(1, count)), f"{count}+")


def _require_known(key: TableKey, named: set[str], members: tuple[str, ...]) -> None:
    for member in named.difference(members):
        raise InputError(
            message(
                "规则书写了{meaning} {name} 的 {member}，本程序不认识，请升级 yibao",
                meaning=key.meaning,
                name=key.name,
                member=member,
            )
        )


def compile_segments(rules: NamedRules, declared: Declarations = DECLARED) -> Segments:
    """The segments of all days; ``InputError`` for a parameter or member that is not known."""
    layout = Layout(slots_of(rules, declared), declared)
    changes: dict[int, list[tuple[Declaration, tuple[Value, ...]]]] = {}
    for name, spans in rules.parameters.items():
        declaration = declared.parameters.get(name)
        if declaration is None:
            raise InputError(message("规则书里的参数 {name} 本程序不认识，请升级 yibao", name=name))
        for day, values in _days(spans):
            changes.setdefault(day, []).append((declaration, values))
    figures = list(layout.defaults)
    behind = list(layout.no_cells)
    days: list[int] = []
    of_rules: list[tuple[int, ...]] = []
    of_cells: list[tuple[int, ...]] = []
    for day in sorted(changes):
        if day > LATEST:
            break
        for declaration, values in changes[day]:
            default = default_of(declaration.table)
            for cell in layout.cells(declaration):
                figures[cell], behind[cell] = default, 0
            for value in values:
                _require_keys(declaration, value)
                number = number_of(declaration, value.figure)
                for cell in layout.cells(declaration, value.members):
                    figures[cell], behind[cell] = number, value.citation
        days.append(day)
        of_rules.append(tuple(figures))
        of_cells.append(tuple(behind))
    return Segments(layout, tuple(days), tuple(of_rules), tuple(of_cells))


def _require_keys(declaration: Declaration, value: Value) -> None:
    for key in value.members.keys() - set(declaration.keys):
        raise InputError(
            message(
                "规则书里 {name} 按 {key} 取值，本程序不认识，请升级 yibao",
                name=declaration.name,
                key=key,
            )
        )


def _days(spans: tuple[Span, ...]) -> list[tuple[int, tuple[Value, ...]]]:
    """What a parameter's values become, by the day from which on."""
    changes: list[tuple[int, tuple[Value, ...]]] = []
    ends = [following.first_day for _, following in pairwise(spans)]
    for span, following in zip(spans, [*ends, None], strict=True):
        changes.append((span.first_day, span.values))
        if span.last_day is not None and span.last_day + 1 != following:
            changes.append((span.last_day + 1, ()))
    return changes
