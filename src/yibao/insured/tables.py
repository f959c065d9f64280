"""A person's row is the lock for everything about that person."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, String, Table

from yibao.database.schema import METADATA, Document, Fen, Identifier

person = Table(
    "person",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("identity_cipher", String(200)),
    Column("identity_hash", String(64), unique=True),
    Column("sex", String(10), nullable=False),
    Column("birth", Date, nullable=False),
    Column("profile", Document, nullable=False),
    Column("state", Document, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("head", String(64), nullable=False),
)
"""``profile``: the facts as operations read them, kept equal to the rows below under
the person's lock.  ``state``: accumulators, derived, equal to ``rebuild``.
``sequence`` and ``head``: the end of the person's audit chain."""

enrolment = Table(
    "enrolment",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("start", Date, primary_key=True),
    Column("end", Date),
    Column("scheme", String(10), nullable=False),
    Column("status", String(10)),
    Column("area", String(6), nullable=False),
    Column("contribution_class", String(10), nullable=False),
)

group_membership = Table(
    "group_membership",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("group_name", String(40), primary_key=True),
    Column("start", Date, primary_key=True),
    Column("end", Date),
)

contribution = Table(
    "contribution",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("scheme", String(10), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("base", Fen),
    Column("paid_on", Date),
    Column("due", Fen),
)
"""A resident year (period 2025) or an employee month (period 202503), paid once."""
