"""exchange: first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document, append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "exchange_file",
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("institution_id", "file_id", name=op.f("pk_exchange_file")),
        info={"append_only": True},
    )
    op.create_table(
        "exchange_person",
        sa.Column("identity_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("number_cipher", sa.String(length=400), nullable=False),
        sa.Column("name_cipher", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("identity_hash", name=op.f("pk_exchange_person")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_exchange_person_person_id"), "exchange_person", ["person_id"], unique=False
    )
    op.create_table(
        "exchange_raw",
        sa.Column("raw_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("infno", sa.String(length=10), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("infcode", sa.Integer(), nullable=False),
        sa.Column("cipher", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("raw_id", name=op.f("pk_exchange_raw")),
    )
    op.create_table(
        "exchange_record",
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("record_id", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.PrimaryKeyConstraint(
            "institution_id", "kind", "record_id", name=op.f("pk_exchange_record")
        ),
    )
    op.create_table(
        "exchange_settlement",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("entry_id", sa.String(length=40), nullable=False),
        sa.Column("visit_id", sa.String(length=40), nullable=False),
        sa.Column("care_visit_id", sa.String(length=40), nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("reverses", sa.String(length=40), nullable=True),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("infno", sa.String(length=10), nullable=False),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("clear_type", sa.String(length=10), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "entry_id", name=op.f("pk_exchange_settlement")),
        info={"append_only": True},
    )
    op.create_index(
        "ix_exchange_settlement_book", "exchange_settlement", ["institution_id", "at"], unique=False
    )
    op.create_index(
        "ix_exchange_settlement_message",
        "exchange_settlement",
        ["institution_id", "message_id"],
        unique=False,
    )
    op.create_table(
        "exchange_visit",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("visit_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("stay", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "visit_id", name=op.f("pk_exchange_visit")),
    )
    op.create_index(
        "ix_exchange_visit_institution",
        "exchange_visit",
        ["institution_id", "opened_on"],
        unique=False,
    )
    append_only("exchange_file")
    append_only("exchange_person")
    append_only("exchange_settlement")
