"""An answer as pages and programs show it: the sentence first, then why."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from yibao.benefit.explain import Step
from yibao.inquiry.fields import NO_WORDS
from yibao.messages import Text, Wording
from yibao.written import TypedAnswer


@dataclass(frozen=True, slots=True)
class MainFigure:
    """The one figure that people came for, with its name."""

    name: Wording
    value: Text
    """A quantity, a date, or a word where there is no number."""
    pocket: str = ""
    """``own``, ``fund``, or nothing where it is nobody's money."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the waterfall: from ``start`` to ``end`` on the scale of amounts in fen."""

    label: Wording
    amount: int
    start: int
    end: int
    tone: str
    """``total``, ``less`` (falls away from the base), ``fund`` or ``own``."""


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of the table; a title where ``amount`` is None and ``text`` stands instead."""

    label: Wording
    amount: int | None
    depth: int = 0
    text: Wording = NO_WORDS
    strong: bool = False


@dataclass(frozen=True, slots=True)
class AmountTable:
    """Amounts in columns."""

    caption: Wording
    columns: tuple[Wording, ...]
    rows: tuple[tuple[Wording, ...], ...]
    """The first of each row is its heading."""
    wordy: bool = False
    """The cells are texts, not numbers."""


@dataclass(frozen=True, slots=True)
class Note:
    """What does not apply, and why."""

    title: Wording
    reason: Wording


@dataclass(frozen=True, slots=True)
class Event:
    """A day on the timeline."""

    day: datetime.date
    label: Wording
    tone: str = "plain"
    """``plain``, ``start`` (benefits begin), ``asked`` or ``lapse``."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a curve; points are (x, y)."""

    label: Wording
    points: tuple[tuple[int, int], ...]
    tone: str = "fund"


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a curve changes direction."""

    at: int
    what: Wording


@dataclass(frozen=True, slots=True)
class Curve:
    """What becomes of the answer if one input varies."""

    title: Wording
    x_label: Wording
    y_label: Wording
    x_unit: str
    """``fen``, ``months`` or ``days`` (day numbers)."""
    y_unit: str
    series: tuple[Series, ...]
    breaks: tuple[Break, ...]
    marked: int | None
    """Where the answer itself stands."""
    steps: bool = False
    """The curve jumps instead of rising."""


@dataclass(frozen=True, slots=True)
class Part:
    """The steps of one area, date or visit, with the area whose rules they cite."""

    title: Wording
    area: str
    steps: tuple[Step, ...]

    @property
    def counted(self) -> tuple[tuple[Step, int], ...]:
        """Each step once, with how often it came: a year of months repeats itself."""
        return tuple(Counter(self.steps).items())


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that a page shows; ``figures`` is the same for programs, in fen."""

    headline: Wording
    about: Wording
    figures: TypedAnswer
    area: str
    figures_on: datetime.date
    """The day whose rules were used."""
    parts: tuple[Part, ...]
    assumptions: tuple[str, ...]
    disputes: tuple[str, ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    tables: tuple[AmountTable, ...] = ()
    notes: tuple[Note, ...] = ()
    events: tuple[Event, ...] = ()
    curve: Curve | None = None
    figure: MainFigure | None = None
    """None where the answer is a range, or a refusal of one figure."""
    good: bool = True
    """Whether the sentence is good news; never shown by colour alone."""


def together(*several: Sequence[str]) -> tuple[str, ...]:
    """Names of several answers, each once, in order."""
    return tuple(dict.fromkeys(name for names in several for name in names))
