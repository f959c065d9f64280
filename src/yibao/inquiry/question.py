"""What is asked about one person, one institution and one bill: every fact once.

Most are facts of :mod:`yibao.benefit.facts` as they are; the rest say in one word what those
hold in several (``community``, ``manual``, ``age``).  Command line and pages are made of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from yibao.benefit.described import TODAY, Composite, Fact, facts_of, plain_facts
from yibao.benefit.facts import Enrolment, Filing, Institution, Item, Person, Used, Visit
from yibao.errors import InputError
from yibao.inquiry import reading, words
from yibao.inquiry.reading import MOST_AGE
from yibao.messages import Alternatives, Listed, message, text_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor

Said = Mapping[str, Any]
"""Typed values of :data:`QUESTION` by name, None or absent where nothing was said; beside
them ``items`` (fee items), ``used`` (fen by accumulator) and ``groups`` (codes)."""

MOST_NAME = 40
_UPFRONT = "upfront"
_SHORTEST_DRUG = 2
"""Characters of the name of a drug."""
_AMOUNTS = ("items", "total")
_YUAN = message("元")
ENROLMENT, VISIT, USED = facts_of(Enrolment), facts_of(Visit), facts_of(Used)
ITEM = facts_of(Item)
USED_AMOUNTS = tuple(name for name, fact in USED.items() if fact.kind in ("fen", "list"))
VISIT_FACTS = tuple(fact for fact in plain_facts(Visit) if fact.name != "channel")
"""Of a visit; ``channel`` is asked as ``manual``."""
ENROLMENT_FACTS = tuple(
    fact for fact in plain_facts(Enrolment) if fact.name != "contribution_class"
)
"""Of an enrolment; the class of contribution is part of ``scheme`` (``flexible``)."""


def _facts() -> tuple[Fact, ...]:
    filing = facts_of(Filing)["kind"]
    return (
        replace(ENROLMENT["scheme"], title=message("参保类型"), choices=tuple(Contributor)),
        VISIT["kind"],
        replace(ENROLMENT["status"], required=False),
        Fact(
            message("费用总额"),
            help=message("只有总额时，按全部属于甲类来算，实际会少报一些。"),
            name="total",
            kind="fen",
            unit=_YUAN,
        ),
        *(fact for fact in plain_facts(Institution) if fact.name not in VISIT),
        Fact(message("社区、乡镇卫生院"), name="community", kind="flag"),
        Fact(message("就医地"), help=message("不写同参保地。"), name="care_area", kind="area"),
        replace(filing, name="filing", required=False, choices=tuple(words.FILING)),
        *VISIT_FACTS,
        Fact(
            message("病种认定日"), help=message("不写是就诊当天。"), name="disease_from", kind="day"
        ),
        Fact(message("先垫付、后手工报销"), name="manual", kind="flag"),
        Fact(
            message("就诊日或出院日"),
            help=message("按这一天的规定算。"),
            name="on",
            kind="day",
            default=TODAY,
        ),
        Fact(message("入院日"), help=message("不写同出院日。"), name="admitted", kind="day"),
        USED["admissions"],
        replace(facts_of(Person)["birth"], required=False),
        Fact(
            message("周岁"),
            help=message("代替出生日期。"),
            unit=message("岁"),
            name="age",
            kind="whole",
            most=MOST_AGE,
        ),
        Fact(
            message("参保首日"),
            help=message("不写按一直参保。"),
            name="enrolled_from",
            kind="day",
        ),
        *ENROLMENT_FACTS,
        Fact(message("本人个人账户余额"), name="balance", kind="fen", unit=_YUAN),
        Fact(message("用本人个人账户支付"), name="draw_own", kind="flag"),
    )


QUESTION: Mapping[str, Fact] = {fact.name: fact for fact in _facts()}


ITEM_LINE = Composite(
    "item",
    message("费用明细"),
    tuple(ITEM.values()),
    example="B:2000:upfront=10:kind=drug:limit=450",
    unit=message("明细"),
)
"""One charged line in a text."""
USED_AMOUNT = Composite(
    "used",
    message("今年已用"),
    tuple(replace(USED[name], kind="fen", required=False) for name in USED_AMOUNTS),
    example="outpatient_pooled=1200",
    unit=message("累计"),
)
"""One accumulator in a text."""


def read_parts(
    packs: PolicyLibrary,
    composite: Composite,
    text: str,
    place: str,
    said: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a text says of several facts, by name; an ``InputError`` names ``place``.

    ``said``: what was said elsewhere, on which it hangs which of them apply.
    """
    told = dict(said or {})
    values: dict[str, Any] = {}
    leading = [fact for fact in composite.facts if fact.required and fact.applies(told)]
    pieces = [piece.strip() for piece in text.split(composite.separator)]
    if len(pieces) < len(leading) or not all(pieces):
        raise InputError(
            message("{text} 请写成 {example}", text=repr(text), example=composite.example),
            place=place,
        )
    for fact, piece in zip(leading, pieces, strict=False):
        values[fact.name] = told[fact.scenario_key] = read_text(packs, fact, piece, place)
    others = {fact.scenario_key: fact for fact in composite.facts if not fact.required}
    for piece in pieces[len(leading) :]:
        name, equals, written = (part.strip() for part in piece.partition("="))
        other = others.get(name)
        if other is None or not equals:
            raise InputError(
                message("不认识 {name}，可以写：{known}", name=name, known=Listed(others)),
                place=place,
            )
        if not other.applies(told):
            where = Alternatives(words.label(code) for code in other.only[0][1])
            raise InputError(message("{key} 只能写在{where}上", key=name, where=where), place=place)
        values[other.name] = read_text(packs, other, written, place)
    return values


def item_of(packs: PolicyLibrary, text: str, place: str, area: str = "") -> Item:
    """A fee item written ``B:2000:upfront=10:kind=drug:limit=450``.

    ``area``: whose catalogue knows the class of a drug that stands in place of it.
    """
    return Item(**read_parts(packs, ITEM_LINE, _classed(text, place, area), place))


def _classed(text: str, place: str, area: str) -> str:
    """A fee item that begins with the name of a drug, with its class in place of the name."""
    name, separator, rest = text.partition(ITEM_LINE.separator)
    plain = name.strip()
    if len(plain) < _SHORTEST_DRUG or plain in words.labels_of(ITEM["item_class"]).values():
        return text
    from yibao.guide.drugs import class_of, drugs_named

    lines = drugs_named(plain, area)
    if not lines:
        return text
    item_class = class_of(lines)
    if not item_class:
        forms = Listed(dict.fromkeys(f"{drug.name}（{drug.form}）" for drug in lines))
        raise InputError(
            message(
                "{name} 各剂型类别不同或由省里定，请写类别或：{forms}", name=plain, forms=forms
            ),
            place=place,
        )
    upfront = {drug.upfront for drug in lines}
    share = upfront.pop() if len(upfront) == 1 else ""
    if share and f"{_UPFRONT}=" not in rest:
        rest = f"{rest}{ITEM_LINE.separator}{_UPFRONT}={share}"
    return f"{item_class}{separator}{rest}"


def drugs_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The fee items that name a drug of the catalogue instead of a class, by their names."""
    names = (text.partition(ITEM_LINE.separator)[0].strip() for text in texts)
    return tuple(name for name in names if len(name) >= _SHORTEST_DRUG and not name.endswith("类"))


def read_text(packs: PolicyLibrary, fact: Fact, text: str, place: str) -> Any:
    """What a text says of a fact, also in Chinese; an ``InputError`` names ``place``.

    A name of the packs stays as it is written: the area's rulebook knows what it means.
    """
    match fact.kind:
        case "choice":
            return (
                words.grade_code(text)
                if fact.name == "grade"
                else words.choose(text, words.labels_of(fact), place)
            )
        case "whole":
            return reading.whole_text(text, place, fact.least, fact.most)
        case "fen":
            return reading.amount(text, place)
        case "basis_points":
            return reading.share(text, place)
        case "day":
            return reading.day(text, place)
        case "month":
            return reading.month(text, place)
        case "area":
            return reading.any_area(packs, text, place)
        case _:
            if len(text) > MOST_NAME:
                raise InputError(message("太长了，最多 {most} 个字", most=MOST_NAME), place=place)
            return text.strip()


def plain_values(facts: tuple[Fact, ...], said: Said) -> dict[str, Any]:
    """Facts by name as they were said, with their defaults; checked by their description."""
    values = {}
    for fact in facts:
        value = said.get(fact.name)
        if value is None:
            value = fact.default
        elif value != fact.default and not fact.applies(said):
            wanted = "、".join(text_of(words.label(code)) for code in fact.only[0][1])
            raise InputError(message("只用于{wanted}", wanted=wanted), place=fact.name)
        elif fact.kind == "whole":
            reading.whole(value, fact.name, fact.least, fact.most)
        values[fact.name] = value
    return values


def bill_kind(said: Said) -> str:
    """What kind of bill it is, without its amount: a name for what many bills share."""
    names = sorted(name for name, value in said.items() if value and name not in _AMOUNTS)
    return " ".join(f"{name}={said[name]}" for name in names)
