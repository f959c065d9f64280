"""What becomes of an answer if one input varies: points through the engine, and the breaks.

The lines between points are drawing, not policy: every point is an answer of the engine.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar, cast

from yibao.errors import YibaoError
from yibao.inquiry.answer import Break
from yibao.messages import Fen, Message, message

POINTS = 61
_NOISE = 3
"""Fen by which rounding may bend a straight line between two neighbours."""
_ROUND = (1, 2, 3, 5, 8, 10)
_MOST_BREAKS = 6

Points = tuple[tuple[int, int], ...]
T = TypeVar("T")


def upper_end(amount: int) -> int:
    """A round amount that leaves room above ``amount``, in fen."""
    least = max(amount * 2, 100_00)
    unit = 10 ** (len(str(least)) - 1)
    end: int = next(step * unit for step in _ROUND if step * unit >= least)
    return end


def sample(value: Callable[[int], int], low: int, high: int) -> Points:
    """``value`` at evenly spread places; a place that the rules refuse ends the curve."""
    points = []
    # Two neighbours of the ends give the direction there, whatever the first step crosses.
    near = (high - low) // 1000
    places = {low + (high - low) * at // (POINTS - 1) for at in range(POINTS)}
    for x in sorted(places | {low + near, high - near}):
        try:
            points.append((x, value(x)))
        except YibaoError:
            break
    return tuple(points)


class CurveStore:
    """Keeps the newest curves: many people ask for the same one.

    A key says what kind of bill and where, never the amount that somebody asked about.
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._kept: dict[str, object] = {}

    def kept(self, key: str, make: Callable[[], T]) -> T:
        """What ``make`` gave for a key, made if it is not kept; a key has one type of values."""
        cached = self._kept.pop(key, None)
        value = make() if cached is None else cast("T", cached)
        self._kept[key] = value
        while len(self._kept) > self._most:
            self._kept.pop(next(iter(self._kept)), None)
        return value


def turns(points: Sequence[tuple[int, int]]) -> list[tuple[int, Fraction, Fraction]]:
    """Where the curve changes direction: the place, and the slopes before and after it."""
    rises = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in itertools.pairwise(points)]
    changes = [
        at
        for at in range(1, len(rises))
        if abs(rises[at - 1][1] * rises[at][0] - rises[at][1] * rises[at - 1][0])
        > _NOISE * max(rises[at][0], rises[at - 1][0])
    ]
    groups: list[list[int]] = []
    for at in changes:
        if groups and at == groups[-1][-1] + 1:
            groups[-1].append(at)
        else:
            groups.append([at])
    turning_points = []
    for group in groups:
        first, last = group[0], group[-1]
        before = Fraction(rises[first - 1][1], rises[first - 1][0])
        after = Fraction(rises[last][1], rises[last][0])
        turning_points.append((_meeting(points[first], points[last], before, after), before, after))
    return turning_points


def _meeting(
    left: tuple[int, int], right: tuple[int, int], before: Fraction, after: Fraction
) -> int:
    """Where the lines on both sides of a turn meet; between them if they do not."""
    if before != after:
        x = (right[1] - left[1] + before * left[0] - after * right[0]) / (before - after)
        if left[0] <= x <= right[0]:
            return round(x / 100) * 100
    return (left[0] + right[0]) // 200 * 100


def _of_a_hundred(slope: Fraction) -> str:
    """Yuan of each further hundred, to a tenth."""
    tenths = round(slope * 1000)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def breaks(points: Sequence[tuple[int, int]], growing: Message) -> tuple[Break, ...]:
    """The turns of a curve of amounts, as what each further 100 yuan brings.

    ``growing`` names what grows: 基金付的.
    """
    return tuple(
        Break(
            at,
            message(
                "超过 {at}以后，每多 100 元，{growing}由 {before} 元变为 {after} 元",
                at=Fen(at),
                growing=growing,
                before=_of_a_hundred(before),
                after=_of_a_hundred(after),
            ),
        )
        for at, before, after in turns(points)[:_MOST_BREAKS]
        if _of_a_hundred(before) != _of_a_hundred(after)
    )


def waterfall(parts: Sequence[tuple[int, str]]) -> list[tuple[int, int, int, str]]:
    """Signed amounts as (amount, start, end, tone): each begins where the one before ended."""
    pieces = []
    at = 0
    for amount, tone in parts:
        pieces.append((amount, min(at, at + amount), max(at, at + amount), tone))
        at += amount
    return pieces
