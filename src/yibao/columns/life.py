"""From a life of people and visits to rows of columns: what a scenario and a store share."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from yibao.benefit.accounts import OWN, HeldGrant
from yibao.benefit.coverage import cover_on
from yibao.benefit.facts import Person, Visit
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import DayRules, day_rules
from yibao.benefit.state import PersonState
from yibao.columns.schema import CARRY
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import SCHEMES

Row = dict[str, Any]

BEFORE_ALL = datetime.date(2000, 1, 1)
"""A day for rows that carry in what belongs to no year."""
_LAST_YEAR = 9_999
"""A greater period is a month, yyyymm."""
_YEAR_ENDS = (12, 31)


def rules_of_visit(
    library: PolicyLibrary, person: Person, visit: Visit
) -> tuple[DayRules, datetime.date]:
    """The rules of a visit, and the day on which its person's facts count."""
    area = home_enrolment(person, visit.start).area
    rules = day_rules(library, area, visit.end, visit.end)
    if rules.need(p.STAY_YEAR) == 1:
        rules = day_rules(library, area, visit.start, visit.end)
    return rules, visit.start if rules.need(p.STAY_PERSON) == 0 else visit.end


def carried_rows(
    base: Row, state: PersonState, special: Mapping[tuple[str, int], int]
) -> list[Row]:
    """What a person has used by year and by disease, as rows that carry it in.

    ``special``: of a scheme and year, what was carried in by name for diseases that share
    the inpatient ceiling.
    """
    rows: list[Row] = []
    for scheme, year in sorted({*state.accumulators, *state.admissions}):
        used = state.year(scheme, year)._asdict()
        used["special_pooled"] = max(used["special_pooled"], special.get((scheme, year), 0))
        row = {
            **base,
            "kind": CARRY,
            "scheme": scheme,
            "end_day": datetime.date(year, *_YEAR_ENDS),
            **{f"used_{name}_fen": amount for name, amount in used.items()},
            "used_admissions": state.admissions.get((scheme, year), 0),
        }
        if scheme == "resident":
            row["used_fund_fen"] = state.claims.get(year, 0)
        rows.append(row)
    for (scheme, disease, period), paid in state.diseases.items():
        by_month = period > _LAST_YEAR
        year, month, last = (*divmod(period, 100), 28) if by_month else (period, *_YEAR_ENDS)
        rows.append(
            {
                **base,
                "kind": CARRY,
                "scheme": scheme,
                "end_day": datetime.date(year, month, last),
                "disease": disease,
                "disease_period": "month" if by_month else "year",
                "used_disease_fen": paid,
            }
        )
    return rows


def special_used(
    state: PersonState, rules_on: Callable[[datetime.date], DayRules]
) -> dict[tuple[str, int], int]:
    """By scheme and year what ``state`` holds by name of diseases under the inpatient ceiling.

    ``rules_on`` gives the rules of the person's area on a day.
    """
    found: dict[tuple[str, int], int] = {}
    for (scheme, name, period), paid in state.diseases.items():
        if period > _LAST_YEAR:
            continue
        rules = rules_on(datetime.date(period, *_YEAR_ENDS))
        position = rules.rulebook.diseases.get(name)
        of_scheme = SCHEMES.index(scheme)
        if position is None:
            continue
        if rules.at(p.DISEASE_TERM, of_scheme, position) == p.TERMS_INPATIENT:
            found[scheme, period] = found.get((scheme, period), 0) + paid
    return found


def payment_columns(
    library: PolicyLibrary,
    person: Person,
    people: Mapping[str, Person],
    grants: Sequence[HeldGrant],
    visit: Visit,
) -> Row:
    """Which accounts may pay, with what decides about a relative's."""
    day = visit.end
    relatives = [name for name in visit.draw if name != OWN]
    home = person.enrolment_on(day) or person.enrolments[-1]
    row: Row = {"draw_own": OWN in visit.draw, "account_area": home.area}
    if not relatives:
        return row
    grantor = people[relatives[0]]
    between = [
        held
        for held in grants
        if (held.grant.grantor, held.grant.grantee) == (grantor.id, person.id)
    ]
    holding = [held for held in between if held.holds_on(day)]
    chosen = next(iter(holding or between), None)
    enrolment = grantor.enrolment_on(day)
    row |= {
        "draw_relative": grantor.id,
        "grantor_area": (enrolment or grantor.enrolments[-1]).area,
        "relation": chosen.grant.relation if chosen is not None else None,
        "grant_in_force": bool(holding),
        "grant_limit_fen": chosen.grant.limit if holding and chosen is not None else None,
        "grantee_in_order": cover_on(library, person, day).entitled,
        "grantor_in_order": (
            enrolment is not None
            and enrolment.scheme == "employee"
            and cover_on(library, grantor, day).entitled
        ),
    }
    return row
