"""The keys that a parameter may vary by, and the number that each member has in a table.

A pack writes texts; a stored rulebook holds the same texts, a compiled one positions.  How
many positions a key has is a matter of each rulebook, see ``yibao.policy.layout``.
"""

from __future__ import annotations

from typing import NamedTuple

from yibao.policy.kinds import (
    HOSPITALS,
    MISCARRIAGES,
    Care,
    ClosingReason,
    ContributionClass,
    Delivery,
    HospitalGrade,
    InstitutionRank,
    ItemGroup,
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

FIXED = "fixed"
"""The members are those of the program."""
NAMED = "named"
"""The packs of an area name the members, and the rulebook numbers them in their order."""
COUNTED = "counted"
"""``1``, ``2``, ``3`` …, as many as the packs use; ``3+`` stands for the third and all after."""


class TableKey(NamedTuple):
    """One dimension of a parameter table."""

    name: str
    kind: str
    members: tuple[str, ...]
    """Texts as packs write them, by position; empty where the kind is not ``FIXED``."""
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
LOST = tuple(DELIVERIES.index(delivery) for delivery in MISCARRIAGES)
"""Positions of miscarriages."""

RANKS = ("unstated", *InstitutionRank)

PRICE_CLASSES = ("1", "2", "2_county", "3", "community", "special")
TIER_CLASS_1, TIER_CLASS_2, TIER_CLASS_2_COUNTY, TIER_CLASS_3, TIER_COMMUNITY, TIER_SPECIAL = range(
    6
)

KEYS = {
    key.name: key
    for key in (
        TableKey("member", FIXED, MEMBERS, "参保身份"),
        TableKey("status", FIXED, tuple(Status), "在职或退休"),
        TableKey("scheme", FIXED, SCHEMES, "险种"),
        TableKey("care", FIXED, CARE, "就医类别"),
        TableKey(
            "price_class",
            FIXED,
            PRICE_CLASSES,
            "价格类别（2_county 缺省同 2，community 缺省同 3，special 自成一类，缺省同 1）",
        ),
        TableKey("age", FIXED, ("below", "from"), "年龄档（界线见 person.age_line）"),
        TableKey("band", COUNTED, (), "费用段"),
        TableKey("place", FIXED, PLACES, "就医地点与备案"),
        TableKey("nth", COUNTED, (), "当年第几次住院"),
        TableKey("group", NAMED, (), "人群"),
        TableKey("disease", NAMED, (), "病种"),
        TableKey("relation", FIXED, RELATIONS, "与授权人的关系"),
        TableKey("setting", FIXED, tuple(Setting), "门诊或住院"),
        TableKey("item_kind", FIXED, tuple(ItemKind), "项目类别"),
        TableKey("item_group", FIXED, tuple(ItemGroup), "项目的组"),
        TableKey("grade", FIXED, GRADES, "医院等级（3S 缺省同 3A）"),
        TableKey("rank", FIXED, RANKS, "医院隶属（没有写的同 unstated）"),
        TableKey("sex", FIXED, tuple(Sex), "性别"),
        TableKey("class", FIXED, tuple(ContributionClass), "单位职工或灵活就业"),
        TableKey("credit_age", FIXED, ("below", "from"), "个人账户划入年龄档"),
        TableKey(
            "delivery",
            FIXED,
            DELIVERIES,
            "生育方式（assisted 缺省同 vaginal，high_risk_miscarriage、drug_miscarriage 缺省同 "
            "miscarriage）",
        ),
        TableKey("closing", FIXED, CLOSINGS, "销户原因"),
        TableKey("gestation", COUNTED, (), "孕月档"),
        TableKey("hospital_kind", FIXED, HOSPITALS, "医院种类"),
    )
}
