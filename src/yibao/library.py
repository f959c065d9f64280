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

from yibao.benefit.accounts import AidToday, HeldGrant, aid_today
from yibao.benefit.billing import Bill, base_floor, employee_bill, resident_bill
from yibao.benefit.coverage import Cover, cover_on
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
from yibao.benefit.people import home_enrolment
from yibao.benefit.settling import Settled, settle_visit
from yibao.benefit.state import PersonState
from yibao.errors import InputError
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.answers import Answer, visit_answer
from yibao.scenario.life import Life
from yibao.scenario.model import Scenario, VisitStep
from yibao.scenario.read import read_scenario
from yibao.scenario.roads import run_through

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
    sex: str = "female",
    groups: Sequence[str] = (),
    flexible: bool = False,
    enrolled_from: datetime.date = _LONG_AGO,
    name: str = "person",
) -> Person:
    """A person enrolled in one scheme without lapse; richer lives are scenarios."""
    if scheme not in ("resident", "employee"):
        raise InputError(f"险种 {scheme!r} 应写 resident 或 employee")
    if scheme == "employee" and status not in ("working", "retired"):
        raise InputError("职工医保要写在职（working）或退休（retired）")
    enrolment = Enrolment(
        scheme=scheme,
        status=status if scheme == "employee" else None,
        start=max(enrolled_from, birth),
        end=None,
        area=area,
        contribution_class="flexible" if flexible else "employer",
    )
    memberships = tuple(GroupMembership(group, birth) for group in groups)
    return Person(name, sex, birth, area, memberships, (enrolment,), None, None)


def hospital(
    area: str,
    *,
    price_class: int | None = None,
    grade: str | None = None,
    county: bool = False,
    community: bool = False,
    dual_channel: bool = False,
) -> Institution:
    """A designated hospital by price class or grade, or a community institution."""
    if not community and price_class is None and grade is None:
        raise InputError("医院要写价格类别（1、2、3）或等级（如 3A）")
    kind = "community" if community else "hospital"
    return Institution("institution", area, kind, price_class, grade, county, dual_channel)


def pharmacy(area: str, *, dual_channel: bool = False) -> Institution:
    """A designated pharmacy."""
    return Institution("institution", area, "pharmacy", dual_channel=dual_channel)


def visit(
    kind: str,
    on: datetime.date,
    *,
    total: int | None = None,
    items: Sequence[Item] = (),
    admitted: datetime.date | None = None,
    disease: str | None = None,
    prescription: bool = False,
    family_doctor: bool = False,
    emergency: bool = False,
    manual: bool = False,
    dual_channel: bool = False,
    delivery: str | None = None,
    fetuses: int = 1,
    gestation_months: int | None = None,
    draw: Sequence[str] = (),
) -> Visit:
    """A visit on ``on`` (an inpatient stay: discharged then), by items or by a total in fen."""
    if (total is None) == (not items):
        raise InputError("费用明细与总额写且只写一种")
    lines = tuple(items) if total is None else (Item("A", total),)
    return Visit(
        id="visit",
        person="person",
        institution="institution",
        kind=kind,
        start=admitted or on,
        end=on,
        items=lines,
        draw=tuple(draw),
        emergency=emergency,
        channel="manual" if manual else "direct",
        disease=disease,
        prescription=prescription,
        family_doctor=family_doctor,
        delivery=delivery,
        fetuses=fetuses,
        gestation_months=gestation_months,
        dual_channel=dual_channel,
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
    return _lived(library, insured, bills, filings, used, balance)[1]


def one_more(
    library: PolicyLibrary,
    insured: Person,
    bills: Sequence[tuple[Institution, Visit]],
    institution: Institution,
    *,
    filings: Sequence[Filing] = (),
) -> Callable[[Visit], Settled]:
    """Settles one more visit after ``bills``, as often as asked, each time in place of the last."""
    life, _ = _lived(library, insured, bills, filings, None, 0)
    state = life.states[insured.id]
    place = replace(institution, id="one-more")

    def settle(care: Visit) -> Settled:
        visit = replace(care, person=insured.id, institution=place.id)
        # Settling changes no state: only `Life.visit` would keep what the visit uses.
        return settle_visit(
            library, insured, place, visit, filings, state, life.balances, life.people, ()
        )

    return settle


def _lived(
    library: PolicyLibrary,
    insured: Person,
    bills: Sequence[tuple[Institution, Visit]],
    filings: Sequence[Filing],
    used: Used | None,
    balance: int,
) -> tuple[Life, tuple[Settled, ...]]:
    places = {
        f"institution-{at}": replace(institution, id=f"institution-{at}")
        for at, (institution, _) in enumerate(bills)
    }
    life = Life.begin(
        library,
        Scenario(
            file="",
            area=insured.area,
            today=max(care.end for _, care in bills),
            people={insured.id: insured},
            institutions=places,
            grants=(),
            filings=tuple(filings),
            steps=(),
            used={} if used is None else {insured.id: used},
            account={insured.id: balance},
            group_names=(),
            disease_names=(),
        ),
    )
    steps = [
        VisitStep(at, replace(care, person=insured.id, institution=place))
        for at, (place, (_, care)) in enumerate(zip(places, bills, strict=True))
    ]
    return life, tuple(life.visit(step) for step in steps)


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
    if enrolment.scheme == "resident":
        if year is None:
            raise InputError("居民医保按年度缴费，请写 year")
        return resident_bill(library, insured, enrolment.area, year, paid_on)
    if month is None:
        if year is None:
            raise InputError("职工医保按月缴费，请写 month 或 year")
        month, months = year * 100 + 1, 12
    declared = base_floor(library, enrolment, month, paid_on) if base is None else base
    return employee_bill(
        library, enrolment, month, declared, paid_on, first_of_year=True, months=months
    )


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
        one, other = (each.adjudication.settlement for each in self.settled)
        names = ("deductible", "pooled", "upper", "assistance", "fund", "own")
        return {name: getattr(other, name) - getattr(one, name) for name in names}


def compare(
    library: PolicyLibrary,
    areas: tuple[str, str],
    insured: Person,
    institution: Institution,
    care: Visit,
) -> Comparison:
    """Run one bill twice, insured and treated at home in each of two areas (K17)."""
    settled = []
    for area in areas:
        code = library.area(area).code
        moved = replace(
            insured,
            area=code,
            enrolments=tuple(replace(held, area=code) for held in insured.enrolments),
        )
        settled.append(quote(library, moved, replace(institution, area=code), care))
    return Comparison(areas, (settled[0], settled[1]))


def run_scenario(
    path: Path, *, overlays: Sequence[Path] = (), through: str = "engine"
) -> Iterator[Answer]:
    """The answers of a scenario file, one per step, on one of the roads."""
    scenario = read_scenario(path)
    return run_through(through, PolicyLibrary.load(overlays=overlays), scenario)
