"""A message of an institution, and its first answer kept for every repeat."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from yibao.access.operations import (
    Answer,
    Key,
    Then,
    first_answer,
    record_message,
    stored_message,
    write_once,
)
from yibao.access.permissions import Actor, institution_actor
from yibao.database.unit import Database, Unit

Effect = TypeVar("Effect")


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

    def then(self, step: Callable[[Unit, Effect], str]) -> Then[Effect]:
        """What an operation of another room is done for: ``step`` gives this message's output."""
        return Then(
            self.key, self.content_hash, lambda unit, effect: _answer_of(step(unit, effect))
        )


def _answer_of(output: str) -> Answer:
    return {"output": output}


def output_of(answer: Answer) -> str:
    """The output of an answer that :meth:`Sent.then` or :func:`write_answer` kept."""
    return str(answer["output"])


def earlier_output(database: Database, sent: Sent) -> str | None:
    """The output that a message got before; ``ConflictError`` if it said something else."""
    earlier = first_answer(database, sent.key, sent.content_hash)
    return None if earlier is None else output_of(earlier)


def write_answer(
    database: Database, sent: Sent, person_id: str, operation: Callable[[Unit], str]
) -> str:
    """A write of this room alone about one person, answered once."""

    def answer(unit: Unit) -> Answer:
        output = _answer_of(operation(unit))
        record_message(unit, sent.key, sent.content_hash, person_id, output)
        return output

    return output_of(write_once(database, sent.key, sent.content_hash, answer, people=[person_id]))


def answer_of(
    database: Database, institution: str, infno: str, message_id: str
) -> dict[str, Any] | None:
    """What a message was answered, whatever it said."""
    key = Key(institution, infno, message_id)
    stored = database.read(lambda unit: stored_message(unit, key))
    return None if stored is None else dict(json.loads(output_of(stored.answer)))
