"""What a sender was answered over HTTP, word for word, as the answer to a message.

It may hold what is shown to its receiver once; answers are encrypted.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao.access.operations import Claim, Key, answer_claim, claim
from yibao.database.unit import Database

_OPERATION = "reply"


@dataclass(frozen=True, slots=True)
class StoredReply:
    """An answer as it was sent."""

    status: int
    media_type: str
    body: str


def take_key(
    database: Database, sender: str, key: str, content_hash: str, at: datetime.datetime
) -> Claim | StoredReply:
    """Take a sender's key for a request, or find what it was answered before."""
    taken = claim(database, Key(sender, _OPERATION, key), content_hash, at)
    if isinstance(taken, Claim):
        return taken
    return StoredReply(taken["status"], taken["media_type"], taken["body"])


def keep_reply(database: Database, taken: Claim, reply: StoredReply) -> None:
    """Keep the answer under the key, unless the key was lost."""
    answer = {"status": reply.status, "media_type": reply.media_type, "body": reply.body}
    answer_claim(database, taken, answer)
