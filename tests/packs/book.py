"""The real packs as the tests look at them: a cell by its parameter, keys and day."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.rulebook import Citation, Rulebook


def cell_of(book: Rulebook, parameter: str, keys: Mapping[str, str]) -> int:
    """The place of one value; keys that are left out stand at their first member."""
    declaration = DECLARATIONS[parameter]
    assert keys.keys() <= set(declaration.keys), parameter
    cells = book.layout.cells(declaration, {key: (member,) for key, member in keys.items()})
    return cells[0]


def value_on(
    packs: PolicyLibrary,
    area: str,
    parameter: str,
    keys: Mapping[str, str],
    day: datetime.date,
    known: datetime.date | None = None,
) -> tuple[int, Citation]:
    """The number in a cell on a day, and what stands behind it."""
    book = packs.rulebook(area, known)
    segment = book.segment(day_number(day))
    cell = cell_of(book, parameter, keys)
    return segment.rules[cell], book.citations[segment.cells[cell]]
