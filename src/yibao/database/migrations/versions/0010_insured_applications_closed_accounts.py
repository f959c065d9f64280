"""insured: applications, closed accounts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "account_closing",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.Column("transfer_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_account_closing")),
    )
    append_only("account_closing")
