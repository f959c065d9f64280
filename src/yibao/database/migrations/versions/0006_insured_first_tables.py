"""insured: first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "bill",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("bill_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("periods", Document, nullable=False),
        sa.Column("declared_base", sa.BigInteger(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("employer", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("rulebook_hash", sa.String(length=64), nullable=False),
        sa.Column("supplements", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.CheckConstraint("kind IN ('regular', 'supplementary')", name=op.f("ck_bill_kind")),
        sa.CheckConstraint("status IN ('open', 'paid', 'refunded')", name=op.f("ck_bill_status")),
        sa.PrimaryKeyConstraint("person_id", "bill_id", name=op.f("pk_bill")),
    )
    op.create_index("ix_bill_area_scheme", "bill", ["area", "scheme", "person_id"], unique=False)
    op.create_table(
        "bill_line",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("bill_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "bill_id", "line", name=op.f("pk_bill_line")),
    )
    op.create_table(
        "channel_payment",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "status IN ('posted', 'refund_due', 'refunded')", name=op.f("ck_channel_payment_status")
        ),
        sa.PrimaryKeyConstraint(
            "person_id", "order_id", "payment_id", name=op.f("pk_channel_payment")
        ),
    )
    op.create_index(
        "ix_channel_payment_status", "channel_payment", ["channel", "status"], unique=False
    )
    op.create_table(
        "contribution",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("bill_id", sa.String(length=40), nullable=True),
        sa.Column("opening", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "scheme", "period", name=op.f("pk_contribution")),
    )
    op.create_table(
        "cover",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("held_from", sa.Date(), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_to", sa.Date(), nullable=True),
        sa.Column("known_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entitled", sa.Boolean(), nullable=True),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=True),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "held_from", "known_from", name=op.f("pk_cover")),
    )
    op.create_index("ix_cover_person_known", "cover", ["person_id", "known_to"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=True),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("contribution_class", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "start", name=op.f("pk_enrolment")),
    )
    op.create_index(
        "ix_enrolment_area_scheme", "enrolment", ["area", "scheme", "person_id"], unique=False
    )
    op.create_table(
        "group_membership",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("group_name", sa.String(length=40), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint(
            "person_id", "group_name", "start", name=op.f("pk_group_membership")
        ),
    )
    op.create_table(
        "identity",
        sa.Column("identity_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("certificate", sa.String(length=40), nullable=False),
        sa.Column("number_cipher", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("identity_hash", name=op.f("pk_identity")),
    )
    op.create_index(op.f("ix_identity_person_id"), "identity", ["person_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("cursor", sa.String(length=40), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('running', 'done')", name=op.f("ck_job_status")),
        sa.PrimaryKeyConstraint("kind", "area", "period", name=op.f("pk_job")),
    )
    op.create_table(
        "job_skip",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("kind", "area", "period", "person_id", name=op.f("pk_job_skip")),
    )
    op.create_table(
        "monthly_credit",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("transfer_id", sa.String(length=40), nullable=False),
        sa.Column("rulebook_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "month", name=op.f("pk_monthly_credit")),
    )
    op.create_table(
        "order_",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("bill_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("payer_id", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("taken", Document, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("receipt_no", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('created', 'confirmed', 'paid', 'failed', 'timed_out', 'refunded', 'posted')",
            name=op.f("ck_order__status"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_order__not_negative")),
        sa.PrimaryKeyConstraint("person_id", "order_id", name=op.f("pk_order_")),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("name_cipher", sa.String(length=400), nullable=True),
        sa.Column("name_hash", sa.String(length=64), nullable=True),
        sa.Column("sex", sa.String(length=10), nullable=False),
        sa.Column("birth", sa.Date(), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("profile", Document, nullable=False),
        sa.Column("state", Document, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_name_hash"), "person", ["name_hash"], unique=False)
    op.create_table(
        "proof",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("proof_id", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number_cipher", sa.String(length=400), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "proof_id", name=op.f("pk_proof")),
    )
    op.create_table(
        "receipt",
        sa.Column("receipt_no", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("bill_id", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_no", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_person_id"), "receipt", ["person_id"], unique=False)
    op.create_table(
        "relation",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("relative_id", sa.String(length=40), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("relation", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "relative_id", "start", name=op.f("pk_relation")),
    )
