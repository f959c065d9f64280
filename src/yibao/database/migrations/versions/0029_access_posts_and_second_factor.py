"""access: agencies with their staff, and the second factor of whoever is not insured

Users keep their roles: an ``officer`` goes on doing everything until an administrator gives
the post and the agency.  Whoever is signed in stays so; the next sign-in asks for the code.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "agency",
        sa.Column("agency_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_agency")),
        sa.UniqueConstraint("name", name=op.f("uq_agency_name")),
    )
    op.create_table(
        "second_factor",
        sa.Column("actor_id", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("actor_id", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("actor_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.add_column("actor", sa.Column("agency_id", sa.String(length=40), nullable=True))
    op.add_column("actor", sa.Column("employer_id", sa.String(length=40), nullable=True))
    op.add_column("session", sa.Column("awaits", sa.String(length=10), nullable=True))
