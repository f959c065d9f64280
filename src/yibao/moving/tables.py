"""Forms that went to another area, or came from one: each once."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, String, Table

from yibao.database.schema import METADATA, Fen, Identifier, Instant, append_only
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

OUT, IN = "out", "in"

transfer_form = append_only(
    Table(
        "transfer_form",
        METADATA,
        Column("number", Identifier, primary_key=True),
        Column("direction", String(3), primary_key=True),
        Column("person_id", Identifier, nullable=False, index=True),
        Column("case_id", Identifier, nullable=False),
        Column("other_area", String(6), nullable=False),
        Column("made_on", Date, nullable=False),
        Column("balance", Fen, nullable=False),
        Column("form", Sealed("transfer_form.form"), nullable=False),
        Column("recorded_at", Instant, nullable=False),
        CheckConstraint("direction IN ('out', 'in')", name="direction"),
        Index("ix_transfer_form_case", "case_id"),
    )
)
"""``other_area``: where it went, or came from.  One number goes out once and comes in once."""
tied(transfer_form)
