"""A message of an institution, and its first answer kept for every repeat."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from yibao.access.operations import Key, answered, record_message, stored_message
from yibao.access.permissions import Actor, institution_actor
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, YibaoError


@dataclass(frozen=True, slots=True)
class Sent:
    """What identifies a write: institution, transaction, message id; and its content."""

    institution: str
    infno: str
    message_id: str
    content_hash: str
    """Over ``input`` alone."""

    @property
    def key(self) -> Key:
        return self.inner(self.infno)

    @property
    def actor(self) -> Actor:
        """The institution, as the operations know it."""
        return institution_actor(self.institution)

    def inner(self, operation: str) -> Key:
        """The key of an operation that this message becomes."""
        return Key(self.institution, operation, self.message_id)


def record_answer(unit: Unit, sent: Sent, person_id: str, output: str) -> None:
    """Keep the first answer, in the transaction of its effects."""
    record_message(unit, sent.key, sent.content_hash, person_id, {"output": output})


def first_answer(database: Database, sent: Sent) -> str | None:
    """The answer that a message got before; ``ConflictError`` if it said something else."""
    earlier = database.read(lambda unit: answered(unit, sent.key, sent.content_hash))
    return None if earlier is None else str(earlier["output"])


def answer_once(database: Database, sent: Sent, run: Callable[[], str | None]) -> str:
    """What ``run`` answers, or what the same message was answered before.

    ``run`` keeps its answer with :func:`record_answer`; None: it found a repeat.  Whatever
    stops it, an earlier answer to the same message comes first.
    """
    try:
        output = run()
    except (IntegrityError, YibaoError) as error:
        earlier = first_answer(database, sent)
        if earlier is not None:
            return earlier
        if isinstance(error, IntegrityError):
            raise ConflictError("与另一笔同时到达的报文冲突，请用同一报文编号重发") from error
        raise
    if output is None:
        output = first_answer(database, sent)
    if output is None:
        raise ConflictError("与另一笔同时到达的报文冲突，请用同一报文编号重发")
    return output


def write_answer(
    database: Database, sent: Sent, person_id: str, operation: Callable[[Unit], str]
) -> str:
    """A write of this room alone about one person, answered once."""

    def both(unit: Unit) -> str:
        output = operation(unit)
        record_answer(unit, sent, person_id, output)
        return output

    return answer_once(database, sent, lambda: database.write(both, people=[person_id]))


def answer_of(
    database: Database, institution: str, infno: str, message_id: str
) -> dict[str, Any] | None:
    """What a message was answered, whatever it said."""
    key = Key(institution, infno, message_id)
    stored = database.read(lambda unit: stored_message(unit, key))
    return None if stored is None else dict(json.loads(stored.answer["output"]))
