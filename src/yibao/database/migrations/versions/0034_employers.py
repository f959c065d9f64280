"""employers: their staff, months, bills and money"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "declaration",
        sa.Column("employer_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declared_by", sa.String(length=40), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "state IN ('declared', 'assessed', 'billed', 'overdue', 'paid')",
            name=op.f("ck_declaration_state"),
        ),
        sa.PrimaryKeyConstraint("employer_id", "month", name=op.f("pk_declaration")),
    )
    op.create_index("ix_declaration_state", "declaration", ["state", "month"], unique=False)
    op.create_table(
        "declared_change",
        sa.Column("employer_id", sa.String(length=40), nullable=False),
        sa.Column("change_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('joins', 'leaves', 'rebased')", name=op.f("ck_declared_change_kind")
        ),
        sa.PrimaryKeyConstraint("employer_id", "change_id", name=op.f("pk_declared_change")),
    )
    op.create_table(
        "employer",
        sa.Column("employer_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('registered', 'active', 'in_arrears', 'ended')",
            name=op.f("ck_employer_state"),
        ),
        sa.CheckConstraint("credit >= 0", name=op.f("ck_employer_credit_not_negative")),
        sa.PrimaryKeyConstraint("employer_id", name=op.f("pk_employer")),
    )
    op.create_index(op.f("ix_employer_area"), "employer", ["area"], unique=False)
    op.create_table(
        "employer_bill",
        sa.Column("employer_id", sa.String(length=40), nullable=False),
        sa.Column("bill_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("set_off", sa.BigInteger(), nullable=False),
        sa.Column("late_fee", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("is_overdue", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('for_month', 'assessment', 'rerating')", name=op.f("ck_employer_bill_kind")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'paid', 'replaced')", name=op.f("ck_employer_bill_state")
        ),
        sa.PrimaryKeyConstraint("employer_id", "bill_id", name=op.f("pk_employer_bill")),
    )
    op.create_index("ix_employer_bill_open", "employer_bill", ["state", "due_on"], unique=False)
    op.create_table(
        "employer_bill_line",
        sa.Column("employer_id", sa.String(length=40), nullable=False),
        sa.Column("bill_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint(
            "employer_id", "bill_id", "line", name=op.f("pk_employer_bill_line")
        ),
    )
    op.create_table(
        "employer_money",
        sa.Column("employer_id", sa.String(length=40), nullable=False),
        sa.Column("money_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("bill_id", sa.String(length=40), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("booked_by", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "state IN ('posted', 'left_over', 'returned')", name=op.f("ck_employer_money_state")
        ),
        sa.PrimaryKeyConstraint("employer_id", "money_id", name=op.f("pk_employer_money")),
    )
    op.create_index(
        "ix_employer_money_reference", "employer_money", ["channel", "reference"], unique=True
    )
    op.create_table(
        "employer_order",
        sa.Column("employer_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("bill_id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('created', 'confirmed', 'paid', 'failed', 'timed_out', 'refunded', 'posted')",
            name=op.f("ck_employer_order_status"),
        ),
        sa.PrimaryKeyConstraint("employer_id", "order_id", name=op.f("pk_employer_order")),
    )
    op.create_table(
        "employer_terms",
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("since", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cut_off_day", sa.Integer(), nullable=False),
        sa.Column("due_day", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("area", "since", name=op.f("pk_employer_terms")),
    )
    op.create_table(
        "employment",
        sa.Column("employer_id", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("first_month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_month", sa.Integer(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint(
            "employer_id", "person_id", "first_month", name=op.f("pk_employment")
        ),
    )
    op.create_index(op.f("ix_employment_person_id"), "employment", ["person_id"], unique=False)
    append_only("declared_change")
    append_only("employer_bill_line")
