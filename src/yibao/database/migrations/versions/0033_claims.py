"""claims: receipts, bills with their lines, checks, picks and what is to be recovered"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "claim_voucher",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("voucher_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "voucher_hash", name=op.f("pk_claim_voucher")),
    )
    op.create_index(
        "ix_claim_voucher_live",
        "claim_voucher",
        ["voucher_hash"],
        unique=True,
        sqlite_where=sa.text("is_live"),
        postgresql_where=sa.text("is_live"),
    )
    op.create_table(
        "claim_sheet",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("quote", sa.LargeBinary(), nullable=False),
        sa.Column("visit_id", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_claim_sheet")),
    )
    op.create_table(
        "claim_check",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_claim_check")),
    )
    op.create_table(
        "claim_recovery",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("liable", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_claim_recovery")),
    )
    op.create_table(
        "claim_pick",
        sa.Column("place", sa.String(length=160), nullable=False),
        sa.Column("printed", sa.String(length=160), nullable=False),
        sa.Column("pick", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place", "printed", name=op.f("pk_claim_pick")),
    )
    for table in ("claim_voucher", "claim_sheet", "claim_check", "claim_recovery"):
        op.create_index(op.f(f"ix_{table}_person_id"), table, ["person_id"])
    append_only("claim_check")
