"""aid: applications, closed accounts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("aid_grant", sa.Column("applied_on", sa.Date(), nullable=True))
    op.add_column("aid_grant", sa.Column("reviewed_on", sa.Date(), nullable=True))
