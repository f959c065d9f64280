"""Visits as institutions tell them, the book of what they were answered, files and raw messages."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from yibao.database.schema import METADATA, Fen, Identifier, Instant, append_only, deletable
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

exchange_visit = Table(
    "exchange_visit",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("visit_id", Identifier, primary_key=True),
    Column("institution_id", Identifier, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("stay", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("document", Sealed("exchange_visit.document"), nullable=False),
    Index("ix_exchange_visit_institution", "institution_id", "opened_on"),
)
"""A registration or admission with its lines.  ``revision`` counts its changes: whoever
settles says which one was settled."""

exchange_settlement = append_only(
    Table(
        "exchange_settlement",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("entry_id", Identifier, primary_key=True),
        Column("visit_id", Identifier, nullable=False),
        Column("care_visit_id", Identifier, nullable=False),
        Column("batch", String(40), nullable=False),
        Column("reverses", Identifier),
        Column("institution_id", Identifier, nullable=False),
        Column("message_id", String(80), nullable=False),
        Column("infno", String(10), nullable=False),
        Column("scheme", String(10), nullable=False),
        Column("clear_type", String(10), nullable=False),
        Column("area", String(6), nullable=False),
        Column("day", Date, nullable=False),
        Column("at", Instant, nullable=False),
        Column("total", Fen, nullable=False),
        Column("fund", Fen, nullable=False),
        Column("account", Fen, nullable=False),
        Column("cash", Fen, nullable=False),
        Column("output", Sealed("exchange_settlement.output", "text"), nullable=False),
        Index("ix_exchange_settlement_book", "institution_id", "at"),
        Index("ix_exchange_settlement_message", "institution_id", "message_id"),
    )
)
"""One row per settlement and per reversal (with the other sign), as the institution was
answered; both sides compare this book.  ``account`` contains mutual aid."""
tied(exchange_settlement, once="b")

exchange_file = append_only(
    Table(
        "exchange_file",
        METADATA,
        Column("institution_id", Identifier, primary_key=True),
        Column("file_id", Identifier, primary_key=True),
        Column("name", Sealed("exchange_file.name", "text"), nullable=False),
        Column("at", Instant, nullable=False),
        Column("content", Sealed("exchange_file.content", "bytes"), nullable=False),
    )
)
"""A file that an institution sent, or that was made for it."""

exchange_record = Table(
    "exchange_record",
    METADATA,
    Column("institution_id", Identifier, primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("record_id", String(120), primary_key=True),
    Column("person_id", Identifier),
    Column("at", Instant, nullable=False),
    Column("document", Sealed("exchange_record.document"), nullable=False),
    Index("ix_exchange_record_person", "person_id", "kind"),
)
"""What is checked and stored, and moves no money: catalogue matches, stock, lists."""

exchange_person = append_only(
    Table(
        "exchange_person",
        METADATA,
        Column("identity_hash", String(64), primary_key=True),
        Column("person_id", Identifier, nullable=False, index=True),
        Column("number_cipher", String(400), nullable=False),
        Column("name_cipher", String(400), nullable=False),
    )
)
"""Made-up people of a sandbox, found by whatever number a test client carries."""

exchange_raw = Table(
    "exchange_raw",
    METADATA,
    Column("raw_id", Identifier, primary_key=True),
    Column("institution_id", Identifier, nullable=False),
    Column("infno", String(10), nullable=False),
    Column("message_id", String(80), nullable=False),
    Column("infcode", Integer, nullable=False),
    Column("cipher", Text, nullable=False),
)
"""A message with its answer for the inspector, encrypted; deleted after some days."""

exchange_nonce = Table(
    "exchange_nonce",
    METADATA,
    Column("nonce", LargeBinary(32), primary_key=True),
    Column("content", LargeBinary(32), nullable=False),
    Column("until", Instant),
    Index(
        "ix_exchange_nonce_until",
        "until",
        sqlite_where=text("until IS NOT NULL"),
        postgresql_where=text("until IS NOT NULL"),
    ),
)
"""Hashes of what headers and signatures used up, with the hash of what it was for.  ``until``:
when no header is good any more, and the row goes; null: of a signature, which never ends."""

deletable(exchange_raw, exchange_record, exchange_nonce)
