"""care: whose catalogue an entry stands in; what was there is the store's own, for every area"""

from __future__ import annotations

import sqlalchemy as sa

from yibao.database.migrations.helpers import rebuilt

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_KEY = "pk_catalogue_item"


def upgrade() -> None:
    """To this revision."""
    with rebuilt("catalogue_item") as items:
        items.add_column(sa.Column("area", sa.String(6), nullable=False, server_default=""))
        items.drop_constraint(_KEY, type_="primary")
        items.create_primary_key(_KEY, ["code", "start", "area"])
    with rebuilt("catalogue_item") as items:
        items.alter_column("area", existing_type=sa.String(6), server_default=None)
