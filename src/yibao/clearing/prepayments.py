"""Prepayments: working capital for institutions, and the quota between areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.errors import InputError
from yibao.messages import Message, Text, message, message_in
from yibao.money import BASIS, half_up, in_units_of
from yibao.policy.kinds import Scheme, TextEnum

_MONTHS = 12
_QUARTER = 3
_LEAST_MONTHS: Mapping[str, int] = {Scheme.EMPLOYEE: 12, Scheme.RESIDENT: 6}
"""Months of reserve from which on an area may prepay."""
_MOST_YEARS = 3


class QuotaColour(TextEnum):
    """How far a prepayment between areas is used."""

    WITHIN = "within"
    YELLOW = "yellow"
    """From 70%."""
    RED = "red"
    """From 90%: an emergency raise may be asked for."""


COLOUR_WORDS: Mapping[QuotaColour, Text] = {
    QuotaColour.WITHIN: message_in("quota", "正常"),
    QuotaColour.YELLOW: message("黄色预警"),
    QuotaColour.RED: message("红色预警，可以申请紧急调增"),
}
_YELLOW_FROM, _RED_FROM = 7000, 9000


def cross_area_quota(months: Sequence[int], times: int) -> int:
    """``times`` the mean month of the last quarter, in fen; three months."""
    if len(months) != _QUARTER:
        raise InputError(message("请写第四季度的三个月"), place="months")
    return half_up(sum(months) * times, _QUARTER)


def quota_use(quota: int, used: int) -> tuple[int, QuotaColour]:
    """Share used in basis points, rounded down, and its colour."""
    if quota <= 0:
        raise InputError(message("这个数要大于零"), place="quota")
    share = in_units_of(used, BASIS, quota)
    if share >= _RED_FROM:
        return share, QuotaColour.RED
    return share, QuotaColour.YELLOW if share >= _YELLOW_FROM else QuotaColour.WITHIN


@dataclass(frozen=True, slots=True)
class Prepayment:
    """Whether an area may prepay its institutions, and about how much in all."""

    reserve: int
    """Months that the balance lasts, in hundredths, rounded down."""
    amount: int
    """A mean month, in fen; 0 where it may not."""
    refused: Sequence[Message]


def prepayment(
    scheme: str,
    balance: int,
    spending: Sequence[int],
    *,
    deficit_last_year: bool,
    deficit_foreseen: bool,
) -> Prepayment:
    """``balance`` and the ``spending`` of one to three years, the latest last, in fen."""
    if scheme not in _LEAST_MONTHS:
        raise InputError(message("险种应是职工或居民"), place="scheme")
    if not 1 <= len(spending) <= _MOST_YEARS or min(spending) <= 0:
        raise InputError(message("请写最近一到三年的基金支出，每年大于零"), place="spending")
    least, latest = _LEAST_MONTHS[scheme], spending[-1]
    refused = []
    if balance * _MONTHS < least * latest:
        refused.append(message("累计结存不到 {months} 个月", months=least))
    if deficit_last_year:
        refused.append(message("上年当期赤字"))
    if deficit_foreseen:
        refused.append(message("预计滚动 12 个月赤字"))
    amount = 0 if refused else half_up(sum(spending), _MONTHS * len(spending))
    return Prepayment(in_units_of(max(balance, 0), _MONTHS * 100, latest), amount, refused)
