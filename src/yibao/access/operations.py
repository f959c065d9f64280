"""Each write once, and the audit chain.

A message is kept by its sender, operation and id, with a hash of what it said and with its
answer.  Nearly always both are written in the transaction of its effects
(:func:`write_once`); a message whose work takes several (:func:`claim`) is taken in hand
first.  Same content, same answer; other content, ``KeyReusedError``.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.exc import IntegrityError

from yibao import messages
from yibao.access.errors import KeyReusedError, StillRunningError
from yibao.access.tables import event, message
from yibao.database.statements import Insertion
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, YibaoError

START = "0" * 64
"""What the first event of a chain points back to."""

Answer = dict[str, Any]

Effect = TypeVar("Effect")
Result = TypeVar("Result")

_COLLIDED = messages.message(
    "这笔写入与另一笔同时发生的写入冲突，没有写入任何内容；请用同一报文编号重发"
)

_MESSAGE, _EVENT = Insertion(message), Insertion(event)

WITHDRAWN = "withdrawn"
"""Content hash of the tombstone that refuses a message which never came."""

LEASE = datetime.timedelta(seconds=60)
"""How long a claim holds that says nothing."""
_SINCE = "since"


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies a write: who sends, what, and the sender's own message id."""

    sender: str
    operation: str
    message_id: str


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is kept."""

    content_hash: str
    person_id: str
    answer: Answer

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back before it came."""
        return self.content_hash == WITHDRAWN


def canonical(content: Any) -> str:
    """Content as text that is the same for the same content."""
    try:
        return msgspec.json.encode(content, order="sorted").decode()
    except TypeError:  # keys that are no texts; for texts both write the same
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: Any) -> str:
    """sha256 of the canonical text."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _mine(key: Key) -> ColumnElement[bool]:
    return and_(
        message.c.sender == key.sender,
        message.c.operation == key.operation,
        message.c.message_id == key.message_id,
    )


def stored_message(unit: Unit, key: Key) -> StoredMessage | None:
    """What is kept of a message, whatever it said; None where it never came."""
    row = unit.run(
        select(message.c.content_hash, message.c.person_id, message.c.answer).where(_mine(key))
    ).one_or_none()
    return None if row is None else StoredMessage(row.content_hash, row.person_id, row.answer)


def stored_ids(unit: Unit, sender: str, operation: str, message_ids: Iterable[str]) -> set[str]:
    """Those of a sender's message ids that came before."""
    return set(
        unit.run(
            select(message.c.message_id).where(
                message.c.sender == sender,
                message.c.operation == operation,
                message.c.message_id.in_(set(message_ids)),
            )
        ).scalars()
    )


def stored_messages(
    unit: Unit, sender: str, operation: str, message_ids: Iterable[str]
) -> dict[str, StoredMessage]:
    """Those of a sender's messages that came before, by id."""
    rows = unit.run(
        select(
            message.c.message_id, message.c.content_hash, message.c.person_id, message.c.answer
        ).where(
            message.c.sender == sender,
            message.c.operation == operation,
            message.c.message_id.in_(set(message_ids)),
        )
    )
    return {
        row.message_id: StoredMessage(row.content_hash, row.person_id, row.answer) for row in rows
    }


def answers_of(unit: Unit, sender_prefix: str, operation: str) -> list[Any]:
    """A read fragment: sender, message_id, person_id and answer of an operation's messages."""
    known = message.c
    query = select(known.sender, known.message_id, known.person_id, known.answer)
    is_wanted = (known.sender.startswith(sender_prefix), known.operation == operation)
    return list(unit.run(query.where(*is_wanted)))


def answered(unit: Unit, key: Key, content_hash: str) -> Answer | None:
    """The answer that this message got before; ``ConflictError`` if it said something else."""
    stored = stored_message(unit, key)
    if stored is None:
        return None
    if stored.content_hash != content_hash:
        raise KeyReusedError(
            messages.message(
                "报文 {message_id} 已用于另一笔内容不同的 {operation}，请换一个报文编号",
                message_id=key.message_id,
                operation=key.operation,
            )
        )
    return stored.answer


@dataclass(frozen=True, slots=True)
class Then(Generic[Effect]):
    """A message of a room above that an operation is done for.

    ``step`` is done in the operation's transaction, from what the operation says of itself,
    and gives the answer to the message.  The operation calls :meth:`answer`, last.
    """

    key: Key
    content_hash: str
    step: Callable[[Unit, Effect], Answer]

    def answer(self, unit: Unit, person_id: str, effect: Effect) -> Answer:
        """Do the step and keep its answer."""
        answer = self.step(unit, effect)
        record_message(unit, self.key, self.content_hash, person_id, answer)
        return answer


def write_once(
    database: Database,
    key: Key,
    content_hash: str,
    operation: Callable[[Unit], Answer],
    *,
    people: Iterable[str] | None = None,
    then: Then[Any] | None = None,
) -> Answer:
    """Run ``operation`` unless this message was answered before; then answer the same.

    ``people``: everybody whose row it locks, so that it may share a commit with others.
    ``then``: the message that the operation answers with its own, where it has one.

    The first attempt does not look: a repeat is rare, and the unique key of the
    message decides between two that race.  Whatever stops the operation, an earlier
    answer to the same message comes first.
    """
    try:
        return database.write(operation, people=people)
    except (IntegrityError, YibaoError) as error:
        if then is not None:
            earlier = first_answer(database, then.key, then.content_hash)
            if earlier is not None:
                return earlier
        earlier = first_answer(database, key, content_hash)
        if earlier is not None and then is None:
            return earlier
        if earlier is not None or isinstance(error, IntegrityError):
            raise ConflictError(_COLLIDED) from error
        raise


def write_new(
    database: Database,
    key: Key,
    content_hash: str,
    operation: Callable[[Unit], Result],
    *,
    people: Iterable[str] | None = None,
) -> Result:
    """:func:`write_once` for who needs more than is kept as the answer: a repeat is refused."""
    try:
        return database.write(operation, people=people)
    except (IntegrityError, YibaoError) as error:
        if first_answer(database, key, content_hash) is not None:
            raise ConflictError(
                messages.message(
                    "报文 {message_id} 已经办理过，没有再办一次", message_id=key.message_id
                )
            ) from error
        if isinstance(error, IntegrityError):
            raise ConflictError(_COLLIDED) from error
        raise


def first_answer(database: Database, key: Key, content_hash: str) -> Answer | None:
    """:func:`answered` in a transaction of its own."""
    return database.read(lambda unit: answered(unit, key, content_hash))


def record_message(unit: Unit, key: Key, content_hash: str, person_id: str, answer: Answer) -> None:
    """Store the message's key with its answer, in the transaction of its effects."""
    unit.run(_MESSAGE, _row(key, content_hash, person_id, answer))


def _row(key: Key, content_hash: str, person_id: str, answer: Answer) -> dict[str, Any]:
    return {
        "sender": key.sender,
        "operation": key.operation,
        "message_id": key.message_id,
        "content_hash": content_hash,
        "person_id": person_id,
        "answer": answer,
    }


# --- messages that were taken back before they came ---------------------------------------------


def withdraw_message(unit: Unit, key: Key, person_id: str, answer: Answer) -> None:
    """Refuse a message that has not come, should it come yet: no content has this hash.

    The caller sends it at once where it has to know whether the message came meanwhile
    (``IntegrityError``).
    """
    record_message(unit, key, WITHDRAWN, person_id, answer)


# --- messages that take longer than a transaction ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """A message in hand; ``since`` tells it from another that took it over later."""

    key: Key
    since: datetime.datetime

    @property
    def running(self) -> Answer:
        """What stands in place of the answer until there is one."""
        return {_SINCE: self.since.astimezone(datetime.UTC).isoformat()}


def claim(database: Database, key: Key, content_hash: str, at: datetime.datetime) -> Claim | Answer:
    """Take a message in hand before the work begins, or find what it was answered.

    Of two at once the second gets ``StillRunningError``; whoever died with a message loses it
    after :data:`LEASE`.  ``KeyReusedError`` if it said something else.
    """
    claimed = Claim(key, at)
    row = _row(key, content_hash, key.sender, claimed.running)
    try:
        database.write(lambda unit: unit.run(_MESSAGE, row))
    except IntegrityError:
        return database.write(lambda unit: _claim_again(unit, claimed, content_hash))
    return claimed


def _claim_again(unit: Unit, claimed: Claim, content_hash: str) -> Claim | Answer:
    _lock(unit, claimed.key)
    answer = answered(unit, claimed.key, content_hash)
    if answer is None:  # it was given back in the meantime
        raise StillRunningError(messages.message("同一请求刚刚撤回，请稍后再试"))
    if _SINCE not in answer:
        return answer
    if claimed.since - datetime.datetime.fromisoformat(answer[_SINCE]) < LEASE:
        raise StillRunningError(messages.message("同一请求还在办理，请稍后再试"))
    unit.run(update(message).where(_mine(claimed.key)).values(answer=claimed.running))
    return claimed


def _lock(unit: Unit, key: Key) -> None:
    unit.run(select(message.c.message_id).where(_mine(key)).with_for_update()).first()


def _is_held(unit: Unit, claimed: Claim) -> bool:
    """Whether a claim still holds; the row is locked."""
    _lock(unit, claimed.key)
    stored = stored_message(unit, claimed.key)
    return stored is not None and stored.answer == claimed.running


def answer_claim(database: Database, claimed: Claim, answer: Answer) -> None:
    """Keep the answer, unless the message was lost to another."""

    def operation(unit: Unit) -> None:
        if _is_held(unit, claimed):
            unit.run(update(message).where(_mine(claimed.key)).values(answer=answer))

    database.write(operation)


def release_claim(database: Database, claimed: Claim) -> None:
    """Nothing was done: the message may come again."""

    def operation(unit: Unit) -> None:
        if _is_held(unit, claimed):
            unit.run(delete(message).where(_mine(claimed.key)))

    database.write(operation)


# --- the audit chain -----------------------------------------------------------------------------


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
    row = event_row(person_id, sequence, previous, actor, operation, content)
    write_event(unit, row)
    return str(row["hash"])


def event_row(
    person_id: str, sequence: int, previous: str, actor: str, operation: str, content: Any
) -> dict[str, Any]:
    """What :func:`write_event` takes of an event that happens now; its ``hash`` ends the chain."""
    at = datetime.datetime.now(datetime.UTC)
    return {
        "person_id": person_id,
        "sequence": sequence,
        "at": at,
        "actor": actor,
        "operation": operation,
        "content": content,
        "previous": None,
        "hash": chain_hash(person_id, sequence, at, actor, operation, content, previous),
    }


def write_event(unit: Unit, row: dict[str, Any]) -> None:
    """Write an event; see :func:`record_event`."""
    unit.run(_EVENT, row)
