"""insured: an e-credential is activated, bound, and ended"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "credential_activation",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("activation_id", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("device_hash", sa.String(length=64), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_by", sa.String(length=40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint(
            "person_id", "activation_id", name=op.f("pk_credential_activation")
        ),
    )
