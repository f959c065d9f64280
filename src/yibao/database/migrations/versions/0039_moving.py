"""moving: forms of people who move from area to area; why somebody left for good"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "transfer_form",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("other_area", sa.String(length=6), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_transfer_form_direction")),
        sa.PrimaryKeyConstraint("number", "direction", name=op.f("pk_transfer_form")),
    )
    op.create_index(op.f("ix_transfer_form_person_id"), "transfer_form", ["person_id"])
    op.create_index("ix_transfer_form_case", "transfer_form", ["case_id"])
    append_only("transfer_form")
    op.create_table(
        "departure",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_departure")),
    )
    op.create_index("ix_departure_reason", "departure", ["reason", "person_id"])
