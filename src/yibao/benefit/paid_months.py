"""The months of the employee scheme that a person paid, by ranges."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, overload

from yibao.benefit.facts import EmployeeContribution, next_month


class Ranges(NamedTuple):
    """Months (yyyymm) in ranges of those that follow one another, in order."""

    first: list[int]
    last: list[int]

    @classmethod
    def of(cls, months: Iterable[int]) -> Ranges:
        """The ranges of months that are named, in any order."""
        return cls.joined((month, month) for month in sorted(months))

    @classmethod
    def joined(cls, pieces: Iterable[tuple[int, int]]) -> Ranges:
        """The ranges of pieces that stand in their order and share no month."""
        ranges = cls([], [])
        for first, last in pieces:
            if ranges.last and next_month(ranges.last[-1]) == first:
                ranges.last[-1] = last
            else:
                ranges.first.append(first)
                ranges.last.append(last)
        return ranges

    def around(self, month: int) -> tuple[int, int] | None:
        """The first and the last month of the range in which a month stands."""
        position = bisect_right(self.first, month) - 1
        if position < 0 or self.last[position] < month:
            return None
        return self.first[position], self.last[position]


class PaidMonths(Sequence[EmployeeContribution]):
    """Payments by month that are asked again and again: what follows from them is kept."""

    def __init__(self, listed: Iterable[EmployeeContribution] = ()) -> None:
        self._tuple = tuple(listed)

    @property
    def listed(self) -> tuple[EmployeeContribution, ...]:
        """Every payment, as a tuple."""
        return self._tuple

    @overload
    def __getitem__(self, place: int) -> EmployeeContribution: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[EmployeeContribution, ...]: ...

    def __getitem__(
        self, place: int | slice
    ) -> EmployeeContribution | tuple[EmployeeContribution, ...]:
        return self.listed[place]

    def __len__(self) -> int:
        return len(self.listed)

    def __iter__(self) -> Iterator[EmployeeContribution]:
        return iter(self.listed)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PaidMonths):
            return self.listed == other.listed
        return self.listed == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.listed)

    def __repr__(self) -> str:
        return repr(self.listed)

    @property
    def first_month(self) -> int:
        """The month of the first payment that is listed."""
        return self[0].month

    @cached_property
    def by_month(self) -> dict[int, EmployeeContribution]:
        """The payment for each month; of two the later one."""
        return {payment.month: payment for payment in self}

    def payment_for(self, month: int) -> EmployeeContribution | None:
        """The payment for a month."""
        return self.by_month.get(month)

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


def paid_months(listed: Sequence[EmployeeContribution] | None) -> PaidMonths:
    """The payments of a person, as they are asked by ranges."""
    return listed if isinstance(listed, PaidMonths) else PaidMonths(listed or ())
