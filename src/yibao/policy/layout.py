"""Which cells of a segment a parameter fills, and the other way round.

A segment begins with one place for each constant of ``yibao.policy.parameters``: the value
of a parameter without keys, the size of a key, or where the description of a table stands.
A description is the table's first cell and, for each of its keys, the last position and the
distance between neighbours; the last key varies fastest.  The cells follow after all
descriptions.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache, cached_property

from yibao.policy.declarations import MISSING, REQUIRED, Declaration, Table
from yibao.policy.keys import KEYS, MEMBER_RETIRED, MEMBER_WORKING
from yibao.policy.parameters import DECLARATIONS, DECLARED, TABLES


class Layout:
    """Where every table stands in the segments of a rulebook."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        """First cell of each table, by its place in the head."""
        head_size = DECLARED.head_size
        head = [MISSING] * head_size
        descriptions: list[int] = []
        cell = head_size + sum(1 + 2 * len(table.keys) for table in TABLES if table.keys)
        for key, place in DECLARED.sizes.items():
            head[place] = KEYS[key].size
        defaults: list[int] = []
        for table in TABLES:
            default = MISSING if isinstance(table.default, str) else table.default
            if not table.keys:
                self._first[table.place] = table.place
                head[table.place] = default
                continue
            head[table.place] = head_size + len(descriptions)
            self._first[table.place] = cell + len(defaults)
            descriptions.append(cell + len(defaults))
            steps = strides(table)
            for key in table.keys:
                descriptions += (KEYS[key].size - 1, steps[key])
            defaults += [default] * table_size(table)
        self.defaults = (*head, *descriptions, *defaults)
        """A segment in which nothing is stated: documented defaults, else MISSING."""
        self._starts = [self._first[table.place] for table in TABLES if table.keys]
        self._keyed = [table for table in TABLES if table.keys]
        self._plain = {table.place: table for table in TABLES if not table.keys}

    @property
    def size(self) -> int:
        return len(self.defaults)

    @cached_property
    def no_cells(self) -> tuple[int, ...]:
        """The cell table of ``defaults``: nothing is behind any cell."""
        return (0,) * self.size

    def first_cell(self, table: Table) -> int:
        """The first cell of a table."""
        return self._first[table.place]

    def table_cells(self, table: Table) -> range:
        """All cells of a table."""
        first = self._first[table.place]
        return range(first, first + table_size(table))

    def table_at(self, cell: int) -> Table:
        """The table that a cell belongs to; ``IndexError`` for a place that holds no value."""
        if cell in self._plain:
            return self._plain[cell]
        index = bisect_right(self._starts, cell) - 1
        if index < 0 or cell >= self.size:
            raise IndexError(cell)
        return self._keyed[index]


@cache
def strides(table: Table) -> dict[str, int]:
    """Distance between neighbours along each key of ``table``; the last key varies fastest."""
    steps: dict[str, int] = {}
    step = 1
    for key in reversed(table.keys):
        steps[key] = step
        step *= KEYS[key].size
    return steps


@cache
def table_size(table: Table) -> int:
    """How many cells a table has."""
    size = 1
    for key in table.keys:
        size *= KEYS[key].size
    return size


@cache
def layout() -> Layout:
    """The layout of all rulebooks."""
    return Layout()


def default_rules() -> tuple[int, ...]:
    """A segment in which nothing is stated: documented defaults, else MISSING."""
    return layout().defaults


def no_cells() -> tuple[int, ...]:
    """The cell table of ``default_rules``: nothing is behind any cell."""
    return layout().no_cells


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
    cell = layout().first_cell(declaration.table)
    for key, member in declaration.fixed:
        cell += KEYS[key].members.index(member) * strides(declaration.table)[key]
    return cell


@cache
def slice_cells(declaration: Declaration) -> tuple[int, ...]:
    """All cells that a parameter fills."""
    cells = [base_cell(declaration)]
    for key in declaration.keys:
        step = strides(declaration.table)[table_key(key)]
        cells = [cell + position * step for cell in cells for position in table_positions(key)]
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
    table = layout().table_at(cell)
    rest = cell - layout().first_cell(table)
    position: dict[str, int] = {}
    for key, step in strides(table).items():
        position[key] = rest // step % KEYS[key].size
    for declaration in _by_pattern()[table.pattern]:
        fixed = all(KEYS[key].members[position[key]] == member for key, member in declaration.fixed)
        # A table by member or scheme with a single declaration fills only a part of itself.
        if fixed and not ("status" in declaration.keys and position["member"] < MEMBER_WORKING):
            return declaration, tuple(
                (key, position["member"] - MEMBER_WORKING if key == "status" else position[key])
                for key in declaration.keys
            )
    raise IndexError(cell)


@cache
def numbered_cells() -> tuple[int, ...]:
    """The cells in the order in which the stored form numbers them: table by table."""
    return tuple(cell for table in TABLES for cell in layout().table_cells(table))


def is_required(table: Table) -> bool:
    """Whether a pack has to state the parameter before it can be used."""
    return table.default == REQUIRED
