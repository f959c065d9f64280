"""Which blocks of which layers stand on a day, and what the layers name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from yibao.policy.model import QUARANTINED, Block, Overlay, Pack, ParameterEntry
from yibao.policy.values import Leaf


class Interval(NamedTuple):
    """The days on which one block stands in its own area, as known on a day."""

    first_day: int
    last_day: int | None
    block: Block


def intervals(entry: ParameterEntry, known_on: int | None) -> list[Interval]:
    """The blocks of ``entry`` that were known on a day, each up to the next one."""
    known = [
        block
        for block in entry.blocks
        if block.status != QUARANTINED
        and (known_on is None or block.known_from is None or block.known_from <= known_on)
    ]
    spans = []
    for at, block in enumerate(known):
        last = block.last_day
        if at + 1 < len(known):
            before_next = known[at + 1].first_day - 1
            last = before_next if last is None else min(last, before_next)
        spans.append(Interval(block.first_day, last, block))
    return spans


def knowledge_days(chain: Iterable[Pack]) -> list[int]:
    """The days on which something in the chain became known after it was in force."""
    return sorted(
        {
            block.known_from
            for pack in chain
            for entry in pack.parameters.values()
            for block in entry.blocks
            if block.known_from is not None
        }
    )


@dataclass(slots=True, eq=False)
class Stand:
    """One block as it stands in one layer, with its values read."""

    entry: ParameterEntry
    interval: Interval
    area: str
    leaves: list[Leaf]
    citations: list[int]
    """For each leaf the number of its citation; 0 for a formula, which has one a day."""


def in_force(stacked: list[list[Stand]], day: int) -> tuple[Stand, ...]:
    """The block of each layer that holds on a day, top area first."""
    return tuple(
        stand
        for layer in stacked
        for stand in layer
        if stand.interval.first_day <= day
        and (stand.interval.last_day is None or day <= stand.interval.last_day)
    )


def number_names(
    chain: Iterable[Pack], overlays: Iterable[Overlay]
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, str]]]:
    """Positions and Chinese names of groups and diseases, from the top area down."""
    positions: dict[str, dict[str, int]] = {"group": {}, "disease": {}}
    texts: dict[str, dict[str, str]] = {"group": {}, "disease": {}}
    layers: list[Pack | Overlay] = [*chain, *overlays]
    for layer in layers:
        for key, named in (("group", layer.groups), ("disease", layer.diseases)):
            for name, text in named.items():
                positions[key].setdefault(name, len(positions[key]))
                texts[key][name] = text
    return positions, texts
