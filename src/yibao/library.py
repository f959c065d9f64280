"""The public library: what other programs call.

Every function takes plain facts and answers with typed results that carry their
explanation; amounts are fen, ratios basis points, days ``datetime.date``.  Errors
are those of :mod:`yibao.errors`; a figure that no source gives is a ``RefusedError``.
Examples that run as tests: ``docs/library.md``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from yibao.benefit.accounts import AidToday, HeldGrant, aid_today
from yibao.benefit.answers import VisitAnswer
from yibao.benefit.answers import answer_of as visit_answer
from yibao.benefit.billing import Bill, employee_bill, resident_bill
from yibao.benefit.coverage import Cover, cover_on
from yibao.benefit.described import plain_facts
from yibao.benefit.facts import (
    Enrolment,
    Filing,
    Grant,
    GroupMembership,
    Institution,
    Item,
    Person,
    Used,
    Visit,
)
from yibao.benefit.incentives import Ceiling, major_illness_ceiling
from yibao.benefit.lifetime import (
    Allowance,
    PremiumSubsidy,
    Retirement,
    flexible_subsidy,
    maternity_allowance,
    retirement,
    spouse_part,
)
from yibao.benefit.people import home_enrolment, scheme_in_year
from yibao.benefit.settling import Settled, settle_visit
from yibao.benefit.state import PersonState, state_from_used
from yibao.errors import InputError
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import (
    ContributionClass,
    HospitalGrade,
    InstitutionKind,
    InstitutionRank,
    ItemClass,
    Scheme,
    Sex,
    Status,
    VisitKind,
    member,
)

__all__ = [
    "AidToday",
    "Allowance",
    "Bill",
    "Ceiling",
    "Comparison",
    "Cover",
    "PolicyLibrary",
    "PremiumSubsidy",
    "Retirement",
    "Settled",
    "VisitAnswer",
    "aid",
    "ceiling",
    "compare",
    "contribution",
    "cover",
    "flexible_subsidy",
    "hospital",
    "load",
    "maternity_allowance",
    "one_more",
    "person",
    "pharmacy",
    "quote",
    "quotes",
    "retirement",
    "run_scenario",
    "spouse_part",
    "visit",
    "visit_answer",
]

_LONG_AGO = datetime.date(2000, 1, 1)


def load(packs: Path | None = None, overlays: Sequence[Path] = ()) -> PolicyLibrary:
    """The policy packs that come with yibao (or those below ``packs``), overlays on top."""
    return PolicyLibrary.load(packs, overlays)


def person(
    area: str,
    scheme: str,
    status: str | None = None,
    *,
    birth: datetime.date = datetime.date(1980, 1, 1),
    sex: str = Sex.FEMALE,
    groups: Sequence[str] = (),
    flexible: bool = False,
    enrolled_from: datetime.date = _LONG_AGO,
    name: str = "person",
    **facts: Any,
) -> Person:
    """A person enrolled in one scheme without lapse; richer lives are scenarios.

    ``facts``: the others of :class:`~yibao.benefit.facts.Enrolment` by name.
    """
    if scheme not in tuple(Scheme):
        raise InputError(message("险种 {scheme} 应写 resident 或 employee", scheme=repr(scheme)))
    if scheme == Scheme.EMPLOYEE and status not in tuple(Status):
        raise InputError(message("职工医保要写在职（working）或退休（retired）"))
    enrolment = Enrolment(
        scheme=Scheme(scheme),
        status=Status(str(status)) if scheme == Scheme.EMPLOYEE else None,
        start=max(enrolled_from, birth),
        end=None,
        area=area,
        contribution_class=(ContributionClass.FLEXIBLE if flexible else ContributionClass.EMPLOYER),
        **facts,
    )
    memberships = tuple(GroupMembership(group, birth) for group in groups)
    return Person(
        name, member(Sex, sex, "性别"), birth, area, memberships, (enrolment,), None, None
    )


def hospital(
    area: str,
    *,
    price_class: int | None = None,
    grade: str | None = None,
    rank: str | None = None,
    county: bool = False,
    community: bool = False,
    dual_channel: bool = False,
) -> Institution:
    """A designated hospital by price class or grade, or a community institution."""
    if not community and price_class is None and grade is None:
        raise InputError(message("医院要写价格类别（1、2、3）或等级（如 3A）"))
    kind = InstitutionKind.COMMUNITY if community else InstitutionKind.HOSPITAL
    hospital_grade = None if grade is None else member(HospitalGrade, grade, "grade")
    return Institution(
        "institution",
        area,
        kind,
        price_class,
        hospital_grade,
        county,
        dual_channel,
        rank=None if rank is None else member(InstitutionRank, rank, "rank"),
    )


def pharmacy(area: str, *, dual_channel: bool = False) -> Institution:
    """A designated pharmacy."""
    return Institution("institution", area, InstitutionKind.PHARMACY, dual_channel=dual_channel)


def visit(
    kind: str,
    on: datetime.date,
    *,
    total: int | None = None,
    items: Sequence[Item] = (),
    admitted: datetime.date | None = None,
    draw: Sequence[str] = (),
    **facts: Any,
) -> Visit:
    """A visit on ``on`` (an inpatient stay: discharged then), by items or by a total in fen.

    ``facts``: the others of :class:`~yibao.benefit.facts.Visit` by name (``disease``,
    ``emergency``, ``channel``, ...); an ``InputError`` names one that it does not have.
    """
    if (total is None) == (not items):
        raise InputError(message("费用明细与总额写且只写一种"))
    known = {fact.name: fact for fact in plain_facts(Visit)}
    for name in facts:
        if name not in known:
            raise InputError(
                message("就诊没有 {name}，可以写：{known}", name=name, known=Listed(known)),
                place=name,
            )
    return Visit(
        id="visit",
        person="person",
        institution="institution",
        kind=member(VisitKind, kind, "kind"),
        start=admitted or on,
        end=on,
        items=tuple(items) if total is None else (Item(ItemClass.A, total),),
        draw=tuple(draw),
        **{name: known[name].chosen(value) for name, value in facts.items()},
    )


def quote(
    library: PolicyLibrary,
    insured: Person,
    institution: Institution,
    care: Visit,
    *,
    filings: Sequence[Filing] = (),
    used: Used | None = None,
    balance: int = 0,
) -> Settled:
    """What a visit leaves to pay, on what the person has used so far; nothing is kept."""
    bills = ((institution, care),)
    return quotes(library, insured, bills, filings=filings, used=used, balance=balance)[0]


def quotes(
    library: PolicyLibrary,
    insured: Person,
    bills: Sequence[tuple[Institution, Visit]],
    *,
    filings: Sequence[Filing] = (),
    used: Used | None = None,
    balance: int = 0,
) -> tuple[Settled, ...]:
    """Several visits of one person in their order, each on what those before it have used."""
    life = _Life.of(library, insured, filings, used, balance)
    return tuple(life.visit(institution, care) for institution, care in bills)


def one_more(
    library: PolicyLibrary,
    insured: Person,
    bills: Sequence[tuple[Institution, Visit]],
    institution: Institution,
    *,
    filings: Sequence[Filing] = (),
) -> Callable[[Visit], Settled]:
    """Settles one more visit after ``bills``, as often as asked, each time in place of the last."""
    life = _Life.of(library, insured, filings, None, 0)
    for place, care in bills:
        life.visit(place, care)
    return lambda care: life.settled(institution, care)


@dataclass(slots=True)
class _Life:
    """One person's state and balance between visits that are settled one after the other."""

    library: PolicyLibrary
    insured: Person
    filings: Sequence[Filing]
    state: PersonState
    balances: dict[str, int]

    @classmethod
    def of(
        cls,
        library: PolicyLibrary,
        insured: Person,
        filings: Sequence[Filing],
        used: Used | None,
        balance: int,
    ) -> _Life:
        year = datetime.date.max.year if used is None else used.year
        state = state_from_used(used, scheme_in_year(insured, year))
        return cls(library, insured, filings, state, {insured.id: balance})

    def settled(self, institution: Institution, care: Visit) -> Settled:
        """What a visit comes to now; the life stays as it is."""
        return settle_visit(
            self.library,
            self.insured,
            institution,
            care if care.person == self.insured.id else replace(care, person=self.insured.id),
            self.filings,
            self.state,
            self.balances,
            {self.insured.id: self.insured},
            (),
        )

    def visit(self, institution: Institution, care: Visit) -> Settled:
        """Settle a visit and keep what it uses up."""
        settlement = self.settled(institution, care)
        settlement.adjudication.apply(self.state)
        self.balances[self.insured.id] -= settlement.payment.draw.account
        return settlement


def contribution(
    library: PolicyLibrary,
    insured: Person,
    paid_on: datetime.date,
    *,
    year: int | None = None,
    month: int | None = None,
    base: int | None = None,
    months: int = 1,
) -> Bill:
    """What a resident year, or ``months`` months (yyyymm) of the employee scheme, cost."""
    enrolment = insured.enrolments[-1]
    if enrolment.scheme == Scheme.RESIDENT:
        if year is None:
            raise InputError(message("居民医保按年度缴费，请写 year"))
        return resident_bill(library, insured, enrolment.area, year, paid_on)
    first = month
    if first is None:
        if year is None:
            raise InputError(message("职工医保按月缴费，请写 month 或 year"))
        first, months = year * 100 + 1, 12
    bill = employee_bill(
        library, enrolment, first, base, paid_on, first_of_year=True, months=months
    )
    # What a year costs is asked at any time of it: nothing of that is paid late.
    return bill if month is not None else replace(bill, late=False)


def cover(library: PolicyLibrary, insured: Person, on: datetime.date) -> Cover:
    """Whether and since when a person has benefits on a day."""
    return cover_on(library, insured, on)


def ceiling(
    library: PolicyLibrary, insured: Person, on: datetime.date, claimed: Sequence[int] = ()
) -> Ceiling:
    """A resident's major-illness ceiling; ``claimed`` are the years in which a fund paid."""
    area = home_enrolment(insured, on).area
    state = PersonState(claims=dict.fromkeys(claimed, 1))
    return major_illness_ceiling(library, insured, area, state, on)


def aid(
    library: PolicyLibrary,
    grantor: Person,
    grantee: Person,
    grant: Grant,
    on: datetime.date,
    *,
    grantor_balance: int,
    own_balance: int = 0,
) -> AidToday:
    """The most that a relative may draw on a grantor's account in one payment today."""
    return aid_today(
        library, grantor, grantee, [HeldGrant(grant)], own_balance, grantor_balance, on
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same person and bill under two areas' rules."""

    areas: tuple[str, str]
    settled: tuple[Settled, Settled]

    def difference(self) -> dict[str, int]:
        """Second less first, in fen, for the amounts of a settlement."""
        first, second = (settled.adjudication.settlement for settled in self.settled)
        names = ("deductible", "pooled", "upper", "assistance", "fund", "own")
        return {name: getattr(second, name) - getattr(first, name) for name in names}


def compare(
    library: PolicyLibrary,
    areas: tuple[str, str],
    insured: Person,
    institution: Institution,
    care: Visit,
) -> Comparison:
    """Run one bill twice, insured and treated at home in each of two areas (K17)."""
    settlements = []
    for area in areas:
        code = library.area(area).code
        moved = replace(
            insured,
            area=code,
            enrolments=tuple(replace(enrolment, area=code) for enrolment in insured.enrolments),
        )
        settlements.append(quote(library, moved, replace(institution, area=code), care))
    return Comparison(areas, (settlements[0], settlements[1]))


def run_scenario(
    path: Path, *, overlays: Sequence[Path] = (), through: str = "engine"
) -> Iterator[dict[str, Any]]:
    """The answers of a scenario file as JSON, one per step, on one of the roads."""
    from yibao.scenario.read import read_scenario  # most programs run no scenario
    from yibao.scenario.roads import run_through

    scenario = read_scenario(path)
    packs = PolicyLibrary.load(overlays=overlays)
    return (answer.as_json() for answer in run_through(through, packs, scenario))
