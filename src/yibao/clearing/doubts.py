"""Doubts about an application: told, appealed or accepted by silence, decided, given back."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from yibao.access.chains import extend_chain
from yibao.access.names import INSTITUTION
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.clearing.agreements import agreement_of
from yibao.clearing.moves import (
    application_row,
    change_application,
    lock_application,
    note_move,
    require_on,
    require_single_post,
    require_state,
)
from yibao.clearing.states import DOUBT_WORDS, SETTLED, ClearingState, DoubtState
from yibao.clearing.tables import clearing_doubt
from yibao.database.identifiers import new_identifier
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.messages import message
from yibao.office.clock import due_on

_LONGEST = 500
_CHINA = datetime.timezone(datetime.timedelta(hours=8))
DECIDED_STATES = (DoubtState.DECIDED, DoubtState.FINAL)
"""Where it is said what a doubt deducts."""


def tell_doubt(
    database: Database,
    key: Key,
    application_id: str,
    amount: int,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """A reviewer doubts ``amount`` fen: ``doubt`` and the last day of an appeal."""
    row = application_row(database, application_id)
    why = written_reason(reason)
    instant = (at or now()).astimezone(datetime.UTC)
    doubt_id = new_identifier()

    def work(unit: Unit, application: Any) -> Answer:
        require_state(application, ClearingState.IN_REVIEW)
        told = unit.run(
            select(clearing_doubt.c.amount).where(clearing_doubt.c.application_id == application_id)
        ).scalars()
        if amount <= 0 or amount + sum(told) > application.fund:
            raise InputError(message("疑点金额要大于零，合计不能多于申报的基金"), place="amount")
        days = agreement_of(unit, application).appeal_days
        appeal_by = due_on(_day(instant), days)[0]
        unit.run(
            insert(clearing_doubt),
            {
                "doubt_id": doubt_id,
                "application_id": application_id,
                "institution_id": application.institution_id,
                "state": DoubtState.TOLD.value,
                "amount": amount,
                "confirmed": 0,
                "given_back": 0,
                "back_with": None,
                "appeal_by": appeal_by,
                "reason": why,
                "appeal": "",
                "told_by": actor.id,
                "told_at": instant,
            },
        )
        return {"doubt": doubt_id, "appeal_by": appeal_by and appeal_by.isoformat()}

    content = [application_id, amount, why]
    return _write(
        database, key, row, "review_clearing", "tell_doubt", content, work, actor, instant
    )


def appeal_doubt(
    database: Database,
    key: Key,
    doubt_id: str,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """The institution says why the doubt is wrong; ``RefusedError`` after the last day."""
    doubt = doubt_row(database, doubt_id)
    row = application_row(database, doubt.application_id)
    why = written_reason(reason)
    instant = (at or now()).astimezone(datetime.UTC)

    def work(unit: Unit, application: Any) -> Answer:
        return appeal_within(unit, doubt_id, why, instant)

    content = [doubt_id, why]
    return _write(
        database, key, row, "appeal_clearing", "appeal_doubt", content, work, actor, instant
    )


def appeal_within(unit: Unit, doubt_id: str, why: str, at: datetime.datetime) -> Answer:
    """The appeal itself, in a unit that has locked the application."""
    mine = locked_doubt(unit, doubt_id, DoubtState.TOLD)
    if mine.appeal_by is not None and _day(at) > mine.appeal_by:
        raise RefusedError(message("申诉期限 {day} 已过", day=mine.appeal_by))
    change_doubt(unit, doubt_id, state=DoubtState.APPEALED.value, appeal=why)
    return {"doubt": doubt_id, "state": DoubtState.APPEALED.value}


def decide_doubt(
    database: Database,
    key: Key,
    doubt_id: str,
    confirmed: int,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """The second review says what is deducted, in fen; not before the appeal or its last day."""

    def check(doubt: Any, instant: datetime.datetime) -> None:
        if doubt.state == DoubtState.TOLD and not _is_over(doubt, instant):
            raise RefusedError(message("还在申诉期限内，到 {day}", day=doubt.appeal_by or ""))

    deciding = _Deciding(
        "confirm_clearing",
        "decide_doubt",
        (DoubtState.TOLD, DoubtState.APPEALED),
        DoubtState.DECIDED,
        check,
    )
    return _confirm_sum(database, key, doubt_id, confirmed, reason, deciding, actor, at)


def decide_panel(
    database: Database,
    key: Key,
    doubt_id: str,
    confirmed: int,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """The panel that the institution asked for says what is deducted, in fen; nobody after it."""
    deciding = _Deciding(
        "sign_clearing", "decide_panel", (DoubtState.BEFORE_PANEL,), DoubtState.FINAL
    )
    return _confirm_sum(database, key, doubt_id, confirmed, reason, deciding, actor, at)


@dataclass(frozen=True, slots=True)
class _Deciding:
    """Who says what a doubt deducts, from which states, and how it stands afterwards."""

    permission: str
    what: str
    before: tuple[DoubtState, ...]
    after: DoubtState
    check: Callable[[Any, datetime.datetime], None] = lambda doubt, instant: None


def _confirm_sum(
    database: Database,
    key: Key,
    doubt_id: str,
    confirmed: int,
    reason: str,
    deciding: _Deciding,
    actor: Actor,
    at: datetime.datetime | None,
) -> Answer:
    row = application_row(database, doubt_row(database, doubt_id).application_id)
    why = written_reason(reason)
    instant = (at or now()).astimezone(datetime.UTC)

    def work(unit: Unit, application: Any) -> Answer:
        require_state(application, ClearingState.IN_REVIEW)
        mine = locked_doubt(unit, doubt_id, *deciding.before)
        deciding.check(mine, instant)
        if not 0 <= confirmed <= mine.amount:
            raise InputError(message("扣减的不能多于疑点金额"), place="confirmed")
        change_doubt(unit, doubt_id, state=deciding.after.value, confirmed=confirmed)
        return {"doubt": doubt_id, "confirmed": confirmed}

    content = [doubt_id, confirmed, why]
    return _write(
        database,
        key,
        row,
        deciding.permission,
        deciding.what,
        content,
        work,
        actor,
        instant,
        why,
    )


def give_back(
    database: Database,
    key: Key,
    doubt_id: str,
    amount: int,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """What was deducted and is found wrong later: paid with the institution's next application."""
    doubt = doubt_row(database, doubt_id)
    row = application_row(database, doubt.application_id)
    why = written_reason(reason)
    instant = (at or now()).astimezone(datetime.UTC)

    def work(unit: Unit, application: Any) -> Answer:
        require_state(application, *SETTLED)
        mine = locked_doubt(unit, doubt_id, *DECIDED_STATES)
        if mine.given_back:
            raise ConflictError(message("这一笔已经返还过"))
        if not 0 < amount <= mine.confirmed:
            raise InputError(message("返还的要大于零，不能多于扣减的"), place="amount")
        change_doubt(unit, doubt_id, given_back=amount)
        return {"doubt": doubt_id, "given_back": amount}

    content = [doubt_id, amount, why]
    return _write(
        database,
        key,
        row,
        "confirm_clearing",
        "give_back_doubt",
        content,
        work,
        actor,
        instant,
        why,
    )


def close_silent_doubts(unit: Unit, application: Any, at: datetime.datetime) -> None:
    """Silence until the last day is consent; ``RefusedError`` while a doubt is open."""
    mine = clearing_doubt.c.application_id == application.application_id
    for doubt in unit.run(select(clearing_doubt).where(mine).with_for_update()).all():
        if doubt.state in DECIDED_STATES:
            continue
        if doubt.state != DoubtState.TOLD or not _is_over(doubt, at):
            raise RefusedError(message("还有疑点没有办完：{state}", state=DOUBT_WORDS[doubt.state]))
        change_doubt(unit, doubt.doubt_id, state=DoubtState.DECIDED.value, confirmed=doubt.amount)


def _is_over(doubt: Any, at: datetime.datetime) -> bool:
    return doubt.appeal_by is not None and _day(at) > doubt.appeal_by


def _write(
    database: Database,
    key: Key,
    row: Any,
    permission: str,
    what: str,
    content: Any,
    work: Callable[[Unit, Any], Answer],
    actor: Actor,
    at: datetime.datetime,
    reason: str = "",
) -> Answer:
    """One operation on a doubt, under the lock of its application, as a step of its history."""
    require_on(actor, permission, row)
    content_hash = database.secrets.lasting_hash(canonical([what, content]))

    def operation(unit: Unit) -> Answer:
        application = lock_application(unit, row.application_id)
        require_single_post(unit, row.application_id, permission, actor)
        answer = work(unit, application)
        number = application.moves + 1
        change_application(unit, row.application_id, moves=number)
        note_move(
            unit,
            row.application_id,
            row.institution_id,
            number,
            what,
            application.state,
            permission,
            actor,
            reason,
            at,
        )
        record_message(unit, key, content_hash, key.sender, answer)
        extend_chain(unit, f"{INSTITUTION}{row.institution_id}", actor.id, what, answer)
        return answer

    return write_once(database, key, content_hash, operation)


def written_reason(reason: str) -> str:
    """A reason without blanks around it; ``InputError`` for none, or one too long."""
    why = reason.strip()
    if not why or len(why) > _LONGEST:
        raise InputError(message("请写理由，不超过 500 个字"), place="reason")
    return why


def _day(at: datetime.datetime) -> datetime.date:
    return at.astimezone(_CHINA).date()


def doubt_row(database: Database, doubt_id: str) -> Any:
    """A doubt as it stands; ``NotFoundError``."""
    query = select(clearing_doubt).where(clearing_doubt.c.doubt_id == doubt_id)
    doubt = database.read(lambda unit: unit.run(query).one_or_none())
    if doubt is None:
        raise NotFoundError(message("没有疑点 {id}", id=doubt_id))
    return doubt


def locked_doubt(unit: Unit, doubt_id: str, *states: DoubtState) -> Any:
    """A doubt that nobody else changes; ``ConflictError`` where it stands elsewhere."""
    query = select(clearing_doubt).where(clearing_doubt.c.doubt_id == doubt_id)
    doubt = unit.run(query.with_for_update()).one()
    if doubt.state not in states:
        raise ConflictError(
            message("这个疑点现在是“{state}”，没有做任何改动", state=DOUBT_WORDS[doubt.state])
        )
    return doubt


def change_doubt(unit: Unit, doubt_id: str, **values: Any) -> None:
    """Write some columns."""
    unit.run(update(clearing_doubt).where(clearing_doubt.c.doubt_id == doubt_id).values(**values))
