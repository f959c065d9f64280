"""What is done at this time of the year: the collection of residents' contributions."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.inquiry.rule_history import Period, period_on, periods_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date
from yibao.policy.declarations import MISSING, NONE
from yibao.policy.parameters import DECLARATIONS

_OPEN, _CLOSE, _AMOUNT = (
    f"resident.contribution.{name}" for name in ("window_open", "window_close", "individual")
)


Window = tuple[datetime.date, datetime.date]
"""The first and the last day of a collection."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection that is on: for the coverage year ``year``."""

    year: int
    opens: datetime.date | None
    """None where no source says so yet: then it is the season of the years before."""
    closes: datetime.date | None
    amount: int | None
    """What a resident pays for that year, in fen."""
    last_year: int
    last_amount: int
    """What the latest known year cost."""


def collection_on(packs: PolicyLibrary, area: str, today: datetime.date) -> Collection | None:
    """The collection that is on, by the area's rules; None out of season.

    A year whose window no source gives has the season of the latest year that has one, and
    no dates: they are not guessed.
    """
    opens, closes, amounts = (
        periods_of(packs, area, DECLARATIONS[name]) for name in (_OPEN, _CLOSE, _AMOUNT)
    )
    amounts = tuple(period for period in amounts if _said(period))
    if not opens or not closes or not amounts or not (_said(opens[0]) and _said(closes[0])):
        return None
    for year in (today.year + 1, today.year):
        window = _of_year(opens, year), _of_year(closes, year)
        known = _dates(*window)
        usual = known or _shifted(opens[0], closes[0], year)
        if usual[0] <= today <= usual[1]:
            amount = _of_year(amounts, year)
            return Collection(
                year,
                known[0] if known else None,
                known[1] if known else None,
                amount.numbers[0] if amount else None,
                (amount or amounts[0]).first_day.year,
                (amount or amounts[0]).numbers[0],
            )
    return None


def window_of(packs: PolicyLibrary, area: str, year: int) -> Window | None:
    """The first and the last day on which a coverage year is collected, where a source says."""
    periods = (periods_of(packs, area, DECLARATIONS[name]) for name in (_OPEN, _CLOSE))
    opens, closes = (_of_year(of_rule, year) for of_rule in periods)
    return _dates(opens, closes)


def _of_year(periods: tuple[Period, ...], year: int) -> Period | None:
    """What a rule says of a coverage year, where it says it of that very year."""
    period = period_on(periods, datetime.date(year, 1, 1))
    return period if period and _said(period) and period.first_day.year == year else None


def _said(period: Period) -> bool:
    """Whether a period gives a number at all."""
    return bool(period.numbers) and period.numbers[0] not in (MISSING, NONE)


def _dates(opens: Period | None, closes: Period | None) -> Window | None:
    if opens is None or closes is None:
        return None
    return to_date(opens.numbers[0]), to_date(closes.numbers[0])


def _shifted(opens: Period, closes: Period, year: int) -> Window:
    """The window of a known year, moved to another: by 28 February where there is a 29th."""
    days = []
    for period in (opens, closes):
        day, of_year = to_date(period.numbers[0]), period.first_day.year
        last = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
        days.append(last.replace(year=day.year + year - of_year))
    return days[0], days[1]
