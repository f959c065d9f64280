"""exchange: what institutions told of a person is found by the person"""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_index("ix_exchange_record_person", "exchange_record", ["person_id", "kind"])
