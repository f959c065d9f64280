"""employers: how an area lets new staff in, and whether a last day on a holiday is put off"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("employer_terms", sa.Column("hires", sa.String(length=16), nullable=True))
    op.add_column("employer_terms", sa.Column("is_put_off", sa.Boolean(), nullable=True))
