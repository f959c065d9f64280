"""The one schema object that every room's tables stand on, and the column types they share."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Identifier = String(40)
"""A person, institution or record: text that no sequence gave out."""
Fen = BigInteger
Document = JSON().with_variant(JSONB(), "postgresql")
"""Structured content that is read and written whole."""
