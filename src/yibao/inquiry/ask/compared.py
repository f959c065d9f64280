"""One rule of several places, side by side."""

from __future__ import annotations

import re
from typing import NamedTuple

from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.reply import FigureSaid, LinkSaid
from yibao.inquiry.ask.rules import GapError, RulesSaid, rules_or_none
from yibao.inquiry.calculators.base import area_choices
from yibao.messages import Listed, Message, message
from yibao.policy.kinds import Contributor, Member, Sex, Status


class _Known(NamedTuple):
    """A rule of a place."""

    place: str
    rules: RulesSaid
    figure: FigureSaid


class _Matter(NamedTuple):
    """What two places are compared by."""

    words: re.Pattern[str]
    parameter: str
    members: tuple[str, ...]
    said: Message


_MATTERS = (
    _Matter(
        re.compile("年限|多少年|几年"),
        "retirement.years",
        (Sex.MALE,),
        message("退休要缴满的年限（男）：{parts}。"),
    ),
    _Matter(
        re.compile("起付|门槛"),
        "employee.inpatient.deductible",
        (Member.WORKING, "1"),
        message("在职职工三甲等一类医院住院的起付线：{parts}。"),
    ),
    _Matter(
        re.compile("封顶|最多|最高"),
        "employee.inpatient.annual_ceiling",
        (),
        message("职工住院基本统筹一年最多付：{parts}。"),
    ),
    _Matter(
        re.compile("基数"),
        "employee.contribution.base_floor",
        (),
        message("缴费基数下限：{parts}。"),
    ),
    _Matter(
        re.compile("津贴|产假"),
        "maternity.allowance_days",
        (),
        message("生育津贴天数：{parts}。"),
    ),
    _Matter(
        re.compile("居民.{0,4}[缴交]|农合.{0,4}[缴交]|缴费|交多少|保费"),
        "resident.contribution.individual",
        (),
        message("城乡居民医保个人缴费：{parts}。"),
    ),
    _Matter(
        re.compile("门诊"),
        "employee.outpatient.ratio",
        (Status.WORKING, "1"),
        message("在职职工三甲等一类医院门诊的比例：{parts}；起付线和限额不同。"),
    ),
)
_STAYS = message(
    "在职职工三甲等一类医院住院的比例：{parts}；起付线和分段不同，可以用同一笔费用对比。"
)
_RESIDENTS = message("居民三甲等一类医院住院的比例：{parts}；起付线和限额不同。")


def _of_city(draft: Draft, code: str, name: str, members: tuple[str, ...]) -> _Known | None:
    """The rule of the best known city of a province, where the cities set it themselves."""
    packs = draft.context.packs
    for choice in area_choices(packs):
        if packs.area(choice.code).parent != code:
            continue
        rules = rules_or_none(packs, choice.code, draft.day, draft.language)
        if rules is None:
            continue
        try:
            figure = rules.figure(name, members)
        except GapError:
            continue
        draft.assume(
            "area",
            choice.code,
            message("各市自己定，以 {city} 为例", city=choice.label).text(draft.language),
        )
        return _Known(choice.label.text(draft.language), rules, figure)
    return None


def areas_apart(draft: Draft) -> None:
    """A rule in each of the places that a question names; the ratio of a stay where none is."""
    packs = draft.context.packs
    matter = next((matter for matter in _MATTERS if matter.words.search(draft.text)), None)
    parameter, said = "employee.inpatient.ratio", _STAYS
    members: tuple[str, ...] = (Member.WORKING, "1")
    if matter is not None:
        parameter, members, said = matter.parameter, matter.members, matter.said
    elif draft.facts.get("scheme") == Contributor.RESIDENT:
        parameter, members, said = "resident.inpatient.ratio", ("1",), _RESIDENTS
    known: list[_Known] = []
    for place in draft.read.where.named:
        rules = rules_or_none(packs, place.code, draft.day, draft.language)
        if rules is None or packs.area(rules.rules.rulebook.area).code != place.code:
            text = message(
                "{place}还没有政策包，比不了；请咨询当地医保部门 12393。",
                place=draft.named(place.code),
            )
            draft.refuse("place", text.text(draft.language), draft.named(place.code))
            return
        try:
            known.append(_Known(draft.named(place.code), rules, rules.figure(parameter, members)))
        except GapError:
            city = _of_city(draft, place.code, parameter, members)
            if city is None:
                raise
            known.append(city)
    parts = []
    for name, rules, figure in known:
        parts.append(message("{place} {ratio}", place=name, ratio=figure.words))
        draft.branch(name, figure.words.text(draft.language), [figure])
        draft.lead(figure)
        draft.sources += rules.used.values()
    draft.sentence = said.with_values(parts=Listed(parts)).text(draft.language)
    draft.links.append(LinkSaid("calculator", "/calc/compare"))
