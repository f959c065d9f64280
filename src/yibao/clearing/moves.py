"""The steps of an application: whose they are, in which order, nobody's in two posts."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role, require
from yibao.clearing.states import STATE_WORDS, ClearingMove, ClearingState
from yibao.clearing.tables import clearing_application, clearing_move
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError
from yibao.messages import message


def application_row(database: Database, application_id: str) -> Any:
    """As it stands; ``NotFoundError``."""
    return database.read(lambda unit: _application(unit, application_id, lock=False))


def lock_application(unit: Unit, application_id: str) -> Any:
    """One that nobody else moves until the unit ends; ``NotFoundError``."""
    return _application(unit, application_id, lock=True)


def _application(unit: Unit, application_id: str, *, lock: bool) -> Any:
    query = select(clearing_application).where(
        clearing_application.c.application_id == application_id
    )
    row = unit.run(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError(message("没有清算申请 {id}", id=application_id))
    return row


def require_on(actor: Actor, permission: str, row: Any) -> None:
    """``DeniedError`` for whoever may not do this with the application."""
    require(actor, permission, institution_id=row.institution_id, area=row.area)


def require_state(row: Any, *states: ClearingState) -> None:
    """``ConflictError`` where it stands elsewhere: somebody was first."""
    if row.state not in states:
        raise ConflictError(
            message("这份申请现在是“{state}”，没有做任何改动", state=STATE_WORDS[row.state])
        )


BANK_POST = "pay_clearing"
"""Of steps that a batch of payments takes for many at once."""


def post_of(permission: str, actor: Actor) -> str:
    """In which post somebody acts: an institution has one side, and a cashier's steps are one."""
    if actor.role is Role.INSTITUTION:
        return "institution"
    return "advance_clearing" if permission == "close_clearing" else permission


def require_single_post(unit: Unit, application_id: str, permission: str, actor: Actor) -> None:
    """``DeniedError`` for whoever acted on this application in another post."""
    earlier = select(clearing_move.c.role).where(
        clearing_move.c.application_id == application_id,
        clearing_move.c.actor == actor.id,
        clearing_move.c.role.not_in([post_of(permission, actor), BANK_POST]),
    )
    if unit.run(earlier.limit(1)).scalar_one_or_none() is not None:
        raise DeniedError(message("您在这份申请里办过别的岗，不能再办这一步，没有做任何改动"))


def note_move(
    unit: Unit,
    application_id: str,
    institution_id: str,
    number: int,
    move: str,
    state: int,
    permission: str,
    actor: Actor,
    reason: str,
    at: datetime.datetime,
) -> None:
    """Write down a step; ``permission`` is what it took."""
    unit.run(
        insert(clearing_move),
        {
            "application_id": application_id,
            "number": number,
            "institution_id": institution_id,
            "move": move.value if isinstance(move, ClearingMove) else move,
            "state": int(state),
            "actor": actor.id,
            "role": permission if permission == BANK_POST else post_of(permission, actor),
            "reason": reason,
            "at": at,
        },
    )


def change_application(unit: Unit, application_id: str, **values: Any) -> None:
    """Write some columns."""
    mine = clearing_application.c.application_id == application_id
    unit.run(update(clearing_application).where(mine).values(**values))
