"""One visit, from plain facts to a settlement with its explanation (M22-M27, M30, M33).

The benefit functions do the arithmetic; this module finds the rules, the day that
counts for each question, the price class, the place and the accumulators, and
asserts the identities.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from yibao.benefit.coverage import Cover, cover_on, months_paid_before
from yibao.benefit.explain import Explanation, TraceEntries, explain, merge
from yibao.benefit.facts import Enrolment, Filing, Institution, Person, Visit
from yibao.benefit.functions.settlement import settle
from yibao.benefit.people import (
    CLASSES,
    age_on,
    group_mask,
    home_enrolment,
    member_position,
    scheme_position,
)
from yibao.benefit.rules import DayRules, day_rules
from yibao.benefit.state import DiseaseKey, PersonState, YearKey
from yibao.benefit.steps import OPTION
from yibao.benefit.terms import Accumulators, FeeItem, Settlement, VisitFacts
from yibao.benefit.visits import (
    DUAL_CHANNEL,
    disease_position,
    item_parts,
    keeps_former_terms,
    place_of,
    price_class,
    split_items,
)
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import (
    DELIVERIES,
    KIND_CHRONIC,
    KIND_INPATIENT,
    KIND_MATERNITY,
    KIND_PHARMACY,
    PLACE_EMERGENCY,
    PLACE_HOME,
    VISIT_KINDS,
)


@dataclass(frozen=True, slots=True)
class Adjudication:
    """A settled visit: amounts, accumulators in and out, and why."""

    settlement: Settlement
    cover: Cover
    enrolment: Enrolment
    rules: DayRules
    facts: VisitFacts
    """The whole input of the benefit function, for replay."""
    before: Accumulators
    after: Accumulators
    year_key: YearKey
    admission_key: YearKey | None
    disease_key: DiseaseKey | None
    explanation: Explanation

    def apply(self, state: PersonState) -> None:
        """Write what this visit used into the state that it was settled on."""
        done = self.settlement
        scheme, year = self.year_key
        if not self.facts.entitled:
            return
        state.accumulators[self.year_key] = self.after
        if self.admission_key is not None:
            state.admissions[self.admission_key] = state.admissions.get(self.admission_key, 0) + 1
        if self.disease_key is not None:
            state.diseases[self.disease_key] = (
                state.diseases.get(self.disease_key, 0) + done.disease_paid
            )
        if self.facts.kind == KIND_MATERNITY:
            state.maternity_used += done.maternity_paid
            if self.facts.delivery >= 0:
                state.maternity_used = 0
        if scheme == "resident":
            state.claims[year] = state.claims.get(year, 0) + done.fund


def check_identities(done: Settlement) -> None:
    """The identities that hold for every visit, always."""
    fund = done.pooled + done.upper + done.assistance + done.other_fund
    eligible = done.total - done.out_of_catalogue - done.over_limit - done.upfront
    if (
        done.total != done.fund + done.own
        or done.fund != fund
        or done.eligible != eligible
        or min(done) < 0
    ):
        raise AssertionError(f"settlement identities broken: {done}")


@dataclass(frozen=True, slots=True)
class _Disease:
    """The disease of a visit with what its ceiling has seen."""

    position: int
    former: int
    used: int
    key: DiseaseKey | None


def _disease(
    rules: DayRules,
    visit: Visit,
    kind: int,
    name: str | None,
    scheme: str,
    scheme_position: int,
    filings: Sequence[Filing],
    state: PersonState,
) -> _Disease:
    if name is None:
        return _Disease(-1, 0, 0, None)
    position = disease_position(rules, visit, name)
    if kind != KIND_CHRONIC:
        return _Disease(position, 0, 0, None)
    former = keeps_former_terms(rules, scheme_position, visit, filings)
    cell = rules.cell(p.FORMER_TERM if former else p.DISEASE_TERM, scheme_position, position)
    period = rules.day.year
    if rules.rules[cell] == p.TERMS_MONTH:
        period = visit.end.year * 100 + visit.end.month
    key = (scheme, name, period)
    return _Disease(position, former, state.diseases.get(key, 0), key)


def _with_special(
    rules: DayRules, scheme: int, year_key: YearKey, state: PersonState
) -> Accumulators:
    """The year's accumulators, special diseases that were carried in by name included.

    Who carries amounts in cannot say which diseases share the inpatient ceiling; the
    rules can.
    """
    before = state.year(*year_key)
    by_name = sum(
        paid
        for (held_scheme, name, period), paid in state.diseases.items()
        if (held_scheme, period) == year_key
        and (position := rules.rulebook.diseases.get(name)) is not None
        and rules.at(p.DISEASE_TERM, scheme, position) == p.TERMS_INPATIENT
    )
    return before._replace(special_pooled=max(before.special_pooled, by_name))


def _catalogue_setting(rules: DayRules, kind: int, scheme: int, disease: int) -> int:
    """Whose class B shares count: those of outpatients (0) or of inpatients (1)."""
    if kind == KIND_CHRONIC:
        return rules.at(p.DISEASE_SETTING, scheme, disease)
    return int(kind == KIND_INPATIENT)


def parts_of_items(
    library: PolicyLibrary, made: Adjudication, visit: Visit, institution: Institution
) -> list[FeeItem]:
    """What each item of a visit that was adjudicated comes to, before any layer pays."""
    rules, facts = made.rules, made.facts
    scheme = scheme_position(made.enrolment)
    setting = _catalogue_setting(rules, facts.kind, scheme, facts.disease)
    return item_parts(library, visit, institution, rules, scheme, setting, visit.end)


def adjudicate(
    library: PolicyLibrary,
    person: Person,
    institution: Institution,
    visit: Visit,
    filings: Sequence[Filing],
    state: PersonState,
    *,
    ceiling_bonus: int = 0,
    known_on: datetime.date | None = None,
) -> Adjudication:
    """Settle one visit on a person's state; nothing is written.

    ``filings`` are the person's own.  ``known_on`` is the day whose knowledge counts,
    the last day of the visit if left out.  ``RefusedError`` where a figure that is
    needed has no source; ``InputError`` for a group or disease that no pack names.
    """
    known = known_on or visit.end
    area = home_enrolment(person, visit.start).area
    rules = day_rules(library, area, visit.end, known)
    if rules.need(p.STAY_YEAR) == 1:
        rules = day_rules(library, area, visit.start, known)
    person_day = visit.start if rules.need(p.STAY_PERSON) == 0 else visit.end
    enrolment = home_enrolment(person, person_day)
    cover = cover_on(library, person, person_day)
    kind = VISIT_KINDS.index(visit.kind)
    disease_name = visit.disease
    if visit.dual_channel and institution.dual_channel:
        kind, disease_name = KIND_CHRONIC, DUAL_CHANNEL
    scheme = scheme_position(enrolment)
    year_key = (enrolment.scheme, rules.day.year)

    class_rules = day_rules(library, enrolment.area, person_day, known)
    class_trace: TraceEntries = []
    tier = 0
    if kind != KIND_PHARMACY or visit.prescription:
        tier = price_class(class_rules, institution, class_trace)
    disease = _disease(rules, visit, kind, disease_name, enrolment.scheme, scheme, filings, state)
    setting = _catalogue_setting(rules, kind, scheme, disease.position)
    amounts, item_steps = split_items(library, visit, institution, rules, scheme, setting, known)
    trace: TraceEntries = []
    admission_key: YearKey | None = None
    nth = 0
    if kind == KIND_INPATIENT:
        admission_key = (enrolment.scheme, visit.start.year)
        nth = state.admissions.get(admission_key, 0) + 1
        trace.append((OPTION, p.STAY_YEAR, 0))
        trace.append((OPTION, p.STAY_PERSON, 0))
    place = place_of(enrolment.area, institution, filings, person_day, emergency=visit.emergency)
    member = member_position(enrolment)
    if (
        place == PLACE_HOME
        and visit.emergency
        and kind == KIND_INPATIENT
        and rules.at(p.HOME_EMERGENCY, member) == 1
    ):
        place = PLACE_EMERGENCY
    total, out_of_catalogue, over_limit, upfront = amounts
    facts = VisitFacts(
        kind=kind,
        member=member,
        tier=tier,
        age=int(age_on(person.birth, person_day) >= rules.rules[p.AGE_LINE]),
        place=place,
        groups=group_mask(rules, person, person_day),
        nth=nth,
        disease=disease.position,
        former=disease.former,
        entitled=int(cover.entitled),
        prescription=int(visit.prescription),
        family_doctor=int(visit.family_doctor),
        delivery=-1 if visit.delivery is None else DELIVERIES.index(visit.delivery),
        fetuses=visit.fetuses,
        gestation_months=visit.gestation_months or 0,
        qualifying_months=(months_paid_before(person, person_day) if kind == KIND_MATERNITY else 0),
        contribution_class=CLASSES.index(enrolment.contribution_class),
        maternity_used=state.maternity_used,
        disease_used=disease.used,
        ceiling_bonus=ceiling_bonus if enrolment.scheme == "resident" else 0,
        total=total,
        out_of_catalogue=out_of_catalogue,
        over_limit=over_limit,
        upfront=upfront,
    )
    before = _with_special(rules, scheme, year_key, state)
    done, after = settle(rules.rules, facts, before, trace)
    if done.status < 0:
        raise rules.refusal(done.status)
    check_identities(done)
    return Adjudication(
        settlement=done,
        cover=cover,
        enrolment=enrolment,
        rules=rules,
        facts=facts,
        before=before,
        after=after,
        year_key=year_key,
        admission_key=admission_key,
        disease_key=disease.key,
        explanation=merge(
            [
                cover.explanation,
                explain(class_rules, class_trace),
                item_steps,
                explain(rules, trace),
            ]
        ),
    )
