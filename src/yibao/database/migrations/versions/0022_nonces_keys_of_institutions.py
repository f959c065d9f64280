"""exchange, access: nonces of messages; the keys of institutions that no door ever gave out

The keys of institutions are those of the gateway's file.  ``institution_key`` goes where it is
empty, and stays where somebody wrote to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "exchange_nonce",
        sa.Column("nonce", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary(32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_exchange_nonce")),
    )
    op.create_index(
        "ix_exchange_nonce_until",
        "exchange_nonce",
        ["until"],
        unique=False,
        sqlite_where=sa.text("until IS NOT NULL"),
        postgresql_where=sa.text("until IS NOT NULL"),
    )
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT 1 FROM institution_key LIMIT 1")).first() is None:
        op.drop_table("institution_key")
