"""What rooms above may read of the trail beside their own rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from yibao.access.tables import event, message
from yibao.database.unit import Unit


def events_of(unit: Unit, people: Iterable[str], operations: Iterable[str]) -> Sequence[Any]:
    """Person, sequence and content of the events of some operations."""
    return unit.run(
        select(event.c.person_id, event.c.sequence, event.c.content).where(
            event.c.person_id.in_(list(people)), event.c.operation.in_(list(operations))
        )
    ).all()


def answer_of_message(unit: Unit, sender: str, operation: str, message_id: str) -> Any:
    """What a message was answered; None where it never came."""
    return unit.run(
        select(message.c.answer).where(
            message.c.sender == sender,
            message.c.operation == operation,
            message.c.message_id == message_id,
        )
    ).scalar_one_or_none()
