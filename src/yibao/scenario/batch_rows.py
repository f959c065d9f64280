"""A scenario's visits as rows of columns: every fact resolved to what a row needs to know."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from yibao.benefit.coverage import cover_on, months_paid_before, paid_in_time
from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.facts import Person, Visit
from yibao.benefit.people import groups_on, home_enrolment
from yibao.benefit.rules import DayRules, day_rules
from yibao.benefit.visits import DUAL_CHANNEL, place_of, price_class, split_items
from yibao.columns.life import (
    BEFORE_ALL,
    Row,
    carried_rows,
    payment_columns,
    rules_of_visit,
    special_used,
)
from yibao.columns.schema import CARRY
from yibao.policy import parameters as p
from yibao.policy.keys import PLACES, SCHEMES
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
                "scheme": "employee",
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
            "item_class": item.item_class,
            "amount_fen": item.amount,
            "upfront_basis_points": item.upfront,
            "limit_fen": item.limit,
            "item_kind": item.kind,
        }
        for item in visit.items
    ]


def visit_row(life: Life, visit: Visit, family: str) -> Built:
    """A visit with the facts of its person on the day that counts."""
    library = life.library
    person = life.people[visit.person]
    institution = life.scenario.institutions[visit.institution]
    filings = life.filings_of(person.id)
    day = rules_of_visit(library, person, visit)[1]
    enrolment = home_enrolment(person, day)
    cover = cover_on(library, person, day)
    filed, unfiled = (
        place_of(enrolment.area, institution, filings, day, emergency=emergency)
        for emergency in (False, True)
    )
    dual = visit.dual_channel and institution.dual_channel
    admitted = [
        filing.start
        for filing in filings
        if filing.kind == "chronic"
        and filing.disease == visit.disease
        and filing.holds_on(visit.start)
    ]
    row: Row = {
        "visit": visit.id,
        "person": person.id,
        "family": family,
        "kind": visit.kind,
        "start_day": visit.start,
        "end_day": visit.end,
        "area": enrolment.area,
        "scheme": enrolment.scheme,
        "status": enrolment.status,
        "contribution_class": enrolment.contribution_class,
        "birth_day": person.birth,
        "sex": person.sex,
        "groups": " ".join(groups_on(person, day)) or None,
        "entitled": cover.entitled,
        "institution_kind": institution.kind,
        "institution_area": institution.area,
        "price_class": institution.price_class,
        "grade": institution.grade,
        "county": institution.county,
        "filing_kind": PLACES[filed] if filed == unfiled and filed >= _AWAY else None,
        "emergency": visit.emergency,
        "channel": visit.channel,
        "disease": None if dual else visit.disease,
        "disease_from_day": min(admitted, default=None),
        "prescription": visit.prescription,
        "family_doctor": visit.family_doctor,
        "dual_channel": dual,
        "timely_years": _timely_years(life, person, visit),
    }
    if visit.kind == "maternity":
        row["qualifying_months"] = months_paid_before(person, day)
        row["delivery"] = visit.delivery
        row["fetuses"] = visit.fetuses
        row["gestation_months"] = visit.gestation_months
    row |= payment_columns(library, person, life.people, life.grants, visit)

    class_trace: TraceEntries = []
    class_rules = day_rules(library, enrolment.area, day, visit.end)
    if dual or visit.kind != "pharmacy" or visit.prescription:
        price_class(class_rules, institution, class_trace)
    return Built(row, cover.entitled, [cover.explanation, explain(class_rules, class_trace)])


def _timely_years(life: Life, person: Person, visit: Visit) -> str | None:
    """The resident years paid in time, as known on the last day of the visit."""
    if home_enrolment(person, visit.start).scheme != "resident":
        return None
    years = [
        year
        for year in range(person.enrolments[0].start.year, visit.end.year + 1)
        if paid_in_time(person, year, visit.end)
        and any(
            held.scheme == "resident"
            and held.start.year <= year
            and (held.end is None or held.end.year >= year)
            for held in person.enrolments
        )
    ]
    return " ".join(map(str, years)) or None


def item_explanation(life: Life, visit: Visit, row: Row) -> Explanation:
    """The steps of the fee items, as the other roads show them."""
    rules = rules_of_visit(life.library, life.people[visit.person], visit)[0]
    scheme = SCHEMES.index(row["scheme"])
    setting = int(visit.kind == "inpatient")
    name = DUAL_CHANNEL if row["dual_channel"] else visit.disease or ""
    if (visit.kind == "chronic" or row["dual_channel"]) and name in rules.rulebook.diseases:
        position = rules.rulebook.diseases[name]
        setting = rules.at(p.DISEASE_SETTING, scheme, position)
    institution = life.scenario.institutions[visit.institution]
    return split_items(life.library, visit, institution, rules, scheme, setting, visit.end)[1]
