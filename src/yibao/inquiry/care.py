"""One person, one institution and one bill: from what people say to the facts of a visit."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from yibao import library
from yibao.benefit.facts import (
    MOST_ADMISSIONS,
    Filing,
    Institution,
    Person,
    Used,
    Visit,
)
from yibao.benefit.groups import said_groups
from yibao.benefit.rules import day_rules, lies_in
from yibao.benefit.visits import catalogue_area
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.question import ENROLMENT_FACTS, VISIT_FACTS, Said, plain_values
from yibao.inquiry.reading import MOST_AGE, bill_total, pack_name, whole
from yibao.messages import Listed, Message, Text, Wording, message, message_in
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import (
    Channel,
    ContributionClass,
    Contributor,
    FilingKind,
    InstitutionKind,
    Scheme,
    Status,
    VisitKind,
)
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.rulebook import Rulebook

_LONG_AGO = datetime.date(2000, 1, 1)
_NO_BIRTH = datetime.date(1980, 1, 1)
"""Stands where no rule of the area looks at age."""
_CLASS = {
    1: message_in("price class", "一类"),
    2: message_in("price class", "二类"),
    3: message_in("price class", "三类"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One person, one institution and one bill, ready for the library."""

    insured: Person
    institution: Institution
    care: Visit
    filings: tuple[Filing, ...]
    used: Used | None
    balance: int


def group_code(rulebook: Rulebook, text: str, place: str) -> str:
    """The group that somebody names, by code or name; ``InputError`` lists those to be said.

    A group that follows from the age or the tier of contributions may be named all the same.
    """
    named = rulebook.group_names
    if text in named:
        return text
    by_name = {name: code for code, name in named.items()}
    if text in by_name:
        return by_name[text]
    return pack_name(text, said_groups(rulebook), message("人群"), place)


def case_of(packs: PolicyLibrary, area: str, said: Said) -> Case:
    """The facts of a person at home in ``area``; an ``InputError`` names the fact as its place."""
    status = _status(said)
    admitted = _admitted(said)
    rulebook = packs.rulebook(rulebook_area(packs, area))
    groups = [group_code(rulebook, group, "groups") for group in said.get("groups") or ()]
    disease = None
    if said.get("disease"):
        disease = pack_name(
            said["disease"], dict(rulebook.disease_names), message("病种"), "disease"
        )
    if said["kind"] == VisitKind.CHRONIC and disease is None:
        raise InputError(message("门诊慢特病要写病种"), place="disease")
    insured = library.person(
        area,
        Scheme.RESIDENT if said["scheme"] == Scheme.RESIDENT else Scheme.EMPLOYEE,
        status,
        birth=_birth(packs, area, said, admitted),
        groups=groups,
        flexible=said["scheme"] == Contributor.FLEXIBLE,
        enrolled_from=said.get("enrolled_from") or _LONG_AGO,
        **plain_values(ENROLMENT_FACTS, said),
    )
    return Case(
        insured,
        _institution(area, said),
        _visit(said, admitted, disease),
        _filings(said, disease, admitted),
        _used_before(said, disease),
        said.get("balance") or 0,
    )


def drug_catalogue(packs: PolicyLibrary, area: str, said: Said) -> str:
    """The area whose catalogue says the class of a drug; see :func:`catalogue_area`."""
    care_area: str = said.get("care_area") or area
    if lies_in(care_area, area):
        return care_area
    rules = day_rules(packs, rulebook_area(packs, area), said["on"], said["on"])
    return catalogue_area(rules, area, care_area, _channel(said))


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


def _status(said: Said) -> str | None:
    """Residents have none; the flexibly employed work unless they say otherwise."""
    if said["scheme"] == Scheme.RESIDENT:
        return None
    status: str | None = said.get("status")
    if status:
        return status
    if said["scheme"] == Contributor.FLEXIBLE:
        return Status.WORKING
    raise InputError(message("职工医保要写在职（working）还是退休（retired）"), place="status")


def _admitted(said: Said) -> datetime.date:
    on: datetime.date = said["on"]
    admitted: datetime.date | None = said.get("admitted")
    if admitted is None:
        return on
    if said["kind"] != VisitKind.INPATIENT:
        raise InputError(message("只有住院写入院日"), place="admitted")
    if admitted > on:
        raise InputError(
            message("入院日 {admitted} 晚于出院日 {on}", admitted=admitted, on=on), place="admitted"
        )
    return admitted


def birth_by_age(age: int, on: datetime.date) -> datetime.date:
    """A day of birth that makes ``age`` completed years on a day."""
    last = on.replace(day=28) if (on.month, on.day) == (2, 29) else on
    return last.replace(year=on.year - whole(age, "age", 0, MOST_AGE))


def birth_of(said: Said, on: datetime.date) -> datetime.date | None:
    """The day of birth, as said or by the age on a day; None where neither is said."""
    birth: datetime.date | None = said.get("birth")
    age: int | None = said.get("age")
    if birth is not None and age is not None:
        raise InputError(message("只能写一个"), place="birth、age")
    if birth is not None and birth > on:
        raise InputError(message("{birth} 晚于 {on}", birth=birth, on=on), place="birth")
    return birth_by_age(age, on) if age is not None else birth


def _birth(packs: PolicyLibrary, area: str, said: Said, on: datetime.date) -> datetime.date:
    birth = birth_of(said, on)
    if birth is not None:
        return birth
    default = DECLARATIONS["person.age_line"].table.default
    if day_rules(packs, area, on, on).rules[p.AGE_LINE] != default:
        raise InputError(message("这里的待遇随年龄变化，请写周岁或出生日期"), place="age")
    return _NO_BIRTH


def _institution(area: str, said: Said) -> Institution:
    where = said.get("care_area") or area
    dual_channel = bool(said.get("dual_channel"))
    if said["kind"] == VisitKind.PHARMACY:
        return library.pharmacy(where, dual_channel=dual_channel)
    community, price_class = bool(said.get("community")), said.get("price_class")
    if not (community or price_class or said.get("grade")):
        raise InputError(
            message("医院要写价格类别（1、2、3）或等级（如 3A）"), place="price_class、grade"
        )
    return library.hospital(
        where,
        price_class=None if price_class is None else whole(price_class, "price_class", 1, 3),
        grade=said.get("grade"),
        rank=said.get("rank"),
        county=bool(said.get("county")),
        community=community,
        dual_channel=dual_channel,
    )


def _channel(said: Said) -> Channel:
    return Channel.MANUAL if said.get("manual") else Channel.DIRECT


def _visit(said: Said, admitted: datetime.date, disease: str | None) -> Visit:
    bill_total(list(said["items"]), "items")
    return library.visit(
        said["kind"],
        said["on"],
        items=said["items"],
        admitted=admitted,
        draw=("own",) if said.get("draw_own") else (),
        channel=_channel(said),
        **plain_values(VISIT_FACTS, said) | {"disease": disease},
    )


def _filings(said: Said, disease: str | None, admitted: datetime.date) -> tuple[Filing, ...]:
    filings = []
    if said.get("filing"):
        if not said.get("care_area"):
            raise InputError(message("备案要写就医地"), place="care_area")
        filings.append(
            Filing("person", FilingKind(said["filing"]), said["care_area"], None, admitted)
        )
    if disease is not None:
        since = said.get("disease_from") or admitted
        if since > admitted:
            raise InputError(
                message("认定日 {since} 晚于就诊日 {admitted}", since=since, admitted=admitted),
                place="disease_from",
            )
        filings.append(Filing("person", FilingKind.CHRONIC, None, disease, since))
    return tuple(filings)


def _used_before(said: Said, disease: str | None) -> Used | None:
    amounts = dict(said.get("used") or {})
    admissions = said.get("admissions") or 0
    if not amounts and not admissions:
        return None
    chronic = amounts.pop("chronic_pooled", 0)
    return Used(
        year=said["on"].year,
        chronic_pooled={disease or "": chronic} if chronic else {},
        admissions=whole(admissions, "admissions", 0, MOST_ADMISSIONS),
        **amounts,
    )


# --- in words ---


def describe(insured: Person, institution: Institution, care: Visit, place: Text) -> Message:
    """Who is treated where and when, in one line."""
    enrolment = insured.enrolment_on(care.start) or insured.enrolments[-1]
    flexible = enrolment.contribution_class == ContributionClass.FLEXIBLE
    who = words.standing(enrolment.scheme, enrolment.status, flexible=flexible)
    when: Text = str(care.end)
    if care.start != care.end:
        when = message("{start} 至 {end}", start=care.start, end=care.end)
    where = (
        message("药店")
        if institution.kind == InstitutionKind.PHARMACY
        else institution_text(institution)
    )
    said = {"who": who, "kind": words.KIND[care.kind], "when": when, "where": where}
    if place:
        return message("{place}{who}，{kind}，{when}，{where}", place=place, **said)
    return message("{who}，{kind}，{when}，{where}", **said)


def institution_text(institution: Institution) -> Wording:
    """What kind of institution it is."""
    if institution.kind == InstitutionKind.PHARMACY:
        return message("定点药店")
    if institution.kind == InstitutionKind.COMMUNITY:
        return message("社区机构")
    if institution.kind == InstitutionKind.VILLAGE_CLINIC:
        return message("村卫生室")
    parts = []
    if institution.price_class is not None:
        parts.append(message("{price_class}机构", price_class=_CLASS[institution.price_class]))
    if institution.grade is not None:
        parts.append(message("{grade} 级医院", grade=institution.grade))
    listed = Listed(parts)
    return message("{listed}（县）", listed=listed) if institution.county else listed
