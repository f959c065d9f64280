"""Paid months of the employee scheme as documents hold them: runs from a month on.

A run has one base and follows month by month, so that a person's document is as long as the
changes in it and not as the years.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby, pairwise

import msgspec

from yibao.benefit.facts import EmployeeContribution, month_of, next_month
from yibao.benefit.paid_months import PaidMonths, Ranges


class PaidRun(msgspec.Struct, omit_defaults=True):
    """Months that follow one another, paid on the same base."""

    first: int
    """yyyymm."""
    months: int = 1
    base: int | None = None
    paid: list[int | datetime.date | None] = []
    """When each was paid: a day of the month itself, or any other date; None: in time.
    One for all where they are the same, nothing where all are None."""

    @property
    def last(self) -> int:
        """The last month, yyyymm."""
        return month_after(self.first, self.months - 1)

    def part(self, start: int, end: int) -> PaidRun:
        """Months of the run from one place to before another, as a run."""
        paid = self.paid if len(self.paid) < self.months else _shortened(self.paid[start:end])
        return PaidRun(month_after(self.first, start), end - start, self.base, paid)

    def payment_at(self, place: int) -> EmployeeContribution:
        """The payment for the month at a place."""
        paid = self.paid[place if len(self.paid) == self.months else 0] if self.paid else None
        month = month_after(self.first, place)
        return EmployeeContribution(month, self.base, _date_of(paid, month))

    def in_time(self) -> Iterator[tuple[int, int]]:
        """Months paid in time, as pieces (first, last)."""
        if len(self.paid) < self.months:
            late_until = self.paid[0] if self.paid else None
            first = self.first
            if isinstance(late_until, datetime.date):
                first = max(first, month_of(late_until))
            if first <= self.last:
                yield first, self.last
            return
        first = self.first
        for is_in_time, group in groupby(self._each_in_time()):
            months = len(list(group))
            if is_in_time:
                yield first, month_after(first, months - 1)
            first = month_after(first, months)

    def _each_in_time(self) -> Iterator[bool]:
        month = self.first
        for paid in self.paid:
            yield not isinstance(paid, datetime.date) or month_of(paid) <= month
            month = next_month(month)


def month_after(month: int, count: int) -> int:
    """The month (yyyymm) so many months after another."""
    number = month // 100 * 12 + month % 100 - 1 + count
    return number // 12 * 100 + number % 12 + 1


def _date_of(paid: int | datetime.date | None, month: int) -> datetime.date | None:
    return datetime.date(month // 100, month % 100, paid) if isinstance(paid, int) else paid


def _shortened(paid: list[int | datetime.date | None]) -> list[int | datetime.date | None]:
    """As a run keeps when its months were paid."""
    if paid.count(paid[0]) < len(paid):
        return paid
    return [] if paid[0] is None else paid[:1]


def runs_of(contributions: Iterable[EmployeeContribution]) -> list[PaidRun]:
    """Months as runs, in their order."""
    runs: list[PaidRun] = []
    expected = 0
    for contribution in contributions:
        month, paid_on = contribution.month, contribution.paid_on
        paid: int | datetime.date | None = paid_on
        if paid_on is not None and paid_on.year * 100 + paid_on.month == month:
            paid = paid_on.day
        if runs and month == expected and contribution.base == runs[-1].base:
            runs[-1].months += 1
            runs[-1].paid.append(paid)
        else:
            runs.append(PaidRun(month, 1, contribution.base, [paid]))
        expected = next_month(month)
    for run in runs:
        run.paid = _shortened(run.paid)
    return runs


def months_of(runs: Sequence[PaidRun]) -> list[EmployeeContribution]:
    """The months that :func:`runs_of` wrote."""
    contributions = []
    for run in runs:
        month, base = run.first, run.base
        paid = run.paid if len(run.paid) == run.months else (run.paid or [None]) * run.months
        for when in paid:
            contributions.append(EmployeeContribution(month, base, _date_of(when, month)))
            month = next_month(month)
    return contributions


class StoredMonths(PaidMonths):
    """The months of a document: asked by its runs, and unfolded only where somebody lists them.

    Runs that do not stand in the order of their months are unfolded at once.
    """

    def __init__(self, runs: Sequence[PaidRun]) -> None:
        self.runs = tuple(runs)
        self._firsts = [run.first for run in self.runs]
        following = list(pairwise(self.runs))
        self._are_in_order = all(run.last < after.first for run, after in following)
        self.are_as_written = self._are_in_order and not any(
            next_month(run.last) == after.first and run.base == after.base
            for run, after in following
        )
        """Whether :func:`runs_of` would write these very runs."""

    @cached_property
    def _unfolded(self) -> tuple[EmployeeContribution, ...]:
        return tuple(months_of(self.runs))

    @property
    def listed(self) -> tuple[EmployeeContribution, ...]:
        """Every payment, as a tuple."""
        return self._unfolded

    def __len__(self) -> int:
        return sum(run.months for run in self.runs)

    @property
    def first_month(self) -> int:
        """The month of the first payment that is listed."""
        return self.runs[0].first

    def payment_for(self, month: int) -> EmployeeContribution | None:
        """The payment for a month."""
        if not self._are_in_order:
            return super().payment_for(month)
        place = bisect_right(self._firsts, month) - 1
        if place < 0 or self.runs[place].last < month:
            return None
        run = self.runs[place]
        years = month // 100 - run.first // 100
        return run.payment_at(years * 12 + month % 100 - run.first % 100)

    @cached_property
    def paid(self) -> Ranges:
        """Months paid, in time or not."""
        if not self._are_in_order:
            return Ranges.of(self.by_month)
        return Ranges.joined((run.first, run.last) for run in self.runs)

    @cached_property
    def in_time(self) -> Ranges:
        """Months paid in time."""
        if not self._are_in_order:
            return Ranges.of(m for m, payment in self.by_month.items() if payment.is_in_time)
        return Ranges.joined(piece for run in self.runs for piece in run.in_time())


def years_listed(months: Sequence[EmployeeContribution]) -> list[int]:
    """The years of months, in the order in which these are listed."""
    if isinstance(months, StoredMonths) and months.are_as_written:
        return [month // 100 for run in months.runs for month in (run.first, run.last)]
    return [payment.month // 100 for payment in months]


def runs_by_year(
    months: Sequence[EmployeeContribution], span_of: Callable[[int], int]
) -> dict[int, list[PaidRun]]:
    """Months in their order as runs, those of each span of years apart.

    ``span_of``: the first year of the span of a year; it never falls.
    """
    spans: dict[int, list[PaidRun]] = {}
    if not isinstance(months, StoredMonths) or not months.are_as_written:
        for start, listed in groupby(months, lambda paid: span_of(paid.month // 100)):
            spans[start] = runs_of(listed)
        return spans
    for run in months.runs:
        year, place = run.first // 100, 0
        while place < run.months:
            span = span_of(year)
            until = year + 1
            while until <= run.last // 100 and span_of(until) == span:
                until += 1
            end = min(run.months, until * 12 - run.first // 100 * 12 - run.first % 100 + 1)
            spans.setdefault(span, []).append(run.part(place, end))
            year, place = until, end
    return spans
