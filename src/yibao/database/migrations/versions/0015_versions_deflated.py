"""insured: the bodies of versions are bytes, so that new ones may be deflated

Bodies from before stay as they were written, in the bytes of their text.
"""

from __future__ import annotations

import sqlalchemy as sa

from yibao.database.migrations.helpers import rebuilt

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with rebuilt("document_version") as table:
        table.alter_column(
            "body",
            existing_type=sa.Text(),
            type_=sa.LargeBinary(),
            existing_nullable=False,
            postgresql_using="convert_to(body, 'UTF8')",
        )
