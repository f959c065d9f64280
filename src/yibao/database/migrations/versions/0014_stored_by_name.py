"""access, care, insured: what is stored is stored by name, and what is shared once

Rows stay as they were written.  ``visit`` and ``fee_item``, which no door ever reached, go
where they are empty, and stay where somebody wrote to them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document, append_only, rebuilt

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_FIRST_FORM = ("amounts", "facts", "state_in", "known", "visit", "explanation")


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "document_version",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("earlier", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_document_version")),
    )
    append_only("document_version")
    op.add_column("person", sa.Column("facts_version", sa.LargeBinary(), nullable=True))
    op.add_column("person", sa.Column("used_version", sa.LargeBinary(), nullable=True))
    op.add_column("enrolment", sa.Column("more", Document, nullable=True))
    op.add_column("institution", sa.Column("more", Document, nullable=True))
    with rebuilt("event") as event:
        event.alter_column("previous", existing_type=sa.String(64), nullable=True)
    op.drop_index("ix_settlement_grantor", table_name="settlement")
    op.drop_index("ix_settlement_institution", table_name="settlement")
    with rebuilt("settlement") as settlement:
        settlement.drop_constraint("uq_settlement_sequence", type_="unique")
        settlement.add_column(sa.Column("document", sa.LargeBinary(), nullable=True))
        settlement.alter_column("origin", existing_type=sa.String(40), nullable=True)
        settlement.alter_column("rulebook_hash", existing_type=sa.String(64), nullable=True)
        settlement.alter_column("kernel", existing_type=sa.String(20), nullable=True)
        for name in _FIRST_FORM:
            settlement.alter_column(name, existing_type=Document, nullable=True)
    op.create_index(
        "ix_settlement_grantor",
        "settlement",
        ["grantor_id", "settlement_id"],
        unique=False,
        sqlite_where=sa.text("grantor_id IS NOT NULL"),
        postgresql_where=sa.text("grantor_id IS NOT NULL"),
    )
    connection = op.get_bind()
    for name in ("fee_item", "visit"):
        if connection.execute(sa.text(f"SELECT 1 FROM {name} LIMIT 1")).first() is None:
            op.drop_table(name)
