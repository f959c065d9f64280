"""Cover on two time axes: when benefits hold, and when that was known.

Rows are derived from the facts under the person's lock whenever contributions,
enrolments or groups change.  What was known before stays: a row is closed, never
changed.  A settlement reads the facts under the same lock, so it sees what is known at
its instant.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from yibao.access.permissions import Actor
from yibao.access.trail import read_record
from yibao.benefit.coverage import cover_on
from yibao.benefit.facts import EmployeeContribution, Enrolment, Person, ResidentContribution
from yibao.benefit.people import month_end
from yibao.database.instants import CIVIL_ZONE as CIVIL_ZONE
from yibao.database.instants import civil_day as civil_day
from yibao.database.instants import now as now
from yibao.database.schema import Identifier
from yibao.database.statements import Insertion, Write
from yibao.database.unit import Database, Unit
from yibao.errors import YibaoError
from yibao.insured.tables import cover
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme, Status

REASONS = {
    "covered": message("享受待遇"),
    "waiting": message("待遇等待期内"),
    "unpaid": message("尚未缴费"),
    "lapsed": message("中断缴费，停止享受待遇"),
    "unknown": message("政策包缺少依据，无法判断"),
}

_ONE_DAY = datetime.timedelta(days=1)

_NEW = Insertion(cover)
_CLOSE = Write(
    update(cover)
    .where(
        cover.c.person_id == bindparam("person", type_=Identifier),
        cover.c.held_from == bindparam("first", type_=cover.c.held_from.type),
        cover.c.known_to.is_(None),
    )
    .values(known_to=bindparam("until", type_=cover.c.known_to.type))
)
"""What is no longer known; the caller notes the row for the chain."""


@dataclass(frozen=True, slots=True)
class CoverInterval:
    """Days, both included, on which the same holds; ``end`` None: open."""

    start: datetime.date
    end: datetime.date | None
    entitled: bool | None
    """None: no source says."""
    scheme: str
    status: str | None
    area: str
    reason: str
    """A key of :data:`REASONS`."""

    def holds_on(self, day: datetime.date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


# --- intervals from facts ------------------------------------------------------------------------


def cover_intervals(
    library: PolicyLibrary, person: Person, since: datetime.date = datetime.date.min
) -> list[CoverInterval]:
    """The cover of every enrolled day from ``since`` on, as the facts give it now."""
    intervals: list[CoverInterval] = []
    for enrolment in person.enrolments:
        if enrolment.end is None or enrolment.end >= since:
            intervals += _in_enrolment(library, person, enrolment, max(since, enrolment.start))
    return _merged(intervals)


def _in_enrolment(
    library: PolicyLibrary, person: Person, enrolment: Enrolment, first: datetime.date
) -> list[CoverInterval]:
    """Asks the kernel at every day on which its answer may change, and at no other."""
    waiting = sorted({first, *_change_days(person, enrolment, first)}, reverse=True)
    intervals: list[CoverInterval] = []
    while waiting:
        day = waiting.pop()
        entitled, reason, begins = _answer(library, person, day)
        if (
            begins is not None
            and begins > day
            and (enrolment.end is None or begins <= enrolment.end)
        ):
            waiting = sorted({*waiting, begins}, reverse=True)
        end = waiting[-1] - _ONE_DAY if waiting else enrolment.end
        intervals.append(
            CoverInterval(
                day, end, entitled, enrolment.scheme, enrolment.status, enrolment.area, reason
            )
        )
    return intervals


def _answer(
    library: PolicyLibrary, person: Person, day: datetime.date
) -> tuple[bool | None, str, datetime.date | None]:
    try:
        cover = cover_on(library, person, day)
    except YibaoError:
        return None, "unknown", None
    if cover.entitled:
        return True, "covered", None
    if cover.first_day is not None:
        return False, "waiting", cover.first_day
    return False, "lapsed" if cover.lapsed else "unpaid", None


def _change_days(
    person: Person, enrolment: Enrolment, first: datetime.date
) -> Iterable[datetime.date]:
    """Days inside an enrolment, after ``first``, on which payments may change its cover."""
    days: set[datetime.date] = set()
    if enrolment.scheme == Scheme.RESIDENT and person.contributions_resident:
        years = [paid.year for paid in person.contributions_resident]
        days |= {datetime.date(year, 1, 1) for year in range(years[0], years[-1] + 2)}
        days |= {paid.paid_on for paid in person.contributions_resident}
    elif (
        enrolment.scheme == Scheme.EMPLOYEE
        and enrolment.status != Status.RETIRED
        and person.contributions_employee
    ):
        days |= _change_days_of_months(person.contributions_employee, enrolment.start)
    return {day for day in days if first < day and (enrolment.end is None or day <= enrolment.end)}


def _change_days_of_months(
    listed: Sequence[EmployeeContribution], start: datetime.date
) -> set[datetime.date]:
    """The months about a gap, and when they were paid; months paid in time change nothing."""
    days: set[datetime.date] = set()
    by_month = {paid.month: paid for paid in listed}
    # The month after the last paid one may still be paid in time; the next begins a lapse.
    last = _following(_following(max(listed[-1].month, start.year * 100 + start.month)))
    month, since_gap = listed[0].month, 0
    while month <= last:
        paid = by_month.get(month)
        paid_on = None if paid is None else paid.paid_on
        in_time = paid is not None and (paid_on is None or paid_on <= month_end(month))
        since_gap = since_gap + 1 if in_time else 0
        if since_gap <= 2:
            days.add(datetime.date(month // 100, month % 100, 1))
            days |= set() if paid_on is None else {paid_on}
        month = _following(month)
    return days


def _following(month: int) -> int:
    return month + 1 if month % 100 < 12 else month + 89


def _merged(intervals: Sequence[CoverInterval]) -> list[CoverInterval]:
    """Neighbours of the same kind as one."""
    merged: list[CoverInterval] = []
    for interval in sorted(intervals, key=lambda interval: interval.start):
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.end is not None
            and last.end + _ONE_DAY == interval.start
            and replace(interval, start=last.start, end=last.end) == last
        ):
            merged[-1] = replace(last, end=interval.end)
        else:
            merged.append(interval)
    return merged


# --- rows ----------------------------------------------------------------------------------------


def opening_of(
    enrolment: Enrolment,
) -> tuple[tuple[ResidentContribution, ...] | None, tuple[EmployeeContribution, ...] | None]:
    """The period after which a record is complete: what follows counts as paid if listed.

    Facts without any contribution mean "always paid in time", which holds for nobody who
    has just been registered.
    """
    before = enrolment.start.year - 1
    if enrolment.scheme == Scheme.RESIDENT:
        return (ResidentContribution(before, datetime.date(before, 12, 31)),), None
    return None, (EmployeeContribution(before * 100 + 12, None, None),)


def update_cover(
    unit: Unit,
    library: PolicyLibrary,
    person: Person,
    since: datetime.date,
    at: datetime.datetime,
    *,
    rows: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Bring what is known in line with the facts; the caller holds the person's lock.

    ``since``: a day before which the change has no effect.  ``rows``: what :func:`open_rows`
    gave of the person, where the caller has read it of many at once.
    """
    if rows is None:
        rows = open_rows(unit, [person.id]).get(person.id, ())
    since = since.replace(day=1) if rows else datetime.date.min
    known = {_interval(row) for row in rows}
    unchanged = [
        interval for interval in known if interval.end is not None and interval.end < since
    ]
    unchanged += [
        replace(interval, end=since - _ONE_DAY)
        for interval in known
        if interval.start < since and (interval.end is None or interval.end >= since)
    ]
    intervals_now = set(_merged([*unchanged, *cover_intervals(library, person, since)]))
    # A clock that goes back must not make a row known before the one that it replaces.
    latest = max((row["known_from"] for row in rows), default=at)
    if rows and at <= latest:
        at = latest + datetime.timedelta(microseconds=1)
    at = at.astimezone(datetime.UTC)
    gone = {interval.start for interval in known - intervals_now}
    closed = [{**row, "known_to": at} for row in rows if row["held_from"] in gone]
    for row in closed:
        unit.run(_CLOSE, {"person": person.id, "first": row["held_from"], "until": at})
    if closed:
        unit.notes.add(cover, closed)
    new = sorted(intervals_now - known, key=lambda interval: interval.start)
    if new:
        unit.run(_NEW, [_row(person.id, interval, at) for interval in new])


def open_rows(unit: Unit, people: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """What is known now of the cover of people, by person, each in the order of its days."""
    of_people: dict[str, list[dict[str, Any]]] = {}
    query = select(cover).where(cover.c.person_id.in_(list(people)), cover.c.known_to.is_(None))
    for row in unit.run(query.order_by(cover.c.person_id, cover.c.held_from)).mappings():
        of_people.setdefault(row["person_id"], []).append(dict(row))
    return of_people


def _row(person_id: str, interval: CoverInterval, at: datetime.datetime) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "held_from": interval.start,
        "held_to": interval.end,
        "known_from": at,
        "known_to": None,
        "entitled": interval.entitled,
        "scheme": interval.scheme,
        "status": interval.status,
        "area": interval.area,
        "reason": interval.reason,
    }


def interval_of(row: Any) -> CoverInterval:
    return _interval(row._mapping)


def _interval(row: Mapping[str, Any]) -> CoverInterval:
    names = ("held_from", "held_to", "entitled", "scheme", "status", "area", "reason")
    return CoverInterval(*(row[name] for name in names))


def end_of_day(day: datetime.date) -> datetime.datetime:
    """The first instant after a civil day."""
    return datetime.datetime.combine(day + _ONE_DAY, datetime.time(), CIVIL_ZONE)


def cover_rows(
    unit: Unit, person_id: str, known_on: datetime.datetime | datetime.date | None = None
) -> list[CoverInterval]:
    """The cover of a person as known at an instant, at the end of a day, or now (None)."""
    query = select(cover).where(cover.c.person_id == person_id)
    if known_on is None:
        query = query.where(cover.c.known_to.is_(None))
    else:
        at = known_on
        if not isinstance(at, datetime.datetime):
            at = end_of_day(at) - datetime.timedelta(microseconds=1)
        at = at.astimezone(datetime.UTC)
        query = query.where(
            cover.c.known_from <= at, or_(cover.c.known_to.is_(None), cover.c.known_to > at)
        )
    return [interval_of(row) for row in unit.run(query.order_by(cover.c.held_from))]


def cover_known(
    database: Database,
    person_id: str,
    day: datetime.date,
    known_on: datetime.datetime | datetime.date | None = None,
    *,
    actor: Actor,
) -> CoverInterval | None:
    """What was known on ``known_on`` about the cover of ``day``; None: no cover was known."""
    rows = read_record(
        database,
        actor,
        "read_person",
        person_id,
        lambda unit: cover_rows(unit, person_id, known_on),
        institution_id=actor.institution_id,
        purpose="cover",
    )
    return next((interval for interval in rows if interval.holds_on(day)), None)


def cover_faults(unit: Unit, library: PolicyLibrary, person: Person) -> list[CoverInterval]:
    """Intervals that are known but do not follow from the facts, or the other way round."""
    return sorted(
        set(cover_rows(unit, person.id)) ^ set(cover_intervals(library, person)),
        key=lambda interval: interval.start,
    )
