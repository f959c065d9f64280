"""A suspension that a decision set is ended early, by the head, with a reason."""

from __future__ import annotations

import datetime

from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor
from yibao.conduct.acts import SubjectKind
from yibao.conduct.cases import ConductState
from yibao.conduct.sheets import ConductSheet
from yibao.conduct.writes import write_case
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import message
from yibao.sanctions.operations import Suspension, lift_within, suspensions_of
from yibao.sanctions.providers import (
    ProviderSuspension,
    lift_providers_within,
    providers_suspended_by,
)

_LONGEST = 500


def suspends_on(unit: Unit, sheet: ConductSheet, day: datetime.date) -> bool:
    """A read fragment: whether a case's decision suspends somebody on a day, or later."""
    suspensions: list[Suspension | ProviderSuspension] = [
        *providers_suspended_by(unit, sheet.case_id)
    ]
    if sheet.subject_kind is SubjectKind.PERSON:
        suspensions += suspensions_of(unit, sheet.subject_id)
    return any(
        suspension.decision_id == sheet.case_id
        and suspension.end >= day
        and suspension.lifted_on is None
        for suspension in suspensions
    )


def lift_suspension(
    database: Database,
    key: Key,
    case_id: str,
    day: datetime.date,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """End what a case suspended: ``day`` is the first on which it no longer holds.

    ``InputError`` for a day that has passed or no reason, ``ConflictError`` where nothing of the
    case is suspended on that day any more.
    """
    instant, why = at or now(), reason.strip()
    if day < civil_day(instant):
        raise InputError(message("只能从今天或以后的一天起解除"), place="day")
    if not why or len(why) > _LONGEST:
        raise InputError(message("请写理由，不超过 500 个字"), place="reason")

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        if sheet.subject_kind is SubjectKind.PERSON:
            count = lift_within(unit, sheet.subject_id, case_id, day, actor=actor)
        else:
            count = lift_providers_within(unit, case_id, day, actor=actor)
        if not count:
            raise ConflictError(message("这件案件没有还在执行的暂停，没有做任何改动"))
        return {"lifted_on": day.isoformat(), "count": count}

    return write_case(
        database,
        key,
        case_id,
        "lift_suspension",
        [day.isoformat(), why],
        work,
        actor=actor,
        at=instant,
        duty_of="penalise",
        states=(ConductState.EXECUTING, ConductState.CLOSED),
    )
