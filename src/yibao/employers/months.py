"""Months written yyyymm, and what an area has laid down for them."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

from sqlalchemy import select

from yibao.access.chains import extend_chain
from yibao.access.names import STORE
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.database.unit import Database, Unit
from yibao.employers.errors import NoTermsError
from yibao.employers.states import HireWay
from yibao.employers.tables import employer_terms
from yibao.errors import InputError
from yibao.messages import message
from yibao.office.calendar import next_working_day

_LAST_CERTAIN_DAY = 28
"""Every month has it."""


def month_of(day: datetime.date) -> int:
    return day.year * 100 + day.month


def month_after(month: int) -> int:
    return month + 1 if month % 100 < 12 else month + 89


def month_before(month: int) -> int:
    return month - 1 if month % 100 > 1 else month - 89


def first_day_of(month: int) -> datetime.date:
    return datetime.date(month // 100, month % 100, 1)


def last_day_before(month: int) -> datetime.date:
    return first_day_of(month) - datetime.timedelta(days=1)


def check_month(month: int) -> int:
    """``InputError`` for what is no month."""
    if not (199001 <= month <= 900012 and 1 <= month % 100 <= 12):
        raise InputError(message("月份写作 yyyymm，例如 202603"), place="month")
    return month


@dataclass(frozen=True, slots=True)
class CollectionTerms:
    """What an area has laid down."""

    cut_off_day: int
    """Until this day a change counts for the month itself, after it for the next."""
    due_day: int
    """Until this day of the next month a month is declared and paid."""

    hires: HireWay | None = None
    """How an employer registers somebody new; None: the area lets nobody do it."""
    is_put_off: bool = False
    """Whether a last day on which no office is open is the next working day."""

    def open_month(self, day: datetime.date) -> int:
        """The month for which a change counts that is reported on a day."""
        month = month_of(day)
        return month if day.day <= self.cut_off_day else month_after(month)

    def due_on(self, month: int) -> datetime.date:
        """The last day to declare and pay a month.

        ``UnknownYearError`` where it may be put off and nobody knows the year's holidays yet.
        """
        later = month_after(month)
        last = calendar.monthrange(later // 100, later % 100)[1]
        day = datetime.date(later // 100, later % 100, min(self.due_day, last))
        return next_working_day(day) if self.is_put_off else day


def terms_of(unit: Unit, area: str, month: int) -> CollectionTerms:
    """What holds for a month; ``NoTermsError`` where nobody has laid it down."""
    row = unit.run(
        select(employer_terms)
        .where(employer_terms.c.area == area, employer_terms.c.since <= month)
        .order_by(employer_terms.c.since.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NoTermsError(
            message(
                "{area} 还没有设定单位申报的截止日和缴费的最后一天，没有来源可以代为估计；"
                "请负责人先设定",
                area=area,
            )
        )
    hires = None if row.hires is None else HireWay(row.hires)
    return CollectionTerms(row.cut_off_day, row.due_day, hires, bool(row.is_put_off))


def set_terms(
    database: Database,
    key: Key,
    area: str,
    since: int,
    terms: CollectionTerms,
    *,
    actor: Actor,
) -> Answer:
    """Lay down an area's days from a month on; ``InputError`` for days that no month has."""
    require(actor, "set_terms", area=area)
    check_month(since)
    for place, day in (("cut_off_day", terms.cut_off_day), ("due_day", terms.due_day)):
        if not 1 <= day <= _LAST_CERTAIN_DAY:
            raise InputError(message("写 1 到 {most} 的日子", most=_LAST_CERTAIN_DAY), place=place)
    row = {
        "area": area,
        "since": since,
        "cut_off_day": terms.cut_off_day,
        "due_day": terms.due_day,
        "set_by": actor.id,
        "hires": terms.hires,
        "is_put_off": terms.is_put_off or None,
    }
    content_hash = digest([*row.values()])

    def operation(unit: Unit) -> Answer:
        this = (employer_terms.c.area == area) & (employer_terms.c.since == since)
        if unit.run(select(employer_terms.c.since).where(this)).one_or_none() is None:
            unit.run(employer_terms.insert(), row)
        else:
            unit.run(employer_terms.update().where(this).values(**row))
        record_message(unit, key, content_hash, key.sender, row)
        extend_chain(unit, f"{STORE}terms:{area}", actor.id, "set_terms", row)
        return dict(row)

    return write_once(database, key, content_hash, operation)
