"""From a life of people and visits to rows of columns: what a scenario and a store share."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from yibao.benefit.accounts import OWN, HeldGrant, account_home, aid_facts
from yibao.benefit.adjudication import special_paid
from yibao.benefit.described import plain_facts
from yibao.benefit.facts import Enrolment, Institution, Person, Visit
from yibao.benefit.rules import DayRules
from yibao.benefit.state import ORDINARY_OUTPATIENT, PersonState, YearKey
from yibao.benefit.visits import takes_dual_channel
from yibao.columns.schema import CARRY, OF_INSTITUTION
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date
from yibao.policy.kinds import Scheme

Row = dict[str, Any]

BEFORE_ALL = datetime.date(2000, 1, 1)
"""A day for rows that carry in what belongs to no year."""
_LAST_YEAR = 9_999
"""A greater period is a month, yyyymm."""
_YEAR_ENDS = (12, 31)


def fact_columns(enrolment: Enrolment, institution: Institution, visit: Visit) -> Row:
    """The facts of a visit that are columns as they are."""
    row: Row = {fact.name: getattr(enrolment, fact.name) for fact in plain_facts(Enrolment)}
    row |= {name: getattr(institution, name) for name in OF_INSTITUTION}
    known = {"kind": visit.kind}
    row |= {
        fact.name: getattr(visit, fact.name) for fact in plain_facts(Visit) if fact.applies(known)
    }
    if takes_dual_channel(visit, institution):
        return row | {"disease": None}
    return row | {"dual_channel": False}


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
        if scheme == Scheme.RESIDENT:
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
                "disease": None if disease == ORDINARY_OUTPATIENT else disease,
                "disease_period": "month" if by_month else "year",
                "used_disease_fen": paid,
            }
        )
    rows += [
        {
            **base,
            "kind": CARRY,
            "scheme": scheme,
            "end_day": to_date(used_days.start),
            "period_care": care,
            "institution": institution or None,
            "used_period_deductible_fen": used_days.deductible,
            "used_period_eligible_fen": used_days.eligible,
        }
        for (scheme, care, institution), used_days in state.periods.items()
    ]
    return rows


def special_used(
    state: PersonState, rules_on: Callable[[datetime.date], DayRules]
) -> dict[YearKey, int]:
    """By scheme and year what ``state`` holds by name of diseases under the inpatient ceiling.

    ``rules_on`` gives the rules of the person's area on a day.
    """
    years = {(scheme, period) for scheme, _, period in state.diseases if period <= _LAST_YEAR}
    return {
        (scheme, year): special_paid(
            rules_on(datetime.date(year, *_YEAR_ENDS)), state, (scheme, year)
        )
        for scheme, year in years
    }


def payment_columns(
    library: PolicyLibrary,
    person: Person,
    people: Mapping[str, Person],
    grants: Sequence[HeldGrant],
    visit: Visit,
) -> Row:
    """Which accounts may pay, with what decides about a relative's."""
    relatives = [name for name in visit.draw if name != OWN]
    row: Row = {"draw_own": OWN in visit.draw, "account_area": account_home(person, visit.end)}
    if not relatives:
        return row
    facts = aid_facts(library, people[relatives[0]], person, grants, visit.end)
    grant = None if facts.grant is None else facts.grant.grant
    return row | {
        "draw_relative": relatives[0],
        "grantor_area": facts.home,
        "relation": grant.relation if grant is not None else None,
        "grant_in_force": facts.in_force,
        "grant_limit_fen": grant.limit if facts.in_force and grant is not None else None,
        "grantee_in_order": facts.grantee_in_order,
        "grantor_in_order": facts.grantor_in_order,
    }
