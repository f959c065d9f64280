"""care: first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document, append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "catalogue_item",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("item_class", sa.String(length=1), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("upfront", sa.Integer(), nullable=True),
        sa.Column("price_limit", sa.BigInteger(), nullable=True),
        sa.Column("dual_channel", sa.Boolean(), nullable=False),
        sa.Column("diseases", Document, nullable=False),
        sa.PrimaryKeyConstraint("code", "start", name=op.f("pk_catalogue_item")),
        info={"append_only": True},
    )
    op.create_table(
        "fee_item",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("visit_id", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("item_class", sa.String(length=1), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("upfront", sa.Integer(), nullable=True),
        sa.Column("over_limit_from", sa.BigInteger(), nullable=True),
        sa.Column("cancels", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "visit_id", "line", name=op.f("pk_fee_item")),
        info={"append_only": True},
    )
    op.create_table(
        "institution",
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("area", sa.String(length=6), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("price_class", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=10), nullable=True),
        sa.Column("county", sa.Boolean(), nullable=False),
        sa.Column("dual_channel", sa.Boolean(), nullable=False),
        sa.Column("designated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("institution_id", "revision", name=op.f("pk_institution")),
        info={"append_only": True},
    )
    op.create_table(
        "rulebook",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("canonical", Document, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_rulebook")),
        info={"append_only": True},
    )
    op.create_table(
        "settlement",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("settlement_id", sa.String(length=40), nullable=False),
        sa.Column("visit_id", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reversal_of", sa.String(length=40), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("rulebook_hash", sa.String(length=64), nullable=False),
        sa.Column("kernel", sa.String(length=20), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.BigInteger(), nullable=False),
        sa.Column("own", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("mutual_aid", sa.BigInteger(), nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.Column("grantor_id", sa.String(length=40), nullable=True),
        sa.Column("amounts", Document, nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("state_in", Document, nullable=False),
        sa.Column("known", Document, nullable=False),
        sa.Column("visit", Document, nullable=False),
        sa.Column("explanation", Document, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "settlement_id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("person_id", "sequence", name="uq_settlement_sequence"),
        sa.UniqueConstraint("person_id", "visit_id", "round", name="uq_settlement_round"),
        info={"append_only": True},
    )
    op.create_index(
        "ix_settlement_grantor", "settlement", ["grantor_id", "settlement_id"], unique=False
    )
    op.create_index(
        "ix_settlement_institution", "settlement", ["institution_id", "settlement_id"], unique=False
    )
    op.create_table(
        "visit",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("visit_id", sa.String(length=40), nullable=False),
        sa.Column("institution_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "visit_id", name=op.f("pk_visit")),
    )
    append_only("catalogue_item")
    append_only("fee_item")
    append_only("institution")
    append_only("rulebook")
    append_only("settlement")
