"""What an institution answers to doubts of several applications at once: all of it, or none."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, Then, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.clearing.doubts import (
    appeal_within,
    change_doubt,
    doubt_row,
    locked_doubt,
    written_reason,
)
from yibao.clearing.moves import (
    application_row,
    change_application,
    lock_application,
    note_move,
    require_on,
    require_single_post,
    require_state,
)
from yibao.clearing.states import ClearingState, DoubtState
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.messages import message

_PERMISSION = "appeal_clearing"
_Work = Callable[[Unit, Any, str, str, datetime.datetime], Answer]


@dataclass(frozen=True, slots=True)
class DoubtAnswer:
    """What the institution says of one doubt."""

    doubt_id: str
    reason: str
    application_id: str | None = None
    """Where the institution says which one it is of."""


def appeal_doubts(
    database: Database,
    key: Key,
    answers: Sequence[DoubtAnswer],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
    then: Then[Answer] | None = None,
) -> Answer:
    """Appeal each of some doubts: ``doubts``, as ``appeal_doubt`` answers each.

    ``RefusedError`` after the last day, ``ConflictError`` for one that was answered before:
    nothing is written then, of the others either.
    """

    def work(
        unit: Unit, application: Any, doubt_id: str, why: str, instant: datetime.datetime
    ) -> Answer:
        return appeal_within(unit, doubt_id, why, instant)

    return _answer(database, key, "appeal_doubt", answers, work, actor, at, then)


def ask_panel(
    database: Database,
    key: Key,
    answers: Sequence[DoubtAnswer],
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
    then: Then[Answer] | None = None,
) -> Answer:
    """Ask that a panel decides again what the second review deducts: ``doubts``.

    While the application is under review, and once for each doubt.
    """

    def work(
        unit: Unit, application: Any, doubt_id: str, why: str, instant: datetime.datetime
    ) -> Answer:
        require_state(application, ClearingState.IN_REVIEW)
        mine = locked_doubt(unit, doubt_id, DoubtState.DECIDED)
        if not mine.confirmed:
            raise RefusedError(message("这个疑点没有扣减，不用合议"))
        change_doubt(unit, doubt_id, state=DoubtState.BEFORE_PANEL.value)
        return {"doubt": doubt_id, "state": DoubtState.BEFORE_PANEL.value}

    return _answer(database, key, "ask_panel", answers, work, actor, at, then)


def _answer(
    database: Database,
    key: Key,
    what: str,
    answers: Sequence[DoubtAnswer],
    work: _Work,
    actor: Actor,
    at: datetime.datetime | None,
    then: Then[Answer] | None,
) -> Answer:
    if not answers or len({answer.doubt_id for answer in answers}) < len(answers):
        raise InputError(message("请写要申诉的疑点，每个一次"), place="doubt")
    reasons = {answer.doubt_id: written_reason(answer.reason) for answer in answers}
    by_application: dict[str, list[str]] = {}
    for answer in answers:
        application_id = doubt_row(database, answer.doubt_id).application_id
        require_on(actor, _PERMISSION, application_row(database, application_id))
        if answer.application_id not in (None, application_id):
            raise NotFoundError(
                message(
                    "疑点 {doubt} 不在单据 {application} 里",
                    doubt=answer.doubt_id,
                    application=answer.application_id,
                )
            )
        by_application.setdefault(application_id, []).append(answer.doubt_id)
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical([what, sorted(reasons.items())]))

    def operation(unit: Unit) -> Answer:
        told: list[Answer] = []
        for application_id, doubts in sorted(by_application.items()):
            application = lock_application(unit, application_id)
            require_single_post(unit, application_id, _PERMISSION, actor)
            chain = f"{INSTITUTION}{application.institution_id}"
            number = application.moves
            for doubt_id in doubts:
                number += 1
                why = reasons[doubt_id]
                try:
                    told.append(work(unit, application, doubt_id, why, instant))
                except (ConflictError, RefusedError) as error:
                    raise error.of(message("疑点 {doubt}", doubt=doubt_id)) from None
                note_move(
                    unit,
                    application_id,
                    application.institution_id,
                    number,
                    what,
                    application.state,
                    _PERMISSION,
                    actor,
                    "" if what == "appeal_doubt" else why,
                    instant,
                )
            change_application(unit, application_id, moves=number)
            extend_chain(unit, chain, actor.id, what, {"doubts": told[-len(doubts) :]})
        answer: Answer = {"doubts": told}
        record_message(unit, key, content_hash, key.sender, answer)
        return answer if then is None else then.answer(unit, key.sender, answer)

    return write_once(database, key, content_hash, operation, then=then)
