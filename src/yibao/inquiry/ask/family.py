"""What a family pays in a year, as far as its members were named."""

from __future__ import annotations

import re

from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.numbers import number
from yibao.inquiry.ask.premiums import (
    flexible_year,
    in_window,
    individual_rate,
    resident_premium,
)
from yibao.inquiry.ask.reply import FigureSaid
from yibao.messages import Fen, Listed, Wording, message
from yibao.policy.kinds import ContributionClass, Contributor

_MONTHS = 12
_BOTH_FLEXIBLE = re.compile(
    "(?:我[和跟](?:我)?(?:老公|老婆|爱人|媳妇|丈夫|妻子)|两口子|夫妻|都是?)[^，,。]{0,4}灵活"
)
_CHILDREN = re.compile("([一二两三四\\d])个(?:孩子|小孩|娃|儿子|女儿|学生)")
_CHILD = re.compile("孩子|儿子|女儿|闺女|娃|小孩|上小学|上初中|上高中")


def family_bill(draft: Draft) -> None:
    """The premium of each member, and of all where each of them is known."""
    assert draft.rules is not None
    language = draft.language
    year = int(draft.facts.get("year") or draft.context.today.year)
    parts: list[Wording] = []
    total = people = 0

    def add(who: Wording, each: int, count: int) -> None:
        nonlocal total, people
        total += each * count
        people += count
        said = message("一年 {due}", due=Fen(each))
        if count > 1:
            said = message("{count} 人，每人一年 {due}", count=count, due=Fen(each))
        draft.branch(who.text(language), said.text(language), [_fen(each)])
        parts.append(message("{who} {said}", who=who, said=said))

    if ContributionClass.FLEXIBLE in draft.read.schemes:
        month, large = flexible_year(draft)
        count = 2 if _BOTH_FLEXIBLE.search(draft.text) else 1
        add(message("灵活就业"), month * _MONTHS + large, count)
    children = _children(draft.text)
    if children:
        child = int(resident_premium(draft, year, in_window(year)).due)
        add(message("孩子（居民）"), child, children)
    elif draft.read.schemes == (Contributor.RESIDENT,) and draft.facts.get("members"):
        each = int(resident_premium(draft, year, in_window(year)).due)
        add(message("居民"), each, int(draft.facts["members"]))
    rate = individual_rate(draft)
    if Contributor.EMPLOYEE in draft.read.schemes and rate is not None:
        said = message("个人每月缴费基数的 {rate}", rate=rate.words)
        draft.branch(message("职工").text(language), said.text(language))
        parts.append(message("{who} {said}", who=message("职工"), said=said))
        draft.follow_up("base")
        draft.lead(_fen(total))
    elif people > 1:
        draft.lead(_fen(total))
        total_said = message("一共 {total}：{parts}。", total=Fen(total), parts=Listed(parts))
        draft.sentence = total_said.text(language)
        return
    if not parts:
        return
    draft.sentence = message("{parts}。", parts=Listed(parts)).text(language)


def _children(text: str) -> int:
    counted = _CHILDREN.search(text)
    if counted:
        return number(counted[1]) or 1
    return 1 if _CHILD.search(text) else 0


def _fen(amount: int) -> FigureSaid:
    return FigureSaid("fen", amount, Fen(amount))
