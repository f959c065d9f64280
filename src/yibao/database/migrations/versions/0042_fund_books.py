"""finance: vouchers of the fund, what was carried into it, months that are closed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document, append_only

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "fund_voucher",
        sa.Column("voucher_id", sa.String(length=40), nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scheme", sa.String(length=10), nullable=True),
        sa.Column("part", sa.String(length=16), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=True),
        sa.Column("bank", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("transfer_id", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "kind IN ('subsidy', 'interest', 'transfer_in', 'from_above', 'from_below', "
            "'other_income', 'opening_balance', 'transfer_out', 'to_below', 'to_above', "
            "'other_spending', 'collected', 'paid_in', 'allotted')",
            name=op.f("ck_fund_voucher_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('entered', 'signed_off', 'voided')", name=op.f("ck_fund_voucher_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_fund_voucher_moves_something")),
        sa.PrimaryKeyConstraint("voucher_id", name=op.f("pk_fund_voucher")),
    )
    op.create_index("ix_fund_voucher_area", "fund_voucher", ["area", "state", "day"])
    op.create_table(
        "fund_carry",
        sa.Column("carry_id", sa.String(length=40), nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("carried_by", sa.String(length=40), nullable=False),
        sa.Column("carried_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("carry_id", name=op.f("pk_fund_carry")),
    )
    op.create_index("ix_fund_carry_area", "fund_carry", ["area", "month"])
    op.create_table(
        "month_closing",
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("prepared_by", sa.String(length=40), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("through", sa.String(length=40), nullable=True),
        sa.Column("figures", Document, nullable=False),
        sa.CheckConstraint(
            "state IN ('prepared', 'closed_month')", name=op.f("ck_month_closing_state")
        ),
        sa.PrimaryKeyConstraint("area", "month", name=op.f("pk_month_closing")),
    )
    append_only("fund_carry")
