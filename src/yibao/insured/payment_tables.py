"""Bills, orders, payments by channels, receipts, monthly credits and jobs."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    String,
    Table,
)

from yibao.database.schema import METADATA, Document, Fen, Identifier, append_only

ORDER_STATES = ("created", "confirmed", "paid", "failed", "timed_out", "refunded", "posted")
"""``paid``: the channel holds money that is not, or no longer, posted; it goes back."""

bill = Table(
    "bill",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("bill_id", Identifier, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("scheme", String(10), nullable=False),
    Column("area", String(6), nullable=False),
    Column("periods", Document, nullable=False),
    Column("declared_base", Fen),
    Column("base", Fen),
    Column("made_on", Date, nullable=False),
    Column("due", Fen, nullable=False),
    Column("employer", Fen, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("rulebook_hash", String(64), nullable=False),
    Column("supplements", Identifier),
    Column("status", String(10), nullable=False),
    Column("order_id", Identifier),
    CheckConstraint("kind IN ('regular', 'supplementary')", name="kind"),
    CheckConstraint("status IN ('open', 'paid', 'refunded')", name="status"),
    Index("ix_bill_area_scheme", "area", "scheme", "person_id"),
)
"""What periods cost if paid on ``made_on``.  ``supplements``: the bill whose difference this
is.  ``order_id``: the order that paid it.  ``employer``: the employer's part, not in ``due``."""

bill_line = Table(
    "bill_line",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("bill_id", Identifier, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("name", String(40), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("source", String(200), nullable=False),
)

order_ = Table(
    "order_",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("order_id", Identifier, primary_key=True),
    Column("bill_id", Identifier, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("payer_id", Identifier, nullable=False),
    Column("amount", Fen, nullable=False),
    Column("taken", Document, nullable=False),
    Column("status", String(10), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
    Column("receipt_no", String(40)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint(
        f"status IN ({', '.join(repr(state) for state in ORDER_STATES)})", name="status"
    ),
    CheckConstraint("amount >= 0", name="not_negative"),
)
"""An attempt to pay a bill.  ``amount`` goes through the channel, ``taken`` came from
personal accounts: [[owner, fen], ...]."""

channel_payment = Table(
    "channel_payment",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("order_id", Identifier, primary_key=True),
    Column("payment_id", String(80), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("status", String(10), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
    CheckConstraint("status IN ('posted', 'refund_due', 'refunded')", name="status"),
    Index("ix_channel_payment_status", "channel", "status"),
)
"""Money that a channel reports, by the channel's own number; none is ever dropped."""

receipt = Table(
    "receipt",
    METADATA,
    Column("receipt_no", String(40), primary_key=True),
    Column("person_id", Identifier, nullable=False, index=True),
    Column("order_id", Identifier, nullable=False),
    Column("bill_id", Identifier, nullable=False),
    Column("amount", Fen, nullable=False),
    Column("issued_on", Date, nullable=False),
)
"""Area, day, random digits and two check digits: no counter that everybody shares."""

monthly_credit = Table(
    "monthly_credit",
    METADATA,
    Column("person_id", Identifier, primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("area", String(6), nullable=False),
    Column("amount", Fen, nullable=False),
    Column("base", Fen),
    Column("transfer_id", Identifier, nullable=False),
    Column("rulebook_hash", String(64), nullable=False),
)
"""A month is credited to a person once; the key decides."""

account_closing = append_only(
    Table(
        "account_closing",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("closed_on", Date, nullable=False),
        Column("reason", String(10), nullable=False),
        Column("amount", Fen, nullable=False),
        Column("target", String(120), nullable=False),
        Column("transfer_id", Identifier, nullable=False),
    )
)
"""A personal account that was closed: its last day, and the account of the ledger that got
its balance."""

job = Table(
    "job",
    METADATA,
    Column("kind", String(20), primary_key=True),
    Column("area", String(6), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("status", String(10), nullable=False),
    Column("cursor", Identifier, nullable=False),
    Column("done", Integer, nullable=False),
    Column("amount", Fen, nullable=False),
    CheckConstraint("status IN ('running', 'done')", name="status"),
)
"""``cursor``: the last person whose chunk is committed.  The row is locked by the chunk
that is being worked on, so two processes take turns and a killed one leaves nothing."""

job_skip = Table(
    "job_skip",
    METADATA,
    Column("kind", String(20), primary_key=True),
    Column("area", String(6), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("person_id", Identifier, primary_key=True),
    Column("reason", String(400), nullable=False),
)
"""People whom a job could not serve, and why; a job that is run again tries them again."""
