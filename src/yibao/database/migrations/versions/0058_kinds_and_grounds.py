"""employers, office: what kind an employer is, and the coded ground of a decision"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; what earlier programs wrote of kinds is read afterwards, on the chains."""
    op.add_column("employer", sa.Column("kind", sa.String(length=24), nullable=True))
    op.add_column("case_move", sa.Column("basis", sa.String(length=40), nullable=True))
