"""What an institution's book says of a month: the sums that a clearing is applied for."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from yibao.database.unit import Unit
from yibao.exchange.tables import exchange_settlement

_TOGETHER = 500
"""Ids of one statement."""
_CHINA = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class BookedMonth:
    """One kind of care, one scheme, one home area in a month; amounts in fen."""

    clear_type: str
    scheme: str
    home_area: str
    count: int
    """Settlements less reversals."""
    total: int
    fund: int
    account: int
    cash: int


def month_days(month: int) -> tuple[datetime.date, datetime.date]:
    """First and last day of a month that is written yyyymm."""
    first = datetime.date(month // 100, month % 100, 1)
    after = (first + datetime.timedelta(days=31)).replace(day=1)
    return first, after - datetime.timedelta(days=1)


def booked_month(unit: Unit, institution_id: str, month: int) -> Sequence[BookedMonth]:
    """A read fragment: a month by the time of settlement in China, reversals with their sign."""
    start, end = _instants(month)
    book = exchange_settlement.c
    group = (book.clear_type, book.scheme, book.area)
    query = (
        select(
            *group,
            func.sum(case((book.reverses.is_(None), 1), else_=-1)).label("number"),
            *(func.sum(book[name]).label(name) for name in ("total", "fund", "account", "cash")),
        )
        .where(
            book.institution_id == institution_id,
            book.at >= start,
            book.at < end,
        )
        .group_by(*group)
        .order_by(*group)
    )
    return [
        BookedMonth(
            row.clear_type,
            row.scheme,
            row.area,
            int(row.number),
            int(row.total),
            int(row.fund),
            int(row.account),
            int(row.cash),
        )
        for row in unit.run(query)
    ]


@dataclass(frozen=True, slots=True)
class BookedAbroad:
    """What an institution settled for one home area in a month; amounts in fen."""

    institution_id: str
    home_area: str
    count: int
    """Settlements less reversals."""
    fund: int
    account: int


def booked_by_home(unit: Unit, month: int) -> Sequence[BookedAbroad]:
    """A read fragment: a month of every institution by home area, reversals with their sign."""
    start, end = _instants(month)
    book = exchange_settlement.c
    group = (book.institution_id, book.area)
    query = (
        select(
            *group,
            func.sum(case((book.reverses.is_(None), 1), else_=-1)).label("number"),
            func.sum(book.fund).label("fund"),
            func.sum(book.account).label("account"),
        )
        .where(book.at >= start, book.at < end)
        .group_by(*group)
        .order_by(*group)
    )
    return [
        BookedAbroad(row.institution_id, row.area, int(row.number), int(row.fund), int(row.account))
        for row in unit.run(query)
    ]


def booked_institutions(unit: Unit, month: int, among: Iterable[str]) -> Sequence[str]:
    """A read fragment: who of some institutions settled or reversed anything in a month."""
    start, end = _instants(month)
    book = exchange_settlement.c
    wanted = (book.institution_id.in_(list(among)), book.at >= start, book.at < end)
    query = select(book.institution_id).where(*wanted).distinct()
    return list(unit.run(query.order_by(book.institution_id)).scalars())


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """A settlement of the book that was not reversed; amounts in fen."""

    entry_id: str
    institution_id: str
    clear_type: str
    scheme: str
    home_area: str
    month: int
    total: int
    fund: int


def booked_entries(unit: Unit, entry_ids: Iterable[str]) -> dict[str, BookedEntry]:
    """A read fragment: those of some settlements that stand, by id."""
    book, asked = exchange_settlement.c, list(entry_ids)
    rows: list[Any] = []
    reversed_ids: set[str] = set()
    for start in range(0, len(asked), _TOGETHER):
        some = asked[start : start + _TOGETHER]
        rows += unit.run(select(exchange_settlement).where(book.entry_id.in_(some)))
        reversals = select(book.reverses).where(book.reverses.in_(some))
        reversed_ids |= {str(entry_id) for entry_id in unit.run(reversals).scalars()}
    entries = {}
    for row in rows:
        if row.reverses is None and row.entry_id not in reversed_ids:
            at = row.at if row.at.tzinfo else row.at.replace(tzinfo=datetime.UTC)
            day = at.astimezone(_CHINA).date()
            entries[row.entry_id] = BookedEntry(
                row.entry_id,
                row.institution_id,
                row.clear_type,
                row.scheme,
                row.area,
                day.year * 100 + day.month,
                row.total,
                row.fund,
            )
    return entries


def fund_of_year(unit: Unit, year: int, among: Iterable[str]) -> dict[str, int]:
    """A read fragment: what the fund paid at some institutions in a year so far, fen by id."""
    start, _ = _instants(year * 100 + 1)
    _, end = _instants(year * 100 + 12)
    book = exchange_settlement.c
    query = (
        select(book.institution_id, func.sum(book.fund).label("fund"))
        .where(book.institution_id.in_(list(among)), book.at >= start, book.at < end)
        .group_by(book.institution_id)
    )
    return {row.institution_id: int(row.fund) for row in unit.run(query)}


def _instants(month: int) -> tuple[datetime.datetime, datetime.datetime]:
    """Where a month begins and where the next one does, in China."""
    first, last = month_days(month)
    days = (first, last + datetime.timedelta(days=1))
    start, end = (
        datetime.datetime.combine(day, datetime.time(), _CHINA).astimezone(datetime.UTC)
        for day in days
    )
    return start, end
