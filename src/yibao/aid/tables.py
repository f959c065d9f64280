"""Grants with their consent and review; the account row keeps those that may pay."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from yibao.database.schema import METADATA, Fen, Identifier, deletable
from yibao.database.sealed import Sealed
from yibao.database.ties import tied

aid_grant = Table(
    "aid_grant",
    METADATA,
    Column("grantor_id", Identifier, primary_key=True),
    Column("grant_id", Identifier, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("grantee_id", Identifier, nullable=False),
    Column("relation", String(24), nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date),
    Column("limit", Fen),
    Column("revoked_on", Date),
    Column("consent_version", String(40), nullable=False),
    Column("consent_text", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("reviewed_by", Identifier),
    Column("review_note", Sealed("aid_grant.review_note", "text")),
    Column("applied_on", Date),
    Column("reviewed_on", Date),
    Index("ix_aid_grant_grantee", "grantee_id", "grantor_id"),
)
"""``status``: ``pending`` (waits for a review), ``active`` or ``refused``.  ``sequence``: of the
grantor's event that made it.  ``limit``: the most that one payment may take."""
tied(aid_grant, owner="grantor_id")

detail_consent = Table(
    "detail_consent",
    METADATA,
    Column("grantee_id", Identifier, primary_key=True),
    Column("grantor_id", Identifier, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("consent_version", String(40), nullable=False),
)
"""Whether a grantee lets a grantor see diagnosis and items of visits paid from the grant."""
tied(detail_consent, owner="grantee_id")

deletable(detail_consent)
