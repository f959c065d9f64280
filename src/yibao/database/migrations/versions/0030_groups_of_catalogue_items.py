"""care: the group of a catalogue entry"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("catalogue_item", sa.Column("item_group", sa.String(20), nullable=True))
