"""年度累计: what a person has used in a benefit year, against each ceiling, with its source."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import select

from yibao.benefit.facts import Person
from yibao.benefit.functions.ceiling import pool_of, shared_used
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import DayRules, day_rules
from yibao.benefit.state import PersonState
from yibao.benefit.terms import Accumulators
from yibao.database.unit import Unit
from yibao.errors import NotFoundError, YibaoError
from yibao.insured.stored.profile import person_of, state_of
from yibao.insured.tables import person
from yibao.messages import Wording, message, message_in
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date
from yibao.policy.keys import CARE, MEMBERS
from yibao.policy.kinds import Care, Member, Scheme, Status

_LABELS = {
    Care.OUTPATIENT: message("门诊基金支付"),
    Care.INPATIENT: message("住院基金支付"),
    Care.CHRONIC: message("门诊慢特病基金支付"),
}


@dataclass(frozen=True, slots=True)
class AgainstCeiling:
    """One layer: used, its ceiling and what is left, in fen."""

    layer: str
    """``outpatient``, ``inpatient``, ``chronic``, ``upper`` or ``outpatient_deductible``."""
    label: Wording
    used: int
    ceiling: int | None
    """None: the rules set none, or no source gives it (then ``known`` is false)."""
    left: int | None
    known: bool
    parameter: str
    first_day: datetime.date | None
    sources: tuple[str, ...]
    grade: str


@dataclass(frozen=True, slots=True)
class SchemeYearUsed:
    """What was used in one benefit year of one scheme."""

    year: int
    scheme: str
    area: str
    admissions: int
    layers: tuple[AgainstCeiling, ...]
    amounts: dict[str, int]
    """Every accumulator by its name, fen."""


def held_state(unit: Unit, person_id: str) -> tuple[Person, PersonState]:
    """A person's facts and accumulators as committed; ``NotFoundError``."""
    row = unit.run(
        select(person.c.sex, person.c.birth, person.c.profile, person.c.state).where(
            person.c.person_id == person_id
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(message("没有登记的参保人 {person_id}", person_id=person_id))
    return person_of(person_id, row.sex, row.birth, row.profile), state_of(row.state)


def years_used(
    library: PolicyLibrary, facts: Person, state: PersonState, year: int, today: datetime.date
) -> tuple[SchemeYearUsed, ...]:
    """The schemes in which something was used in ``year``, and the one held now.

    Ceilings are those of the last day of the year, of today in a running one.
    """
    day = min(today, datetime.date(year, 12, 31)) if year <= today.year else today
    enrolment = home_enrolment(facts, day)
    schemes = dict.fromkeys(
        [enrolment.scheme, *(scheme for scheme, used in state.accumulators if used == year)]
    )
    return tuple(
        _year_used(library, scheme, enrolment.status, enrolment.area, state, year, day)
        for scheme in schemes
    )


def _year_used(
    library: PolicyLibrary,
    scheme: str,
    status: str | None,
    area: str,
    state: PersonState,
    year: int,
    day: datetime.date,
) -> SchemeYearUsed:
    used = state.year(scheme, year)
    member = MEMBERS.index(
        Member.RESIDENT if scheme == Scheme.RESIDENT else Member(status or Status.WORKING)
    )
    try:
        rules = day_rules(library, area, day, day)
    except YibaoError:
        rules = None
    layers = () if rules is None else tuple(_layers(rules, member, used))
    admissions = state.admissions.get((scheme, year), 0)
    return SchemeYearUsed(year, scheme, area, admissions, layers, used._asdict())


def _layers(rules: DayRules, member: int, used: Accumulators) -> list[AgainstCeiling]:
    spent = {
        Care.OUTPATIENT: used.outpatient_pooled,
        Care.INPATIENT: shared_used(pool_of(rules.rules, member), used),
        Care.CHRONIC: used.chronic_pooled - used.special_pooled,
    }
    layers = [
        _against(
            rules,
            care,
            _LABELS[care],
            spent[care],
            rules.cell(p.ANNUAL_CEILING, care_row, member),
        )
        for care_row, care in enumerate(CARE)
    ]
    layers.append(
        _against(
            rules,
            "upper",
            message("大病保险、大额补助支付"),
            used.upper,
            rules.cell(p.UPPER_ANNUAL_CEILING, member),
        )
    )
    layers.append(
        _against(
            rules,
            "outpatient_deductible",
            message_in("used", "门诊起付线"),
            used.outpatient_deductible,
            rules.cell(p.DEDUCTIBLE_YEAR_CEILING, CARE.index(Care.OUTPATIENT), member),
        )
    )
    return layers


def _against(rules: DayRules, layer: str, label: Wording, used: int, cell: int) -> AgainstCeiling:
    value = rules.rules[cell]
    ceiling = None if value < 0 else value
    citation = rules.citation(cell)
    cited = bool(citation.parameter)
    return AgainstCeiling(
        layer,
        label,
        used,
        ceiling,
        None if ceiling is None else max(0, ceiling - used),
        value != p.MISSING,
        citation.parameter,
        to_date(citation.first_day) if cited else None,
        tuple(citation.sources),
        citation.grade,
    )
