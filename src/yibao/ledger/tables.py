"""Personal accounts with their balance, the entries of every account, and snapshots."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, String, Table

from yibao.database.schema import METADATA, Document, Fen, Identifier, append_only, locked

account = Table(
    "account",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("balance", Fen, nullable=False),
    Column("grants", Document, nullable=False),
    CheckConstraint("balance >= 0", name="never_negative"),
)
"""A personal account; its row is the lock under which draws see balance and grants."""
locked(account, place=2)

entry = append_only(
    Table(
        "entry",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("transfer_id", Identifier, primary_key=True),
        Column("line", Integer, primary_key=True, autoincrement=False),
        Column("account", String(120), nullable=False),
        Column("amount", Fen, nullable=False),
        Column("day", Date, nullable=False),
        CheckConstraint("amount <> 0", name="moves_something"),
        Index("ix_entry_account_day", "account", "day"),
        Index("ix_entry_account_transfer", "account", "transfer_id"),
    )
)
"""Debit positive, credit negative, in fen; a transfer's lines sum to zero.
``transfer_id`` sorts by the time of posting, ``day`` is when it happened."""

snapshot = append_only(
    Table(
        "snapshot",
        METADATA,
        Column("account", String(120), primary_key=True),
        Column("day", Date, primary_key=True),
        Column("through", Identifier, nullable=False),
        Column("total", Fen, nullable=False),
    )
)
"""The sum of an account's entries of ``day`` and before whose transfer is not after
``through``.  What came later, for whatever day, is the tail."""
