"""What a sender was answered over HTTP, kept by the sender's own key, word for word.

The key is taken before the work begins, so that of two requests at once the second is told
that the first is still running; whoever took a key and died loses it after a while.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.tables import reply
from yibao.access.trail import utc
from yibao.database.unit import Database

LEASE = datetime.timedelta(seconds=60)
"""How long a request that says nothing keeps its key."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it was sent."""

    status: int
    media_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The key is this request's; ``since`` tells it from another that took the key later."""

    since: datetime.datetime


class KeyReusedError(Exception):
    """The key was used for something else."""


class StillRunningError(Exception):
    """The request that took the key has not been answered yet."""


def take_key(
    database: Database, sender: str, key: str, content_hash: str, at: datetime.datetime
) -> Taken | Reply:
    """Take a key for a request, or find what it was answered before."""
    row = {
        "sender": sender,
        "message_key": key,
        "content_hash": content_hash,
        "since": at,
        "status": None,
        "media_type": None,
        "body": None,
    }
    try:
        database.write(lambda unit: unit.run(insert(reply), row))
        return Taken(at)
    except IntegrityError:
        pass
    mine = (reply.c.sender == sender) & (reply.c.message_key == key)
    held: Any = database.read(lambda unit: unit.run(select(reply).where(mine)).one_or_none())
    if held is None:  # it was given back in the meantime
        raise StillRunningError
    if held.content_hash != content_hash:
        raise KeyReusedError
    if held.status is not None:
        body = database.secrets.decrypt(held.body, _owner(sender, key))
        return Reply(held.status, held.media_type, body)
    if at - utc(held.since) < LEASE:
        raise StillRunningError
    over = database.write(
        lambda unit: (
            unit.run(
                update(reply)
                .where(mine, reply.c.since == held.since, reply.c.status.is_(None))
                .values(since=at)
            ).rowcount
        )
    )
    if not over:
        raise StillRunningError
    return Taken(at)


def keep_reply(database: Database, sender: str, key: str, taken: Taken, made: Reply) -> None:
    """Keep the answer under the key, unless the key was lost.

    Encrypted: an answer may hold what is shown to its receiver once.
    """
    body = database.secrets.encrypt(made.body, _owner(sender, key))
    database.write(
        lambda unit: unit.run(
            update(reply)
            .where(_held(sender, key, taken))
            .values(status=made.status, media_type=made.media_type, body=body)
        )
    )


def give_back(database: Database, sender: str, key: str, taken: Taken) -> None:
    """Nothing was done: the key may be used again."""
    database.write(lambda unit: unit.run(delete(reply).where(_held(sender, key, taken))))


def _owner(sender: str, key: str) -> str:
    return f"reply:{sender}:{key}"


def _held(sender: str, key: str, taken: Taken) -> Any:
    return (
        (reply.c.sender == sender)
        & (reply.c.message_key == key)
        & (reply.c.since == taken.since)
        & reply.c.status.is_(None)
    )
