"""What the rules ask of a visit whatever its person has used before (M22-M30).

Which rules hold, the day that counts for each question, the cover, the price class, the
place, the disease's terms and the fee items: gathered here, decided by the registered
functions.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from yibao.benefit.coverage import Cover, cover_on
from yibao.benefit.explain import Explanation, TraceEntries, explain
from yibao.benefit.facts import Enrolment, Filing, Institution, Person, Visit
from yibao.benefit.functions.deductible_days import days_at_institution, days_of_deductible
from yibao.benefit.functions.disease_terms import (
    catalogue_setting,
    ceiling_by_month,
    disease_period,
    keeps_former_terms,
)
from yibao.benefit.functions.left_behind import READS_DISEASE, state_read
from yibao.benefit.functions.period import counted_month
from yibao.benefit.functions.price_class import COMMUNITY_AWAY_STEP, class_at_place
from yibao.benefit.functions.visit_facts import (
    care_of_kind,
    counted_kind,
    needs_price_class,
    place_of_groups,
    place_of_stay,
)
from yibao.benefit.people import group_mask, home_enrolment, member_position, scheme_position
from yibao.benefit.rules import DayRules, benefit_year_of, day_rules
from yibao.benefit.state import ORDINARY_OUTPATIENT, DiseaseKey, PeriodKey
from yibao.benefit.terms import NO_DAY, FeeItem
from yibao.benefit.visits import (
    DUAL_CHANNEL,
    admitted_on,
    disease_position,
    place_of,
    price_class,
    rules_of_visit,
    split_items,
    takes_dual_channel,
)
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import CARE, VISIT_KINDS


@dataclass(frozen=True, slots=True)
class Disease:
    """The disease of a visit, and the terms that hold for it."""

    position: int = -1
    """-1: none."""
    former: int = 0
    """1: the person keeps the terms from before the list changed."""
    key: DiseaseKey | None = None
    """Under which its payments, or those for outpatients, are counted; None where none are."""


class DeductiblePeriod(NamedTuple):
    """The days in which a visit's deductible is borne once."""

    key: PeriodKey
    days: int
    day: int
    """Number of the visit's last day."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """A visit as the rules see it, apart from what its person has used."""

    rules: DayRules
    person_day: datetime.date
    """The day on which the facts of the person count."""
    enrolment: Enrolment
    cover: Cover
    kind: int
    """Whose terms hold: a dual-channel drug counts as a disease of its own."""
    disease: Disease
    setting: int
    """Whose class B shares count: outpatients' (0) or inpatients' (1)."""
    tier: int
    place: int
    groups: int
    """Bit mask of the person's groups on that day."""
    total: int
    out_of_catalogue: int
    over_limit: int
    upfront: int
    essential_drugs: int
    chinese_medicine: int
    parts: tuple[FeeItem, ...]
    """What each item comes to, before any layer pays."""
    period: DeductiblePeriod | None
    """None where the deductible is no matter of days."""
    explanations: tuple[Explanation, ...]
    """Why: of the cover, the price class and the items."""


def circumstances_of(
    library: PolicyLibrary,
    person: Person,
    institution: Institution,
    visit: Visit,
    filings: Sequence[Filing],
    known_on: datetime.date,
) -> Circumstances:
    """What holds for a visit; ``filings`` are the person's own.

    ``known_on`` is the day whose knowledge counts.  ``RefusedError`` where a figure that is
    needed has no source; ``InputError`` for a disease that no pack names.
    """
    of_visit = rules_of_visit(library, person, visit, known_on)
    rules, person_day = of_visit.rules, of_visit.person_day
    enrolment = home_enrolment(person, person_day)
    cover = cover_on(library, person, person_day)
    dual_channel = takes_dual_channel(visit, institution)
    kind = counted_kind(VISIT_KINDS.index(visit.kind), int(dual_channel))
    scheme = scheme_position(enrolment)
    class_rules = day_rules(library, enrolment.area, person_day, known_on)
    class_trace: TraceEntries = []
    tier = 0
    if needs_price_class(kind, int(visit.prescription)):
        tier = price_class(class_rules, institution, visit.prescriber_tier, class_trace)
    disease_name = DUAL_CHANNEL if dual_channel else visit.disease
    disease = _disease_of(rules, visit, kind, disease_name, enrolment, filings)
    setting = catalogue_setting(rules.rules, kind, scheme, disease.position)
    amounts, parts, item_steps = split_items(
        library, visit, institution, rules, scheme, setting, known_on
    )
    groups = group_mask(rules, person, person_day)
    place = place_of_groups(
        rules.rules,
        groups,
        place_of(enrolment.area, institution, filings, person_day, emergency=visit.emergency),
    )
    total, out_of_catalogue, over_limit, upfront, essential_drugs, chinese_medicine = amounts
    tier_at_place = class_at_place(class_rules.rules, tier, place)
    if tier_at_place != tier:
        class_trace.append((*COMMUNITY_AWAY_STEP, tier_at_place))
    return Circumstances(
        rules=rules,
        person_day=person_day,
        enrolment=enrolment,
        cover=cover,
        kind=kind,
        disease=disease,
        setting=setting,
        tier=tier_at_place,
        place=place_of_stay(
            rules.rules, kind, member_position(enrolment), place, int(visit.emergency)
        ),
        groups=groups,
        total=total,
        out_of_catalogue=out_of_catalogue,
        over_limit=over_limit,
        upfront=upfront,
        essential_drugs=essential_drugs,
        chinese_medicine=chinese_medicine,
        parts=parts,
        period=_period_of(rules, visit, kind, enrolment, institution),
        explanations=(cover.explanation, explain(class_rules, class_trace), item_steps),
    )


def _period_of(
    rules: DayRules, visit: Visit, kind: int, enrolment: Enrolment, institution: Institution
) -> DeductiblePeriod | None:
    member = member_position(enrolment)
    days = days_of_deductible(rules.rules, kind, member)
    if days == 0:
        return None
    at_institution = days_at_institution(rules.rules, kind, member)
    key = (enrolment.scheme, CARE[care_of_kind(kind)], institution.id if at_institution else "")
    return DeductiblePeriod(key, days, day_number(visit.end))


def _disease_of(
    rules: DayRules,
    visit: Visit,
    kind: int,
    name: str | None,
    enrolment: Enrolment,
    filings: Sequence[Filing],
) -> Disease:
    last_month = visit.end.year * 100 + visit.end.month
    position = -1 if name is None else disease_position(rules, visit, name)
    if name is None or state_read(kind) != READS_DISEASE:
        month = counted_month(rules.rules, kind, member_position(enrolment), last_month)
        if month < 0:
            return Disease(position)
        return Disease(position, key=(enrolment.scheme, ORDINARY_OUTPATIENT, month))
    scheme = scheme_position(enrolment)
    admitted = admitted_on(visit, filings)
    former = keeps_former_terms(
        rules.rules,
        scheme,
        NO_DAY if admitted is None else day_number(admitted),
        day_number(visit.end),
    )
    by_month = ceiling_by_month(rules.rules, scheme, position, former)
    year = benefit_year_of(rules, scheme, rules.day)
    period = disease_period(by_month, year, last_month)
    return Disease(position, former, (enrolment.scheme, name, period))
