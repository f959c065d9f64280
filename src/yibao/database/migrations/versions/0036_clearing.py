"""clearing: agreements, applications for a month, their steps and doubts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import append_only

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_AMOUNTS = (
    "total",
    "eligible",
    "fund",
    "account",
    "cash",
    "deducted",
    "given_back",
    "retained",
    "advanced",
    "carried_in",
    "paid",
    "carried",
)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "clearing_agreement",
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("retained_share", sa.Integer(), nullable=False),
        sa.Column("advance_share", sa.Integer(), nullable=True),
        sa.Column("apply_by_day", sa.Integer(), nullable=False),
        sa.Column("pay_days", sa.Integer(), nullable=False),
        sa.Column("appeal_days", sa.Integer(), nullable=False),
        sa.Column("return_rule", sa.String(length=12), nullable=True),
        sa.Column("payee", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_by", sa.String(length=40), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "retained_share BETWEEN 0 AND 10000",
            name=op.f("ck_clearing_agreement_retained_share"),
        ),
        sa.CheckConstraint(
            "advance_share BETWEEN 0 AND 10000", name=op.f("ck_clearing_agreement_advance_share")
        ),
        sa.PrimaryKeyConstraint("institution_id", "revision", name=op.f("pk_clearing_agreement")),
    )
    op.create_table(
        "clearing_application",
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("clear_type", sa.String(length=10), nullable=False),
        sa.Column("scheme", sa.String(length=10), nullable=False),
        sa.Column("home_area", sa.String(length=6), nullable=False),
        sa.Column("stands_as", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("agreement", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _AMOUNTS),
        sa.Column("taken_by", sa.String(length=40), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_clearing_application")),
        sa.UniqueConstraint(
            "institution_id",
            "month",
            "clear_type",
            "scheme",
            "home_area",
            "stands_as",
            name=op.f("uq_clearing_application_standing"),
        ),
    )
    op.create_index(
        "ix_clearing_application_month", "clearing_application", ["area", "month", "application_id"]
    )
    op.create_table(
        "clearing_move",
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("move", sa.String(length=30), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "number", name=op.f("pk_clearing_move")),
    )
    op.create_table(
        "clearing_doubt",
        sa.Column("doubt_id", sa.String(length=40), nullable=False),
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        sa.Column("back_with", sa.String(length=40), nullable=True),
        sa.Column("appeal_by", sa.Date(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("appeal", sa.LargeBinary(), nullable=False),
        sa.Column("told_by", sa.String(length=40), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount > 0 AND confirmed <= amount", name=op.f("ck_clearing_doubt_amounts")
        ),
        sa.CheckConstraint("given_back <= confirmed", name=op.f("ck_clearing_doubt_given_back")),
        sa.PrimaryKeyConstraint("doubt_id", name=op.f("pk_clearing_doubt")),
    )
    for column in ("application_id", "institution_id"):
        op.create_index(op.f(f"ix_clearing_doubt_{column}"), "clearing_doubt", [column])
    append_only("clearing_agreement")
    append_only("clearing_move")
