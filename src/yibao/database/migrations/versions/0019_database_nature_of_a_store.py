"""database: what a store says of itself, real or sandbox

A store that is upgraded to this revision is real: it was made before there was the mark.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "store_nature",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("nature", sa.String(length=10), nullable=False),
        sa.CheckConstraint("number = 1", name=op.f("ck_store_nature_is_one")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_store_nature")),
        info={"append_only": True},
    )
    append_only("store_nature")
