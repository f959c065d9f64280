"""finance: budgets of the fund, in versions that a head approves"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "fund_budget",
        sa.Column("budget_id", sa.String(length=40), nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lines", Document, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state IN ('entered', 'signed_off', 'voided')", name=op.f("ck_fund_budget_state")
        ),
        sa.UniqueConstraint(
            "area", "year", "version", name=op.f("uq_fund_budget_area_year_version")
        ),
        sa.PrimaryKeyConstraint("budget_id", name=op.f("pk_fund_budget")),
    )
