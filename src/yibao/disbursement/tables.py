"""Orders to pay, the batches that they go out in, and what the bank answered."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from yibao.database.schema import METADATA, Fen, Identifier, Instant, append_only
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

Chain = String(60)

payment_order = Table(
    "payment_order",
    METADATA,
    Column("order_id", Identifier, primary_key=True),
    Column("chain", Chain, nullable=False, index=True),
    Column("area", String(6), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("reference", Identifier, nullable=False),
    Column("liability", String(120), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("payee", Sealed("payment_order.payee"), nullable=False),
    Column("state", String(12), nullable=False),
    Column("batch_id", Identifier, index=True),
    Column("answers", Integer, nullable=False),
    Column("due_on", Date),
    Column("ordered_by", Identifier, nullable=False),
    Column("ordered_at", Instant, nullable=False),
    CheckConstraint("amount > 0", name="pays_something"),
    UniqueConstraint("purpose", "reference"),
    Index("ix_payment_order_waiting", "area", "state", "order_id"),
)
"""``chain``: of whom it is paid to, a person or an institution.  ``liability``: the account of
the ledger that it settles.  ``reference``: what it is paid for, once.  ``payee``: name, bank and
account.  ``answers``: how many the bank has given."""
tied(payment_order, "chain")

payment_batch = Table(
    "payment_batch",
    METADATA,
    Column("batch_id", Identifier, primary_key=True),
    Column("chain", Chain, nullable=False),
    Column("area", String(6), nullable=False),
    Column("state", String(12), nullable=False),
    Column("count", Integer, nullable=False),
    Column("total", Fen, nullable=False),
    Column("drafted_by", Identifier, nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Column("signed_by", Identifier),
    Column("signed_at", Instant),
    Column("sent_by", Identifier),
    Column("sent_at", Instant),
    Column("file_digest", String(64)),
    Index("ix_payment_batch_area", "area", "batch_id"),
)
"""``chain``: of the area's bank account.  ``file_digest``: sha256 of the file that was sent."""
tied(payment_batch, "chain")

payment_line = append_only(
    Table(
        "payment_line",
        METADATA,
        Column("batch_id", Identifier, primary_key=True),
        Column("order_id", Identifier, primary_key=True),
        Column("chain", Chain, nullable=False, index=True),
        Column("amount", Fen, nullable=False),
        Column("payee", Sealed("payment_line.payee"), nullable=False),
        Column("purpose", String(40), nullable=False),
    )
)
"""What the file of a batch said of an order: an order that came back goes out in another."""
tied(payment_line, "chain")

payment_answer = append_only(
    Table(
        "payment_answer",
        METADATA,
        Column("order_id", Identifier, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("chain", Chain, nullable=False, index=True),
        Column("batch_id", Identifier, nullable=False, index=True),
        Column("outcome", String(10), nullable=False),
        Column("bank_reference", Sealed("payment_answer.bank_reference", "text"), nullable=False),
        Column("reason", Sealed("payment_answer.reason", "text"), nullable=False),
        Column("day", Date, nullable=False),
        Column("transfer_id", Identifier),
        Column("answered_by", Identifier, nullable=False),
        Column("answered_at", Instant, nullable=False),
    )
)
"""``transfer_id``: of the entries that it was booked with; null where nothing had left yet."""
tied(payment_answer, "chain")
