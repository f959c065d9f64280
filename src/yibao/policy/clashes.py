"""Options that cannot stand together: each is right alone, both would settle something wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from yibao.messages import Message, message
from yibao.policy import parameters as p
from yibao.policy.days import to_date
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

_BESIDE = "upper.above_ceiling_ratio"
"""What lies above the ceiling is paid beside the own burden.  It must not count for the burden
too; and what was paid of the burden is worked out again from the burden alone, so that nothing
may stand with it that depends on more: on when the ceiling was reached, on a person's groups, on
what was paid in all."""
_SOUND_BESIDE = {
    "upper.rule": (p.UPPER_OWN_BURDEN, p.MISSING),
    "upper.counts_above_ceiling": (0,),
    "upper.settled": (0,),
    "upper.when_basic_ceiling_reached": (0,),
    "upper.annual_ceiling": (p.NONE, p.MISSING),
    "upper.group_threshold_factor": (10_000,),
    "upper.group_points": (0,),
}
"""With what they must be where the layer pays beside the burden."""


class Clash(NamedTuple):
    """Two parameters that cannot stand together, and the first day on which they do."""

    parameter: str
    other: str
    day: int

    @property
    def why(self) -> Message:
        """Both and the day, and why they cannot."""
        day = to_date(self.day)
        if self.parameter.endswith(_BESIDE):
            return message(
                "{parameter} 与 {other} 从 {day} 起不能并用：封顶线以上另付一个比例时，"
                "大病按自付累计、就诊时付、不封顶，封顶线以上不再计入自付，"
                "起付与比例不因封顶线用完或人群而变",
                parameter=self.parameter,
                other=self.other,
                day=day,
            )
        return message(
            "{parameter} 与 {other} 从 {day} 起不能并用：封顶线按费用量时，"
            "大病累计不能另计门诊、先行自付，也不能不计封顶线以上",
            parameter=self.parameter,
            other=self.other,
            day=day,
        )


def clashes(rulebook: Rulebook) -> Iterator[Clash]:
    """Each pair once."""
    first_days: dict[tuple[str, str], int] = {}
    for pair, day in _pairs(rulebook):
        first_days[pair] = min(day, first_days.get(pair, day))
    for (parameter, other), day in first_days.items():
        yield Clash(parameter, other, day)


def _pairs(rulebook: Rulebook) -> Iterator[tuple[tuple[str, str], int]]:
    for scheme in Scheme:
        members: list[Mapping[str, str]] = [{}]
        if scheme == Scheme.EMPLOYEE:
            members = [{"status": status} for status in Status]
        on_cost, beside = f"{scheme}.{_ON_COST}", f"{scheme}.{_BESIDE}"
        for member in members:
            for day, rules in zip(rulebook.days, rulebook.segments, strict=True):
                if _values(rulebook, rules, on_cost, member) == {1}:
                    for name, sound in _COUNTED.items():
                        other = f"{scheme}.{name}"
                        if _values(rulebook, rules, other, member) != {sound}:
                            yield (on_cost, other), day
                if _values(rulebook, rules, beside, member) != {p.NONE}:
                    for name, allowed in _SOUND_BESIDE.items():
                        other = f"{scheme}.{name}"
                        if not _values(rulebook, rules, other, member) <= {*allowed}:
                            yield (beside, other), day


def _values(
    rulebook: Rulebook, rules: tuple[int, ...], name: str, member: Mapping[str, str]
) -> set[int]:
    """What a parameter is for a member: one value, or that of every group."""
    declaration, layout = DECLARATIONS[name], rulebook.layout
    if "group" not in declaration.table.keys:
        return {rules[layout.cell(declaration, member)]}
    return {
        rules[layout.cell(declaration, {**member, "group": group})]
        for group in layout.slots["group"]
    }
