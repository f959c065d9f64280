"""access, aid, care, crossing, exchange, insured: diagnoses and free texts are encrypted

What the audit trail says, what settlements and versions hold, what is known of people, the
diseases of filings, the names of files and what officers write.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from yibao.database.migrations.sealing import seal_columns
from yibao.database.sealed import seal, unsealed

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _open_replies()
    seal_columns("event", {"content": "document"}, ["person_id", "sequence"])
    seal_columns("person", {"profile": "document", "state": "document"}, ["person_id"])
    seal_columns("document_version", {"body": "packed"}, ["hash"])
    seal_columns(
        "settlement",
        {
            "facts": "document",
            "state_in": "document",
            "known": "document",
            "visit": "document",
            "explanation": "document",
            "document": "packed",
        },
        ["person_id", "settlement_id"],
    )
    seal_columns("proposal_decision", {"reason": "text"}, ["person_id", "proposal_id"])
    seal_columns("filing", {"disease": "text"}, ["person_id", "filing_id"])
    seal_columns("aid_grant", {"review_note": "text"}, ["grantor_id", "grant_id"])
    seal_columns("exchange_file", {"name": "text"}, ["institution_id", "file_id"])


def _open_replies() -> None:
    """What was answered over HTTP was encrypted by itself; now the whole answer is."""
    connection, secrets = op.get_bind(), context.config.attributes["secrets"]
    names = ("sender", "operation", "message_id")
    rows = connection.execute(
        sa.text(f"SELECT {', '.join(names)}, answer FROM message WHERE operation = 'reply'")
    ).all()
    update = sa.text(
        "UPDATE message SET answer = :answer WHERE sender = :sender "
        "AND operation = :operation AND message_id = :message_id"
    )
    for row in rows:
        answer: dict[str, Any] = unsealed(secrets, bytes(row.answer), "document", "message.answer")
        if "body" in answer:
            owner = f"reply:{row.sender}:{row.message_id}"
            answer["body"] = secrets.decrypt(answer["body"], owner)
            sealed_answer = seal(secrets, answer, "document", "message.answer")
            connection.execute(update, {**row._asdict(), "answer": sealed_answer})
