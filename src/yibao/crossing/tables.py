"""Filings; a person's profile keeps those that stand, equal to these rows under its lock."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table

from yibao.database.schema import METADATA, Identifier
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

filing = Table(
    "filing",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("filing_id", Identifier, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("care_area", String(6)),
    Column("disease", Sealed("filing.disease", "text")),
    Column("start", Date, nullable=False),
    Column("end", Date),
    Column("cancelled", Boolean, nullable=False),
    Index("ix_filing_care_area", "care_area", "start"),
)
"""``sequence``: of the person's event that made it.  ``cancelled``: it never held, or no longer
for any settlement to come.  What it was before a change stands in the person's events."""
tied(filing)
