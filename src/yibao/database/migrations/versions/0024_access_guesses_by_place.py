"""access: wrong passwords are counted by where they come from, and known places are remembered

What was counted so far is forgotten: it was good for a quarter of an hour.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.drop_table("sign_in_failure")
    op.create_table(
        "sign_in_failure",
        sa.Column("login_hash", sa.String(length=64), nullable=False),
        sa.Column("place_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login_hash", "place_hash", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(
        op.f("ix_sign_in_failure_last_at"), "sign_in_failure", ["last_at"], unique=False
    )
    op.create_table(
        "sign_in_place",
        sa.Column("login_hash", sa.String(length=64), nullable=False),
        sa.Column("place_hash", sa.String(length=64), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login_hash", "place_hash", name=op.f("pk_sign_in_place")),
    )
    op.create_index(op.f("ix_sign_in_place_last_at"), "sign_in_place", ["last_at"], unique=False)
