"""Moving an application on: taken in, reviewed, summed up, signed with its postings, closed."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, Then, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.clearing.doubts import close_silent_doubts
from yibao.clearing.moves import (
    application_row,
    change_application,
    lock_application,
    note_move,
    require_on,
    require_single_post,
    require_state,
)
from yibao.clearing.sheet import drop_advance, sign_sheet, sum_up
from yibao.clearing.states import MOVES, YEAR_END, ClearingMove, ClearingState
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import message

_LONGEST_REASON = 200

Effect = Callable[[Unit, Any, Actor, datetime.datetime], dict[str, Any]]
"""The columns that a step changes beside the state."""


def move_application(
    database: Database,
    key: Key,
    application_id: str,
    move: ClearingMove,
    *,
    actor: Actor,
    reason: str = "",
    at: datetime.datetime | None = None,
    then: Then[Answer] | None = None,
) -> Answer:
    """Take one step: ``application``, ``state``.

    ``DeniedError`` for another's step, or whoever acted in another post; ``ConflictError`` where
    it stands elsewhere.
    """
    rule = MOVES.get(move)
    if rule is None:
        raise InputError(message("没有这一步"), place="move")
    require_on(actor, rule.permission, application_row(database, application_id))
    instant = (at or now()).astimezone(datetime.UTC)
    why = reason.strip()
    if len(why) > _LONGEST_REASON or (rule.needs_reason and not why):
        raise InputError(message("请写原因，不超过 200 个字"), place="reason")
    content_hash = database.secrets.lasting_hash(canonical([application_id, move.value, why]))

    def operation(unit: Unit) -> Answer:
        row = lock_application(unit, application_id)
        if rule.only_of_years and row.clear_type != YEAR_END:
            raise ConflictError(message("只有年终清算有这一步，没有做任何改动"))
        require_state(row, *rule.starts)
        require_single_post(unit, application_id, rule.permission, actor)
        values: dict[str, Any] = {"state": int(rule.end), "moves": row.moves + 1}
        if rule.end is ClearingState.CANCELLED:
            values["stands_as"] = application_id
        effect = _EFFECTS.get(move)
        if effect is not None:
            values |= effect(unit, row, actor, instant)
        change_application(unit, application_id, **values)
        note_move(
            unit,
            application_id,
            row.institution_id,
            row.moves + 1,
            move,
            values["state"],
            rule.permission,
            actor,
            why,
            instant,
        )
        answer = {"application": application_id, "state": values["state"]}
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, f"{INSTITUTION}{row.institution_id}", actor.id, move.value, answer)
        return answer if then is None else then.answer(unit, key.sender, answer)

    return write_once(database, key, content_hash, operation, then=then)


def _finish(unit: Unit, row: Any, actor: Actor, at: datetime.datetime) -> dict[str, Any]:
    close_silent_doubts(unit, row, at)
    return {}


def _sum_up(unit: Unit, row: Any, actor: Actor, at: datetime.datetime) -> dict[str, Any]:
    return sum_up(unit, row)


def _sign(unit: Unit, row: Any, actor: Actor, at: datetime.datetime) -> dict[str, Any]:
    return sign_sheet(unit, row, actor, at)


def _cancel(unit: Unit, row: Any, actor: Actor, at: datetime.datetime) -> dict[str, Any]:
    drop_advance(unit, row)
    return {}


_EFFECTS: dict[ClearingMove, Effect] = {
    ClearingMove.CANCEL: _cancel,
    ClearingMove.FINISH_REVIEW: _finish,
    ClearingMove.SUM_UP: _sum_up,
    ClearingMove.SIGN: _sign,
}
