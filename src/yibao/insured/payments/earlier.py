"""Periods that were paid in another system: on the record here, without money."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from yibao.access.permissions import Actor
from yibao.benefit.facts import EmployeeContribution, ResidentContribution
from yibao.database.unit import Unit
from yibao.insured.enrolment.cover import open_rows, update_cover
from yibao.insured.locks import HeldPerson, store_person
from yibao.insured.payments.contributions import with_contributions
from yibao.insured.stored.rows import Paid, insert_contributions
from yibao.insured.tables import contribution
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

PeriodKey = tuple[str, str, int]
"""(person, scheme, year or month yyyymm)."""


def periods_on_record(unit: Unit, people: Iterable[str]) -> dict[PeriodKey, Paid]:
    """What is on the record of people, by person, scheme and period."""
    columns = contribution.c
    rows = unit.run(
        select(
            columns.person_id, columns.scheme, columns.period, columns.base, columns.paid_on
        ).where(columns.person_id.in_(sorted(set(people))))
    )
    return {
        (row.person_id, row.scheme, row.period): (
            ResidentContribution(row.period, row.paid_on)
            if row.scheme == Scheme.RESIDENT
            else EmployeeContribution(row.period, row.base, row.paid_on)
        )
        for row in rows
    }


def add_earlier(
    unit: Unit,
    library: PolicyLibrary,
    people: Mapping[str, HeldPerson],
    paid: Mapping[str, Sequence[Paid]],
    *,
    actor: Actor,
    at: datetime.datetime,
    origin: Mapping[str, str],
) -> None:
    """Put periods that are not there yet on the records of people whose rows are locked.

    ``origin``: what the event of each person says of the act beside how many periods.
    """
    covers = open_rows(unit, paid)
    for person_id, periods in paid.items():
        locked = people[person_id]
        insert_contributions(unit, person_id, periods)
        locked.facts = with_contributions(locked.facts, periods)
        update_cover(
            unit,
            library,
            locked.facts,
            datetime.date.min,
            at,
            rows=covers.get(person_id, ()),
        )
        content = {"periods": len(periods), **origin}
        store_person(unit, locked, actor, "import_contributions", content)
