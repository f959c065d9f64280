"""Segments for tests: rules set by parameter name, random rules, and reading them by name.

Nothing here knows an offset: the place of a cell follows from the declarations.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Sequence
from random import Random
from types import SimpleNamespace
from typing import Any

from yibao.benefit.terms import VisitFacts
from yibao.policy.keys import DELIVERIES, FIXED, KEYS, MEMBERS, PLACES, VISIT_KINDS
from yibao.policy.layout import Layout
from yibao.policy.parameters import (
    DECLARATIONS,
    MISSING,
    NONE,
    REQUIRED,
    TABLES,
    UPPER_OWN_BURDEN,
    Table,
)
from yibao.policy.rulebook import NO_CITATION, Rulebook

GROUPS = tuple("poor poorer veteran newborn".split())
DISEASES = tuple("heart kidney blood lung dual_channel".split())
Rules = tuple[int, ...]


LAYOUT = Layout(
    {
        **{key.name: key.members for key in KEYS.values() if key.kind == FIXED},
        "group": GROUPS,
        "disease": DISEASES,
        "band": ("1", "2", "3", "4", "5+"),
        "nth": ("1", "2", "3", "4+"),
        "gestation": ("1", "2", "3+"),
    }
)
"""Of all rules that are made here."""


def cells(name: str, **members: str) -> list[int]:
    """Cells of a parameter; a key that is not given means all its members."""
    declaration = DECLARATIONS[name]
    unknown = set(members) - set(declaration.keys)
    assert not unknown, f"{name} has no key {unknown}"
    return LAYOUT.cells(declaration, {key: (member,) for key, member in members.items()})


def cell(name: str, **members: str) -> int:
    """The one cell of a parameter with all its keys given."""
    (address,) = cells(name, **members)
    return address


def _number(table: Table, value: int | str | bool | None) -> int:
    if value is None:
        return NONE
    if isinstance(value, str):
        return table.choices.index(value)
    return int(value)


@functools.cache
def _one_cell(layout: Layout, name: str, members: tuple[tuple[str, str], ...]) -> int:
    return layout.cell(DECLARATIONS[name], dict(members))


class Builder:
    """Rules in the making: ``set(name, value, key=member, ...)`` in fen and basis points."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = list(rules if rules is not None else _neutral())

    def set(self, name: str, value: int | str | bool | None, **members: str) -> Builder:
        """One value for all cells that the keys given leave open; None: there is none."""
        for at in cells(name, **members):
            self._rules[at] = _number(DECLARATIONS[name].table, value)
        return self

    def care(self, name: str, value: int | str | bool | None, **members: str) -> Builder:
        """The same value for both schemes: ``{scheme}.<name>``."""
        for scheme in ("resident", "employee"):
            own = {
                key: member
                for key, member in members.items()
                if key in DECLARATIONS[f"{scheme}.{name}"].keys
            }
            self.set(f"{scheme}.{name}", value, **own)
        return self

    def missing(self, name: str, **members: str) -> Builder:
        """No source gives the value."""
        for at in cells(name, **members):
            self._rules[at] = MISSING
        return self

    def build(self) -> Rules:
        return tuple(self._rules)


def _neutral() -> list[int]:
    """Documented defaults; required parameters state 0, the first choice, or no ceiling."""
    rules = list(LAYOUT.defaults)
    for table in TABLES:
        if isinstance(table.default, str):
            for at in LAYOUT.table_cells(table):
                rules[at] = NONE if _is_ceiling(table) else 0
    return rules


def _is_ceiling(table: Table) -> bool:
    return table.pattern.endswith(("annual_ceiling", "delivery_ceiling"))


def only_defaults() -> Builder:
    """Rules in which no pack has stated anything."""
    return Builder(LAYOUT.defaults)


def read(
    rules: Sequence[int],
    name: str,
    layout: Layout = LAYOUT,
    **members: str,
) -> Any:
    """The value at a parameter's cell as a pack has it: int, choice, None; KeyError: missing."""
    declaration = DECLARATIONS[name]
    value = rules[_one_cell(layout, name, tuple(members.items()))]
    if value == MISSING:
        raise KeyError(name)
    if declaration.table.unit == "choice":
        return declaration.table.choices[value]
    if declaration.table.unit == "flag":
        return value == 1
    return None if value == NONE and declaration.table.unit != "points" else value


# --- random rules ---------------------------------------------------------------------------


def random_fen(random: Random, most: float = 7.5) -> int:
    """An amount of any size up to 10**most fen, often a whole number of yuan, often 0."""
    if random.random() < 0.1:
        return 0
    fen = int(10 ** random.uniform(0, most))
    return fen // 100 * 100 if random.random() < 0.5 else fen


def _random_value(table: Table, random: Random) -> int:
    unit = table.unit
    if unit == "yuan":
        return random_fen(random, 8.5 if _is_ceiling(table) else 6.5)
    if unit == "percent":
        choice = random.random()
        if choice < 0.1:
            return random.choice((0, 10_000))
        return random.randrange(0, 10_001) if choice < 0.5 else random.randrange(0, 201) * 50
    if unit == "points":
        return random.choice((0, random.randrange(-3_000, 3_001)))
    if unit == "choice":
        return random.randrange(len(table.choices))
    most = {"months": 24, "years": 30, "days": 200, "count": 5, "date": 30_000, "flag": 1}[unit]
    return random.randrange(most + 1)


def random_rules(random: Random, *, gaps: bool = False) -> Rules:
    """Well-formed rules; with ``gaps`` some required figures have no source."""
    rules = list(LAYOUT.defaults)
    for table in TABLES:
        optional = table.default != REQUIRED
        share = random.choice((0.0, 0.3, 1.0)) if optional else 1.0
        none = table.default == NONE or _is_ceiling(table)
        for at in LAYOUT.table_cells(table):
            if random.random() >= share:
                continue
            if none and random.random() < 0.3:
                rules[at] = NONE
            elif gaps and not optional and random.random() < 0.03:
                rules[at] = MISSING
            else:
                rules[at] = _random_value(table, random)
    _put_in_order(rules, random)
    return tuple(rules)


def _tables(suffix: str) -> list[Table]:
    return [table for table in TABLES if table.pattern.endswith(suffix)]


def _put_in_order(rules: list[int], random: Random) -> None:
    """What a pack could not say otherwise: rising bands, a floor below its ceiling."""
    for table in _tables("band_top"):
        size = len(LAYOUT.slots["band"])
        for start in LAYOUT.table_cells(table)[::size]:
            tops = sorted({random_fen(random, 7) + 1 for _ in range(random.randrange(size))})
            rules[start : start + size] = tops + [NONE] * (size - len(tops))
    (gestation,) = _tables("gestation_from")
    bands = LAYOUT.table_cells(gestation)
    rules[bands.start : bands.stop] = sorted(random.sample(range(1, 10), len(bands)))
    (first_months,) = _tables("benefit_year.first_month")
    for at in LAYOUT.table_cells(first_months):
        rules[at] = random.choice((1, 1, 4, 7))
    (month_days,) = _tables("allowance_month_days")
    rules[month_days.place] = random.choice((30, 31, 22))
    for name in ("rounding.fund", "rounding.item", "rounding.bill"):
        if rules[cell(name)] == MISSING:  # the roads refuse before any function runs
            rules[cell(name)] = 0
    floor, ceiling = (
        cell("employee.contribution.base_floor"),
        cell("employee.contribution.base_ceiling"),
    )
    if MISSING not in (rules[floor], rules[ceiling]):
        rules[floor], rules[ceiling] = sorted((rules[floor], rules[ceiling]))
    for status in ("working", "retired"):
        _one_nth_rule(rules, "employee", status=status)
        _sound_beside(rules, "employee", status=status)
    _one_nth_rule(rules, "resident")
    _sound_beside(rules, "resident")


def _sound_beside(rules: list[int], scheme: str, **members: str) -> None:
    """A layer that pays above the ceiling beside the burden stands with nothing lint refuses."""
    upper = f"{scheme}.upper"
    if rules[cell(f"{upper}.above_ceiling_ratio", **members)] == NONE:
        return
    if rules[cell(f"{upper}.rule", **members)] not in (UPPER_OWN_BURDEN, MISSING):
        rules[cell(f"{upper}.above_ceiling_ratio", **members)] = NONE
        return
    for name, sound in (
        ("counts_above_ceiling", 0),
        ("settled", 0),
        ("when_basic_ceiling_reached", 0),
        ("annual_ceiling", NONE),
        ("group_threshold_factor", 10_000),
        ("group_points", 0),
    ):
        for at in cells(f"{upper}.{name}", **members):
            rules[at] = sound


def _one_nth_rule(rules: list[int], scheme: str, **members: str) -> None:
    """A pack lowers later admissions by a factor or by a step, never by both."""
    steps = cells(f"{scheme}.inpatient.nth_step", **members)
    if any(rules[at] for at in steps):
        for at in cells(f"{scheme}.inpatient.nth_factor", **members):
            rules[at] = 10_000


# --- visits and a library of one area -------------------------------------------------------


def visit(kind: str = "outpatient", total: int = 0, **facts: Any) -> VisitFacts:
    """Facts of a visit of an entitled resident at home in price class 1, if not said otherwise."""
    texts = {"member": MEMBERS, "place": PLACES, "delivery": DELIVERIES}
    texts["tier"] = KEYS["price_class"].members
    values: dict[str, Any] = dict.fromkeys(VisitFacts._fields, 0)
    values |= {"disease": -1, "delivery": -1, "entitled": 1, "fetuses": 1, "prescription": 1}
    for key, value in facts.items():
        if key == "groups" and not isinstance(value, int):
            value = sum(1 << GROUPS.index(group) for group in value)
        elif key == "disease" and isinstance(value, str):
            value = DISEASES.index(value)
        elif isinstance(value, str):
            value = texts[key].index(value)
        values[key] = value
    return VisitFacts(**values | {"kind": VISIT_KINDS.index(kind), "total": total})


def rulebook(rules: Rules, area: str) -> Rulebook:
    """A rulebook in which ``rules`` hold on all days."""
    return Rulebook(
        area=area,
        known_on=None,
        layout=LAYOUT,
        days=(-1_000_000,),
        segments=(rules,),
        cells=(LAYOUT.no_cells,),
        citations=(NO_CITATION,),
        group_names={name: name for name in GROUPS},
        disease_names={name: name for name in DISEASES},
        hash="test",
        content=dict,
    )


class OneArea:
    """Stands in for the policy library: the same rules everywhere and always."""

    def __init__(self, rules: Rules, area: str) -> None:
        self._rulebook = rulebook(rules, area)

    def covering(self, code: str) -> Any:
        return SimpleNamespace(code=code)

    def rulebook(self, area: str, known_on: datetime.date | None = None) -> Rulebook:
        return self._rulebook
