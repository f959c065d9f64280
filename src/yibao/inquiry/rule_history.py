"""A rule in one area through the years: what holds now, what held before, and a line of it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from yibao.inquiry.answer import Curve, Series
from yibao.messages import Wording, message
from yibao.policy.citation import Citation
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.declarations import MISSING, NONE, Declaration
from yibao.policy.labels import UNITS
from yibao.policy.model import Words
from yibao.policy.reported import Valued

_DRAWN = ("yuan", "percent", "months", "years", "days", "count")
"""Units of which a line says something."""
_Y_UNITS = {"yuan": "fen", "percent": "percent"}
_TONES = ("own", "fund", "other")
"""Of the lines of a chart, the first the one that changed most."""


class Period(NamedTuple):
    """A time in which a rule does not change."""

    first_day: datetime.date
    last_day: datetime.date | None
    citations: tuple[Citation, ...]
    """One for each value, in the order of the rule's keys."""
    numbers: tuple[int, ...]
    """In fen, basis points or the rule's own unit."""

    @property
    def values(self) -> tuple[Valued, ...]:
        """Its values with their keys, as people read them."""
        return tuple(Valued(citation.keys, citation.value) for citation in self.citations)

    @property
    def sources(self) -> tuple[str, ...]:
        """The records that say so, each once."""
        return tuple(dict.fromkeys(name for said in self.citations for name in said.sources))


def periods_of(packs: PolicyLibrary, area: str, declaration: Declaration) -> tuple[Period, ...]:
    """The times of a rule in an area, the latest first; empty where no pack gives it."""
    book = packs.rulebook(area)
    cells = book.layout.cells(declaration)
    periods: list[Period] = []
    for index, first_day in enumerate(book.days):
        numbers: dict[int, int] = {}
        for cell in cells:
            position = book.cells[index][cell]
            if position:
                numbers.setdefault(position, book.segments[index][cell])
        stated = tuple(book.citations[position] for position in numbers)
        day, amounts = to_date(first_day), tuple(numbers.values())
        if periods and _same(periods[-1], stated):
            continue
        if periods and periods[-1].last_day is None:
            periods[-1] = periods[-1]._replace(last_day=day - datetime.timedelta(days=1))
        if stated:
            periods.append(Period(day, None, stated, amounts))
    return tuple(reversed(periods))


def _same(before: Period, stated: Sequence[Citation]) -> bool:
    """Whether nothing begins: the same values by the same records follow one another."""
    return before.last_day is None and [
        (said.keys, said.value, said.sources) for said in before.citations
    ] == [(said.keys, said.value, said.sources) for said in stated]


def period_on(periods: Sequence[Period], day: datetime.date) -> Period | None:
    """What holds on a day."""
    return next(
        (
            period
            for period in periods
            if period.first_day <= day and (period.last_day is None or day <= period.last_day)
        ),
        None,
    )


def line_of(
    periods: Sequence[Period], declaration: Declaration, title: Wording, today: datetime.date
) -> Curve | None:
    """The values through time as a line with steps; None where nothing has changed."""
    unit = declaration.table.unit
    if unit not in _DRAWN or len(periods) < 2:
        return None
    by_key: dict[str, list[tuple[int, int]]] = {}
    for period in reversed(periods):
        for said, number in zip(period.citations, period.numbers, strict=True):
            if number not in (MISSING, NONE):
                point = (day_number(period.first_day), number)
                by_key.setdefault(said.keys, []).append(point)
    changed = [(keys, points) for keys, points in by_key.items() if len({y for _, y in points}) > 1]
    changed.sort(key=lambda line: -len({y for _, y in line[1]}))
    if not changed:
        return None
    latest = periods[0]
    open_end = max(today, latest.first_day + datetime.timedelta(days=30))
    end = day_number(latest.last_day or open_end)
    series = [
        Series(Words(keys) if keys else title, (*points, (end, points[-1][1])), tone)
        for (keys, points), tone in zip(changed, _TONES, strict=False)
    ]
    return Curve(
        title,
        message("首日"),
        Words(UNITS.get(unit, "")),
        "days",
        _Y_UNITS.get(unit, "count"),
        tuple(series),
        (),
        None,
        steps=True,
    )
