"""Messages (each write once) and events (one hash chain per person)."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, String, Table

from yibao.database.schema import METADATA, Document, Identifier

message = Table(
    "message",
    METADATA,
    Column("sender", Identifier, primary_key=True),
    Column("operation", String(40), primary_key=True),
    Column("message_id", String(80), primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("person_id", Identifier, nullable=False),
    Column("answer", Document, nullable=False),
)
"""The key of a write with what it answered; the database decides who was first."""

event = Table(
    "event",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Identifier, nullable=False),
    Column("operation", String(40), nullable=False),
    Column("content", Document, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""The audit trail: one chain per person, extended under that person's lock."""
