"""care: a settlement names the interim settlement of the same stay that it contains"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision: no row of before has one, and what is null is in no hash."""
    op.add_column("settlement", sa.Column("goes_on", sa.String(length=40), nullable=True))
