"""The lines of a paper bill beside those that the institution uploaded."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from yibao.claims.forms import ClaimLine


@dataclass(frozen=True, slots=True)
class UploadedLine:
    """A line of a visit that somebody paid alone, as the institution uploaded it."""

    name: str
    amount: int
    """Fen."""
    code: str = ""
    """Of the national catalogue."""


@dataclass(frozen=True, slots=True)
class DifferingItem:
    """An item whose sums are not the same; 0 fen where it is on one side alone."""

    name: str
    claimed: int
    uploaded: int


def differing_items(
    lines: Sequence[ClaimLine], uploaded: Sequence[UploadedLine]
) -> list[DifferingItem]:
    """Items by code where both sides have it, else by name without spaces, brackets and widths.

    A paper bill sums up what was uploaded day by day: sums are compared, not lines.
    """
    shared = {line.code for line in lines if line.code} & {line.code for line in uploaded}
    names: dict[str, str] = {}
    sums: dict[str, list[int]] = {}
    sides = (
        (0, [(line.code, line.name, line.amount) for line in lines]),
        (1, [(line.code, line.name, line.amount) for line in uploaded]),
    )
    for side, bill in sides:
        for code, name, amount in bill:
            item = code if code in shared else _plain(name)
            names.setdefault(item, name)
            sums.setdefault(item, [0, 0])[side] += amount
    return [
        DifferingItem(names[item], claimed, told)
        for item, (claimed, told) in sums.items()
        if claimed != told
    ]


def _plain(name: str) -> str:
    """A printed name as it is compared; the mark sets it apart from every code."""
    letters = unicodedata.normalize("NFKC", name).lower()
    return "=" + "".join(letter for letter in letters if letter.isalnum())
