"""Every historical version of every parameter on its first and last day, from the packs alone.

What should stand in a cell is worked out here anew, by walking up from the lowest area;
the rulebook's segments, made by quite another road, have to say the same.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest

from yibao.money import ROUND_HALF_UP, ratio_amount
from yibao.policy.about import not_about
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date
from yibao.policy.layout import Layout, default_of
from yibao.policy.model import ASSUMED, QUARANTINED, Block, Pack
from yibao.policy.parameters import DECLARATIONS, MISSING
from yibao.policy.standing import number_names
from yibao.policy.values import Leaf, read_leaves

AREAS = [area.code for area in PolicyLibrary.load().areas()]


class Version(NamedTuple):
    """One block with the days on which it stands in its own area."""

    block: Block
    first_day: int
    last_day: int | None
    leaves: tuple[Leaf, ...]


class History:
    """The blocks of a chain of areas, and what they say on a day."""

    def __init__(self, chain: list[Pack], layout: Layout) -> None:
        self.chain = chain
        self.layout = layout
        names, _ = number_names(chain, ())
        self.versions: dict[tuple[str, str], list[Version]] = {}
        for pack in chain:
            for name, entry in pack.parameters.items():
                standing = [block for block in entry.blocks if block.status != QUARANTINED]
                versions = self.versions.setdefault((pack.area.code, name), [])
                for at, block in enumerate(standing):
                    ends = [] if block.last_day is None else [block.last_day]
                    if at + 1 < len(standing):
                        ends.append(standing[at + 1].first_day - 1)
                    leaves = tuple(read_leaves(entry, block, names))
                    last = min(ends, default=None)
                    versions.append(Version(block, block.first_day, last, leaves))

    def value(self, name: str, cell: int, day: int) -> int:
        """The number in a cell: the lowest area that has one on that day."""
        for pack in reversed(self.chain):
            for version in self.versions.get((pack.area.code, name), ()):
                if version.first_day > day or (version.last_day or day) < day:
                    continue
                for leaf in version.leaves:
                    if cell in self.cells(name, leaf):
                        return self.number(leaf, day)
                if not version.block.partial:
                    return default_of(DECLARATIONS[name].table)
        return default_of(DECLARATIONS[name].table)

    def cells(self, name: str, leaf: Leaf) -> list[int]:
        return self.layout.cells(DECLARATIONS[name], leaf.holds_for)

    def number(self, leaf: Leaf, day: int) -> int:
        formula = leaf.formula
        if formula is None:
            return leaf.number
        amounts = []
        for name in filter(None, (formula.of, formula.minus)):
            amounts.append(self.value(name, self.layout.cells(DECLARATIONS[name])[0], day))
        if MISSING in amounts:
            return MISSING
        amount = ratio_amount(amounts[0], formula.ratio, ROUND_HALF_UP)
        if formula.rounding != ROUND_HALF_UP:
            exact = Fraction(amounts[0] * formula.ratio, 10_000)
            amount = math.floor(exact / 100 + Fraction(1, 2)) * 100
        return max(amount - sum(amounts[1:]), formula.at_least)


@pytest.mark.parametrize("area", AREAS)
def test_every_version_on_its_first_and_last_day(packs: PolicyLibrary, area: str) -> None:
    book = packs.rulebook(area)
    history = History(packs.tree.chain(area), book.layout)
    checked = 0
    for (_, name), versions in history.versions.items():
        for version in versions:
            days = [version.first_day - 1, version.first_day]
            if version.last_day is not None:
                days += [version.last_day, version.last_day + 1]
            for day in days:
                rules = book.segment(day).rules
                for cell in book.layout.cells(DECLARATIONS[name]):
                    expected = history.value(name, cell, day)
                    assert rules[cell] == expected, f"{name} {to_date(day)} cell {cell}"
            checked += 1
    assert checked


@pytest.mark.parametrize("area", AREAS)
def test_own_versions_are_in_force_and_cited(packs: PolicyLibrary, area: str) -> None:
    """In its own area each block's figures stand from first day to last, with its sources."""
    book = packs.rulebook(area)
    history = History(packs.tree.chain(area), book.layout)
    for (code, name), versions in history.versions.items():
        if code != area:
            continue
        for version in versions:
            for day in {version.first_day, version.last_day or version.first_day}:
                segment = book.segment(day)
                for leaf in version.leaves:
                    cells = history.cells(name, leaf)
                    citation = book.citations[segment.cells[cells[0]]]
                    assert citation.parameter == name
                    assert citation.first_day == version.first_day
                    assert citation.last_day == version.last_day
                    if leaf.formula is None:
                        assert {segment.rules[cell] for cell in cells} == {leaf.number}
                        # Only a part marked as assumed stands without the block's sources,
                        # and what is about other values only stands behind those.
                        assumed = version.block.assumed and citation.status == ASSUMED
                        others = not_about(version.block, version.leaves, leaf)
                        sources = [name for name in version.block.sources if name not in others]
                        assert assumed or citation.sources == tuple(sources)


@pytest.mark.parametrize("area", AREAS)
def test_a_late_publication_is_unknown_the_day_before(packs: PolicyLibrary, area: str) -> None:
    """Until its publication a retroactive block leaves the one before it in force."""
    history = History(packs.tree.chain(area), packs.rulebook(area).layout)
    for (code, name), versions in history.versions.items():
        for before, late in pairwise(versions):
            if code != area or late.block.known_from is None:
                continue
            known = to_date(late.block.known_from - 1)
            unknown = packs.rulebook(area, known)
            segment = unknown.segment(late.first_day)
            published = packs.rulebook(area, to_date(late.block.known_from))
            for leaf in before.leaves:
                cells = unknown.layout.cells(DECLARATIONS[name], leaf.holds_for)
                assert {segment.rules[cell] for cell in cells} == {leaf.number}, name
            rules = published.segment(late.first_day).rules
            for leaf in late.leaves:
                cells = published.layout.cells(DECLARATIONS[name], leaf.holds_for)
                assert {rules[cell] for cell in cells} == {leaf.number}, name
