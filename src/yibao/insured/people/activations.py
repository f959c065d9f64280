"""Whether somebody's e-credential is active: where it is shown from, since when, until when."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from yibao.access.chains import extend_any_chain, lock_ends
from yibao.access.operations import Answer
from yibao.access.permissions import Actor, require
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured.locks import lock_person
from yibao.insured.tables import credential, credential_activation
from yibao.messages import message

_table = credential_activation


@dataclass(frozen=True, slots=True)
class Activation:
    """An active e-credential."""

    activation_id: str
    area: str
    """The place of insurance that was picked."""
    activated_at: datetime.datetime
    is_bound: bool
    """Whether it is shown by one device alone."""
    is_here: bool
    """Whether the device that asks may show it."""


def activation_of(unit: Unit, person_id: str, device: str = "") -> Activation | None:
    """A read fragment: the active credential of a person; None: there is none."""
    row = _active(unit, person_id)
    if row is None:
        return None
    is_bound = row.device_hash is not None
    return Activation(
        row.activation_id,
        row.area,
        row.activated_at,
        is_bound,
        not is_bound or row.device_hash == _device_hash(device),
    )


def require_active(unit: Unit, person_id: str, device: str) -> None:
    """``RefusedError`` where there is none, or it is bound to another device."""
    active = activation_of(unit, person_id, device)
    if active is None:
        raise RefusedError(message("电子凭证还没有激活，请先激活"))
    if not active.is_here:
        raise RefusedError(message("电子凭证绑定在另一台设备上；换了手机，请在这台重新绑定"))


def activate_credential(
    database: Database,
    person_id: str,
    area: str,
    at: datetime.datetime,
    *,
    actor: Actor,
    device: str = "",
) -> Answer:
    """Make it active for a place of insurance: ``activation``, ``area``, ``rebound``.

    ``device``: the only one that may show it from now on; empty: any of the owner's sessions.
    An activation before ends with it, and so does every code that nobody used.
    ``InputError`` for a place where the person is not insured.
    """
    require(actor, "activate_credential", person_id)

    def operation(unit: Unit) -> Answer:
        facts = lock_person(unit, person_id).facts
        places = places_of(facts, civil_day(at))
        if area not in places:
            raise InputError(message("这个人今天不在那里参保，不能选它"), place="area")
        before = _active(unit, person_id)
        end_within(unit, person_id, "rebound", actor=actor, at=at)
        activation_id = new_identifier()
        unit.run(
            insert(_table),
            {
                "person_id": person_id,
                "activation_id": activation_id,
                "area": area,
                "device_hash": _device_hash(device) if device else None,
                "activated_at": at,
                "activated_by": actor.id,
            },
        )
        answer = {"activation": activation_id, "area": area, "rebound": before is not None}
        extend_any_chain(unit, person_id, actor.id, "activate_credential", answer)
        return answer

    return database.write(operation, people=[person_id])


def end_credential(
    database: Database, person_id: str, at: datetime.datetime, *, actor: Actor, why: str = "owner"
) -> Answer:
    """Lost, or not wanted any more: no code of it is taken from now on.

    ``ConflictError`` where it is not active.
    """
    require(actor, "end_credential", person_id)

    def operation(unit: Unit) -> Answer:
        lock_ends(unit, [person_id])
        active = _active(unit, person_id)
        if active is None:
            raise ConflictError(message("电子凭证没有激活，不用停用"))
        end_within(unit, person_id, why, actor=actor, at=at)
        answer = {"activation": active.activation_id, "why": why}
        extend_any_chain(unit, person_id, actor.id, "end_credential", answer)
        return answer

    return database.write(operation, people=[person_id])


def places_of(facts: Any, day: datetime.date) -> list[str]:
    """Where a person is insured on a day: one of these is picked."""
    return sorted(
        {
            enrolment.area
            for enrolment in facts.enrolments
            if enrolment.start <= day and (enrolment.end is None or enrolment.end >= day)
        }
    )


def _active(unit: Unit, person_id: str) -> Any:
    return unit.run(
        select(_table).where(_table.c.person_id == person_id, _table.c.ended_at.is_(None))
    ).one_or_none()


def end_within(
    unit: Unit, person_id: str, why: str, *, actor: Actor, at: datetime.datetime
) -> None:
    """Give up what is active, and every code that nobody used; nothing where nothing is."""
    active = (_table.c.person_id == person_id) & _table.c.ended_at.is_(None)
    unit.run(update(_table).where(active).values(ended_at=at, ended_by=actor.id, why=why))
    unused = credential.c.used_at.is_(None) & (credential.c.person_id == person_id)
    unit.run(delete(credential).where(unused))


def _device_hash(device: str) -> str:
    return hashlib.sha256(f"credential device {device}".encode()).hexdigest()
