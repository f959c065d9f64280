"""clearing: what areas owe each other for care of each other's people"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "clearing_between",
        sa.Column("between_id", sa.String(length=40), nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("care_area", sa.String(length=6), nullable=False),
        sa.Column("home_area", sa.String(length=6), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("stands_as", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("booked", sa.BigInteger(), nullable=False),
        sa.Column("corrected", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("declared_by", sa.String(length=40), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("net_id", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("between_id", name=op.f("pk_clearing_between")),
        sa.UniqueConstraint(
            "care_area", "home_area", "month", "stands_as", name="uq_clearing_between_standing"
        ),
    )
    op.create_index(op.f("ix_clearing_between_net_id"), "clearing_between", ["net_id"])
