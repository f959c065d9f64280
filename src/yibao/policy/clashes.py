"""Options that cannot stand together: each is right alone, both would settle something wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from yibao.policy.kinds import Scheme, Status
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.rulebook import Rulebook

_ON_COST = "inpatient.ceiling_on"
"""What a year has used of a ceiling on cost follows from the own parts that are counted for the
layer above: these must be all that the basic layer left of stays and listed diseases, no more."""
_COUNTED = {
    "upper.counts_outpatient": 0,
    "upper.counts_upfront": 0,
    "upper.counts_above_ceiling": 1,
}
"""With what they must be where the ceiling is one of cost."""


class Clash(NamedTuple):
    """Two parameters that cannot stand together, and the first day on which they do."""

    parameter: str
    other: str
    day: int


def clashes(rulebook: Rulebook) -> Iterator[Clash]:
    """Each pair once."""
    first_days: dict[tuple[str, str], int] = {}
    for scheme in Scheme:
        members: list[Mapping[str, str]] = [{}]
        if scheme == Scheme.EMPLOYEE:
            members = [{"status": status} for status in Status]
        on_cost = f"{scheme}.{_ON_COST}"
        for other, sound in _COUNTED.items():
            counts = f"{scheme}.{other}"
            for member in members:
                for day, rules in zip(rulebook.days, rulebook.segments, strict=True):
                    if (
                        rules[rulebook.layout.cell(DECLARATIONS[on_cost], member)] == 1
                        and rules[rulebook.layout.cell(DECLARATIONS[counts], member)] != sound
                    ):
                        pair = on_cost, counts
                        first_days[pair] = min(day, first_days.get(pair, day))
    for (parameter, other), day in first_days.items():
        yield Clash(parameter, other, day)
