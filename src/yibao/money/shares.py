"""Shares of amounts that are no benefit: of a month that is cleared, of a budget, of a mean.

Amounts are fen; each quotient is rounded once, half up.
"""

from yibao.money.rounding import BASIS


def half_up(numerator: int, denominator: int) -> int:
    """A quotient rounded half up; the denominator above zero."""
    return (2 * numerator + denominator) // (2 * denominator)


def share_of(amount: int, share: int) -> int:
    """``amount`` fen at ``share`` basis points, of an amount below zero as of its size."""
    part = half_up(abs(amount) * share, BASIS)
    return part if amount >= 0 else -part


def divided_by_weight(amount: int, weights: list[int]) -> list[int]:
    """``amount`` by weights, exactly: floors first, the rest to the largest remainders.

    Of two equal remainders the earlier one comes first; the weights sum to more than zero.
    """
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % total), at))
    for at in order[: amount - sum(parts)]:
        parts[at] += 1
    return parts


def in_units_of(amount: int, scale: int, whole: int) -> int:
    """What ``amount`` is of a whole, in ``1/scale``, rounded down; the whole above zero."""
    return amount * scale // whole
