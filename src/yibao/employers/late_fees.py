"""Late fees (滞纳金): of one month's debt, by the day, not compounding."""

from __future__ import annotations

import datetime

from yibao.benefit.rules import DayRules
from yibao.errors import InputError
from yibao.messages import message
from yibao.money import ROUND_HALF_UP, ratio_amount
from yibao.policy import parameters as p
from yibao.policy.kinds import TextEnum


class DayCount(TextEnum):
    """Until which day a late fee is counted, in the order of the choices of the parameter."""

    THROUGH_PAYMENT = "through_payment"
    BEFORE_PAYMENT = "before_payment"


def late_days(due_on: datetime.date, paid_on: datetime.date, count: DayCount) -> int:
    """Days from the day after the last one; 0 for what was paid in time."""
    days = (paid_on - due_on).days - (count is DayCount.BEFORE_PAYMENT)
    return max(days, 0)


def late_fee(debt: int, days: int, rate: int) -> int:
    """Fen, of a debt in fen after so many days; ``rate``: basis points a day."""
    if debt < 0 or days < 0 or rate < 0:
        raise InputError(message("欠缴金额、天数和费率不能为负"))
    return ratio_amount(debt * days, rate, ROUND_HALF_UP)


def fee_of(
    rules: DayRules, debt: int, due_on: datetime.date, paid_on: datetime.date
) -> tuple[int, int]:
    """Days and fee (fen) of a debt under an area's rules; refuses where no source gives a rate."""
    if paid_on <= due_on or not debt:
        return 0, 0
    if rules.rules[p.LATE_FEE] < 0:
        raise rules.refusal(-2 - p.LATE_FEE)
    count = tuple(DayCount)[rules.need(p.LATE_FEE_DAYS)]
    days = late_days(due_on, paid_on, count)
    return days, late_fee(debt, days, rules.rules[p.LATE_FEE])
