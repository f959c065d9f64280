"""Records of somebody who was registered twice: which one goes on, and what it took over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from yibao.benefit.state import PersonState
from yibao.benefit.terms import Accumulators
from yibao.database.unit import Unit
from yibao.insured.stored.profile import state_of
from yibao.insured.tables import merged_person, person


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The accumulators of another record, added by an event of the record that goes on."""

    merged_id: str
    sequence: int
    state: PersonState

    def apply(self, state: PersonState) -> None:
        """Add them to a state."""
        add_state(state, self.state)


def add_state(state: PersonState, more: PersonState) -> None:
    """Add what another record of the same person used: sums, and of days the latest that began."""
    for key, used in more.accumulators.items():
        known = state.year(*key)
        state.accumulators[key] = Accumulators(*map(sum, zip(known, used, strict=True)))
    for key, count in more.admissions.items():
        state.admissions[key] = state.admissions.get(key, 0) + count
    for disease, paid in more.diseases.items():
        state.diseases[disease] = state.diseases.get(disease, 0) + paid
    for year, paid in more.claims.items():
        state.claims[year] = state.claims.get(year, 0) + paid
    state.maternity_used += more.maternity_used
    for period, days in more.periods.items():
        known_days = state.periods.get(period)
        if known_days is None or known_days.start < days.start:
            state.periods[period] = days


def survivor_of(unit: Unit, person_id: str) -> str:
    """A read fragment: whose record goes on; of a record that was not closed the same one."""
    query = select(person.c.merged_into)
    into = unit.run(query.where(person.c.person_id == person_id)).scalar_one_or_none()
    return person_id if into is None else survivor_of(unit, str(into))


def records_of(unit: Unit, person_id: str) -> list[str]:
    """A read fragment: the record itself, and those that it took over at any time."""
    records, looked = [person_id], 0
    while looked < len(records):
        query = select(merged_person.c.merged_id)
        mine = merged_person.c.person_id == records[looked]
        records += unit.run(query.where(mine).order_by(merged_person.c.sequence)).scalars()
        looked += 1
    return records


def taken_over(unit: Unit, person_id: str) -> list[TakenOver]:
    """A read fragment: what a record took over, in the order of its events."""
    query = select(merged_person).where(merged_person.c.person_id == person_id)
    return [
        TakenOver(row.merged_id, row.sequence, state_of(row.state))
        for row in unit.run(query.order_by(merged_person.c.sequence))
    ]


def merged_people(unit: Unit, people: Iterable[str]) -> dict[str, str]:
    """A read fragment: those of some records that are closed, each with the one that goes on."""
    query = select(person.c.person_id, person.c.merged_into)
    closed = person.c.person_id.in_(list(people)) & person.c.merged_into.is_not(None)
    return {row.person_id: row.merged_into for row in unit.run(query.where(closed))}
