"""The combinations of members that a parameter may have a value for, and what fills them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from yibao.policy.declarations import Declaration
from yibao.policy.keys import COUNTED, KEYS
from yibao.policy.layout import Members, positions
from yibao.policy.segments import counted_slots
from yibao.policy.values import Leaf


class Fill(NamedTuple):
    """A number that is written over what stands above it."""

    members: Members
    number: int
    citation: int


class Grid:
    """The combinations of members that a parameter of these packs may have a value for."""

    def __init__(
        self, declaration: Declaration, names: Mapping[str, Mapping[str, int]], leaves: list[Leaf]
    ) -> None:
        slots: dict[str, tuple[str, ...]] = {}
        for key in declaration.keys:
            if KEYS[key].kind == COUNTED:
                named = {text for leaf in leaves for text in leaf.holds_for.get(key, ())}
                slots[key] = counted_slots(named)
            else:
                slots[key] = tuple(names.get(key, KEYS[key].members))
        self.slots = slots
        self.keys = [KEYS[key] for key in declaration.keys]
        self.size = 1
        for of_key in slots.values():
            self.size *= len(of_key)

    def cells(self, members: Members) -> list[int]:
        """The combinations that a value with these members holds for."""
        cells = [0]
        for key in self.keys:
            slots = self.slots[key.name]
            at_key = positions(key, slots, members.get(key.name))
            cells = [cell * len(slots) + position for cell in cells for position in at_key]
        return cells

    def stated(self, fills: Iterable[Fill]) -> list[Fill | None]:
        """What holds for each combination; None where nothing is stated."""
        stated: list[Fill | None] = [None] * self.size
        for fill in fills:
            for cell in self.cells(fill.members):
                stated[cell] = fill
        return stated
