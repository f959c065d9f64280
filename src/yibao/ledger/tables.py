"""Personal accounts with their balance, and the entries of every account."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, String, Table

from yibao.database.schema import METADATA, Document, Fen, Identifier

account = Table(
    "account",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("balance", Fen, nullable=False),
    Column("grants", Document, nullable=False),
    CheckConstraint("balance >= 0", name="never_negative"),
)
"""A personal account; its row is the lock under which draws see balance and grants."""

entry = Table(
    "entry",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("transfer_id", Identifier, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("account", String(120), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("day", Date, nullable=False),
    Index("ix_entry_account_day", "account", "day"),
)
"""Debit positive, credit negative, in fen; a transfer's lines sum to zero."""
