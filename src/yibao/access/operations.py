"""Idempotent writes and the audit chain."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from yibao.access.tables import event, message
from yibao.database.statements import Insertion
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, YibaoError

START = "0" * 64
"""What the first event of a chain points back to."""

Answer = dict[str, Any]

_MESSAGE, _EVENT = Insertion(message), Insertion(event)


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies a write: who sends, what, and the sender's own message id."""

    sender: str
    operation: str
    message_id: str


def canonical(content: Any) -> str:
    """Content as text that is the same for the same content."""
    try:
        return msgspec.json.encode(content, order="sorted").decode()
    except TypeError:  # keys that are no texts; for texts both write the same
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: Any) -> str:
    """sha256 of the canonical text."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def answered(unit: Unit, key: Key, content_hash: str) -> Answer | None:
    """The answer that this message got before; ``ConflictError`` if it said something else."""
    row = unit.run(
        select(message.c.content_hash, message.c.answer).where(
            message.c.sender == key.sender,
            message.c.operation == key.operation,
            message.c.message_id == key.message_id,
        )
    ).one_or_none()
    if row is None:
        return None
    if row.content_hash != content_hash:
        raise ConflictError(
            f"报文 {key.message_id} 已用于另一笔内容不同的 {key.operation}，请换一个报文编号"
        )
    answer: Answer = row.answer
    return answer


def write_once(
    database: Database,
    key: Key,
    content_hash: str,
    operation: Callable[[Unit], Answer],
    *,
    people: Iterable[str] | None = None,
) -> Answer:
    """Run ``operation`` unless this message was answered before; then answer the same.

    ``people``: everybody whose row it locks, so that it may share a commit with others.

    The first attempt does not look: a repeat is rare, and the unique key of the
    message decides between two that race.  Whatever stops the operation, an earlier
    answer to the same message comes first.
    """
    try:
        return database.write(operation, people=people)
    except IntegrityError as error:
        earlier = database.read(lambda unit: answered(unit, key, content_hash))
        if earlier is None:
            raise ConflictError("这笔写入与另一笔同时发生的写入冲突，请重试") from error
        return earlier
    except YibaoError:
        earlier = database.read(lambda unit: answered(unit, key, content_hash))
        if earlier is None:
            raise
        return earlier


def record_message(unit: Unit, key: Key, content_hash: str, person_id: str, answer: Answer) -> None:
    """Store the message's key with its answer, in the transaction of its effects."""
    unit.run(
        _MESSAGE,
        {
            "sender": key.sender,
            "operation": key.operation,
            "message_id": key.message_id,
            "content_hash": content_hash,
            "person_id": person_id,
            "answer": answer,
        },
    )


def chain_hash(
    person_id: str,
    sequence: int,
    at: datetime.datetime,
    actor: str,
    operation: str,
    content: Any,
    previous: str,
) -> str:
    """The hash of one event over its content and the hash before it."""
    instant = at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return digest([person_id, sequence, instant, actor, operation, content, previous])


def record_event(
    unit: Unit,
    person_id: str,
    sequence: int,
    previous: str,
    actor: str,
    operation: str,
    content: Any,
) -> str:
    """Extend a person's chain; the caller holds the person's lock and stores the new head."""
    at = datetime.datetime.now(datetime.UTC)
    head = chain_hash(person_id, sequence, at, actor, operation, content, previous)
    unit.run(
        _EVENT,
        {
            "person_id": person_id,
            "sequence": sequence,
            "at": at,
            "actor": actor,
            "operation": operation,
            "content": content,
            "previous": previous,
            "hash": head,
        },
    )
    return head
