"""One operation on a case beside its moves: under its lock, in a duty, on its chain."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import msgspec

from yibao.access.chains import extend_any_chain
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.conduct.forms import CONDUCT_CASE
from yibao.conduct.sheets import ConductSheet, people_of, sheet_of
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.messages import message
from yibao.office.history import moves_of
from yibao.office.kinds import kind_of
from yibao.office.locks import case_row, lock_case
from yibao.office.operations import amend_within
from yibao.office.rights import require_move

Work = Callable[[Unit, ConductSheet], Answer]


def write_case(
    database: Database,
    key: Key,
    case_id: str,
    permission: str,
    content: Any,
    work: Work,
    *,
    actor: Actor,
    at: datetime.datetime,
    duty_of: str = "",
    states: tuple[str, ...] = (),
    data: msgspec.Struct | None = None,
) -> Answer:
    """Run ``work`` on the sheet of a case once, as a step of its history.

    ``duty_of``: the move whose duty it is part of, so that nobody has two in one case.
    ``data``: what the case itself says from now on; None: the same.
    ``DeniedError`` for whoever may not, ``ConflictError`` where the case stands elsewhere.
    """
    row = database.read(lambda unit: case_row(unit, case_id))
    people = database.read(lambda unit: people_of(unit, case_id))
    if row.kind != CONDUCT_CASE:
        raise NotFoundError(message("没有案件 {case_id}", case_id=case_id))
    require(actor, permission, area=row.area)
    content_hash = database.secrets.lasting_hash(canonical([case_id, permission, content]))
    kind = kind_of(row.kind)

    def operation(unit: Unit) -> Answer:
        case = lock_case(unit, case_id, people)
        duty = ""
        if duty_of:
            move = kind.move(duty_of)
            duty = require_move(actor, kind, case, move, moves_of(unit, case_id)).value
        if states and case.state not in states:
            raise ConflictError(
                message("案件现在是“{state}”，没有做任何改动", state=kind.state(case.state).label)
            )
        answer = {"case": case_id, **work(unit, sheet_of(unit, case_id))}
        amend_within(unit, case_id, data, actor=actor, at=at, role=duty)
        record_message(unit, key, content_hash, key.sender, answer)
        extend_any_chain(unit, case.chain, actor.id, permission, answer)
        return answer

    return write_once(database, key, content_hash, operation, people=people or None)
