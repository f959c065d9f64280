"""What is asked about one person, one institution and one bill: every fact once.

Most are facts of :mod:`yibao.benefit.facts` as they are; the rest say in one word what those
hold in several (``community``, ``manual``, ``age``).  Command line and pages are made of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from yibao.benefit.described import TODAY, Fact, facts_of, plain_facts
from yibao.benefit.facts import Enrolment, Filing, Institution, Item, Person, Used, Visit
from yibao.errors import InputError
from yibao.inquiry import reading, words
from yibao.inquiry.reading import MOST_AGE
from yibao.messages import message, text_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor

Said = Mapping[str, Any]
"""Typed values of :data:`QUESTION` by name, None or absent where nothing was said; beside
them ``items`` (fee items), ``used`` (fen by accumulator) and ``groups`` (codes)."""

MOST_NAME = 40
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
