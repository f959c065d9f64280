"""Payment by disease points (DIP) and by groups (DRG), for a year's budget of an area.

Points, weights and coefficients are written with two decimals and counted in hundredths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.clearing.sums import shared_out
from yibao.errors import InputError
from yibao.messages import Text, message
from yibao.money import half_up, in_units_of
from yibao.policy.kinds import TextEnum

HUNDREDTHS = 100
_PERCENT = 100


class PayMethod(TextEnum):
    """How the stays of an agreement are paid."""

    DIP = "dip"
    """By points of diseases."""
    DRG = "drg"
    """By weights of groups."""


METHOD_WORDS: Mapping[str, Text] = {
    PayMethod.DIP: message("病种分值（DIP）"),
    PayMethod.DRG: message("疾病分组（DRG）"),
}
_YARDSTICK_POINTS = 1000


def points_of(mean: int, yardstick: int) -> int:
    """Points of a disease in hundredths: its mean cost against that of the yardstick, in fen."""
    _above_zero(yardstick, "yardstick")
    return half_up(mean * _YARDSTICK_POINTS * HUNDREDTHS, yardstick)


def case_points(
    points: int, mean: int, cost: int, *, low_below: int = 50, high_above: int = 200
) -> int:
    """Points of a stay in hundredths; ``mean``, ``cost`` in fen, the limits in percent.

    Below ``low_below`` of the mean, in proportion to the cost; above ``high_above``, the points
    and what is beyond it in proportion.  Exactly at a limit is normal.
    """
    _above_zero(mean, "mean")
    if _PERCENT * cost < low_below * mean:
        return half_up(cost * points, mean)
    if _PERCENT * cost > high_above * mean:
        beyond = _PERCENT * cost - (high_above - _PERCENT) * mean
        return half_up(beyond * points, _PERCENT * mean)
    return points


def incomplete_points(points: int, mean: int, cost: int) -> int:
    """Points of a stay that was broken off: in proportion to the cost, at most the whole."""
    _above_zero(mean, "mean")
    return min(half_up(cost * points, mean), points)


@dataclass(frozen=True, slots=True)
class PointsShare:
    """A budget by points."""

    point_value: int
    """Of one point, in 1/10,000 fen, rounded down: for reading, the parts are exact."""
    parts: Sequence[int]
    """Fen, in the order of the institutions; they sum to the budget."""


def points_share(budget: int, institutions: Sequence[tuple[int, int]]) -> PointsShare:
    """The budget over (points, coefficient) of institutions, both in hundredths."""
    weights = [points * coefficient for points, coefficient in institutions]
    parts = shared_out(budget, weights)
    return PointsShare(in_units_of(budget, 10_000 * HUNDREDTHS * HUNDREDTHS, sum(weights)), parts)


def group_weight(mean: int, mean_of_all: int) -> int:
    """Weight of a group in hundredths: its mean cost against that of all, in fen."""
    _above_zero(mean_of_all, "mean")
    return half_up(mean * HUNDREDTHS, mean_of_all)


def group_rate(budget: int, total_weight: int) -> int:
    """Fen for a weight of one; ``total_weight`` in hundredths."""
    _above_zero(total_weight, "weight")
    return half_up(budget * HUNDREDTHS, total_weight)


@dataclass(frozen=True, slots=True)
class GroupCase:
    """What a stay brings under groups, in fen."""

    standard: int
    fund: int
    """The standard without what the person paid by items; may be below zero."""
    result: int
    """Of the institution: the fund's part against what the person left of the cost."""


def group_case(
    rate: int, weight: int, coefficient: int, *, cost: int, person_paid: int
) -> GroupCase:
    """A stay in a group: the person pays by items, only what the institution gets changes."""
    standard = half_up(rate * weight * coefficient, HUNDREDTHS * HUNDREDTHS)
    fund = standard - person_paid
    return GroupCase(standard, fund, fund - (cost - person_paid))


def _above_zero(number: int, place: str) -> None:
    if number <= 0:
        raise InputError(message("这个数要大于零"), place=place)
