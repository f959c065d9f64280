"""An advance that the bank gave back: paid to another account, or left to the next sheet."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import msgspec

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.clearing.disbursing import ADVANCE
from yibao.clearing.moves import (
    application_row,
    change_application,
    lock_application,
    note_move,
    require_on,
    require_single_post,
)
from yibao.clearing.states import SETTLED
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.disbursement.operations import cancel_payment, redirect_payment
from yibao.disbursement.payees import Payee
from yibao.disbursement.reading import order_state
from yibao.errors import ConflictError, RefusedError
from yibao.ledger.operations import advance, payable, post
from yibao.messages import message

REDIRECT_ADVANCE, CANCEL_ADVANCE = "redirect_advance", "cancel_advance"
_PERMISSION = "take_clearing"


def redirect_advance(
    database: Database,
    key: Key,
    application_id: str,
    payee: Payee,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Pay the advance that came back to another account: ``application``, ``order``."""

    def work(unit: Unit, row: Any, instant: datetime.datetime) -> Answer:
        order_id = redirect_payment(unit, ADVANCE, application_id, payee)
        change_application(unit, application_id, moves=row.moves + 1)
        return {"order": order_id}

    content = [application_id, REDIRECT_ADVANCE, msgspec.to_builtins(payee)]
    return _decide(database, key, application_id, REDIRECT_ADVANCE, content, work, actor, at)


def cancel_advance(
    database: Database,
    key: Key,
    application_id: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Do not pay it again: ``application``, ``amount`` fen that the next sheet pays instead.

    The signed sheet had set the advance off, so that the institution is owed it:
    it is carried on to its next sheet, below zero.  ``RefusedError`` before the signature, which
    drops the advance by itself, or where another sheet has taken what was carried.
    """

    def work(unit: Unit, row: Any, instant: datetime.datetime) -> Answer:
        if row.state not in SETTLED:
            raise RefusedError(message("还没有审签：审签时没有付出去的先付自己取消"))
        if row.taken_by is not None:
            raise RefusedError(message("这份清算的结转已经进了下一份，请换账户再付"))
        cancel_payment(unit, ADVANCE, application_id)
        amount = int(row.advanced)
        post(
            unit,
            f"{INSTITUTION}{row.institution_id}",
            new_identifier(),
            civil_day(instant),
            [(advance(row.institution_id), amount), (payable(row.institution_id), -amount)],
        )
        change_application(
            unit, application_id, moves=row.moves + 1, advanced=0, carried=row.carried - amount
        )
        return {"amount": amount}

    content = [application_id, CANCEL_ADVANCE]
    return _decide(database, key, application_id, CANCEL_ADVANCE, content, work, actor, at)


def _decide(
    database: Database,
    key: Key,
    application_id: str,
    step: str,
    content: list[Any],
    work: Callable[[Unit, Any, datetime.datetime], Answer],
    actor: Actor,
    at: datetime.datetime | None,
) -> Answer:
    require_on(actor, _PERMISSION, application_row(database, application_id))
    instant = (at or now()).astimezone(datetime.UTC)
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        row = lock_application(unit, application_id)
        require_single_post(unit, application_id, _PERMISSION, actor)
        order = order_state(unit, ADVANCE, application_id)
        if order is None or not order.is_returned:
            raise ConflictError(message("没有银行退回的先付，没有做任何改动"))
        answer = {"application": application_id, **work(unit, row, instant)}
        note_move(
            unit,
            application_id,
            row.institution_id,
            row.moves + 1,
            step,
            row.state,
            _PERMISSION,
            actor,
            "",
            instant,
        )
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, f"{INSTITUTION}{row.institution_id}", actor.id, step, answer)
        return answer

    return write_once(database, key, content_hash, operation)
