"""Receipts that were claimed, bills with their lines, checks, picks and what is to be recovered."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    text,
)

from yibao.database.schema import METADATA, Fen, Identifier, Instant, append_only, deletable
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

claim_voucher = Table(
    "claim_voucher",
    METADATA,
    Column("case_id", Identifier, primary_key=True),
    Column("voucher_hash", String(64), primary_key=True),
    Column("person_id", Identifier, nullable=False, index=True),
    Column("is_live", Boolean, nullable=False),
    Index(
        "ix_claim_voucher_live",
        "voucher_hash",
        unique=True,
        sqlite_where=text("is_live"),
        postgresql_where=text("is_live"),
    ),
)
"""A receipt by the keyed hash of code and number: in one live claim at a time."""
tied(claim_voucher)

claim_sheet = Table(
    "claim_sheet",
    METADATA,
    Column("case_id", Identifier, primary_key=True),
    Column("person_id", Identifier, nullable=False, index=True),
    Column("lines", Sealed("claim_sheet.lines"), nullable=False),
    Column("quote", Sealed("claim_sheet.quote"), nullable=False),
    Column("visit_id", Identifier),
)
"""The bill of a claim.  ``quote``: what the kernel said last, fen by name; empty before.
``visit_id``: of the settlement that it became."""
tied(claim_sheet)

claim_check = append_only(
    Table(
        "claim_check",
        METADATA,
        Column("case_id", Identifier, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("person_id", Identifier, nullable=False, index=True),
        Column("at", Instant, nullable=False),
        Column("hits", Sealed("claim_check.hits"), nullable=False),
    )
)
"""What was looked for before a claim was accepted, and what was found: nothing is a row too."""
tied(claim_check)

claim_recovery = Table(
    "claim_recovery",
    METADATA,
    Column("case_id", Identifier, primary_key=True),
    Column("person_id", Identifier, nullable=False, index=True),
    Column("paid", Fen, nullable=False),
    Column("liable", Integer, nullable=False),
    Column("amount", Fen, nullable=False),
    Column("is_open", Boolean, nullable=False),
)
"""What the fund paid first, and what a third party owes of it: ``liable`` in basis points,
``amount`` what is still to come."""
tied(claim_recovery)

claim_pick = Table(
    "claim_pick",
    METADATA,
    Column("place", String(160), primary_key=True),
    Column("printed", String(160), primary_key=True),
    Column("pick", Sealed("claim_pick.pick"), nullable=False),
)
"""What an institution's printed name was taken for the last time; it decides nothing by itself."""

deletable(claim_pick)
