"""The months of the employee scheme that a person paid, by ranges."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from yibao.benefit.facts import EmployeeContribution, next_month


class Ranges(NamedTuple):
    """Months (yyyymm) in ranges of those that follow one another, in order."""

    first: list[int]
    last: list[int]

    @classmethod
    def of(cls, months: Iterable[int]) -> Ranges:
        """The ranges of months that are named, in any order."""
        ranges = cls([], [])
        for month in sorted(months):
            if ranges.last and next_month(ranges.last[-1]) == month:
                ranges.last[-1] = month
            else:
                ranges.first.append(month)
                ranges.last.append(month)
        return ranges

    def around(self, month: int) -> tuple[int, int] | None:
        """The first and the last month of the range in which a month stands."""
        position = bisect_right(self.first, month) - 1
        if position < 0 or self.last[position] < month:
            return None
        return self.first[position], self.last[position]


class PaidMonths(tuple[EmployeeContribution, ...]):
    """Payments by month that are asked again and again: what follows from them is kept."""

    @cached_property
    def by_month(self) -> dict[int, EmployeeContribution]:
        """The payment for each month; of two the later one."""
        return {payment.month: payment for payment in self}

    @cached_property
    def paid(self) -> Ranges:
        """Months paid, in time or not."""
        return Ranges.of(self.by_month)

    @cached_property
    def in_time(self) -> Ranges:
        """Months paid in time."""
        return Ranges.of(month for month, payment in self.by_month.items() if payment.is_in_time)

    def in_time_until(self, month: int) -> int:
        """The last month of the range of those paid in time in which a month stands; 0: none."""
        around = self.in_time.around(month)
        return around[1] if around else 0


def paid_months(listed: tuple[EmployeeContribution, ...] | None) -> PaidMonths:
    """The payments of a person, as they are asked by ranges."""
    return listed if isinstance(listed, PaidMonths) else PaidMonths(listed or ())
