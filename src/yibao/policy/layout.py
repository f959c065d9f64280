"""Which cells of a segment a parameter fills, and the other way round."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

from yibao.policy.keys import KEYS, MEMBER_RETIRED, MEMBER_WORKING
from yibao.policy.parameters import (
    DECLARATIONS,
    MISSING,
    REQUIRED,
    SEGMENT_SIZE,
    TABLES,
    Declaration,
    Table,
)

_OFFSETS = [table.offset for table in TABLES]


@cache
def default_rules() -> tuple[int, ...]:
    """A segment in which nothing is stated: documented defaults, else MISSING."""
    rules: list[int] = []
    for table in TABLES:
        rules += [MISSING if isinstance(table.default, str) else table.default] * table.size
    return tuple(rules)


@cache
def no_cells() -> tuple[int, ...]:
    """The cell table of ``default_rules``: nothing is behind any cell."""
    return (0,) * SEGMENT_SIZE


@cache
def strides(table: Table) -> dict[str, int]:
    """Distance between neighbours along each key of ``table``; the last key varies fastest."""
    steps: dict[str, int] = {}
    step = 1
    for key in reversed(table.keys):
        steps[key] = step
        step *= KEYS[key].size
    return steps


def table_positions(key: str) -> tuple[int, ...]:
    """Positions in the table, one for each member of a key that a pack writes."""
    if key == "status":
        return (MEMBER_WORKING, MEMBER_RETIRED)
    return tuple(range(KEYS[key].size))


def table_key(key: str) -> str:
    """The table's name of a key that a pack writes."""
    return "member" if key == "status" else key


@cache
def base_cell(declaration: Declaration) -> int:
    """The cell at the first member of every key that the declaration leaves open, less those."""
    cell = declaration.table.offset
    for key, member in declaration.fixed:
        cell += KEYS[key].members.index(member) * strides(declaration.table)[key]
    return cell


@cache
def slice_cells(declaration: Declaration) -> tuple[int, ...]:
    """All cells that a parameter fills."""
    cells = [base_cell(declaration)]
    for key in declaration.keys:
        step = strides(declaration.table)[table_key(key)]
        cells = [cell + at * step for cell in cells for at in table_positions(key)]
    return tuple(cells)


@cache
def _by_pattern() -> dict[str, list[Declaration]]:
    declared: dict[str, list[Declaration]] = {}
    for declaration in DECLARATIONS.values():
        declared.setdefault(declaration.table.pattern, []).append(declaration)
    return declared


def parameter_at(cell: int) -> tuple[Declaration, tuple[tuple[str, int], ...]]:
    """The parameter that fills ``cell``, and the (key, position) that lead to it.

    The position counts the members of the key as packs write it.
    """
    table = TABLES[bisect_right(_OFFSETS, cell) - 1]
    rest = cell - table.offset
    at: dict[str, int] = {}
    for key, step in strides(table).items():
        at[key] = rest // step % KEYS[key].size
    for declaration in _by_pattern()[table.pattern]:
        fixed = all(KEYS[key].members[at[key]] == member for key, member in declaration.fixed)
        # A table by member or scheme with a single declaration fills only a part of itself.
        if fixed and not ("status" in declaration.keys and at["member"] < MEMBER_WORKING):
            return declaration, tuple(
                (key, at["member"] - MEMBER_WORKING if key == "status" else at[key])
                for key in declaration.keys
            )
    raise IndexError(cell)


def is_required(table: Table) -> bool:
    """Whether a pack has to state the parameter before it can be used."""
    return table.default == REQUIRED
