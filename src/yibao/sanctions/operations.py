"""Suspending somebody and lifting it, for operations of the rooms above.

Each is called in a unit that has locked the person; the person's own chain tells it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_any_chain
from yibao.access.permissions import Actor
from yibao.database.unit import Unit
from yibao.errors import ConflictError
from yibao.messages import message
from yibao.sanctions.states import SuspensionKind
from yibao.sanctions.tables import person_suspension


@dataclass(frozen=True, slots=True)
class Suspension:
    """From what somebody is suspended, both days included."""

    kind: SuspensionKind
    start: datetime.date
    end: datetime.date
    decision_id: str
    lifted_on: datetime.date | None = None


def suspend_within(
    unit: Unit,
    person_id: str,
    suspensions: Iterable[Suspension],
    *,
    actor: Actor,
    at: datetime.datetime,
) -> None:
    """Suspend a person by a decision; ``ConflictError`` where it did so before."""
    told = []
    for suspension in suspensions:
        row = {
            "person_id": person_id,
            "decision_id": suspension.decision_id,
            "kind": suspension.kind.value,
            "start": suspension.start,
            "end": suspension.end,
            "lifted_on": None,
            "decided_by": actor.id,
            "decided_at": at,
        }
        try:
            unit.run(insert(person_suspension), row)
        except IntegrityError:
            raise ConflictError(message("这份决定已经暂停过，没有做任何改动")) from None
        told.append([suspension.kind.value, str(suspension.start), str(suspension.end)])
    if told:
        extend_any_chain(unit, person_id, actor.id, "suspend", {"suspended": told})


def lift_within(
    unit: Unit, person_id: str, decision_id: str, on: datetime.date, *, actor: Actor
) -> int:
    """End what a decision suspended from a day on: how many suspensions that were."""
    mine = (
        person_suspension.c.person_id == person_id,
        person_suspension.c.decision_id == decision_id,
        person_suspension.c.end >= on,
        person_suspension.c.lifted_on.is_(None),
    )
    lifted = unit.run(update(person_suspension).where(*mine).values(lifted_on=on)).rowcount
    if lifted:
        told = {"decision": decision_id, "lifted_on": on.isoformat()}
        extend_any_chain(unit, person_id, actor.id, "lift_suspension", told)
    return int(lifted)


def suspensions_of(unit: Unit, person_id: str) -> list[Suspension]:
    """A read fragment: everything a person was suspended from, the latest first."""
    columns = person_suspension.c
    rows = unit.run(
        select(person_suspension)
        .where(columns.person_id == person_id)
        .order_by(columns.start.desc(), columns.kind)
    )
    return [
        Suspension(SuspensionKind(row.kind), row.start, row.end, row.decision_id, row.lifted_on)
        for row in rows
    ]
