"""prices: what an area's catalogue becomes, by file"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from yibao.database.migrations.helpers import append_only

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "catalogue_change",
        sa.Column("change_id", sa.String(length=40), nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("drawn_by", sa.String(length=40), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_catalogue_change")),
    )
    op.create_index(op.f("ix_catalogue_change_area"), "catalogue_change", ["area"])
    op.create_table(
        "catalogue_change_line",
        sa.Column("change_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain", sa.String(length=60), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("before", _JSON, nullable=True),
        sa.Column("after", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("change_id", "line", name=op.f("pk_catalogue_change_line")),
    )
    append_only("catalogue_change_line")
