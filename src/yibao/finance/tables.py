"""Daily files of channels, what they say, and what of it the books do not."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, DateTime, Index, Integer, String, Table

from yibao.access.names import STORE
from yibao.database.schema import METADATA, Fen, Identifier, append_only
from yibao.database.ties import tied
from yibao.finance.states import DifferenceKind, one_of

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
        Column("imported_at", DateTime(timezone=True), nullable=False),
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
    Column("resolved_at", DateTime(timezone=True)),
    Column("resolved_by", Identifier),
    CheckConstraint(f"kind IN ({one_of(DifferenceKind)})", name="kind"),
    Index("ix_channel_difference_open", "resolved_at", "day"),
)
"""``there``: fen by the channel's file; ``here``: by the books; null: not at all.
``resolution``: what somebody found and did; null as long as nobody has."""
tied(channel_difference, "channel", prefix=CHANNEL_CHAIN)
