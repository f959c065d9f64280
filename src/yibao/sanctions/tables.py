"""Who is suspended from what, for which days."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, String, Table

from yibao.access.names import CASE
from yibao.database.schema import METADATA, Identifier, Instant
from yibao.database.ties import tied

person_suspension = Table(
    "person_suspension",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("decision_id", Identifier, primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("lifted_on", Date),
    Column("decided_by", Identifier, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Index("ix_person_suspension_days", "person_id", "kind", "start"),
)
"""``kind``: ``direct`` settlement or mutual ``aid``, from ``start`` to ``end`` with both days.
``lifted_on``: the first day on which it no longer holds, where it was ended early."""
tied(person_suspension)

provider_suspension = Table(
    "provider_suspension",
    METADATA,
    Column("decision_id", Identifier, primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("code", String(60), primary_key=True),
    Column("institution_id", Identifier, nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("lifted_on", Date),
    Column("revision", Integer, nullable=False, unique=True),
    Column("decided_by", Identifier, nullable=False),
    Column("decided_at", Instant, nullable=False),
)
"""Departments and practitioners whose care is not paid for, from ``start`` to ``end`` with both
days.  ``revision``: of the whole table, one more with each change; a settlement's own statement
reads the last one.  ``decision_id``: the case of supervision."""
tied(provider_suspension, "decision_id", prefix=CASE)
