"""insured: records of people who were registered twice, closed and leading to the other"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("person", sa.Column("merged_into", sa.String(length=40), nullable=True))
    op.create_table(
        "merged_person",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("merged_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "merged_id", name=op.f("pk_merged_person")),
    )
    append_only("merged_person")
