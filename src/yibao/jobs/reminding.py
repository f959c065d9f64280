"""Reminders that were written, each thing once, and the file of them for a message channel."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.database.instants import civil_day, day_begins, now
from yibao.database.unit import Database, Unit
from yibao.jobs.tables import reminder
from yibao.messages import Message, message
from yibao.policy.compile import PolicyLibrary
from yibao.record.reminding import Collecting, ReminderKind, people_after, reminders_due

_AT_ONCE = 500
_MOST_SHOWN = 50
REMINDER_WORDS: Mapping[str, Message] = {
    ReminderKind.COVER_ENDS: message("待遇快到期，后面的月份还没有缴"),
    ReminderKind.FILING_ENDS: message("异地就医备案快到期"),
    ReminderKind.DISEASE_ENDS: message("慢特病认定快到期"),
    ReminderKind.GRANT_ENDS: message("共济授权快到期"),
    ReminderKind.YEAR_UNPAID: message("正在集中缴费的年度还没有缴"),
    ReminderKind.TO_SUPPLEMENT: message("申请要补材料"),
}
"""Nobody is named, and no disease: a message passes through strangers' hands."""


@dataclass(frozen=True, slots=True)
class WrittenReminder:
    """A reminder on record."""

    person_id: str
    area: str
    kind: str
    day: datetime.date | None
    """The last day; None: there is none."""
    written_on: datetime.date

    @property
    def label(self) -> Message:
        return REMINDER_WORDS[self.kind]


def write_reminders(
    database: Database,
    library: PolicyLibrary,
    day: datetime.date,
    collecting: Collecting | None,
    *,
    actor: Actor,
    heard: Callable[[], None] = lambda: None,
    at: datetime.datetime | None = None,
) -> tuple[int, int]:
    """Write what people are to be reminded of on a day and were not; people looked at, written."""
    require(actor, "run_jobs")
    instant = at or now()
    looked_at = written = 0
    after = ""
    while ids := database.read(lambda unit, after=after: people_after(unit, after, _AT_ONCE)):  # type: ignore[misc]
        after = ids[-1]

        def operation(unit: Unit, ids: list[str] = ids) -> int:
            known = {
                (row.person_id, row.kind, row.thing)
                for row in unit.run(
                    select(reminder.c.person_id, reminder.c.kind, reminder.c.thing).where(
                        reminder.c.person_id.in_(ids)
                    )
                )
            }
            rows = [
                {
                    "person_id": due.person_id,
                    "kind": due.kind,
                    "thing": due.thing,
                    "area": due.area,
                    "due_on": due.day,
                    "written_at": instant,
                }
                for due in reminders_due(unit, library, ids, day, collecting)
                if (due.person_id, due.kind, due.thing) not in known
            ]
            if rows:
                unit.run(insert(reminder), rows)
            return len(rows)

        written += database.write(operation)
        looked_at += len(ids)
        heard()
    return looked_at, written


def own_reminders(database: Database, person_id: str, *, actor: Actor) -> list[WrittenReminder]:
    """What somebody was reminded of, the latest first."""

    def fetch(unit: Unit) -> list[WrittenReminder]:
        query = select(reminder).where(reminder.c.person_id == person_id)
        latest = query.order_by(reminder.c.written_at.desc(), reminder.c.kind, reminder.c.thing)
        return [_written(row) for row in unit.run(latest.limit(_MOST_SHOWN))]

    return read_record(database, actor, "read_person", person_id, fetch)


def outbox(
    database: Database, since: datetime.date, *, actor: Actor, area: str = ""
) -> list[WrittenReminder]:
    """What was written from a day on: for a message channel that knows whom it is for."""
    require(actor, "run_jobs")

    def fetch(unit: Unit) -> list[WrittenReminder]:
        query = select(reminder).where(reminder.c.written_at >= day_begins(since))
        if area:
            query = query.where(reminder.c.area == area)
        order = (reminder.c.written_at, reminder.c.person_id, reminder.c.kind, reminder.c.thing)
        return [_written(row) for row in unit.run(query.order_by(*order))]

    return database.read(fetch)


def _written(row: Any) -> WrittenReminder:
    return WrittenReminder(row.person_id, row.area, row.kind, row.due_on, civil_day(row.written_at))


def reminder_json(written: WrittenReminder) -> dict[str, Any]:
    """As a message channel reads it."""
    return {
        "person": written.person_id,
        "area": written.area,
        "kind": written.kind,
        "text": str(written.label),
        "last_day": None if written.day is None else written.day.isoformat(),
        "written_on": written.written_on.isoformat(),
    }
