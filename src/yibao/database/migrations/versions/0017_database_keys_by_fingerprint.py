"""database: the store knows by a fingerprint which key its rows were encrypted with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; the fingerprint is written when the upgrade is through."""
    op.create_table(
        "secret_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("under_next", sa.LargeBinary(), nullable=True),
        sa.Column("under_previous", sa.LargeBinary(), nullable=True),
        sa.Column("lasting", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "status IN ('announced', 'current', 'leaving', 'retired')",
            name=op.f("ck_secret_key_status"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_secret_key")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_secret_key_fingerprint")),
    )
