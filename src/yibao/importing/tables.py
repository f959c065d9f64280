"""Files that were let in at the desk or over the API; what they held is in no row here."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table

from yibao.database.schema import METADATA, Identifier, Instant
from yibao.database.sealed import Sealed

import_run = Table(
    "import_run",
    METADATA,
    Column("run_id", Identifier, primary_key=True),
    Column("area", String(6), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("name", String(120), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("started_by", Identifier, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("heard_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("behind", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("here", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("rejects", Sealed("import_run.rejects", "text")),
    Column("told", String(400), nullable=False),
    CheckConstraint("state IN ('under_way', 'completed', 'not_done')", name="state"),
    Index("ix_import_run_area", "area", "started_at"),
)
"""``digest``: sha256 of the file.  ``behind``: rows that were looked at.  ``new``, ``here``:
things written, and those that the store had already.  ``rejects``: the table of rejected rows
with their reasons.  ``heard_at``: when the run last said that it goes on; one that has long
said nothing was cut off, and the same file goes on where it stopped."""
