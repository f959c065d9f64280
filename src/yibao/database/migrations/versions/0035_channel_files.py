"""finance: files of channels and what the books do not agree with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "channel_file",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("channel", "day", name=op.f("pk_channel_file")),
    )
    op.create_table(
        "channel_difference",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("there", sa.BigInteger(), nullable=True),
        sa.Column("here", sa.BigInteger(), nullable=True),
        sa.Column("resolution", sa.String(length=200), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "kind IN ('missing_here', 'missing_there', 'other_amount', 'twice', 'other_day')",
            name=op.f("ck_channel_difference_kind"),
        ),
        sa.PrimaryKeyConstraint(
            "channel", "day", "reference", "kind", name=op.f("pk_channel_difference")
        ),
    )
    op.create_index("ix_channel_difference_open", "channel_difference", ["resolved_at", "day"])
    append_only("channel_file")
