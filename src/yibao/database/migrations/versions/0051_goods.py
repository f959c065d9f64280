"""clearing: goods that are paid directly to makers and set off against the institution"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("clearing_application", sa.Column("goods", sa.BigInteger(), nullable=True))
    op.create_table(
        "clearing_goods",
        sa.Column("goods_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("maker", sa.String(length=40), nullable=False),
        sa.Column("maker_name", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stands_as", sa.String(length=40), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.LargeBinary(), nullable=False),
        sa.Column("by_institution", sa.Boolean(), nullable=False),
        sa.Column("paper", sa.LargeBinary(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_off_with", sa.String(length=40), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_clearing_goods_amount")),
        sa.PrimaryKeyConstraint("goods_id", name=op.f("pk_clearing_goods")),
        sa.UniqueConstraint("maker", "number", "stands_as", name="uq_clearing_goods_standing"),
    )
    op.create_index(op.f("ix_clearing_goods_institution_id"), "clearing_goods", ["institution_id"])
    op.create_table(
        "clearing_goods_line",
        sa.Column("goods_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("goods_id", "number", name=op.f("pk_clearing_goods_line")),
    )
    op.create_index(
        op.f("ix_clearing_goods_line_institution_id"), "clearing_goods_line", ["institution_id"]
    )
    append_only("clearing_goods_line")
