"""What a decision comes to, in fen and days; nothing here knows of a store."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from yibao.conduct.acts import Act, PointTerms, RewardTerms, limits, points_of_an_act
from yibao.errors import InputError
from yibao.messages import Fen, message
from yibao.money import ROUND_HALF_UP, ratio_amount

_ALL = 10_000
_PERCENT = 100
_ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sanction:
    """What somebody has to bear."""

    returned: int
    """Fen, back to the fund."""
    fine: int
    """Fen, to the treasury."""
    suspended_from: datetime.date | None = None
    suspended_to: datetime.date | None = None

    @property
    def total(self) -> int:
        return self.returned + self.fine


def last_day(start: datetime.date, months: int) -> datetime.date:
    """The last of so many months from a day: the day before the same day of the month."""
    count = start.year * 12 + start.month - 1 + months
    year, month = count // 12, count % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return datetime.date(year, month, day) - _ONE_DAY


def sanction_of(
    act: Act,
    obtained: int,
    *,
    times: int | None = None,
    fine: int | None = None,
    months: int | None = None,
    start: datetime.date | None = None,
) -> Sanction:
    """What an act comes to, within what the law allows.

    ``obtained``: fen that the fund lost.  ``times``: of it, in basis points.  ``fine``: fen, of
    an act with a range in yuan.  ``start`` None: the suspension begins with the service.
    ``InputError`` names the range that was left.
    """
    if obtained < 0:
        raise InputError(message("金额不能是负数"), place="obtained")
    amount = 0
    if act.fine_times is not None:
        least, most = act.fine_times
        if times is None or not least * _ALL <= times <= most * _ALL:
            raise InputError(
                message(
                    "罚款是 {least} 倍到 {most} 倍（{law}）", least=least, most=most, law=act.law
                ),
                place="times",
            )
        amount = ratio_amount(obtained, times, ROUND_HALF_UP)
    elif times:
        raise InputError(message("这种行为不按倍数罚款（{law}）", law=act.law), place="times")
    if act.fine_fen is not None:
        least, most = act.fine_fen
        if fine is None or not least <= fine <= most:
            raise InputError(
                message(
                    "罚款是 {least} 到 {most}（{law}）",
                    least=Fen(least),
                    most=Fen(most),
                    law=act.law,
                ),
                place="fine",
            )
        amount = fine
    first, last = _suspension(act, months, start)
    return Sanction(obtained if act.returns else 0, amount, first, last)


def _suspension(
    act: Act, months: int | None, start: datetime.date | None
) -> tuple[datetime.date | None, datetime.date | None]:
    if act.months is None:
        if months:
            raise InputError(
                message("这种行为不暂停联网结算（{law}）", law=act.law), place="months"
            )
        return None, None
    least, most = act.months
    if months is None or not least <= months <= most:
        raise InputError(
            message(
                "暂停联网结算是 {least} 到 {most} 个月（{law}）",
                least=least,
                most=most,
                law=act.law,
            ),
            place="months",
        )
    return (None, None) if start is None else (start, last_day(start, months))


def surcharge(fine: int, served_on: datetime.date, paid_on: datetime.date) -> int:
    """What is added to a fine that is paid late: 3% a day after 15 days, at most the fine."""
    pay_by = served_on + datetime.timedelta(days=limits().pay_days)
    days = max((paid_on - pay_by).days, 0)
    return min(
        fine, ratio_amount(fine, days * limits().surcharge_percent_a_day * 100, ROUND_HALF_UP)
    )


def reward_of(terms: RewardTerms, established: int, level: int, *, insider: bool) -> int:
    """An informer's reward for ``established`` fen, at a level of how much the report helped."""
    percent = terms.percent.get(level)
    if percent is None:
        raise InputError(message("举报等级写 1、2 或 3"), place="level")
    amount = ratio_amount(established, percent * _PERCENT, ROUND_HALF_UP)
    if insider:
        amount = ratio_amount(amount, _ALL + terms.insider_percent * _PERCENT, ROUND_HALF_UP)
    return min(max(amount, terms.least[level]), terms.most)


def set_off(owed: int, benefits: Sequence[int], most_share: int) -> list[int]:
    """How much of each later benefit is kept back until ``owed`` fen are there.

    ``most_share``: of one benefit, in basis points, as the place has set it.
    """
    withheld = []
    for benefit in benefits:
        part = min(owed, ratio_amount(benefit, most_share, ROUND_HALF_UP))
        withheld.append(part)
        owed -= part
    return withheld


def instalments(owed: int, count: int) -> list[int]:
    """``owed`` fen in so many equal parts; what does not divide comes with the last."""
    if count < 1:
        raise InputError(message("至少一期"), place="count")
    part = owed // count
    return [*[part] * (count - 1), owed - part * (count - 1)]


@dataclass(frozen=True, slots=True)
class YearOfPoints:
    """What somebody's points of a calendar year come to."""

    points: int
    """Less what was repaired, at most 12."""
    repaired: int
    talks: bool = False
    suspend_months: tuple[int, int] | None = None
    out_years: int | None = None


def points_in_year(terms: PointTerms | None, scores: Sequence[int], repairs: int) -> YearOfPoints:
    """``scores``: points of each act of the year; ``repairs``: activities that were attended."""
    least, most = points_of_an_act()
    for points in scores:
        if not least <= points <= most:
            raise InputError(
                message("一次记 {least} 到 {most} 分", least=least, most=most), place="points"
            )
    total = min(sum(scores), most)
    if terms is None:
        return YearOfPoints(total, 0)
    at_once = most in scores
    is_over = total >= terms.end
    repaired = 0 if is_over else min(repairs * terms.repair_each, terms.repair_most, total)
    left = total - repaired
    out_years = terms.out_years_at_once if at_once else terms.out_years
    return YearOfPoints(
        left,
        repaired,
        talks=left >= terms.talk,
        suspend_months=terms.suspend_months if terms.suspend <= left < terms.end else None,
        out_years=out_years if is_over else None,
    )
