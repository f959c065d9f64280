"""prices: what institutions charge by their own lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "price_list",
        sa.Column("list_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("above", sa.Integer(), nullable=False),
        sa.Column("handed_by", sa.String(length=40), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("institution_id", "number", name="uq_price_list_number"),
    )
    op.create_index(op.f("ix_price_list_area"), "price_list", ["area"])
    op.create_table(
        "price_line",
        sa.Column("list_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("own_code", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("price_limit", sa.BigInteger(), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "line", name=op.f("pk_price_line")),
    )
    op.create_index("ix_price_line_code", "price_line", ["institution_id", "code"])
    op.create_index("ix_price_line_own", "price_line", ["institution_id", "own_code"])
    append_only("price_line")
