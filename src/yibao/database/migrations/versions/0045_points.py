"""clearing: stays are paid by points or groups, of a month and of a year"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("clearing_agreement", sa.Column("method", sa.String(length=4), nullable=True))
    op.add_column("clearing_agreement", sa.Column("coefficient", sa.Integer(), nullable=True))
    op.add_column("clearing_application", sa.Column("adjusted", sa.BigInteger(), nullable=True))
    op.create_table(
        "clearing_period",
        sa.Column("period_id", sa.String(length=40), nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=4), nullable=False),
        sa.Column("stands_as", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("low_below", sa.Integer(), nullable=True),
        sa.Column("high_above", sa.Integer(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("drawn_by", sa.String(length=40), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("budget > 0", name=op.f("ck_clearing_period_budget")),
        sa.PrimaryKeyConstraint("period_id", name=op.f("pk_clearing_period")),
        sa.UniqueConstraint(
            "area", "period", "method", "stands_as", name="uq_clearing_period_standing"
        ),
    )
    op.create_table(
        "clearing_stay",
        sa.Column("period_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("home_area", sa.String(length=6), nullable=False),
        sa.Column("group_code", sa.LargeBinary(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("mean", sa.BigInteger(), nullable=True),
        sa.Column("coefficient", sa.Integer(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period_id", "number", name=op.f("pk_clearing_stay")),
    )
    op.create_index(op.f("ix_clearing_stay_chain"), "clearing_stay", ["chain"])
    op.create_index(op.f("ix_clearing_stay_institution_id"), "clearing_stay", ["institution_id"])
    append_only("clearing_stay")
