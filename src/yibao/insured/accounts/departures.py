"""Why somebody left for good, kept beside the enrolment that ended."""

from __future__ import annotations

import datetime

from sqlalchemy import insert, select, update

from yibao.database.unit import Unit
from yibao.insured.tables import departure


def record_departure(
    unit: Unit,
    person_id: str,
    last_day: datetime.date,
    reason: str,
    case_id: str,
    at: datetime.datetime,
) -> None:
    """Keep it, in place of what was known; the caller holds the lock and writes the event."""
    mine = departure.c.person_id == person_id
    known = unit.run(select(departure).where(mine)).one_or_none()
    if known is None:
        row = {
            "person_id": person_id,
            "last_day": last_day,
            "reason": reason,
            "case_id": case_id,
            "recorded_at": at,
        }
        unit.run(insert(departure), row)
    elif (known.last_day, known.reason) != (last_day, reason):
        values = {"last_day": last_day, "reason": reason, "case_id": case_id, "recorded_at": at}
        unit.run(update(departure).where(mine).values(**values))
