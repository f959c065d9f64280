"""crossing: first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "filing",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("filing_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("care_area", sa.String(length=6), nullable=True),
        sa.Column("disease", sa.String(length=40), nullable=True),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "filing_id", name=op.f("pk_filing")),
    )
    op.create_index("ix_filing_care_area", "filing", ["care_area", "start"], unique=False)
