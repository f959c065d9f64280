"""A visit settled and paid: adjudication, then the accounts (what every road does per visit)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.benefit.accounts import HeldGrant, Payment, pay
from yibao.benefit.adjudication import Adjudication, adjudicate
from yibao.benefit.facts import Filing, Institution, Person, Visit
from yibao.benefit.functions.visit_facts import counted_kind, raises_ceiling
from yibao.benefit.incentives import major_illness_ceiling
from yibao.benefit.people import home_enrolment, scheme_position
from yibao.benefit.rules import day_rules
from yibao.benefit.state import PersonState
from yibao.benefit.visits import takes_dual_channel
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import RESIDENT, VISIT_KINDS


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled visit with the way its own part was paid."""

    visit: Visit
    adjudication: Adjudication
    payment: Payment


def ceiling_bonus(
    library: PolicyLibrary,
    person: Person,
    institution: Institution,
    visit: Visit,
    state: PersonState,
    day: datetime.date,
) -> int:
    """What incentives add to the major-illness ceiling of a visit (residents only)."""
    enrolment = home_enrolment(person, visit.start)
    scheme = scheme_position(enrolment)
    if scheme != RESIDENT:
        return 0
    kind = VISIT_KINDS.index(visit.kind)
    counted = counted_kind(kind, int(takes_dual_channel(visit, institution)))
    rules = day_rules(library, enrolment.area, day, day)
    if raises_ceiling(rules.rules, scheme, kind, counted) == 0:
        return 0
    return major_illness_ceiling(library, person, enrolment.area, state, day).bonus


def adjudicate_visit(
    library: PolicyLibrary,
    person: Person,
    institution: Institution,
    visit: Visit,
    filings: Sequence[Filing],
    state: PersonState,
) -> Adjudication:
    """What a visit comes to on a state, incentives included; nobody has paid yet."""
    return adjudicate(
        library,
        person,
        institution,
        visit,
        filings,
        state,
        ceiling_bonus=ceiling_bonus(library, person, institution, visit, state, visit.end),
    )


def settle_visit(
    library: PolicyLibrary,
    person: Person,
    institution: Institution,
    visit: Visit,
    filings: Sequence[Filing],
    state: PersonState,
    balances: dict[str, int],
    people: Mapping[str, Person],
    grants: Sequence[HeldGrant],
) -> Settled:
    """Settle a visit on a state and pay its own part from balances; nothing is written.

    ``people`` holds the person and every relative that the visit's ``draw`` names.
    """
    adjudication = adjudicate_visit(library, person, institution, visit, filings, state)
    settlement = adjudication.settlement
    payment = pay(
        library,
        person,
        settlement.own,
        settlement.out_of_catalogue,
        visit.draw,
        balances,
        dict(people),
        grants,
        visit.end,
    )
    return Settled(visit, adjudication, payment)
