"""Paid months of the employee scheme as documents hold them: runs from a month on.

A run has one base and follows month by month, so that a person's document is as long as the
changes in it and not as the years.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from yibao.benefit.facts import EmployeeContribution, next_month


class PaidRun(msgspec.Struct, omit_defaults=True):
    """Months that follow one another, paid on the same base."""

    first: int
    """yyyymm."""
    months: int = 1
    base: int | None = None
    paid: list[int | datetime.date | None] = []
    """When each was paid: a day of the month itself, or any other date; None: in time.
    One for all where they are the same, nothing where all are None."""


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
        if run.paid.count(run.paid[0]) == run.months:
            run.paid = [] if run.paid[0] is None else run.paid[:1]
    return runs


def months_of(runs: Sequence[PaidRun]) -> list[EmployeeContribution]:
    """The months that :func:`runs_of` wrote."""
    contributions = []
    for run in runs:
        month, base = run.first, run.base
        paid = run.paid if len(run.paid) == run.months else (run.paid or [None]) * run.months
        for when in paid:
            if isinstance(when, int):
                paid_on: datetime.date | None = datetime.date(month // 100, month % 100, when)
            else:
                paid_on = when
            contributions.append(EmployeeContribution(month, base, paid_on))
            month = next_month(month)
    return contributions
