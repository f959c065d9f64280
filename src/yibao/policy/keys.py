"""The keys that a parameter may vary by, and the number that each member has in a table.

A pack writes the text on the left; the compiled rulebook holds the position.
``group`` and ``disease`` have no fixed members: the packs of an area name them,
and the rulebook numbers them in the order of the packs.
"""

from __future__ import annotations

from typing import NamedTuple

from yibao.policy.kinds import (
    Care,
    ClosingReason,
    ContributionClass,
    Delivery,
    HospitalGrade,
    ItemKind,
    Member,
    Place,
    RelationKind,
    Scheme,
    Setting,
    Sex,
    Status,
    VisitKind,
)


class Key(NamedTuple):
    """One dimension of a parameter table."""

    name: str
    size: int
    members: tuple[str, ...]
    """Texts as packs write them, by position; empty where packs name them."""
    meaning: str


SCHEMES = tuple(Scheme)
RESIDENT, EMPLOYEE = range(2)

MEMBERS = tuple(Member)
MEMBER_RESIDENT, MEMBER_WORKING, MEMBER_RETIRED = range(3)

CARE = tuple(Care)
OUTPATIENT, INPATIENT, CHRONIC = range(3)

VISIT_KINDS = tuple(VisitKind)
KIND_OUTPATIENT, KIND_INPATIENT, KIND_CHRONIC, KIND_PHARMACY, KIND_MATERNITY = range(5)

PLACES = tuple(Place)
PLACE_HOME, PLACE_IN_PROVINCE, PLACE_LONG_STAY, PLACE_REFERRAL, PLACE_EMERGENCY, PLACE_OTHER = (
    range(6)
)

RELATIONS = tuple(RelationKind)

GRADES = tuple(HospitalGrade)

CLOSINGS = tuple(ClosingReason)

DELIVERIES = tuple(Delivery)

TIER_CLASS_1, TIER_CLASS_2, TIER_CLASS_2_COUNTY, TIER_CLASS_3, TIER_COMMUNITY = range(5)

NTH_LIMIT = 4
"""Admissions from the fourth on share one entry."""

KEYS = {
    key.name: key
    for key in (
        Key("member", 3, MEMBERS, "参保身份"),
        Key("status", 2, tuple(Status), "在职或退休"),
        Key("scheme", 2, SCHEMES, "险种"),
        Key("care", 3, CARE, "就医类别"),
        Key(
            "price_class",
            5,
            ("1", "2", "2_county", "3", "community"),
            "价格类别（2_county 缺省同 2，community 缺省同 3）",
        ),
        Key("age", 2, ("below", "from"), "年龄档（界线见 person.age_line）"),
        Key("band", 5, ("1", "2", "3", "4", "5"), "费用段"),
        Key("place", 6, PLACES, "就医地点与备案"),
        Key("nth", NTH_LIMIT, ("1", "2", "3", "4+"), "当年第几次住院"),
        Key("group", 12, (), "人群"),
        Key("disease", 64, (), "病种"),
        Key("relation", 8, RELATIONS, "与授权人的关系"),
        Key("setting", 2, tuple(Setting), "门诊或住院"),
        Key("item_kind", 3, tuple(ItemKind), "项目类别"),
        Key("grade", len(GRADES), GRADES, "医院等级"),
        Key("sex", 2, tuple(Sex), "性别"),
        Key("class", 2, tuple(ContributionClass), "单位职工或灵活就业"),
        Key("credit_age", 2, ("below", "from"), "个人账户划入年龄档"),
        Key("delivery", 3, DELIVERIES, "生育方式"),
        Key("closing", len(CLOSINGS), CLOSINGS, "销户原因"),
        Key("gestation", 3, ("1", "2", "3"), "孕月档"),
    )
}
