"""Stays of a person as institutions told them, for what happens beside them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, true

from yibao.care.overlaps import lies_inside
from yibao.database.schema import Identifier
from yibao.database.statements import Query
from yibao.database.unit import Database, Unit
from yibao.exchange.tables import exchange_visit

_STAYS = Query(
    select(
        exchange_visit.c.visit_id,
        exchange_visit.c.institution_id,
        exchange_visit.c.opened_on,
        exchange_visit.c.document,
    )
    .where(
        exchange_visit.c.person_id == bindparam("person", type_=Identifier),
        exchange_visit.c.stay.is_(true()),
    )
    .order_by(exchange_visit.c.opened_on, exchange_visit.c.visit_id)
)


@dataclass(frozen=True, slots=True)
class OpenStay:
    """An admission that was not cancelled."""

    visit_id: str
    institution_id: str
    begin: datetime.date
    end: datetime.date | None
    """The day of discharge; None: the person is still there."""

    def lasts_on(self, day: datetime.date) -> bool:
        """Whether the person is in hospital all of a day, neither admitted nor discharged on it."""
        return lies_inside(self.begin, self.end, day)

    def holds_on(self, day: datetime.date) -> bool:
        """Whether a day belongs to the stay, the first and the last included."""
        return self.begin <= day and (self.end is None or day <= self.end)


def stays_of(unit: Unit, person_id: str) -> list[OpenStay]:
    """A person's admissions that were not cancelled, in the order of their days.

    One that was settled without a discharge says not how long it lasted and is left out.
    """
    return _stays(unit.run(_STAYS, {"person": person_id}))


def known_stays(database: Database, person_id: str) -> list[OpenStay]:
    """:func:`stays_of` as committed."""
    return _stays(database.run(_STAYS, {"person": person_id}))


def _stays(rows: Iterable[Any]) -> list[OpenStay]:
    return [
        OpenStay(
            row.visit_id,
            row.institution_id,
            row.opened_on,
            datetime.date.fromisoformat(row.document["end"]) if row.document.get("end") else None,
        )
        for row in rows
        if row.document["status"] == "open"
        and (row.document.get("end") or not _is_settled(row.document))
    ]


def _is_settled(document: dict[str, Any]) -> bool:
    settled = document.get("settled", {}).values()
    return any(not settlement.get("interim") for settlement in settled)
