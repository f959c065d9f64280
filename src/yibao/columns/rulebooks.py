"""The rules of every area, day and state of knowledge that a run meets, in one table."""

from __future__ import annotations

import datetime
import threading
from dataclasses import dataclass

import numpy as np

from yibao.benefit.functions.basic import figures_needed
from yibao.benefit.functions.deductible_days import counts_days
from yibao.benefit.functions.period import (
    counts_months,
    groups_by_age,
    repeats_deductibles,
    shifts_years,
)
from yibao.benefit.functions.rounding_known import rounding_known
from yibao.benefit.functions.unknown import may_be_unknown
from yibao.benefit.rules import DayRules
from yibao.columns.pinned import CarriedRulebooks
from yibao.columns.prepare.row_loops import Books
from yibao.columns.read.calendar import FIRST_DAY
from yibao.columns.read.cells import Ints
from yibao.columns.travelling import RulesLibrary
from yibao.messages import Text
from yibao.policy.days import to_date
from yibao.policy.layout import REST, Layout
from yibao.policy.parameters import DECLARED
from yibao.policy.rulebook import Rulebook


@dataclass(slots=True)
class _Known:
    """One rulebook of an area: what was known up to a day."""

    rulebook: Rulebook | None = None
    version: int = -1
    number: int = -1


class Rulebooks:
    """Rulebooks as they are met; a *version* is one segment of one rulebook.

    Safe to grow from several threads; what was given out stays as it is.
    """

    def __init__(self, library: RulesLibrary, pinned: CarriedRulebooks | None = None) -> None:
        """``pinned``: the rulebooks that rows may name; None: what they name is passed over."""
        self.library = library
        self.pinned = pinned
        self._lock = threading.RLock()
        self._areas: dict[str, int] = {}
        """Area with a pack, or hash of a pinned rulebook -> number."""
        self._known_days: list[tuple[int, ...]] = []
        self._books: list[list[_Known]] = []
        self._covering: dict[str, int] = {}
        self.rulebooks: list[Rulebook] = []
        # Version 0 belongs to no rulebook: rows of an area without a pack have it.
        self._segments: list[tuple[int, int]] = [(-1, -1)]
        """Of each version the number of its rulebook and its segment."""
        self._rules: list[tuple[int, ...]] = [_no_rules()]
        self._matrix = np.zeros((0, 0), dtype=np.int64)
        self._refusals: list[int] = [0]
        self._unknown: list[int] = [0]
        self.shifted_years = False
        """Whether a benefit year of some rules is not a calendar year."""
        self.every_days = False
        """Whether a long stay under some rules bears the deductible again."""
        self.by_month = False
        """Whether a ceiling for outpatients of some rules is not one of a year."""
        self.by_days = False
        """Whether a deductible of some rules is borne once in a number of days."""
        self.any_ages = False
        """Whether a rulebook has groups to which people belong by their age."""

    def area(self, code: str) -> int:
        """The number of the area whose rules hold for ``code``; -1: no pack."""
        with self._lock:
            number = self._covering.get(code)
            if number is None:
                covering = self.library.covering(code)
                number = -1 if covering is None else self._number(covering.code)
                self._covering[code] = number
            return number

    def pinned_area(self, name: str) -> tuple[int, str]:
        """The number under which a pinned rulebook's rules are found, and its area.

        (-1, "") where nothing carries it.
        """
        with self._lock:
            number = self._areas.get(name)
            if number is None:
                rulebook = None if self.pinned is None else self.pinned.rulebook(name)
                if rulebook is None:
                    return -1, ""
                number = self._areas[name] = len(self._areas)
                book = _Known()
                self._known_days.append(())
                self._books.append([book])
                self._add(book, rulebook)
            pinned = self._books[number][0].rulebook
            assert pinned is not None
            return number, pinned.area

    def _number(self, code: str) -> int:
        if code not in self._areas:
            self._areas[code] = len(self._areas)
            days = self.library.knowledge_days(code)
            self._known_days.append(days)
            self._books.append([_Known() for _ in range(len(days) + 1)])
        return self._areas[code]

    def books(self, areas: Ints, known_days: Ints) -> Books:
        """The index for ``find_versions``, with every rulebook that the rows need loaded."""
        with self._lock:
            present = np.flatnonzero(np.bincount(areas + 1)) - 1
            least, most = int(known_days.min()), int(known_days.max())
            codes = list(self._areas)
            for area in present[present >= 0].tolist():
                days = self._known_days[area]
                first = int(np.searchsorted(days, least, side="right")) if days else 0
                last = int(np.searchsorted(days, most, side="right")) if days else 0
                for known in range(first, last + 1):
                    if self._books[area][known].rulebook is None:
                        self._load(codes[area], area, known)
            return self._index()

    def _load(self, code: str, area: int, known: int) -> None:
        days = self._known_days[area]
        known_on = to_date(days[known] - 1) if known < len(days) else None
        self._add(self._books[area][known], self.library.rulebook(code, known_on))

    def _add(self, book: _Known, rulebook: Rulebook) -> None:
        book.rulebook = rulebook
        book.number = len(self.rulebooks)
        book.version = len(self._rules)
        self.rulebooks.append(rulebook)
        for segment, rules in enumerate((rulebook.layout.defaults, *rulebook.segments)):
            self._segments.append((book.number, segment - 1))
            self._rules.append(rules)
            self._refusals.append(rounding_known(rules))
            self._unknown.append(may_be_unknown(rules))
            self.any_ages |= groups_by_age(rules)
            self.shifted_years |= shifts_years(rules)
            self.every_days |= repeats_deductibles(rules)
            self.by_month |= counts_months(rules)
            self.by_days |= counts_days(rules)
        self._matrix = np.zeros((0, 0), dtype=np.int64)

    def _index(self) -> Books:
        area_start, book_start = [0], [0]
        known: list[int] = []
        area_book: list[int] = []
        days: list[int] = []
        versions: list[int] = []
        for area, books in enumerate(self._books):
            area_book.append(len(versions))
            known += self._known_days[area]
            area_start.append(len(known))
            for book in books:
                days += book.rulebook.days if book.rulebook is not None else ()
                book_start.append(len(days))
                versions.append(book.version)
        arrays = [
            np.array(column, dtype=np.int64)
            for column in (area_start, known, area_book, book_start, days, versions)
        ]
        return Books(*arrays)

    @property
    def matrix(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """All versions, one row each; a shorter segment is followed by zeros."""
        with self._lock:
            if len(self._matrix) != len(self._rules):
                width = max(map(len, self._rules), default=0)
                self._matrix = np.zeros((len(self._rules), width), dtype=np.int64)
                for row, rules in zip(self._matrix, self._rules, strict=True):
                    row[: len(rules)] = rules
            return self._matrix

    @property
    def figures_in_row(self) -> int:
        """How many figures the table of patterns has room for in a row: whole cache lines."""
        most = max(figures_needed(rules) for rules in self._rules)
        return (most + 7) // 8 * 8

    @property
    def plain(self) -> list[tuple[int, ...]]:
        """All versions as tuples, for the plain path."""
        return self._rules

    @property
    def refusals(self) -> Ints:
        """Of each version 0, or the status of an option that it lacks."""
        return np.array(self._refusals, dtype=np.int64)

    @property
    def may_be_unknown(self) -> Ints:
        """Of each version 1 where the terms of some layer for somebody have no source."""
        return np.array(self._unknown, dtype=np.int64)

    @property
    def rulebook_numbers(self) -> Ints:
        """Of each version the number of its rulebook."""
        return np.array([number for number, _ in self._segments], dtype=np.int64)

    @property
    def segment_numbers(self) -> Ints:
        """Of each version its segment in the rulebook; -1 before the first."""
        return np.array([segment for _, segment in self._segments], dtype=np.int64)

    def rulebook(self, version: int) -> Rulebook:
        """The rulebook of a version."""
        return self.rulebooks[self._segments[version][0]]

    def day_rules(self, version: int, day: int) -> DayRules:
        """A version as the other roads hold it."""
        return DayRules(self.rulebook(version), self.rulebook(version).segment(day), to_date(day))

    def refusal(self, version: int, day: int, status: int) -> Text:
        """What a refusal says."""
        return self.day_rules(version, day).refusal(status).message


def _no_rules() -> tuple[int, ...]:
    """A segment in which nothing is stated and nothing told apart."""
    return Layout(dict.fromkeys(DECLARED.keys, (REST,))).defaults


def date_of(day: int) -> datetime.date:
    """The date of a day number, also of an empty one."""
    return to_date(max(day, FIRST_DAY))
