"""past visits: what another system settled, for who looks back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "past_visit",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("visit_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=True),
        sa.Column("institution_name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("total", "fund", "account", "cash")
        ),
        sa.Column("diagnosis", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "visit_id", name=op.f("pk_past_visit")),
    )
    append_only("past_visit")
