"""What a statistical table is made of: columns, and rows that may be split up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yibao.messages import Message, Text
from yibao.policy.kinds import TextEnum


class TableCode(TextEnum):
    """The monthly tables; T3 is the fund statement (:mod:`yibao.finance.statement`)."""

    T1 = "T1"
    T2 = "T2"
    T4 = "T4"
    T5 = "T5"
    T6 = "T6"
    T7 = "T7"
    T8 = "T8"
    T9 = "T9"


class Measure(TextEnum):
    """What the numbers of a column are."""

    PEOPLE = "count_of_people"
    COUNT = "count_of_events"
    FEN = "amount_in_fen"
    SHARE = "share_in_basis_points"
    TENTHS = "number_in_tenths"


@dataclass(frozen=True, slots=True)
class StatColumn:
    """One measure of a table."""

    name: str
    label: Message
    measure: Measure


@dataclass(frozen=True, slots=True)
class StatCell:
    """A number and how many people it is about."""

    value: int | None
    """None: there is none, as with a share of nothing."""
    people: int | None
    """None: it is about no people, and is always shown."""


@dataclass(frozen=True, slots=True)
class StatRow:
    """A line of a table, and the ways in which it is split up."""

    label: Text | str
    cells: Mapping[str, StatCell]
    splits: tuple[tuple[StatRow, ...], ...] = ()
    """The rows of each split add up to this one, wherever their numbers do."""


@dataclass(frozen=True, slots=True)
class StatTable:
    """A table as it was counted, before anything of it is left out."""

    code: TableCode
    columns: tuple[StatColumn, ...]
    rows: tuple[StatRow, ...]
    linked: tuple[tuple[str, ...], ...] = ()
    """Columns that can be worked out from one another and the rest of their row."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A line as it may be read."""

    label: Text | str
    depth: int
    values: Mapping[str, int | None]
    """Without those that are hidden."""
    hidden: frozenset[str] = field(default_factory=frozenset)
