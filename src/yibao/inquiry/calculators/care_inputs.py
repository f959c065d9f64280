"""The inputs that describe one visit, and the facts that they give."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from yibao.benefit.described import Condition
from yibao.benefit.facts import Item
from yibao.errors import InputError
from yibao.guide.reading import load as load_guide
from yibao.inquiry import words
from yibao.inquiry.asked import BY_MONTH
from yibao.inquiry.calculators.base import (
    AGE,
    INSTITUTIONS,
    SCHEME,
    STATUS,
    disease_choices,
    group_field,
    groups_of,
    institution_kind,
    place_code,
)
from yibao.inquiry.fact_fields import MOST_BILL, choices, field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field, Input, Rows, Values
from yibao.inquiry.question import (
    ENROLMENT_FACTS,
    ITEM,
    QUESTION,
    USED,
    VISIT,
    VISIT_FACTS,
    Said,
)
from yibao.messages import message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass, ItemKind, Place, VisitKind
from yibao.policy.model import Words

_LONGEST_STAY = 366
_STAY: Condition = ("kind", (VisitKind.INPATIENT,))
_AWAY: Condition = ("where", ("away",))
_ITEMS: Condition = ("bill", ("items",))
_HOSPITAL: Condition = ("kind", (VisitKind.OUTPATIENT, VisitKind.INPATIENT, VisitKind.CHRONIC))
TREATED = (VisitKind.OUTPATIENT, VisitKind.INPATIENT, VisitKind.CHRONIC, VisitKind.PHARMACY)
"""Kinds of care that are asked for beside maternity."""
_ITEM_NAMES = {"kind": "item_kind"}
"""Inputs of a line that are named otherwise than its facts."""
_PLACED = (
    *("emergency", "disease", "prescription", "family_doctor", "delivery", "fetuses"),
    *("gestation_months", "dual_channel"),
)
"""Facts of a visit that have their place on the page, or none; any other stands at its end."""
_USED: Mapping[str, tuple[str, ...]] = {
    "outpatient_deductible": (VisitKind.OUTPATIENT, VisitKind.PHARMACY),
    "outpatient_pooled": (VisitKind.OUTPATIENT, VisitKind.PHARMACY),
    "inpatient_pooled": (VisitKind.INPATIENT,),
    "chronic_pooled": (VisitKind.CHRONIC,),
    "eligible_own": (VisitKind.INPATIENT, VisitKind.CHRONIC),
}
"""What has been used, and the kinds of care for which it is asked."""


def kind_field(kinds: tuple[str, ...]) -> Field:
    """What care it is."""
    return field_of(VISIT["kind"], default=VisitKind.INPATIENT, choices=choices(kinds, words.KIND))


def institution_field() -> Field:
    """Where the care is given."""
    return Field(
        "institution",
        message("哪类机构"),
        "choice",
        default="grade-3A",
        required=True,
        choices=INSTITUTIONS,
        hint=message("比例随机构变化。不清楚就选“不知道”，各类一起列出。"),
        when=(_HOSPITAL,),
    )


def total_field(when: tuple[Condition, ...] = (), **settings: Any) -> Field:
    """The whole bill as one amount."""
    total = {"required": True, "when": when, "example": "8000"} | settings
    return field_of(QUESTION["total"], **total)


def item_rows() -> Rows:
    """The bill line by line."""
    return Rows(
        "items",
        message("费用明细"),
        message("第 {number} 项"),
        (
            field_of(ITEM["item_class"], name="class", default=ItemClass.A),
            *(
                field_of(fact, name=_ITEM_NAMES.get(name, name))
                for name, fact in ITEM.items()
                if name != "item_class"
            ),
        ),
        most=20,
        shown=2,
        key="amount",
        when=(_ITEMS,),
    )


def disease_field(packs: PolicyLibrary) -> Field:
    """The disease of a chronic visit."""
    return field_of(VISIT["disease"], kind="choice", required=True, choices=disease_choices(packs))


def place_choices(packs: PolicyLibrary) -> tuple[Choice, ...]:
    """Places where care may be given away from home."""
    named = {area.code: area.name for area in packs.areas() if area.parent is not None}
    for area in load_guide().areas.values():
        if area.parent is not None:
            named.setdefault(area.code, Words(area.name.zh, area.name.en))
    return tuple(Choice(code, named[code]) for code in sorted(named))


def person_inputs(packs: PolicyLibrary) -> tuple[Input, ...]:
    """Who is treated."""
    return (
        SCHEME,
        STATUS,
        AGE,
        group_field(packs),
        *(field_of(fact, extra=True) for fact in ENROLMENT_FACTS),
    )


def visit_inputs(packs: PolicyLibrary, *, away: bool = True) -> tuple[Input, ...]:
    """Everything about one visit but the person."""
    place: tuple[Input, ...] = (
        Field(
            "where",
            message("在哪里看"),
            "choice",
            Place.HOME,
            True,
            choices=(
                Choice(Place.HOME, message_in("care_inputs", "参保地")),
                Choice("away", message("外地")),
            ),
        ),
        field_of(
            QUESTION["care_area"],
            kind="area",
            required=True,
            hint=NO_WORDS,
            choices=place_choices(packs),
            resolve=lambda text: place_code(packs, text),
            when=(_AWAY,),
        ),
        field_of(
            QUESTION["filing"],
            hint=message("没有备案就不选。"),
            when=(_AWAY,),
        ),
        *(field_of(QUESTION[name], when=(_AWAY,)) for name in ("emergency", "manual")),
    )
    return (
        kind_field(TREATED),
        disease_field(packs),
        institution_field(),
        Field(
            "bill",
            message("怎么填费用"),
            "choice",
            "total",
            True,
            choices=(
                Choice("total", message("只填总额")),
                Choice("items", message("按明细填")),
            ),
        ),
        total_field((("bill", ("total",)),)),
        item_rows(),
        *(place if away else ()),
        field_of(QUESTION["on"]),
        field_of(QUESTION["admitted"], when=(_STAY,), extra=True),
        field_of(QUESTION["admissions"], most=99, when=(_STAY,), extra=True),
        *(
            field_of(USED[name], kind="fen", most=MOST_BILL, when=(("kind", kinds),), extra=True)
            for name, kinds in _USED.items()
        ),
        field_of(VISIT["family_doctor"], extra=True),
        field_of(VISIT["prescription"]),
        field_of(
            QUESTION["balance"], label=message("用个人账户付，余额"), when=(BY_MONTH,), extra=True
        ),
        *(field_of(fact, extra=True) for fact in VISIT_FACTS if fact.name not in _PLACED),
    )


def items_of(values: Values) -> tuple[Item, ...]:
    """The fee items, or the total as one of class A."""
    if values.get("bill") != "items":
        return (Item(ItemClass.A, values["total"]),)
    return tuple(
        Item(
            ItemClass(row["class"]),
            row["amount"],
            row["upfront"],
            row["limit"],
            ItemKind(row["item_kind"]),
        )
        for row in values["items"]
    )


def said_of(values: Values, institution: str | None = None) -> Said:
    """What a filled-in form says; ``institution`` stands in for the one that was chosen."""
    on: datetime.date = values["on"]
    admitted: datetime.date | None = values.get("admitted")
    if admitted is not None and (on - admitted).days > _LONGEST_STAY:
        raise InputError(message("住院超过一年，请按年度分开算"), place="admitted")
    said = {name: value for name, value in values.items() if name in QUESTION}
    if values.get("where") != "away":
        said["care_area"] = said["filing"] = None
    if values["kind"] != VisitKind.PHARMACY:
        said |= institution_kind(institution or values.get("institution") or "unknown")
    return {
        **said,
        "items": items_of(values),
        "used": {name: values[name] for name in _USED if values.get(name)},
        "groups": groups_of(values),
        "draw_own": bool(values.get("balance")),
    }
