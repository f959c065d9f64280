"""Institutions, pinned rulebooks and settlements; a settlement is never changed or deleted."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, UniqueConstraint

from yibao.database.schema import METADATA, Document, Fen, Identifier

institution = Table(
    "institution",
    METADATA,
    Column("institution_id", Identifier, primary_key=True),
    Column("area", String(6), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("price_class", Integer),
    Column("grade", String(10)),
    Column("county", Boolean, nullable=False),
    Column("dual_channel", Boolean, nullable=False),
)

rulebook = Table(
    "rulebook",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("canonical", Document, nullable=False),
)
"""The canonical form of every rulebook that a settlement was made with: replay needs no pack."""

settlement = Table(
    "settlement",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("settlement_id", Identifier, primary_key=True),
    Column("visit_id", Identifier, nullable=False),
    Column("reversal_of", Identifier),
    Column("sequence", Integer, nullable=False),
    Column("institution_id", Identifier, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("rulebook_hash", String(64), nullable=False),
    Column("rules_day", Date, nullable=False),
    Column("total", Fen, nullable=False),
    Column("fund", Fen, nullable=False),
    Column("own", Fen, nullable=False),
    Column("account", Fen, nullable=False),
    Column("mutual_aid", Fen, nullable=False),
    Column("cash", Fen, nullable=False),
    Column("grantor_id", Identifier),
    Column("amounts", Document, nullable=False),
    Column("facts", Document, nullable=False),
    Column("state_in", Document, nullable=False),
    Column("visit", Document, nullable=False),
    Column("explanation", Document, nullable=False),
    UniqueConstraint("person_id", "visit_id", "reversal_of"),
    UniqueConstraint("person_id", "reversal_of"),
    Index("ix_settlement_grantor", "grantor_id"),
)
"""``facts`` and ``state_in`` are the function's whole input, ``amounts`` its whole output.
A reversal mirrors the amounts and points back with ``reversal_of``."""
