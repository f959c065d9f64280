"""The inputs that describe one visit, and the facts that they give."""

from __future__ import annotations

import datetime
from dataclasses import replace

from yibao.benefit.facts import Item
from yibao.errors import InputError
from yibao.guide.reading import load as load_guide
from yibao.inquiry import words
from yibao.inquiry.calculators.base import (
    AGE,
    INSTITUTIONS,
    MOST_BILL,
    SCHEME,
    STATUS,
    choices,
    disease_choices,
    group_field,
    institution_kind,
)
from yibao.inquiry.care import CareFacts
from yibao.inquiry.fields import Choice, Condition, Field, Input, Rows, Values
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass, ItemKind
from yibao.policy.model import Words

_YUAN = Words("元", "yuan")
_STAY: Condition = ("kind", ("inpatient",))
_AWAY: Condition = ("where", ("away",))
_ITEMS: Condition = ("bill", ("items",))
_HOSPITAL: Condition = ("kind", ("outpatient", "inpatient", "chronic"))
_CLASSES = (
    Choice("A", Words("甲类", "Class A")),
    Choice("B", Words("乙类", "Class B")),
    Choice("C", Words("丙类或目录外", "Class C or not listed")),
)


def kind_field(kinds: tuple[str, ...]) -> Field:
    """What care it is."""
    return Field(
        "kind",
        Words("看什么", "Kind of care"),
        "choice",
        default="inpatient",
        required=True,
        choices=tuple(Choice(one, Words(words.KIND[one], words.ENGLISH[one])) for one in kinds),
    )


def institution_field() -> Field:
    """Where the care is given."""
    return Field(
        "institution",
        Words("哪类机构", "Institution"),
        "choice",
        default="grade-3A",
        required=True,
        choices=INSTITUTIONS,
        hint=Words(
            "比例随机构变化。不清楚就选“不知道”，各类一起列出。",
            "The ratio hangs on it. Choose “I don't know” to see all of them.",
        ),
        when=(_HOSPITAL,),
    )


def total_field(when: tuple[Condition, ...] = ()) -> Field:
    """The whole bill as one amount."""
    return Field(
        "total",
        Words("费用总额", "Total charge"),
        "amount",
        required=True,
        most=MOST_BILL,
        unit=_YUAN,
        hint=Words(
            "只有总额时，按全部属于甲类来算，实际会少报一些。",
            "A total counts as class A throughout; in fact somewhat less is paid.",
        ),
        when=when,
        example="8000",
    )


def item_rows() -> Rows:
    """The bill line by line."""
    return Rows(
        "items",
        Words("费用明细", "Fee items"),
        Words("第 {} 项", "Item {}"),
        (
            Field("class", Words("目录类别", "Class"), "choice", "A", True, choices=_CLASSES),
            Field(
                "amount",
                Words("金额", "Amount"),
                "amount",
                required=True,
                most=MOST_BILL,
                unit=_YUAN,
            ),
            Field(
                "upfront",
                Words("先行自付", "Upfront share"),
                "percent",
                unit=Words("%", "%"),
                hint=Words("乙类才有；不填用当地规定。", "Class B only; the local value if empty."),
                when=(("class", ("B",)),),
            ),
            Field(
                "limit",
                Words("限价", "Price limit"),
                "amount",
                most=MOST_BILL,
                unit=_YUAN,
                when=(("class", ("A", "B")),),
            ),
            Field(
                "item_kind",
                Words("项目", "Kind"),
                "choice",
                "drug",
                True,
                choices=tuple(
                    Choice(code, Words(text, words.ENGLISH[code]))
                    for code, text in words.ITEM_KIND.items()
                ),
            ),
        ),
        most=20,
        shown=2,
        key="amount",
        when=(_ITEMS,),
    )


def place_choices(packs: PolicyLibrary) -> tuple[Choice, ...]:
    """Places where care may be given away from home."""
    named = {area.code: area.name for area in packs.areas() if area.parent is not None}
    for area in load_guide().areas.values():
        if area.parent is not None:
            named.setdefault(area.code, Words(area.name.zh, area.name.en))
    return tuple(Choice(code, named[code]) for code in sorted(named))


def person_inputs(packs: PolicyLibrary) -> tuple[Input, ...]:
    """Who is treated."""
    return (SCHEME, STATUS, AGE, group_field(packs))


def _used(name: str, zh: str, en: str, kinds: tuple[str, ...]) -> Field:
    return Field(
        name,
        Words(zh, en),
        "amount",
        most=MOST_BILL,
        unit=_YUAN,
        when=(("kind", kinds),),
        extra=True,
    )


def visit_inputs(packs: PolicyLibrary, *, away: bool = True) -> tuple[Input, ...]:
    """Everything about one visit but the person."""
    place: tuple[Input, ...] = (
        Field(
            "where",
            Words("在哪里看", "Where"),
            "choice",
            "home",
            True,
            choices=(
                Choice("home", Words("参保地", "At home")),
                Choice("away", Words("外地", "Away from home")),
            ),
        ),
        Field(
            "care_area",
            Words("就医地", "Place of care"),
            "choice",
            required=True,
            choices=place_choices(packs),
            when=(_AWAY,),
        ),
        Field(
            "filing",
            Words("备案", "Filing"),
            "choice",
            choices=choices(tuple(words.FILING), words.FILING),
            hint=Words("没有备案就不选。", "Leave empty without a filing."),
            when=(_AWAY,),
        ),
        Field("emergency", Words("急诊", "Emergency"), "flag", when=(_AWAY,)),
        Field(
            "manual",
            Words("先垫付、后手工报销", "Claimed with documents afterwards"),
            "flag",
            when=(_AWAY,),
        ),
    )
    return (
        kind_field(("outpatient", "inpatient", "chronic", "pharmacy")),
        Field(
            "disease",
            Words("慢特病病种", "Disease"),
            "choice",
            required=True,
            choices=disease_choices(packs),
            when=(("kind", ("chronic",)),),
        ),
        institution_field(),
        Field(
            "bill",
            Words("怎么填费用", "The bill"),
            "choice",
            "total",
            True,
            choices=(
                Choice("total", Words("只填总额", "One total")),
                Choice("items", Words("按明细填", "By items")),
            ),
        ),
        total_field((("bill", ("total",)),)),
        item_rows(),
        *(place if away else ()),
        Field(
            "on",
            Words("就诊日或出院日", "Day of visit or discharge"),
            "day",
            "today",
            True,
            hint=Words("按这一天的规定算。", "The rules of that day are used."),
        ),
        Field(
            "admitted",
            Words("入院日", "Admitted on"),
            "day",
            when=(_STAY,),
            extra=True,
        ),
        Field(
            "admissions",
            Words("今年此前住过几次院", "Earlier stays this year"),
            "whole",
            "0",
            most=99,
            unit=Words("次", "stays"),
            when=(_STAY,),
            extra=True,
        ),
        _used("outpatient_deductible", "今年门诊已付起付线", "Outpatient deductible paid this year",
              ("outpatient", "pharmacy")),
        _used("outpatient_pooled", "今年门诊基金已付", "Outpatient fund payments this year",
              ("outpatient", "pharmacy")),
        _used("inpatient_pooled", "今年住院基金已付", "Inpatient fund payments this year",
              ("inpatient",)),
        _used("chronic_pooled", "今年这个病种基金已付", "Fund payments for the disease this year",
              ("chronic",)),
        _used("eligible_own", "今年住院、慢特病范围内自付", "Own eligible part this year",
              ("inpatient", "chronic")),
        Field(
            "family_doctor",
            Words("签约了家庭医生", "Family doctor under contract"),
            "flag",
            when=(("kind", ("outpatient",)),),
            extra=True,
        ),
        Field(
            "prescription",
            Words("凭医院的外配处方", "With a hospital's prescription"),
            "flag",
            when=(("kind", ("pharmacy",)),),
        ),
        Field(
            "balance",
            Words("用个人账户付，余额", "Pay from the personal account; balance"),
            "amount",
            most=MOST_BILL,
            unit=_YUAN,
            when=(("scheme", ("employee", "flexible")),),
            extra=True,
        ),
    )  # fmt: skip


_USED = (
    "outpatient_deductible", "outpatient_pooled", "inpatient_pooled", "chronic_pooled",
    "eligible_own",
)  # fmt: skip


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


def care_facts(values: Values, institution: str | None = None) -> CareFacts:
    """The facts of a filled-in form; ``institution`` stands in for the one that was chosen."""
    chosen = institution_kind(institution or values.get("institution") or "unknown")
    on: datetime.date = values["on"]
    balance = values.get("balance")
    away = values.get("where") == "away"
    said = CareFacts(
        scheme=values["scheme"],
        kind=values["kind"],
        on=on,
        items=items_of(values),
        status=values.get("status"),
        price_class=chosen.price_class,
        grade=chosen.grade,
        county=chosen.county,
        community=chosen.community,
        care_area=values.get("care_area") if away else None,
        filing=values.get("filing") if away else None,
        emergency=bool(values.get("emergency")),
        disease=values.get("disease"),
        prescription=bool(values.get("prescription")),
        family_doctor=bool(values.get("family_doctor")),
        manual=bool(values.get("manual")),
        admitted=values.get("admitted"),
        admissions=values.get("admissions") or 0,
        used={name: values[name] for name in _USED if values.get(name)},
        groups=(values["group"],) if values.get("group") else (),
        age=values.get("age"),
        balance=balance or 0,
        draw_own=bool(balance),
    )
    if said.kind == "pharmacy":
        said = replace(said, price_class=None, grade=None, community=False, county=False)
    if said.admitted is not None and (on - said.admitted).days > 366:
        raise InputError("住院超过一年，请按年度分开算", place="admitted")
    return said
