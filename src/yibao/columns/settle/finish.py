"""What the identities give of every row, and the sums, in one pass.

Written, like the benefit functions, in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.columns.frame import Column, Written

LIMB = 30
"""A sum is kept in two parts, so that it cannot overflow: low bits, and the rest."""


class RowAmounts(NamedTuple):
    """The amounts of all rows in fen, in the order of ``schema.AMOUNTS``."""

    total: Written
    out_of_catalogue: Written
    over_limit: Written
    upfront: Written
    eligible: Written
    deductible: Written
    pooled: Written
    upper: Written
    assistance: Written
    other_fund: Written
    fund: Written
    own: Written
    account: Written
    mutual_aid: Written
    cash: Written


def add_sum(sums: Written, number: int, amount: int) -> None:
    """Add an amount to a sum."""
    sums[number * 2] += amount & (1 << LIMB) - 1
    sums[number * 2 + 1] += amount >> LIMB


def finish_rows(
    amounts: RowAmounts,
    settled: Column,
    mirrored: Column,
    group: Column,
    sums: Sequence[Written],
    broken: Written,
) -> None:
    """Eligible, fund, own part and cash of the settled rows, and all sums by group.

    ``mirrored``: rows of reversals, whose amounts may be negative.  ``broken`` counts rows
    in which an amount is negative that may not be.
    """
    for row in range(len(settled)):
        if settled[row] == 0:
            continue
        total = amounts.total[row] + 0
        out = amounts.out_of_catalogue[row] + 0
        over = amounts.over_limit[row] + 0
        upfront = amounts.upfront[row] + 0
        deductible = amounts.deductible[row] + 0
        pooled = amounts.pooled[row] + 0
        upper = amounts.upper[row] + 0
        assistance = amounts.assistance[row] + 0
        account = amounts.account[row] + 0
        aid = amounts.mutual_aid[row] + 0
        eligible = total - out - over - upfront
        fund = pooled + upper + assistance + amounts.other_fund[row]
        own = total - fund
        cash = own - account - aid
        amounts.eligible[row] = eligible
        amounts.fund[row] = fund
        amounts.own[row] = own
        amounts.cash[row] = cash
        least = min(total, out, over, upfront, eligible, deductible, pooled)
        least = min(least, upper, assistance, own, account, aid, cash)
        if least < 0 and mirrored[row] == 0:
            broken[0] += 1
        of_group = sums[group[row]]
        add_sum(of_group, 0, total)
        add_sum(of_group, 1, out)
        add_sum(of_group, 2, over)
        add_sum(of_group, 3, upfront)
        add_sum(of_group, 4, eligible)
        add_sum(of_group, 5, deductible)
        add_sum(of_group, 6, pooled)
        add_sum(of_group, 7, upper)
        add_sum(of_group, 8, assistance)
        add_sum(of_group, 9, amounts.other_fund[row] + 0)
        add_sum(of_group, 10, fund)
        add_sum(of_group, 11, own)
        add_sum(of_group, 12, account)
        add_sum(of_group, 13, aid)
        add_sum(of_group, 14, cash)


FINISH_FUNCTIONS: list[Callable[..., Any]] = [add_sum, finish_rows]
"""Callees before callers, as the compiler wants them."""
