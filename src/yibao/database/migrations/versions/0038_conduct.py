"""conduct: hits of rules, cases of supervision, suspensions, points"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def _identifier(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=40), nullable=nullable)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "person_suspension",
        _identifier("person_id"),
        _identifier("decision_id"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        _identifier("decided_by"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "person_id", "decision_id", "kind", name=op.f("pk_person_suspension")
        ),
    )
    op.create_index(
        "ix_person_suspension_days", "person_suspension", ["person_id", "kind", "start"]
    )
    op.create_table(
        "conduct_hit",
        _identifier("hit_id"),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        _identifier("person_id"),
        _identifier("institution_id"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        _identifier("case_id", nullable=True),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("hit_id", name=op.f("pk_conduct_hit")),
    )
    op.create_index("ix_conduct_hit_month", "conduct_hit", ["area", "month", "severity", "hit_id"])
    for column in ("person_id", "institution_id"):
        op.create_index(op.f(f"ix_conduct_hit_{column}"), "conduct_hit", [column])
    op.create_table(
        "conduct_hit_line",
        _identifier("person_id"),
        _identifier("visit_id"),
        sa.Column("line", sa.String(length=60), nullable=False),
        _identifier("hit_id"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "visit_id", "line", name=op.f("pk_conduct_hit_line")),
    )
    op.create_index(op.f("ix_conduct_hit_line_hit_id"), "conduct_hit_line", ["hit_id"])
    op.create_table(
        "conduct_sheet",
        _identifier("case_id"),
        sa.Column("subject_kind", sa.String(length=12), nullable=False),
        _identifier("subject_id"),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("returned", "fine", "returned_paid", "fine_paid", "surcharge_paid")
        ),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.CheckConstraint("returned_paid <= returned", name=op.f("ck_conduct_sheet_returned")),
        sa.CheckConstraint("fine_paid <= fine", name=op.f("ck_conduct_sheet_fine")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_conduct_sheet")),
    )
    op.create_index(op.f("ix_conduct_sheet_subject_id"), "conduct_sheet", ["subject_id"])
    op.create_table(
        "conduct_payment",
        _identifier("case_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        _identifier("transfer_id", nullable=True),
        _identifier("booked_by"),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_conduct_payment_amount")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_conduct_payment")),
        sa.UniqueConstraint("reference", "part", name="uq_conduct_payment_reference"),
    )
    op.create_table(
        "conduct_informer",
        _identifier("case_id"),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("reward", sa.BigInteger(), nullable=True),
        _identifier("rewarded_by", nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_conduct_informer")),
    )
    op.create_table(
        "conduct_points",
        _identifier("case_id"),
        _identifier("staff_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        _identifier("given_by"),
        sa.PrimaryKeyConstraint("case_id", "staff_id", "number", name=op.f("pk_conduct_points")),
    )
    op.create_index("ix_conduct_points_staff", "conduct_points", ["staff_id", "day"])
    for table in ("conduct_hit_line", "conduct_payment", "conduct_points"):
        append_only(table)
