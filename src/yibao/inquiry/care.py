"""One person, one institution and one bill: from what people say to the facts of a visit."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from yibao import library
from yibao.benefit.facts import Filing, Institution, Item, Person, Used, Visit
from yibao.benefit.rules import day_rules
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.reading import MOST_AGE, bill_total, pack_name, whole
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import FilingKind
from yibao.policy.parameters import DECLARATIONS

_LONG_AGO = datetime.date(2000, 1, 1)
_NO_BIRTH = datetime.date(1980, 1, 1)
"""Stands where no rule of the area looks at age."""
_MOST_ADMISSIONS = 9_999
_CLASS = {1: "一类", 2: "二类", 3: "三类"}
USED = (
    "outpatient_deductible",
    "outpatient_pooled",
    "inpatient_pooled",
    "chronic_pooled",
    "upper",
    "assistance",
    "eligible_own",
    "outpatient_eligible",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One person, one institution and one bill, ready for the library."""

    insured: Person
    institution: Institution
    care: Visit
    filings: tuple[Filing, ...]
    used: Used | None
    balance: int


@dataclass(frozen=True, slots=True)
class CareFacts:
    """What somebody says about a visit; money in fen."""

    scheme: str
    """``resident``, ``employee`` or ``flexible``."""
    kind: str
    on: datetime.date
    """Day of the visit, of discharge for a stay."""
    items: tuple[Item, ...]
    status: str | None = None
    price_class: int | None = None
    grade: str | None = None
    county: bool = False
    community: bool = False
    care_area: str | None = None
    filing: str | None = None
    emergency: bool = False
    disease: str | None = None
    disease_from: datetime.date | None = None
    prescription: bool = False
    dual_channel: bool = False
    family_doctor: bool = False
    manual: bool = False
    admitted: datetime.date | None = None
    admissions: int = 0
    used: Mapping[str, int] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    birth: datetime.date | None = None
    age: int | None = None
    enrolled_from: datetime.date | None = None
    balance: int = 0
    draw_own: bool = False
    delivery: str | None = None
    fetuses: int = 1
    gestation_months: int | None = None


def make_case(packs: PolicyLibrary, area: str, said: CareFacts) -> Case:
    """The facts of a person at home in ``area``; an ``InputError`` names the fact as its place."""
    status = _status(said)
    admitted = _admitted(said)
    rulebook = packs.rulebook(rulebook_area(packs, area))
    groups = [pack_name(each, dict(rulebook.group_names), "人群", "groups") for each in said.groups]
    disease = None
    if said.disease:
        disease = pack_name(said.disease, dict(rulebook.disease_names), "病种", "disease")
    if said.kind == "chronic" and disease is None:
        raise InputError("门诊慢特病要写病种", place="disease")
    insured = library.person(
        area,
        "resident" if said.scheme == "resident" else "employee",
        status,
        birth=_birth(packs, area, said, admitted),
        groups=groups,
        flexible=said.scheme == "flexible",
        enrolled_from=said.enrolled_from or _LONG_AGO,
    )
    return Case(
        insured,
        _institution(area, said),
        _visit(said, admitted, disease),
        _filings(said, disease, admitted),
        _used_before(said, disease),
        said.balance,
    )


def rulebook_area(packs: PolicyLibrary, area: str) -> str:
    """The area whose rulebook speaks for a code."""
    covering = packs.covering(area)
    return area if covering is None else covering.code


def settle(packs: PolicyLibrary, case: Case) -> library.Settled:
    """Settle a case on nothing but what it says."""
    return library.quote(
        packs,
        case.insured,
        case.institution,
        case.care,
        filings=case.filings,
        used=case.used,
        balance=case.balance,
    )


def _status(said: CareFacts) -> str | None:
    """Residents have none; the flexibly employed work unless they say otherwise."""
    if said.scheme == "resident":
        return None
    if said.status:
        return said.status
    if said.scheme == "flexible":
        return "working"
    raise InputError("职工医保要写在职（working）还是退休（retired）", place="status")


def _admitted(said: CareFacts) -> datetime.date:
    if said.admitted is None:
        return said.on
    if said.kind != "inpatient":
        raise InputError("只有住院写入院日", place="admitted")
    if said.admitted > said.on:
        raise InputError(f"入院日 {said.admitted} 晚于出院日 {said.on}", place="admitted")
    return said.admitted


def birth_by_age(age: int, on: datetime.date) -> datetime.date:
    """A day of birth that makes ``age`` completed years on a day."""
    last = on.replace(day=28) if (on.month, on.day) == (2, 29) else on
    return last.replace(year=on.year - whole(age, "age", 0, MOST_AGE))


def _birth(packs: PolicyLibrary, area: str, said: CareFacts, on: datetime.date) -> datetime.date:
    if said.birth is not None:
        if said.birth > on:
            raise InputError(f"{said.birth} 晚于 {on}", place="birth")
        return said.birth
    if said.age is not None:
        return birth_by_age(said.age, on)
    default = DECLARATIONS["person.age_line"].table.default
    if day_rules(packs, area, on, on).rules[p.AGE_LINE] != default:
        raise InputError("这里的待遇随年龄变化，请写周岁或出生日期", place="age")
    return _NO_BIRTH


def _institution(area: str, said: CareFacts) -> Institution:
    where = said.care_area or area
    if said.kind == "pharmacy":
        return library.pharmacy(where, dual_channel=said.dual_channel)
    if not (said.community or said.price_class or said.grade):
        raise InputError("医院要写价格类别（1、2、3）或等级（如 3A）", place="price_class、grade")
    tier = None
    if said.price_class is not None:
        tier = whole(said.price_class, "price_class", 1, 3)
    return library.hospital(
        where,
        price_class=tier,
        grade=said.grade,
        county=said.county,
        community=said.community,
        dual_channel=said.dual_channel,
    )


def _visit(said: CareFacts, admitted: datetime.date, disease: str | None) -> Visit:
    bill_total(list(said.items), "items")
    if said.delivery is not None and said.kind != "maternity":
        raise InputError("只用于生育", place="delivery")
    months = said.gestation_months
    return library.visit(
        said.kind,
        said.on,
        items=said.items,
        admitted=admitted,
        disease=disease,
        prescription=said.prescription,
        family_doctor=said.family_doctor,
        emergency=said.emergency,
        channel="manual" if said.manual else "direct",
        dual_channel=said.dual_channel,
        delivery=said.delivery,
        fetuses=whole(said.fetuses, "fetuses", 1, 9),
        gestation_months=None if months is None else whole(months, "gestation_months", 0, 10),
        draw=("own",) if said.draw_own else (),
    )


def _filings(said: CareFacts, disease: str | None, admitted: datetime.date) -> tuple[Filing, ...]:
    found = []
    if said.filing:
        if not said.care_area:
            raise InputError("备案要写就医地", place="care_area")
        found.append(Filing("person", FilingKind(said.filing), said.care_area, None, admitted))
    if disease is not None:
        since = said.disease_from or admitted
        if since > admitted:
            raise InputError(f"认定日 {since} 晚于就诊日 {admitted}", place="disease_from")
        found.append(Filing("person", FilingKind.CHRONIC, None, disease, since))
    return tuple(found)


def _used_before(said: CareFacts, disease: str | None) -> Used | None:
    if not said.used and not said.admissions:
        return None
    amounts = dict(said.used)
    chronic = amounts.pop("chronic_pooled", 0)
    return Used(
        year=said.on.year,
        chronic_pooled={disease or "": chronic} if chronic else {},
        admissions=whole(said.admissions, "admissions", 0, _MOST_ADMISSIONS),
        **amounts,
    )


# --- in words ---


def describe(insured: Person, institution: Institution, care: Visit, place: str) -> str:
    """Who is treated where and when, in one line."""
    held = insured.enrolment_on(care.start) or insured.enrolments[-1]
    who = words.standing(held.scheme, held.status, flexible=held.contribution_class == "flexible")
    when = f"{care.end}" if care.start == care.end else f"{care.start} 至 {care.end}"
    where = "药店" if institution.kind == "pharmacy" else institution_text(institution)
    return f"{place}{who}，{words.KIND[care.kind]}，{when}，{where}"


def institution_text(institution: Institution) -> str:
    """What kind of institution it is."""
    if institution.kind == "pharmacy":
        return "定点药店"
    if institution.kind == "community":
        return "社区机构"
    parts = []
    if institution.price_class is not None:
        parts.append(f"{_CLASS[institution.price_class]}机构")
    if institution.grade is not None:
        parts.append(f"{institution.grade} 级医院")
    return "、".join(parts) + ("（县）" if institution.county else "")
