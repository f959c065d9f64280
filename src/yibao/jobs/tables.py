"""Runs of the work that comes again, and the reminders that one of them writes."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, String, Table

from yibao.database.schema import METADATA, Fen, Identifier, Instant, append_only

job_run = Table(
    "job_run",
    METADATA,
    Column("job", String(20), primary_key=True),
    Column("area", String(6), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("state", String(10), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("heard_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("started_by", Identifier, nullable=False),
    Column("served", Integer, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("amount", Fen, nullable=False),
    Column("told", String(400), nullable=False),
    CheckConstraint("state IN ('under_way', 'completed', 'not_done')", name="state"),
)
"""One row for a job, an area (nothing: the whole store) and a period (``YYYYMMDD`` or
``YYYYMM``): a period that is done is never done twice.  ``heard_at``: when a run last said
that it goes on; one that has long said nothing was killed, and is taken over."""

reminder = append_only(
    Table(
        "reminder",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("kind", String(20), primary_key=True),
        Column("thing", String(60), primary_key=True),
        Column("area", String(6), nullable=False),
        Column("due_on", Date),
        Column("written_at", Instant, nullable=False),
        Index("ix_reminder_written", "written_at"),
    )
)
"""What somebody was reminded of, each thing once.  ``thing``: which filing, grant, case or year,
with the last day where that can be put off; ``due_on``: that day."""
