"""clearing: the paper of a year, with its score and what of the retained sum comes back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("clearing_application", sa.Column("score", sa.Integer(), nullable=True))
    for name in ("decided", "returned", "withheld"):
        op.add_column("clearing_application", sa.Column(name, sa.BigInteger(), nullable=True))
