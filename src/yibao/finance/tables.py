"""Daily files of channels and what of them the books do not have, vouchers and budgets of the
fund, and months that are closed."""

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

from yibao.access.names import STORE
from yibao.database.schema import METADATA, Document, Fen, Identifier, Instant, append_only
from yibao.database.ties import tied
from yibao.finance.states import (
    ClosingState,
    DifferenceKind,
    VoucherKind,
    VoucherState,
    one_of,
)

CHANNEL_CHAIN = f"{STORE}channel:"

channel_file = append_only(
    Table(
        "channel_file",
        METADATA,
        Column("channel", String(20), primary_key=True),
        Column("day", Date, primary_key=True),
        Column("digest", String(64), nullable=False),
        Column("lines", Integer, nullable=False),
        Column("total", Fen, nullable=False),
        Column("matched", Integer, nullable=False),
        Column("imported_at", Instant, nullable=False),
        Column("imported_by", Identifier, nullable=False),
    )
)
"""What a channel reported of a day, once.  ``digest``: of its lines in their order."""
tied(channel_file, "channel", prefix=CHANNEL_CHAIN)

channel_difference = Table(
    "channel_difference",
    METADATA,
    Column("channel", String(20), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reference", String(80), primary_key=True),
    Column("kind", String(14), primary_key=True),
    Column("there", Fen),
    Column("here", Fen),
    Column("resolution", String(200)),
    Column("resolved_at", Instant),
    Column("resolved_by", Identifier),
    CheckConstraint(f"kind IN ({one_of(DifferenceKind)})", name="kind"),
    Index("ix_channel_difference_open", "resolved_at", "day"),
)
"""``there``: fen by the channel's file; ``here``: by the books; null: not at all.
``resolution``: what somebody found and did; null as long as nobody has."""
tied(channel_difference, "channel", prefix=CHANNEL_CHAIN)

fund_voucher = Table(
    "fund_voucher",
    METADATA,
    Column("voucher_id", Identifier, primary_key=True),
    Column("chain", String(60), nullable=False),
    Column("area", String(6), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("scheme", String(10)),
    Column("part", String(16)),
    Column("level", String(10)),
    Column("bank", String(20), nullable=False),
    Column("channel", String(20)),
    Column("amount", Fen, nullable=False),
    Column("day", Date, nullable=False),
    Column("note", String(200), nullable=False),
    Column("state", String(12), nullable=False),
    Column("entered_by", Identifier, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("decided_by", Identifier),
    Column("decided_at", Instant),
    Column("reason", String(200), nullable=False, default=""),
    Column("transfer_id", Identifier),
    CheckConstraint(f"kind IN ({one_of(VoucherKind)})", name="kind"),
    CheckConstraint(f"state IN ({one_of(VoucherState)})", name="state"),
    CheckConstraint("amount > 0", name="moves_something"),
    Index("ix_fund_voucher_area", "area", "state", "day"),
)
"""Money that a cashier entered, and whoever signed it or dropped it.  ``transfer_id``: of the
entries that it was booked with, once it was signed."""
tied(fund_voucher, "chain")

fund_budget = Table(
    "fund_budget",
    METADATA,
    Column("budget_id", Identifier, primary_key=True),
    Column("chain", String(60), nullable=False),
    Column("area", String(6), nullable=False),
    Column("year", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("lines", Document, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("state", String(12), nullable=False),
    Column("entered_by", Identifier, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("decided_by", Identifier),
    Column("decided_at", Instant),
    Column("decision", String(200), nullable=False, default=""),
    CheckConstraint(f"state IN ({one_of(VoucherState)})", name="state"),
    UniqueConstraint("area", "year", "version"),
)
"""A year's whole budget, entered by a cashier and approved or dropped by a head; the latest that
was approved holds.  ``lines``: scheme → part → item → fen; ``reason``: the document that it
stands on, or why it changes."""
tied(fund_budget, "chain")

fund_carry = append_only(
    Table(
        "fund_carry",
        METADATA,
        Column("carry_id", Identifier, primary_key=True),
        Column("chain", String(60), nullable=False),
        Column("area", String(6), nullable=False),
        Column("month", Integer, nullable=False),
        Column("paid", Fen, nullable=False),
        Column("credited", Fen, nullable=False),
        Column("carried_by", Identifier, nullable=False),
        Column("carried_at", Instant, nullable=False),
        Index("ix_fund_carry_area", "area", "month"),
    )
)
"""A run that brought what was paid into the fund, and what was credited out of it."""
tied(fund_carry, "chain")

month_closing = Table(
    "month_closing",
    METADATA,
    Column("area", String(6), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("chain", String(60), nullable=False),
    Column("state", String(12), nullable=False),
    Column("note", String(200), nullable=False),
    Column("prepared_by", Identifier, nullable=False),
    Column("prepared_at", Instant, nullable=False),
    Column("closed_by", Identifier),
    Column("closed_at", Instant),
    Column("through", Identifier),
    Column("figures", Document, nullable=False),
    CheckConstraint(f"state IN ({one_of(ClosingState)})", name="state"),
)
"""A month of an area's funds.  ``through``: the last transfer that it counts: what is booked
later for its days counts in the month after.  ``figures``: the statement as it was closed, and
what was open then."""
tied(month_closing, "chain")
