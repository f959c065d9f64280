"""What a declaration of a parameter is; the parameters themselves are in ``parameters``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from yibao.policy.keys import KEYS, TableKey
from yibao.policy.kinds import Member, Scheme

NONE = -1
"""In a cell: there is none (no ceiling, no replacement), stated or by documented default."""
MISSING = -(1 << 53)
"""In a cell: no value in force; a function that needs it refuses and names the cell."""

REQUIRED = "required"
"""Default of a parameter that a pack has to state before it can be used."""

_PLAUSIBLE = {
    "yuan": (0, 100_000_000_00),
    "percent": (0, 10_000),
    "points": (-5_000, 5_000),
    "months": (0, 600),
    "years": (0, 120),
    "days": (0, 400),
    "count": (0, 9_999),
    "date": (0, 60_000),
    "flag": (0, 1),
    "choice": (0, 20),
}


class Table(NamedTuple):
    """One table of values."""

    pattern: str
    """Name of the parameters, with ``{scheme}`` and ``{care}`` left open."""
    keys: tuple[str, ...]
    unit: str
    place: int
    """Where the value, or the description of the table, stands in every segment."""
    default: int | str
    choices: tuple[str, ...]
    plausible: tuple[int, int]
    """Least and greatest value that is not called implausible, in the segment's unit."""


class Declaration(NamedTuple):
    """One parameter as a pack writes it: a slice of a table."""

    name: str
    keys: tuple[str, ...]
    table: Table
    fixed: tuple[tuple[str, str], ...]
    """Keys that the name fixes, as (key, member)."""


class Declarations:
    """The keys and parameters that a program knows, each at its place."""

    def __init__(self, keys: Mapping[str, TableKey] = KEYS) -> None:
        self.keys = dict(keys)
        self.tables: list[Table] = []
        self.sizes: dict[str, int] = {}
        """Keys of which the functions ask how many members a rulebook has: key -> place."""
        self.parameters: dict[str, Declaration] = {}
        """As packs write them, by name."""
        self._tables: dict[int, Table] = {}
        self._of_table: dict[int, list[Declaration]] = {}

    @property
    def head_size(self) -> int:
        """How many places stand at the beginning of every segment."""
        return len(self.tables) + len(self.sizes)

    @property
    def always_apart(self) -> frozenset[str]:
        """Keys that names of parameters fix: every rulebook tells all their members apart."""
        fixed = {key for declared in self.parameters.values() for key, _ in declared.fixed}
        return frozenset(fixed)

    def size_of(self, key: str) -> int:
        """The place of a key's size."""
        self.sizes[key] = self.head_size
        return self.sizes[key]

    def table(
        self,
        pattern: str,
        keys: Iterable[str],
        unit: str,
        default: int | str = REQUIRED,
        choices: tuple[str, ...] = (),
        plausible: tuple[int, int] | None = None,
    ) -> int:
        """Declare a table after all others; its place.

        A default is for ever: what stored rulebooks leave out means what it meant.  A change
        of a rule's meaning is a new parameter.
        """
        place = self.head_size
        table = Table(
            pattern, tuple(keys), unit, place, default, choices, plausible or _PLAUSIBLE[unit]
        )
        self.tables.append(table)
        self._tables[place] = table
        declared = self._declare(table)
        self._of_table[place] = declared
        self.parameters |= {declaration.name: declaration for declaration in declared}
        return place

    def table_at(self, place: int) -> Table | None:
        """The table at a place; None where the size of a key stands."""
        return self._tables.get(place)

    def of_table(self, table: Table) -> list[Declaration]:
        """The parameters that packs write for a table."""
        return self._of_table[table.place]

    def _declare(self, table: Table) -> list[Declaration]:
        cares = self.keys["care"].members if "{care}" in table.pattern else ("",)
        schemes = self.keys["scheme"].members if "{scheme}" in table.pattern else ("",)
        declared = []
        for care in cares:
            for scheme in schemes:
                fixed: list[tuple[str, str]] = [("care", care)] if care else []
                keys = [key for key in table.keys if key != "care"]
                if "member" in keys:
                    if scheme == Scheme.RESIDENT:
                        keys.remove("member")
                        fixed.append(("member", Member.RESIDENT))
                    else:
                        keys[keys.index("member")] = "status"
                elif "scheme" in keys:
                    keys.remove("scheme")
                    fixed.append(("scheme", scheme))
                name = table.pattern.format(scheme=scheme, care=care)
                declared.append(Declaration(name, tuple(keys), table, tuple(fixed)))
        return declared
