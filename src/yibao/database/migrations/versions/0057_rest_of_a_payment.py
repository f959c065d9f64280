"""insured: what came with a payment beyond its amount"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("channel_payment", sa.Column("rest", sa.BigInteger(), nullable=True))
