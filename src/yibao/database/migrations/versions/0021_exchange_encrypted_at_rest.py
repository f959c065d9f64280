"""exchange, access: what says who somebody is and what ails them is encrypted

Every row is written anew under the store's key, in the transaction of the upgrade.
"""

from __future__ import annotations

from yibao.database.migrations.sealing import seal_columns

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    seal_columns("exchange_visit", {"document": "document"}, ["person_id", "visit_id"])
    seal_columns("exchange_settlement", {"output": "text"}, ["person_id", "entry_id"])
    seal_columns("exchange_file", {"content": "bytes"}, ["institution_id", "file_id"])
    seal_columns(
        "exchange_record", {"document": "document"}, ["institution_id", "kind", "record_id"]
    )
    seal_columns("message", {"answer": "document"}, ["sender", "operation", "message_id"])
