"""Visits that another system settled before this store began."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

from sqlalchemy import select

from yibao.care.tables import past_visit
from yibao.database.statements import Insertion
from yibao.database.unit import Unit

_PAST_VISITS = Insertion(past_visit)


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit that another system settled; amounts in fen."""

    person_id: str
    visit_id: str
    institution_id: str | None
    institution_name: str
    kind: str
    start: datetime.date
    end: datetime.date
    total: int
    fund: int
    account: int
    """Out of personal accounts, mutual aid included."""
    cash: int
    diagnosis: str


def visits_before(unit: Unit, people: Iterable[str]) -> list[PastVisit]:
    """What another system settled for people, of each the latest first."""
    columns = past_visit.c
    names = [field.name for field in fields(PastVisit)]
    query = select(*(columns[name] for name in names)).where(
        columns.person_id.in_(sorted(set(people)))
    )
    rows = unit.run(query.order_by(columns.person_id, columns.end.desc(), columns.visit_id))
    return [PastVisit(**row._mapping) for row in rows]


def write_past_visits(unit: Unit, visits: Iterable[PastVisit]) -> None:
    """Write them down for a room above, which holds the locks of whose they are."""
    unit.run(_PAST_VISITS, [asdict(visit) for visit in visits])
