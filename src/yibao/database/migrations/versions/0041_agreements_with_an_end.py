"""clearing: agreements have a last day and a budget"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("clearing_agreement", sa.Column("end", sa.Date(), nullable=True))
    op.add_column("clearing_agreement", sa.Column("budget", sa.BigInteger(), nullable=True))
