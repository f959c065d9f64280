"""One settlement of a store as a row of columns; nothing in it says whose it was."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from yibao.benefit.facts import Filing, Person, Visit
from yibao.benefit.functions.deductible_days import days_at_institution, days_of_deductible
from yibao.benefit.functions.visit_facts import age_position
from yibao.benefit.people import age_on, home_enrolment
from yibao.benefit.rules import DayRules, day_rules, lies_in, same_province
from yibao.benefit.state import NO_DAYS, PersonState
from yibao.benefit.terms import Accumulators, VisitFacts
from yibao.benefit.visits import rules_of_visit
from yibao.care.stored import StoredSettlement
from yibao.columns.life import (
    BEFORE_ALL,
    Row,
    carried_rows,
    fact_columns,
    payment_columns,
    special_used,
)
from yibao.columns.schema import CARRY, REVERSE
from yibao.errors import NotFoundError
from yibao.export.pseudonyms import Pseudonyms
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import KIND_MATERNITY, MEMBERS, PLACES
from yibao.policy.kinds import FilingKind, Scheme

OLDEST = 90
"""Nobody is older than this in an export: of the oldest there are few."""
_AWAY = 2
"""From this place on a filing, or none, decides."""
SETTLED = ("deductible", "pooled", "upper", "assistance", "other_fund", "fund", "own")
PAID = ("account", "mutual_aid", "cash")
SETTLED_COLUMNS = tuple(f"x_settled_{name}_fen" for name in (*SETTLED, *PAID))
"""What was settled, beside what it was settled from; a batch passes over ``x_`` columns."""


@dataclass(frozen=True, slots=True)
class SettledAgain:
    """A stored settlement with what the benefit function took, made again from its input."""

    stored: StoredSettlement
    facts: VisitFacts
    library: PolicyLibrary
    """The rulebooks that it pinned."""

    @property
    def person(self) -> Person:
        return self.stored.known.people[self.stored.visit.person]


def settled_again(stored: StoredSettlement, library: PolicyLibrary) -> SettledAgain:
    """Settle again; ``library`` holds the rulebooks that were pinned."""
    settled = stored.known.settle(library, stored.visit, stored.state)
    return SettledAgain(stored, settled.adjudication.facts, library)


def visit_row(settled: SettledAgain, names: Pseudonyms) -> Row:
    """What the rules need of a settled visit, and what was settled."""
    stored, facts, person = settled.stored, settled.facts, settled.person
    visit, institution = stored.visit, stored.known.institution
    of_visit = rules_of_visit(settled.library, person, visit, visit.end)
    rules, day = of_visit.rules, of_visit.person_day
    home, scheme = stored.terms.area, stored.terms.scheme
    away = not lies_in(institution.area, home) and not same_province(institution.area, home)
    groups = [
        name for name, group_bit in rules.rulebook.groups.items() if facts.groups >> group_bit & 1
    ]
    employee = scheme == Scheme.EMPLOYEE
    row: Row = {
        **fact_columns(home_enrolment(person, day), institution, visit),
        "visit": visit_name(stored, names),
        "rulebook": rules.rulebook.hash,
        "kind": visit.kind,
        "start_day": visit.start,
        "end_day": visit.end,
        "area": home,
        "scheme": scheme,
        "status": MEMBERS[facts.member] if employee else None,
        "birth_day": coarse_birth(person.birth, day, rules, facts.age),
        "groups": " ".join(groups) or None,
        "entitled": bool(facts.entitled),
        "institution_kind": institution.kind,
        "institution_area": institution.area,
        "filing_kind": PLACES[facts.place] if away and facts.place >= _AWAY else None,
        "disease_from_day": _admitted(stored.known.filings, visit) if facts.former else None,
        "ceiling_bonus_fen": facts.ceiling_bonus,
        "total_fen": facts.total,
        "out_of_catalogue_fen": facts.out_of_catalogue,
        "over_limit_fen": facts.over_limit,
        "upfront_fen": facts.upfront,
        "essential_drug_fen": facts.essential_drugs,
        "chinese_medicine_fen": facts.chinese_medicine,
    }
    if days_of_deductible(rules.rules, facts.kind, facts.member) and days_at_institution(
        rules.rules, facts.kind, facts.member
    ):
        row["institution"] = names.of("institution", institution.id)
    if facts.kind == KIND_MATERNITY:
        row["qualifying_months"] = facts.qualifying_months
    row |= _payment(settled, names)
    return row | settled_columns(stored)


def reversal_row(stored: StoredSettlement, names: Pseudonyms) -> Row:
    """The reversal of a settlement."""
    return {
        "kind": REVERSE,
        "reverses": visit_name(stored, names),
        "rulebook": stored.terms.rulebook,
        "area": stored.terms.area,
        "scheme": stored.terms.scheme,
        "end_day": stored["end"],
        **settled_columns(stored),
    }


def visit_name(stored: StoredSettlement, names: Pseudonyms) -> str:
    """The pseudonym of a visit's round: a corrected visit is settled again as another."""
    return names.of("visit", stored["person_id"], stored["visit_id"], abs(stored["round"]))


def settled_columns(stored: StoredSettlement) -> Row:
    """The amounts that the store holds for a settlement or a reversal."""
    amounts = [getattr(stored.amounts, name) for name in SETTLED]
    amounts += [stored[name] for name in PAID]
    return dict(zip(SETTLED_COLUMNS, amounts, strict=True))


def coarse_birth(
    birth: datetime.date, day: datetime.date, rules: DayRules, of_age: int
) -> datetime.date:
    """The first or the last day of the year of birth: on the same side of the age line."""
    year = max(birth.year, day.year - OLDEST)
    first = datetime.date(year, 1, 1)
    if age_position(rules.rules, age_on(first, day)) == of_age:
        return first
    return datetime.date(year, 12, 31)


def _admitted(filings: Sequence[Filing], visit: Visit) -> datetime.date:
    """The year in which a person was admitted to the list of a disease, as its first day."""
    first = min(
        filing.start
        for filing in filings
        if filing.kind == FilingKind.CHRONIC and filing.disease == visit.disease
    )
    return datetime.date(first.year, 1, 1)


def _payment(settled: SettledAgain, names: Pseudonyms) -> Row:
    """The accounts that might pay, with what was on them."""
    visit, balances = settled.stored.visit, settled.stored.known.balances
    if not visit.draw:
        return {"draw_own": False}
    row = payment_columns(
        settled.library,
        settled.person,
        settled.stored.known.people,
        settled.stored.known.grants,
        visit,
    )
    row["account_rulebook"] = _rulebook_of_account(settled.library, row, visit.end)
    row["balance_fen"] = balances.get(visit.person, 0)
    if "draw_relative" in row:
        row["grantor_balance_fen"] = balances.get(row["draw_relative"], 0)
        row["draw_relative"] = names.of("person", row["draw_relative"])
    return row


def _rulebook_of_account(library: PolicyLibrary, payment: Row, day: datetime.date) -> str | None:
    """The rulebook by which an account paid; None where the settlement asked for none."""
    area = library.covering(payment.get("grantor_area") or payment["account_area"])
    if area is None:
        return None
    try:
        return library.rulebook(area.code, day).hash
    except NotFoundError:
        return None


def state_rows(settled: SettledAgain, state: PersonState, names: Pseudonyms) -> list[Row]:
    """What the person had used, as rows that carry it in."""
    area = settled.stored.terms.area
    rulebook = day_rules(
        settled.library, area, settled.stored.visit.end, settled.stored.visit.end
    ).rulebook

    def rules_on(day: datetime.date) -> DayRules:
        return DayRules(rulebook, rulebook.segment(day_number(day)), day)

    base: Row = {"area": area, "rulebook": rulebook.hash}
    of_person: Row = {
        "kind": CARRY,
        **base,
        "scheme": settled.stored.terms.scheme,
        "end_day": BEFORE_ALL,
        "used_maternity_fen": state.maternity_used,
    }
    rows = [of_person, *carried_rows(base, state, special_used(state, rules_on))]
    for row in rows:
        if row.get("institution") is not None:
            row["institution"] = names.of("institution", row["institution"])
    return rows


def person_rows(
    settlements: Sequence[StoredSettlement],
    settle_again: Callable[[StoredSettlement], SettledAgain],
    names: Pseudonyms,
) -> Iterator[tuple[StoredSettlement, Row]]:
    """A person's settlements and reversals in order as rows, each with what it came of.

    Accumulators follow from the rows themselves.  Carried in are those from before the
    store, and all of them where the past was rewritten: a correction is settled on what
    had been used before the settlement that it corrects.
    """
    rewritten = any(
        stored["round"] > 0 and stored["position"] != stored["sequence"] for stored in settlements
    )
    everything = _all_keys(settlements) if rewritten else PersonState()
    first = True
    for stored in settlements:
        if stored["reversal_of"] is not None:
            yield stored, reversal_row(stored, names)
            continue
        settled = settle_again(stored)
        state = stored.state.copy()
        if rewritten:
            state.accumulators = everything.accumulators | state.accumulators
            state.admissions = everything.admissions | state.admissions
            state.diseases = everything.diseases | state.diseases
            state.periods = everything.periods | state.periods
        if rewritten or (first and state != PersonState()):
            for row in state_rows(settled, state, names):
                yield stored, row
        first = False
        yield stored, visit_row(settled, names)


def _all_keys(settlements: Sequence[StoredSettlement]) -> PersonState:
    """Nothing used, under every key that the settlements of a person may read."""
    keyed_state = PersonState()
    for stored in settlements:
        state, scheme = stored.state.copy(), stored.terms.scheme
        keys = {*state.accumulators, *state.admissions}
        keys |= {(scheme, stored["start"].year), (scheme, stored["end"].year)}
        keyed_state.accumulators |= dict.fromkeys(keys, Accumulators())
        keyed_state.diseases |= dict.fromkeys(state.diseases, 0)
        keyed_state.periods |= dict.fromkeys(state.periods, NO_DAYS)
    return keyed_state
