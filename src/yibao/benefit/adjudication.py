"""One visit, from plain facts to a settlement with its explanation (M22-M27, M30, M33).

The benefit functions do the arithmetic and decide; this module gathers what they ask, reads
and writes the state of the person, and asserts the identities.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from yibao.benefit.circumstances import DeductiblePeriod, circumstances_of
from yibao.benefit.coverage import Cover, months_paid_before
from yibao.benefit.explain import Explanation, TraceEntries, explain, merge
from yibao.benefit.facts import Enrolment, Filing, Institution, Person, Visit
from yibao.benefit.functions.deductible import deductible_times
from yibao.benefit.functions.deductible_days import days_begin, within_days
from yibao.benefit.functions.disease_terms import (
    keeps_former_terms,
    shares_inpatient_ceiling,
)
from yibao.benefit.functions.left_behind import (
    READS_ADMISSIONS,
    left_behind,
    nth_admission,
    state_read,
)
from yibao.benefit.functions.settlement import settle
from yibao.benefit.functions.stay import stay_steps
from yibao.benefit.functions.visit_facts import (
    age_position,
    care_of_kind,
    needs_qualifying_months,
)
from yibao.benefit.people import (
    CLASSES,
    age_on,
    member_position,
    scheme_position,
    visit_mask,
)
from yibao.benefit.rules import DayRules, benefit_year_of
from yibao.benefit.state import NO_DAYS, DeductibleDays, DiseaseKey, PersonState, YearKey
from yibao.benefit.terms import Accumulators, FeeItem, Settlement, VisitFacts
from yibao.benefit.visits import hospital_position
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import CARE, DELIVERIES, SCHEMES
from yibao.policy.kinds import Scheme


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
    parts: tuple[FeeItem, ...] = ()
    """What each item of the visit comes to, before any layer pays."""
    former_diseases: frozenset[str] = frozenset()
    """Those whose former terms the person keeps."""
    period: DeductiblePeriod | None = None
    """None where the deductible is no matter of days."""

    def apply(self, state: PersonState) -> None:
        """Add what this visit used to a state: the one that it was settled on, or another."""
        left = left_behind(self.facts, self.settlement)
        if left.counts == 0:
            return
        if state.year(*self.year_key) == self.before:
            state.accumulators[self.year_key] = self.after
        else:
            used = _accumulators(self.rules, self.year_key, state, self.former_diseases)
            state.accumulators[self.year_key] = Accumulators(
                *(
                    amount + after - before
                    for amount, after, before in zip(used, self.after, self.before, strict=True)
                )
            )
        if self.admission_key is not None:
            admissions = state.admissions.get(self.admission_key, 0)
            state.admissions[self.admission_key] = admissions + left.admissions
        if self.disease_key is not None:
            paid = state.diseases.get(self.disease_key, 0)
            state.diseases[self.disease_key] = paid + left.disease_paid
        if left.ends_pregnancy:
            state.maternity_used = 0
        elif left.maternity_paid:
            state.maternity_used += left.maternity_paid
        self._count_days(state)
        if left.claims >= 0:
            year = self.year_key[1]
            state.claims[year] = state.claims.get(year, 0) + left.claims

    def _count_days(self, state: PersonState) -> None:
        """What counts in the days in which the deductible is borne once."""
        place = CARE[care_of_kind(self.facts.kind)]
        name = f"{place}_eligible"
        eligible = getattr(self.after, name) - getattr(self.before, name)
        if self.period is None or eligible == 0:
            return
        key, days, day = self.period
        used = state.periods.get(key, NO_DAYS)
        start = days_begin(used.start, days, day)
        if start != used.start:
            used = DeductibleDays(start, 0, 0)
        if within_days(start, days, day):
            state.periods[key] = DeductibleDays(
                start, used.deductible + self.settlement.deductible, used.eligible + eligible
            )


def check_identities(settlement: Settlement) -> None:
    """The identities that hold for every visit, always."""
    fund = settlement.pooled + settlement.upper + settlement.assistance + settlement.other_fund
    eligible = (
        settlement.total - settlement.out_of_catalogue - settlement.over_limit - settlement.upfront
    )
    if (
        settlement.total != settlement.fund + settlement.own
        or settlement.fund != fund
        or settlement.eligible != eligible
        or min(settlement) < 0
    ):
        raise AssertionError(f"settlement identities broken: {settlement}")


def special_paid(
    rules: DayRules,
    state: PersonState,
    year_key: YearKey,
    former_diseases: frozenset[str] = frozenset(),
) -> int:
    """What a year's diseases under the inpatient ceiling were paid, as counted by name."""
    scheme, year = year_key
    return sum(
        paid
        for (of_scheme, name, period), paid in state.diseases.items()
        if (of_scheme, period) == (scheme, year)
        and (position := rules.rulebook.diseases.get(name)) is not None
        and shares_inpatient_ceiling(
            rules.rules, SCHEMES.index(scheme), position, int(name in former_diseases)
        )
    )


def _former_diseases(
    rules: DayRules, scheme: int, visit: Visit, filings: Sequence[Filing]
) -> frozenset[str]:
    """The diseases whose terms from before the list changed the person keeps."""
    last_day = day_number(visit.end)
    return frozenset(
        filing.disease
        for filing in filings
        if filing.disease is not None
        and filing.holds_on(visit.start)
        and keeps_former_terms(rules.rules, scheme, day_number(filing.start), last_day)
    )


def _accumulators(
    rules: DayRules, year_key: YearKey, state: PersonState, former_diseases: frozenset[str]
) -> Accumulators:
    """The year's accumulators, special diseases that were carried in by name included.

    Who carries amounts in cannot say which diseases share the inpatient ceiling; the
    rules can.
    """
    before = state.year(*year_key)
    by_name = special_paid(rules, state, year_key, former_diseases)
    return before._replace(special_pooled=max(before.special_pooled, by_name))


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
    circumstances = circumstances_of(library, person, institution, visit, filings, known)
    rules, person_day = circumstances.rules, circumstances.person_day
    enrolment, cover = circumstances.enrolment, circumstances.cover
    kind, disease = circumstances.kind, circumstances.disease
    scheme = scheme_position(enrolment)
    year_key = (enrolment.scheme, benefit_year_of(rules, scheme, rules.day))
    admission_key: YearKey | None = None
    if state_read(kind) == READS_ADMISSIONS:
        admission_key = (enrolment.scheme, benefit_year_of(rules, scheme, visit.start))
    months = months_paid_before(person, person_day) if needs_qualifying_months(kind) else 0
    period = circumstances.period
    days_used = NO_DAYS if period is None else state.periods.get(period.key, NO_DAYS)
    if period is not None and not within_days(days_used.start, period.days, period.day):
        days_used = NO_DAYS
    facts = VisitFacts(
        kind=kind,
        member=member_position(enrolment),
        tier=circumstances.tier,
        age=age_position(rules.rules, age_on(person.birth, person_day)),
        place=circumstances.place,
        groups=circumstances.groups | visit_mask(rules.rulebook, visit.referred),
        nth=nth_admission(kind, state.admissions.get(admission_key, 0) if admission_key else 0),
        disease=disease.position,
        former=disease.former,
        entitled=int(cover.entitled),
        prescription=int(visit.prescription),
        family_doctor=int(visit.family_doctor),
        delivery=-1 if visit.delivery is None else DELIVERIES.index(visit.delivery),
        fetuses=visit.fetuses,
        gestation_months=visit.gestation_months or 0,
        qualifying_months=months,
        contribution_class=CLASSES.index(enrolment.contribution_class),
        maternity_used=state.maternity_used,
        disease_used=state.diseases.get(disease.key, 0) if disease.key else 0,
        # What it is for this kind of visit, the caller has asked; employees have none.
        ceiling_bonus=ceiling_bonus if enrolment.scheme == Scheme.RESIDENT else 0,
        total=circumstances.total,
        out_of_catalogue=circumstances.out_of_catalogue,
        over_limit=circumstances.over_limit,
        upfront=circumstances.upfront,
        deductible_times=deductible_times(
            rules.rules,
            kind,
            member_position(enrolment),
            hospital_position(institution.kind),
            day_number(visit.start),
            day_number(visit.end),
        ),
        sent_on=int(visit.referred),
        without_stay=int(visit.without_stay),
        essential_drugs=circumstances.essential_drugs,
        chinese_medicine=circumstances.chinese_medicine,
        period_deductible=days_used.deductible,
        period_eligible=days_used.eligible,
    )
    trace: TraceEntries = []
    stay_steps(kind, trace)
    former_diseases = _former_diseases(rules, scheme, visit, filings)
    before = _accumulators(rules, year_key, state, former_diseases)
    settlement, after = settle(rules.rules, facts, before, trace)
    if settlement.status < 0:
        raise rules.refusal(settlement.status)
    check_identities(settlement)
    return Adjudication(
        settlement=settlement,
        cover=cover,
        enrolment=enrolment,
        rules=rules,
        facts=facts,
        before=before,
        after=after,
        year_key=year_key,
        admission_key=admission_key,
        disease_key=disease.key,
        explanation=merge([*circumstances.explanations, explain(rules, trace)]),
        parts=circumstances.parts,
        former_diseases=former_diseases,
        period=period,
    )
