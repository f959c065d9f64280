"""Visits of another system: for who looks back; no money of this store hangs on them."""

from __future__ import annotations

from sqlalchemy import Column, Date, String, Table

from yibao.database.schema import METADATA, Fen, Identifier, append_only
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

past_visit = append_only(
    Table(
        "past_visit",
        METADATA,
        Column("person_id", Identifier, primary_key=True),
        Column("visit_id", Identifier, primary_key=True),
        Column("institution_id", Identifier),
        Column("institution_name", String(200), nullable=False),
        Column("kind", String(12), nullable=False),
        Column("start", Date, nullable=False),
        Column("end", Date, nullable=False),
        Column("total", Fen, nullable=False),
        Column("fund", Fen, nullable=False),
        Column("account", Fen, nullable=False),
        Column("cash", Fen, nullable=False),
        Column("diagnosis", Sealed("past_visit.diagnosis", "text"), nullable=False),
    )
)
"""``visit_id``: the other system's number.  ``account``: out of personal accounts, mutual aid
included; ``total`` = ``fund`` + ``account`` + ``cash``, in fen.  ``diagnosis``: empty where the
file gives none."""
tied(past_visit)
