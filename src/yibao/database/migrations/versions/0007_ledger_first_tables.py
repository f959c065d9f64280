"""ledger: first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document, append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "account",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("grants", Document, nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_account_never_negative")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_account")),
    )
    op.create_table(
        "entry",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("transfer_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_entry_moves_something")),
        sa.PrimaryKeyConstraint("person_id", "transfer_id", "line", name=op.f("pk_entry")),
        info={"append_only": True},
    )
    op.create_index("ix_entry_account_day", "entry", ["account", "day"], unique=False)
    op.create_index("ix_entry_account_transfer", "entry", ["account", "transfer_id"], unique=False)
    op.create_table(
        "snapshot",
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("through", sa.String(length=40), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "day", name=op.f("pk_snapshot")),
        info={"append_only": True},
    )
    append_only("entry")
    append_only("snapshot")
