"""The sums of clearing: whole fen and basis points in, whole fen out, each rounded once, half up.

Nothing here knows a store: an officer's hand calculation and the month's books are one code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yibao.errors import InputError
from yibao.messages import message
from yibao.money import divided_by_weight, half_up, share_of
from yibao.policy.kinds import TextEnum


@dataclass(frozen=True, slots=True)
class MonthSum:
    """What a month's application comes to, in fen."""

    approved: int
    """Applied, less deductions, with what is given back."""
    retained: int
    payable: int
    """After what was paid in advance, to makers, and the debt carried in; may be below zero."""
    paid: int
    carried: int
    """Owed by the institution, to be set off against the next month."""


def month_sum(
    applied: int,
    *,
    deducted: int = 0,
    given_back: int = 0,
    retained_share: int,
    advanced: int = 0,
    goods: int = 0,
    carried_in: int = 0,
    in_full: int = 0,
    adjusted: int = 0,
) -> MonthSum:
    """The sum of a month, in fen; ``retained_share`` in basis points.

    ``in_full``: paid without anything retained of it, out of personal accounts.
    ``adjusted``: what points or groups come to, less what was applied for of them.
    Nothing is retained of a month that comes to less than zero: it is a debt.
    """
    approved = applied + adjusted - deducted + given_back
    retained = share_of(max(approved, 0), retained_share)
    payable = approved - retained - advanced - goods - carried_in + in_full
    return MonthSum(approved, retained, payable, max(payable, 0), max(-payable, 0))


def instant_advance(applied: int, advance_share: int) -> int:
    """What is paid at once of what was applied for, in fen."""
    return share_of(max(applied, 0), advance_share)


class ReturnRule(TextEnum):
    """How the retained share comes back by the score of the year."""

    PER_POINT = "per_point"
    """All from 80 points; 3% of it less for each point below 80; none below 60."""
    DISCRETION = "discretion"
    """All from 75 points; from 60 a sum that somebody decides; none below 60."""
    PROPORTION = "proportion"
    """All from 95 points; below, as the score is to 95."""


FULL_SCORE = 1000
"""100 points, in tenths."""
_ALL_FROM = {ReturnRule.PER_POINT: 800, ReturnRule.DISCRETION: 750, ReturnRule.PROPORTION: 950}
_NONE_BELOW = 600
_LESS_PER_TENTH = 3
"""Thousandths of the retained sum for each tenth of a point."""


@dataclass(frozen=True, slots=True)
class RetainedReturn:
    """What comes back of a retained sum and what stays with the fund, in fen."""

    returned: int
    withheld: int


def retained_return(
    retained: int, score: int, rule: ReturnRule, *, decided: int | None = None
) -> RetainedReturn:
    """The return of a year; ``score`` in tenths of a point, ``decided`` in fen.

    ``InputError`` where the rule leaves the sum to somebody who has not said it, or says one
    where the rule leaves nothing to say.
    """
    if not 0 <= score <= FULL_SCORE:
        raise InputError(message("考核得分是 0 到 100 分，最多一位小数"), place="score")
    open_range = rule == ReturnRule.DISCRETION and _NONE_BELOW <= score < _ALL_FROM[rule]
    if open_range != (decided is not None):
        raise InputError(
            message("60 分到 75 分之间按规定酌情返还，请写明返还多少")
            if open_range
            else message("这个得分返还多少由规定算出，不能另写"),
            place="decided",
        )
    if decided is not None:
        if not 0 <= decided <= retained:
            raise InputError(message("返还的不能多于留存的"), place="decided")
        return RetainedReturn(decided, retained - decided)
    if score >= _ALL_FROM[rule]:
        withheld = 0
    elif rule == ReturnRule.PROPORTION:
        withheld = retained - half_up(retained * score, _ALL_FROM[rule])
    elif score < _NONE_BELOW:
        withheld = retained
    else:
        withheld = half_up(retained * (_ALL_FROM[rule] - score) * _LESS_PER_TENTH, 1000)
    return RetainedReturn(retained - withheld, withheld)


@dataclass(frozen=True, slots=True)
class SetOff:
    """Goods that were paid to makers, set off against what a hospital is owed, in fen."""

    to_makers: int
    to_hospital: int
    collected: int
    """To be asked back from the hospital."""


def set_off(payable: int, goods: int) -> SetOff:
    """The makers are paid in any case; the hospital remains the buyer."""
    return SetOff(goods, max(payable - goods, 0), max(goods - payable, 0))


def shared_out(amount: int, weights: Sequence[int]) -> list[int]:
    """``amount`` by weights, exactly: floors first, the rest to the largest remainders.

    Of two equal remainders the earlier one comes first.  ``InputError`` without any weight.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise InputError(message("点数、权重不能是负数，合计要大于零"), place="weights")
    return divided_by_weight(amount, list(weights))
