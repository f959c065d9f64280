"""aid: first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "aid_grant",
        sa.Column("grantor_id", sa.String(length=40), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("grantee_id", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=24), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("limit", sa.BigInteger(), nullable=True),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reviewed_by", sa.String(length=40), nullable=True),
        sa.Column("review_note", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("grantor_id", "grant_id", name=op.f("pk_aid_grant")),
    )
    op.create_index("ix_aid_grant_grantee", "aid_grant", ["grantee_id", "grantor_id"], unique=False)
    op.create_table(
        "detail_consent",
        sa.Column("grantee_id", sa.String(length=40), nullable=False),
        sa.Column("grantor_id", sa.String(length=40), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("consent_version", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("grantee_id", "grantor_id", name=op.f("pk_detail_consent")),
    )
