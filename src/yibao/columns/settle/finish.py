"""What the identities give of every row, and the sums, in one pass.

Written, like the benefit functions, in what CPython and Numba share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from yibao.columns.frame import Column, Written

LIMB = 30
"""A sum is kept in two parts, so that it cannot overflow: low bits, and the rest."""
MOST_ADDED = 1 << 15
"""So many of the largest amounts fit into 64 bits."""


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


def add_sums(
    sums: Written,
    total: int,
    out: int,
    over: int,
    upfront: int,
    eligible: int,
    deductible: int,
    pooled: int,
    upper: int,
    assistance: int,
    other: int,
    fund: int,
    own: int,
    account: int,
    aid: int,
    cash: int,
) -> None:
    """Add the sums of some rows of a group to those of the group."""
    add_sum(sums, 0, total)
    add_sum(sums, 1, out)
    add_sum(sums, 2, over)
    add_sum(sums, 3, upfront)
    add_sum(sums, 4, eligible)
    add_sum(sums, 5, deductible)
    add_sum(sums, 6, pooled)
    add_sum(sums, 7, upper)
    add_sum(sums, 8, assistance)
    add_sum(sums, 9, other)
    add_sum(sums, 10, fund)
    add_sum(sums, 11, own)
    add_sum(sums, 12, account)
    add_sum(sums, 13, aid)
    add_sum(sums, 14, cash)


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
    in which an amount is negative that may not be.  Rows of one group mostly follow each
    other: their sums are added to those of the group at once.
    """
    of_total = of_out = of_over = of_upfront = of_eligible = of_deductible = of_pooled = 0
    of_upper = of_assistance = of_other = of_fund = of_own = of_account = of_aid = of_cash = 0
    last = -1
    count = 0
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
        other = amounts.other_fund[row] + 0
        fund = pooled + upper + assistance + other
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
        if group[row] != last or count == MOST_ADDED:
            if count > 0:
                add_sums(
                    sums[last],
                    of_total,
                    of_out,
                    of_over,
                    of_upfront,
                    of_eligible,
                    of_deductible,
                    of_pooled,
                    of_upper,
                    of_assistance,
                    of_other,
                    of_fund,
                    of_own,
                    of_account,
                    of_aid,
                    of_cash,
                )
            last = group[row] + 0
            count = 0
            of_total = of_out = of_over = of_upfront = of_eligible = of_deductible = of_pooled = 0
            of_upper = of_assistance = of_other = of_fund = of_own = of_account = of_aid = 0
            of_cash = 0
        count += 1
        of_total += total
        of_out += out
        of_over += over
        of_upfront += upfront
        of_eligible += eligible
        of_deductible += deductible
        of_pooled += pooled
        of_upper += upper
        of_assistance += assistance
        of_other += other
        of_fund += fund
        of_own += own
        of_account += account
        of_aid += aid
        of_cash += cash
    if count > 0:
        add_sums(
            sums[last],
            of_total,
            of_out,
            of_over,
            of_upfront,
            of_eligible,
            of_deductible,
            of_pooled,
            of_upper,
            of_assistance,
            of_other,
            of_fund,
            of_own,
            of_account,
            of_aid,
            of_cash,
        )


FINISH_FUNCTIONS: list[Callable[..., Any]] = [add_sum, add_sums, finish_rows]
"""Callees before callers, as the compiler wants them."""
