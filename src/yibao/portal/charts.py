"""The geometry of charts: numbers for SVG that needs no script and no style attribute.

Places are percent with two decimals, so that a chart fits any width; the division here
places ink and touches no money that anybody is told.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from yibao.inquiry.answer import Bar, Curve, Event
from yibao.messages import Wording
from yibao.money.text import format_yuan
from yibao.policy.days import day_number, to_date

_PLOT = 1000
"""Side of the square in which a curve is drawn before it is stretched."""
_ROUND = (1, 2, 5, 10)
_READ = 12
"""About how many places of a curve can be read off at the pointer: a page stays light."""
_MOST_QUARTERS = 1_000
"""Days that an axis marks by quarters; a longer one by years."""


def percent(part: int, whole: int) -> str:
    """``part`` of ``whole`` as ``12.34%``."""
    hundredths = part * 10_000 // whole if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


@dataclass(frozen=True, slots=True)
class BarRow:
    """One row of a waterfall."""

    label: Wording
    amount: int
    tone: str
    x: str
    width: str
    share: str
    """Of the whole, in whole percent."""


def bar_rows(bars: Sequence[Bar]) -> tuple[BarRow, ...]:
    """Rows on one scale."""
    whole = max((bar.end for bar in bars), default=0)
    return tuple(
        BarRow(
            bar.label,
            bar.amount,
            bar.tone,
            percent(bar.start, whole),
            percent(bar.end - bar.start, whole),
            f"{round(abs(bar.amount) * 100 / whole) if whole else 0}%",
        )
        for bar in bars
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis with its text."""

    place: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A curve, ready to be written as SVG."""

    lines: tuple[tuple[str, str, Wording], ...]
    """(points, tone, label)."""
    across: tuple[Mark, ...]
    """Horizontal grid lines with their values."""
    along: tuple[Mark, ...]
    turns: tuple[str, ...]
    """x of the breaks."""
    marked: str
    """x of the answer itself; empty where it is not on the curve."""
    dots: tuple[tuple[str, str, str], ...]
    """(x, y, tone) where the answer stands."""


def _step(most: int, about: int) -> int:
    """A round step that divides ``most`` into about so many parts."""
    rough = max(1, most // about)
    unit = 10 ** (len(str(rough)) - 1)
    step: int = next(part * unit for part in _ROUND if part * unit >= rough)
    return step


def axis_text(value: int, unit: str, language: str = "zh") -> str:
    """A value on an axis, short; ``万`` counts only in Chinese."""
    if unit == "days":
        day = to_date(value)
        return f"{day.year % 100:02d}-{day.month:02d}"
    if unit in ("months", "count"):
        return str(value)
    if unit == "percent":
        return f"{value // 100}%" if value % 100 == 0 else f"{format_yuan(value)}%"
    if language == "zh" and value >= 10_000_00 and value % 1_000_00 == 0:
        tenths = value // 1_000_00
        return f"{tenths // 10}万" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}万"
    return f"{value // 100:,}"


def value_text(value: int, unit: str) -> str:
    """A value as a table and a file show it."""
    if unit == "days":
        return str(to_date(value))
    return str(value) if unit == "months" else format_yuan(value)


def draw(curve: Curve, language: str) -> Drawing:
    """Scale the points into the square, and put round values on the axes."""
    points = [point for series in curve.series for point in series.points]
    if not points:
        return Drawing((), (), (), (), "", ())
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    top = max(1, max(y for _, y in points))
    step = _step(top, 4)
    top = -(-top // step) * step
    width = max(1, high - low)

    def at(x: int, y: int) -> tuple[int, int]:
        return (x - low) * _PLOT // width, _PLOT - y * _PLOT // top

    lines = []
    for series in curve.series:
        placed = []
        before: tuple[int, int] | None = None
        for x, y in series.points:
            here = at(x, y)
            if curve.steps and before is not None and before[1] != here[1]:
                placed.append(f"{here[0]},{before[1]}")
            placed.append(f"{here[0]},{here[1]}")
            before = here
        lines.append((" ".join(placed), series.tone, series.label))
    across = tuple(
        Mark(percent(top - value, top), axis_text(value, curve.y_unit, language))
        for value in range(step, top + 1, step)
    )
    return Drawing(
        tuple(lines),
        across,
        _along(low, high, curve.x_unit, language),
        tuple(percent(turn.at - low, width) for turn in curve.breaks if low < turn.at < high),
        _marked(curve, low, high),
        _dots(curve, low, high, top),
    )


def _marked(curve: Curve, low: int, high: int) -> str:
    if curve.marked is None or not low <= curve.marked <= high:
        return ""
    return percent(curve.marked - low, max(1, high - low))


def _dots(curve: Curve, low: int, high: int, top: int) -> tuple[tuple[str, str, str], ...]:
    if not _marked(curve, low, high) or curve.marked is None:
        return ()
    dots = []
    for series in curve.series:
        x, y = min(series.points, key=lambda point: abs(point[0] - (curve.marked or 0)))
        dots.append((percent(x - low, max(1, high - low)), percent(top - y, top), series.tone))
    return tuple(dots)


def _along(low: int, high: int, unit: str, language: str) -> tuple[Mark, ...]:
    """Round places on the axis below."""
    width = max(1, high - low)
    if unit == "days" and width > _MOST_QUARTERS:
        years = range(to_date(low).year + 1, to_date(high).year + 1)
        apart = -(-len(years) // 6)
        places = [(year, day_number(datetime.date(year, 1, 1))) for year in years[::apart]]
        return tuple(Mark(percent(place - low, width), str(year)) for year, place in places)
    if unit == "days":
        marks = []
        day = to_date(low).replace(day=1)
        while True:
            day = (day + datetime.timedelta(days=32)).replace(day=1)
            number = day.toordinal() - to_date(0).toordinal()
            if number > high:
                break
            if day.month in (1, 4, 7, 10):
                marks.append(Mark(percent(number - low, width), axis_text(number, unit)))
        return tuple(marks)
    step = 60 if unit == "months" else _step(width, 4)
    marks = []
    for value in range(-(-low // step) * step, high + 1, step):
        anchor = "start" if value - low < width // 20 else "middle"
        anchor = "end" if high - value < width // 20 else anchor
        marks.append(Mark(percent(value - low, width), axis_text(value, unit, language), anchor))
    return tuple(marks)


@dataclass(frozen=True, slots=True)
class CurveRow:
    """A place of a curve with what every line has there."""

    at: str
    values: tuple[str, ...]
    marked: bool


def table_of(curve: Curve, about: int = 12) -> tuple[CurveRow, ...]:
    """A curve as a table: evenly chosen points, the answer itself, and where it turns."""
    columns = [dict(series.points) for series in curve.series]
    places = sorted({x for column in columns for x in column})
    if not places:
        return ()
    wanted = set(places[:: max(1, len(places) // about)]) | {places[-1]}
    wanted |= {min(places, key=lambda x: abs(x - turn.at)) for turn in curve.breaks}
    here = None
    if curve.marked is not None:
        here = min(places, key=lambda x: abs(x - (curve.marked or 0)))
        wanted.add(here)
    return tuple(
        CurveRow(
            value_text(x, curve.x_unit),
            tuple(value_text(column[x], curve.y_unit) if x in column else "" for column in columns),
            x == here,
        )
        for x in sorted(wanted)
    )


def points_of(curve: Curve) -> str:
    """Places of a curve for the page's script: per mille of the width, then the texts.

    ``0|0.00|12.00;16|…``: what is read off at the pointer is an answer of the engine, never
    something between two.
    """
    columns = [dict(series.points) for series in curve.series]
    places = sorted({x for column in columns for x in column})
    if not places:
        return ""
    low, width = places[0], max(1, places[-1] - places[0])
    wanted = {*places[:: max(1, len(places) // _READ)], places[-1]}
    if curve.marked is not None:
        wanted.add(min(places, key=lambda x: abs(x - (curve.marked or 0))))
    return ";".join(
        "|".join(
            (
                str((x - low) * _PLOT // width),
                value_text(x, curve.x_unit),
                *(value_text(column[x], curve.y_unit) if x in column else "" for column in columns),
            )
        )
        for x in sorted(wanted)
    )


@dataclass(frozen=True, slots=True)
class Point:
    """A day on the line of time."""

    place: str
    event: Event


def timeline(events: Sequence[Event]) -> tuple[Point, ...]:
    """Days placed on one line, the first at its left end."""
    if not events:
        return ()
    first = events[0].day.toordinal()
    length = max(1, events[-1].day.toordinal() - first)
    # Half of the room is by order, half by time: early years do not push the rest together.
    count = max(1, len(events) - 1)
    return tuple(
        Point(
            percent((event.day.toordinal() - first) * count + at * length, 2 * length * count),
            event,
        )
        for at, event in enumerate(events)
    )
