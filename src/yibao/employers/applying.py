"""What an employer applies for on behalf of its staff; it learns how far it is, and no more."""

from __future__ import annotations

import datetime

import msgspec

from yibao.access.errors import DeniedError
from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor
from yibao.database.instants import now
from yibao.database.unit import Database
from yibao.employers.bases import employer_in
from yibao.employers.locks import require_employer
from yibao.employers.months import month_of
from yibao.messages import message
from yibao.office.operations import Subject, open_case


def require_staff(
    database: Database, actor: Actor, employer_id: str, person_id: str, on: datetime.date
) -> str:
    """The employer's area; ``DeniedError`` unless the person is on its roster in that month."""
    area = require_employer(database, actor, "apply_for_staff", employer_id).area
    employer = database.read(lambda unit: employer_in(unit, person_id, month_of(on)))
    if employer != employer_id:
        # Whether there is such a person is nobody's business.
        raise DeniedError(
            message("{day} 不在本单位的名册上，不能替这个人申请，没有做任何改动", day=on)
        )
    return str(area)


def apply_for_staff(
    database: Database,
    key: Key,
    employer_id: str,
    person_id: str,
    kind_name: str,
    data: msgspec.Struct,
    *,
    on: datetime.date,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Open a case about somebody on the roster: ``case``, ``kind`` and ``state``.

    ``on``: the day on which the person has to be on the roster: of a birth that day.
    ``DeniedError`` for another employer, and for whoever is not on the roster.
    """
    area = require_staff(database, actor, employer_id, person_id, on)
    return open_case(
        database,
        key,
        kind_name,
        Subject(area, person_id, employer_id=employer_id),
        data,
        actor=actor,
        at=at or now(),
    )
