"""access: what was answered over HTTP is the answer to a message"""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from yibao.database.migrations.helpers import Document

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_REPLY = sa.table(
    "reply",
    sa.column("sender", sa.String),
    sa.column("message_key", sa.String),
    sa.column("content_hash", sa.String),
    sa.column("since", sa.DateTime(timezone=True)),
    sa.column("status", sa.Integer),
    sa.column("media_type", sa.String),
    sa.column("body", sa.Text),
)
_MESSAGE = sa.table(
    "message",
    sa.column("sender", sa.String),
    sa.column("operation", sa.String),
    sa.column("message_id", sa.String),
    sa.column("content_hash", sa.String),
    sa.column("person_id", sa.String),
    sa.column("answer", Document),
)
_TOGETHER = 500


def upgrade() -> None:
    """To this revision."""
    connection = op.get_bind()
    replies = connection.execute(sa.select(_REPLY)).all()
    for first in range(0, len(replies), _TOGETHER):
        rows = [_message(reply) for reply in replies[first : first + _TOGETHER]]
        connection.execute(sa.insert(_MESSAGE), rows)
    op.drop_table("reply")


def _message(reply: Any) -> dict[str, Any]:
    since = reply.since if reply.since.tzinfo else reply.since.replace(tzinfo=datetime.UTC)
    answer = {"since": since.astimezone(datetime.UTC).isoformat()}
    if reply.status is not None:
        answer = {"status": reply.status, "media_type": reply.media_type, "body": reply.body}
    return {
        "sender": reply.sender,
        "operation": "reply",
        "message_id": reply.message_key,
        "content_hash": reply.content_hash,
        "person_id": reply.sender,
        "answer": answer,
    }
