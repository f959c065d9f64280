"""Agencies (经办机构): the offices whose staff sign in, each with its area."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_chain
from yibao.access.names import AGENCY
from yibao.access.permissions import Actor, require
from yibao.access.tables import agency as agencies
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.messages import message

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Agency:
    """An office of the insurance."""

    agency: str
    name: str
    area: str
    """Code of the area whose people its staff act on; of a province, all of its places."""
    closed_on: datetime.date | None = None


def add_agency(database: Database, by: Actor, name: str, area: str) -> Agency:
    """Found an agency; ``area`` is a code that the caller knows to be one."""
    require(by, "manage_actors")
    called = " ".join(name.split())
    if not 0 < len(called) <= LONGEST_NAME:
        raise InputError(
            message("经办机构的名称 1 到 {most} 个字", most=LONGEST_NAME), place="name"
        )
    founded = Agency(new_identifier(), called, area)

    def operation(unit: Unit) -> None:
        row = {"agency_id": founded.agency, "name": called, "area": area, "closed_on": None}
        unit.run(insert(agencies), row)
        content = {"name": called, "area": area}
        extend_chain(unit, f"{AGENCY}{founded.agency}", by.id, "add_agency", content)

    try:
        database.write(operation)
    except IntegrityError:
        raise ConflictError(message("已经有叫 {name} 的经办机构", name=called)) from None
    return founded


def close_agency(database: Database, by: Actor, agency_id: str, day: datetime.date) -> None:
    """No user is given to it any more; those it has are closed or moved one by one."""
    require(by, "manage_actors")
    this = agencies.c.agency_id == agency_id

    def operation(unit: Unit) -> None:
        if unit.run(select(agencies.c.agency_id).where(this)).one_or_none() is None:
            raise NotFoundError(message("没有经办机构 {agency}", agency=agency_id))
        unit.run(update(agencies).where(this).values(closed_on=day))
        content = {"day": day.isoformat()}
        extend_chain(unit, f"{AGENCY}{agency_id}", by.id, "close_agency", content)

    database.write(operation)


def agencies_of(database: Database, by: Actor) -> list[Agency]:
    """All of them, by name."""
    require(by, "manage_actors")
    query = select(agencies).order_by(agencies.c.name)
    return database.read(lambda unit: [_agency_of(row) for row in unit.run(query)])


def agency_called(database: Database, by: Actor, text: str) -> Agency:
    """The agency of this name or id; ``NotFoundError``."""
    require(by, "manage_actors")
    query = select(agencies).where(or_(agencies.c.name == text, agencies.c.agency_id == text))
    row = database.read(lambda unit: unit.run(query).one_or_none())
    if row is None:
        raise NotFoundError(message("没有经办机构 {agency}", agency=text))
    return _agency_of(row)


def own_agency(database: Database, actor: Actor) -> Agency | None:
    """Where somebody works; None for whoever works at none."""
    query = select(agencies).where(agencies.c.agency_id == actor.agency_id)
    row = database.read(lambda unit: unit.run(query).one_or_none())
    return None if row is None else _agency_of(row)


def _agency_of(row: Any) -> Agency:
    return Agency(row.agency_id, row.name, row.area, row.closed_on)
