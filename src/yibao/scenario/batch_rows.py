"""A scenario's visits as rows of columns: every fact resolved to what a row needs to know."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from yibao.benefit.circumstances import circumstances_of
from yibao.benefit.coverage import months_paid_before, resident_year_paid
from yibao.benefit.explain import Explanation
from yibao.benefit.facts import Person, Visit
from yibao.benefit.people import groups_on, home_enrolment
from yibao.benefit.rules import DayRules, day_rules
from yibao.benefit.visits import admitted_on, place_of
from yibao.columns.life import (
    BEFORE_ALL,
    Row,
    carried_rows,
    fact_columns,
    payment_columns,
    special_used,
)
from yibao.columns.schema import CARRY, ITEM_FACT_COLUMNS
from yibao.policy.keys import PLACES
from yibao.policy.kinds import Scheme, VisitKind
from yibao.scenario.life import Life

_AWAY = 2
"""From this place on a filing, or none, decides."""


class Built(NamedTuple):
    """A row, and what its answer says beside the amounts."""

    row: Row
    entitled: bool
    before: list[Explanation]


def carry_rows(life: Life, family: str) -> list[Row]:
    """What people carry in: accumulators, diseases, balances."""
    rows: list[Row] = []
    for person in life.people.values():
        state = life.states[person.id]
        base: Row = {"person": person.id, "family": family, "area": person.enrolments[0].area}
        rows.append(
            {
                **base,
                "kind": CARRY,
                "scheme": Scheme.EMPLOYEE,
                "end_day": BEFORE_ALL,
                "balance_fen": life.balances[person.id],
                "used_maternity_fen": state.maternity_used,
            }
        )

        def rules_on(day: datetime.date, person: Person = person) -> DayRules:
            return day_rules(life.library, home_enrolment(person, day).area, day, day)

        rows += carried_rows(base, state, special_used(state, rules_on))
    return rows


def item_rows(visit: Visit) -> list[Row]:
    """The fee items of a visit."""
    return [
        {
            "visit": visit.id,
            **{column.name: getattr(item, name) for name, column in ITEM_FACT_COLUMNS.items()},
        }
        for item in visit.items
    ]


def visit_row(life: Life, visit: Visit, family: str) -> Built:
    """A visit with the facts of its person on the day that counts."""
    person = life.people[visit.person]
    institution = life.scenario.institutions[visit.institution]
    filings = life.filings_of(person.id)
    circumstances = circumstances_of(life.library, person, institution, visit, filings, visit.end)
    enrolment, day = circumstances.enrolment, circumstances.person_day
    filed, unfiled = (
        place_of(enrolment.area, institution, filings, day, emergency=emergency)
        for emergency in (False, True)
    )
    row: Row = {
        **fact_columns(enrolment, institution, visit),
        "visit": visit.id,
        "person": person.id,
        "family": family,
        "kind": visit.kind,
        "start_day": visit.start,
        "end_day": visit.end,
        "area": enrolment.area,
        "scheme": enrolment.scheme,
        "status": enrolment.status,
        "birth_day": person.birth,
        "sex": person.sex,
        "groups": " ".join(groups_on(person, day)) or None,
        "entitled": circumstances.cover.entitled,
        "institution": institution.id,
        "institution_kind": institution.kind,
        "institution_area": institution.area,
        "filing_kind": PLACES[filed] if filed == unfiled and filed >= _AWAY else None,
        "disease_from_day": admitted_on(visit, filings),
        "timely_years": _timely_years(person, visit),
    }
    if visit.kind == VisitKind.MATERNITY:
        row["qualifying_months"] = months_paid_before(person, day)
    row |= payment_columns(life.library, person, life.people, life.grants, visit)
    return Built(row, circumstances.cover.entitled, list(circumstances.explanations))


def _timely_years(person: Person, visit: Visit) -> str | None:
    """The resident years paid in time, as known on the last day of the visit."""
    if home_enrolment(person, visit.start).scheme != Scheme.RESIDENT:
        return None
    years = [
        year
        for year in range(person.enrolments[0].start.year, visit.end.year + 1)
        if resident_year_paid(person, year, visit.end)
    ]
    return " ".join(map(str, years)) or None
