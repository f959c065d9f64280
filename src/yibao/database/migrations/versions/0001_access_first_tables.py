"""access: first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document, append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "actor",
        sa.Column("actor_id", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("institution_id", sa.String(length=40), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(role = 'institution') = (institution_id IS NOT NULL)",
            name=op.f("ck_actor_institution_has_one"),
        ),
        sa.CheckConstraint(
            "(role = 'insured') = (person_id IS NOT NULL)",
            name=op.f("ck_actor_insured_is_a_person"),
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_actor")),
        sa.UniqueConstraint("login", name=op.f("uq_actor_login")),
    )
    op.create_table(
        "event",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("content", Document, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "sequence", name=op.f("pk_event")),
        info={"append_only": True},
    )
    op.create_table(
        "institution_key",
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("secret_cipher", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_institution_key")),
    )
    op.create_index(
        op.f("ix_institution_key_institution_id"),
        "institution_key",
        ["institution_id"],
        unique=False,
    )
    op.create_table(
        "message",
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("answer", Document, nullable=False),
        sa.PrimaryKeyConstraint("sender", "operation", "message_id", name=op.f("pk_message")),
    )
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal")),
        info={"append_only": True},
    )
    op.create_table(
        "sealed_head",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "sequence", name=op.f("pk_sealed_head")),
        info={"append_only": True},
    )
    op.create_index("ix_sealed_head_seal", "sealed_head", ["seal", "person_id"], unique=False)
    append_only("event")
    append_only("seal")
    append_only("sealed_head")
