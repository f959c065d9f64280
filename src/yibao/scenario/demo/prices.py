"""Prices in a demo: a list above a limit waits for the reviewer, a catalogue for the second."""

from __future__ import annotations

import datetime

from yibao.access.agencies import agencies_of
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, institution_actor
from yibao.access.users import SYSTEM, users_of
from yibao.database.instants import civil_day
from yibao.database.unit import Database
from yibao.policy.kinds import ItemClass, ItemKind
from yibao.prices import operations as prices
from yibao.prices.catalogue_files import read_catalogue
from yibao.prices.files import read_prices

_HOSPITAL = "hospital_a"
_HEAD = "编码,名称,类别,种类,先行自付,限价"
_LIMITED = f"DEMO001,演示检查,{ItemClass.B},{ItemKind.SERVICE},10,200"
_ADDED = f"DEMO002,演示新药,{ItemClass.B},{ItemKind.DRUG},15,"


def leave_prices(database: Database, at: datetime.datetime) -> None:
    """A catalogue with a limit, a list that passes it, and a change of the catalogue."""
    today = civil_day(at)
    reviewer, second = _staff(database, Role.REVIEWER), _staff(database, Role.SECOND)
    drawn = [
        prices.draw_catalogue(
            database,
            Key("demo", "draw_catalogue", line[:7]),
            read_catalogue(f"{_HEAD}\n{line}\n".encode(), start),
            start,
            whole=False,
            actor=reviewer,
            at=at,
        )["change"]
        for line, start in ((_LIMITED, today), (_ADDED, today + datetime.timedelta(days=40)))
    ]
    key = Key("demo", "confirm_catalogue", "1")
    prices.confirm_catalogue(database, key, drawn[0], actor=second, at=at)
    prices.hand_in_prices(
        database,
        Key("demo", "list_prices", "1"),
        _HOSPITAL,
        read_prices(
            f"院内编码,国家编码,名称,单价,起始日\nY001,DEMO001,演示检查,230,{today}\n".encode()
        ),
        actor=institution_actor(_HOSPITAL),
        at=at,
    )


def _staff(database: Database, role: Role) -> Actor:
    (agency,) = agencies_of(database, SYSTEM)
    known = next(row for row in users_of(database, SYSTEM) if row["role"] == role.value)
    return Actor(known["actor_id"], role, agency_id=agency.agency, area=agency.area)
