"""Which cells of a segment a parameter fills, and the other way round.

Every rulebook has a layout of its own, as large as what its packs tell apart.  A segment
begins with one place for each constant of ``yibao.policy.parameters``: the value of a
parameter without keys, the size of a key, or where the description of a table stands.  A
description is the table's first cell and, for each of its keys, the last position and the
distance between neighbours; the last key varies fastest.  The cells follow after all
descriptions.  Nothing of this is ever stored.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from yibao.policy.declarations import MISSING, REQUIRED, Declaration, Declarations, Table
from yibao.policy.keys import COUNTED, TableKey
from yibao.policy.kinds import Member
from yibao.policy.parameters import DECLARED

REST = ""
"""Stands for all members of a key that a rulebook does not name."""

Slots = Mapping[str, Sequence[str]]
"""For each key of tables the members that a rulebook tells apart, in their order."""
Members = Mapping[str, Sequence[str]]
"""For each key that matters the members that a value holds for; any other key: all."""


class _Placed(NamedTuple):
    """A table in a layout."""

    first: int
    steps: Mapping[str, int]
    """Distance between neighbours along each key."""
    size: int


def table_key(key: str) -> str:
    """The table's name of a key that a pack writes."""
    return "member" if key == "status" else key


def positions(key: TableKey, slots: Sequence[str], members: Sequence[str] | None) -> Sequence[int]:
    """Where members stand among ``slots``; None: all of them."""
    if members is None:
        if key.name == "status":
            return [slots.index(member) for member in key.members]
        return range(len(slots))
    if key.kind == COUNTED:
        counted: list[int] = []
        for member in members:
            first = int(member.removesuffix("+")) - 1
            counted += range(first, len(slots)) if member.endswith("+") else (first,)
        return counted
    return [slots.index(member) for member in members]


def position(key: TableKey, slots: Sequence[str], member: str) -> int:
    """Where one member stands; one that a rulebook does not tell apart where the rest does."""
    if key.kind == COUNTED:
        return min(int(member.removesuffix("+")), len(slots)) - 1
    return slots.index(member if member in slots else REST)


class Layout:
    """Where every table stands in the segments of a rulebook."""

    def __init__(self, slots: Slots, declared: Declarations = DECLARED) -> None:
        self.slots = slots
        self.declared = declared

    @cached_property
    def _placed(self) -> dict[int, _Placed]:
        """The tables with keys, by their places."""
        keyed = [table for table in self.declared.tables if table.keys]
        first = self.declared.head_size + sum(1 + 2 * len(table.keys) for table in keyed)
        placed = {}
        for table in keyed:
            steps: dict[str, int] = {}
            size = 1
            for key in reversed(table.keys):
                steps[key] = size
                size *= len(self.slots[key])
            placed[table.place] = _Placed(first, steps, size)
            first += size
        return placed

    @cached_property
    def defaults(self) -> tuple[int, ...]:
        """A segment in which nothing is stated: documented defaults, else MISSING."""
        head = [MISSING] * self.declared.head_size
        descriptions: list[int] = []
        cells: list[int] = []
        for key, place in self.declared.sizes.items():
            head[place] = 0 if self.slots[key] == (REST,) else len(self.slots[key])
        for table in self.declared.tables:
            default = default_of(table)
            if not table.keys:
                head[table.place] = default
                continue
            placed = self._placed[table.place]
            head[table.place] = len(head) + len(descriptions)
            descriptions.append(placed.first)
            for key in table.keys:
                descriptions += (len(self.slots[key]) - 1, placed.steps[key])
            cells += [default] * placed.size
        return (*head, *descriptions, *cells)

    @cached_property
    def no_cells(self) -> tuple[int, ...]:
        """The cell table of ``defaults``: nothing is behind any cell."""
        return (0,) * len(self.defaults)

    def cells(self, declaration: Declaration, members: Members | None = None) -> list[int]:
        """The cells of a parameter at the members given; all of them without."""
        table = declaration.table
        if not table.keys:
            return [table.place]
        placed = self._placed[table.place]
        fixed = dict(declaration.fixed)
        first = placed.first
        for key, member in fixed.items():
            first += self.slots[key].index(member) * placed.steps[key]
        cells = [first]
        for key in declaration.keys:
            of_table = table_key(key)
            step = placed.steps[of_table]
            at_key = positions(
                self.declared.keys[key],
                self.slots[of_table],
                None if members is None else members.get(key),
            )
            cells = [cell + position * step for cell in cells for position in at_key]
        return cells

    def cell(self, declaration: Declaration, members: Mapping[str, str]) -> int:
        """The cell of a parameter at one member of each of its keys."""
        placed = self._placed.get(declaration.table.place)
        if placed is None:
            return declaration.table.place
        cell = placed.first
        for key, member in (*declaration.fixed, *members.items()):
            slots = self.slots[table_key(key)]
            cell += position(self.declared.keys[key], slots, member) * placed.steps[table_key(key)]
        return cell

    def table_cells(self, table: Table) -> range:
        """All cells of a table."""
        if not table.keys:
            return range(table.place, table.place + 1)
        placed = self._placed[table.place]
        return range(placed.first, placed.first + placed.size)

    def parameter_at(self, cell: int) -> tuple[Declaration, dict[str, str]]:
        """The parameter that fills ``cell``, and the member of each key that leads to it.

        ``REST`` where the rulebook names no such member.  ``IndexError`` for a place that
        holds no value of a parameter.
        """
        table, position = self._table_at(cell)
        for declaration in self.declared.of_table(table):
            members = {}
            for key, member in declaration.fixed:
                if self.slots[key][position[key]] != member:
                    break
            else:
                for key in declaration.keys:
                    members[key] = str(self.slots[table_key(key)][position[table_key(key)]])
                # A table by member with a single declaration fills only a part of itself.
                if "status" in members and members["status"] == Member.RESIDENT:
                    continue
                return declaration, members
        raise IndexError(cell)

    def _table_at(self, cell: int) -> tuple[Table, dict[str, int]]:
        if cell < self.declared.head_size:
            table = self.declared.table_at(cell)
            if table is None or table.keys:
                raise IndexError(cell)
            return table, {}
        places = list(self._placed)
        index = bisect_right([placed.first for placed in self._placed.values()], cell) - 1
        if index < 0 or cell >= len(self.defaults):
            raise IndexError(cell)
        placed = self._placed[places[index]]
        table = self.declared.table_at(places[index])
        assert table is not None
        rest = cell - placed.first
        position = {}
        for key in table.keys:
            position[key], rest = divmod(rest, placed.steps[key])
        return table, position

    def name_of(self, cell: int) -> str:
        """Parameter and members of a cell, for a message."""
        declaration, members = self.parameter_at(cell)
        shown = [
            member or "其他"
            for key, member in members.items()
            if member or len(self.slots[table_key(key)]) > 1
        ]
        return f"{declaration.name}[{', '.join(shown)}]" if shown else declaration.name


def default_of(table: Table) -> int:
    """What stands in a cell of which nothing is stated."""
    return MISSING if isinstance(table.default, str) else table.default


def is_required(table: Table) -> bool:
    """Whether a pack has to state the parameter before it can be used."""
    return table.default == REQUIRED
