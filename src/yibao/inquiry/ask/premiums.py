"""What a period of insurance costs."""

from __future__ import annotations

import datetime
import re
from typing import Any

from yibao.errors import RefusedError
from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.reply import FigureSaid
from yibao.inquiry.ask.rules import GapError
from yibao.messages import Fen, message
from yibao.policy.kinds import ContributionClass, Contributor, RelationKind, Status
from yibao.written import UNSET

_A_MONTH = re.compile("一个月|每月|每个月|月缴|月交|按月")
_MOST_MONTHS = 12
_LARGE_AMOUNT_MONTH = "employee.contribution.flexible_large_amount_month"


def _fen(amount: int) -> FigureSaid:
    return FigureSaid("fen", amount, Fen(amount))


def _resident(draft: Draft, year: int, paid_on: datetime.date, **more: Any) -> Any:
    fields = {"scheme": Contributor.RESIDENT, "year": year, "paid_on": paid_on.isoformat()}
    if draft.facts.get("group") not in (None, "newborn"):
        fields["group"] = draft.facts["group"]
    return draft.calculate("contribute", {**fields, **more}).answer


def _in_window(year: int) -> datetime.date:
    return datetime.date(year - 1, 12, 20)


def resident_bill(draft: Draft) -> None:
    """What a resident pays for a year; other schemes beside it where none was said."""
    year = int(draft.facts.get("year") or draft.context.today.year)
    paid_on = draft.facts.get("paid_on")
    paid = datetime.date.fromisoformat(paid_on) if paid_on else _in_window(year)
    try:
        answer = _resident(draft, year, paid)
    except RefusedError:
        _last_known(draft, year)
        return
    monthly = answer.monthly_equivalent
    if paid_on and answer.late:
        draft.lead(_fen(answer.due))
        draft.sentence = message(
            "现在补缴 {year} 年度居民医保要 {due}（含财政补助部分）。",
            year=year,
            due=Fen(answer.due),
        ).text(draft.language)
        _waiting(draft)
    elif _A_MONTH.search(draft.text) and monthly is not UNSET and monthly:
        draft.lead(_fen(monthly))
        draft.sentence = message(
            "居民医保折合每月 {monthly}（{year} 年度一年 {due}，按年缴）。",
            year=year,
            due=Fen(answer.due),
            monthly=Fen(monthly),
        ).text(draft.language)
        draft.beside(
            message("一年").text(draft.language),
            Fen(answer.due).text(draft.language),
            [_fen(answer.due)],
        )
    else:
        draft.lead(_fen(answer.due))
        said = message("城乡居民医保 {year} 年度个人缴 {due}。", year=year, due=Fen(answer.due))
        if draft.province:
            said = message("{province}全省统一：{said}", province=draft.province, said=said)
        draft.sentence = said.text(draft.language)
    if "year" not in draft.facts:
        draft.assume(
            "year",
            str(year),
            message("没有说哪一年，按 {year} 年度算", year=year).text(draft.language),
        )
    if "scheme" not in draft.facts:
        _other_schemes(draft, answer.due, year)


def _waiting(draft: Draft) -> None:
    if draft.rules is not None and draft.rules.has("resident.waiting.fixed"):
        months = draft.rules.figure("resident.waiting.fixed")
        text = message("缴费后等 {months} 才有待遇", months=months.words).text(draft.language)
        draft.beside(message("等待期").text(draft.language), text, ())


def _last_known(draft: Draft, year: int) -> None:
    """No source for a year: say so, and what the last known one was."""
    assert draft.rules is not None
    draft.sources.clear()
    for earlier in range(draft.context.today.year, year - 4, -1):
        if earlier >= year:
            continue
        try:
            answer = _resident(draft, earlier, _in_window(earlier))
        except RefusedError:
            continue
        said = message(
            "{year} 年度的缴费标准还没有来源，不能代为估计；"
            "最近一个有来源的是 {earlier} 年度 {due}。",
            year=year,
            earlier=earlier,
            due=Fen(answer.due),
        )
        draft.refuse("no_source", said.text(draft.language), str(year))
        return
    raise GapError("resident.contribution.individual")


def _other_schemes(draft: Draft, resident: int, year: int) -> None:
    language = draft.language
    if draft.facts.get("group"):
        return
    text = message("一年 {due}", due=Fen(resident)).text(language)
    draft.branch(message("居民").text(language), text, [_fen(resident)])
    month = _flexible_month(draft)
    if month is not None:
        text = message("最低基数一个月 {month}", month=Fen(month)).text(language)
        draft.branch(message("灵活就业").text(language), text, [_fen(month)])
    rate = _individual_rate(draft)
    if rate is not None:
        text = message("个人每月缴费基数的 {rate}", rate=rate.words).text(language)
        draft.branch(message("职工").text(language), text, ())
    draft.follow_up("scheme")


def _individual_rate(draft: Draft) -> FigureSaid | None:
    rules = draft.rules
    if rules is None or not rules.has("employee.contribution.individual_rate"):
        return None
    return rules.figure("employee.contribution.individual_rate")


def _flexible(draft: Draft) -> Any:
    day = draft.day
    fields = {
        "scheme": Contributor.FLEXIBLE,
        "month": f"{day:%Y-%m}",
        "paid_on": day.isoformat(),
    }
    if draft.facts.get("base_fen"):
        fields["base"] = f"{draft.facts['base_fen'] / 100:.2f}"
    return draft.calculate("contribute", fields).answer


def _flexible_month(draft: Draft) -> int | None:
    """A month of flexible employment at the lowest base; None where no source gives it."""
    try:
        answer = _flexible(draft)
    except RefusedError:
        return None
    return int(next((line.amount for line in answer.lines if line.name == "basic"), answer.due))


def _flexible_year(draft: Draft) -> tuple[int, int]:
    """The basic premium of a month, and the large-amount premiums of a whole year, in fen."""
    answer = _flexible(draft)
    basic = next((line.amount for line in answer.lines if line.name == "basic"), answer.due)
    large = next((line.amount for line in answer.lines if line.name == "large_amount"), 0)
    rules = draft.rules
    if rules is not None and rules.has(_LARGE_AMOUNT_MONTH):
        large += (_MOST_MONTHS - 1) * rules.figure(_LARGE_AMOUNT_MONTH).number
    return int(basic), int(large)


def flexible_bill(draft: Draft) -> None:
    """A month of flexible employment, and what comes once a year."""
    basic, large = _flexible_year(draft)
    year = basic * _MOST_MONTHS + large
    by_year = not _A_MONTH.search(draft.text) and re.search("一年|每年|全年|年缴", draft.text)
    if by_year:
        draft.lead(_fen(year))
        draft.sentence = message(
            "灵活就业一年 {year}（每月 {month}，共十二个月，另加大额补助 {large}）。",
            month=Fen(basic),
            large=Fen(large),
            year=Fen(year),
        ).text(draft.language)
    else:
        draft.lead(_fen(basic))
        draft.sentence = message(
            "灵活就业按最低基数每月 {month}，大额补助一年另缴 {large}。",
            month=Fen(basic),
            large=Fen(large),
        ).text(draft.language)
        draft.beside(
            message("一年").text(draft.language), Fen(year).text(draft.language), [_fen(year)]
        )
    if draft.rules is not None:
        draft.rules.cite("employee.contribution.base_floor")


def base_bill(draft: Draft) -> None:
    """A month of an employee with a base: the own part and the employer's."""
    assert draft.rules is not None
    base = draft.facts.get("base_fen")
    day = draft.day
    fields = {
        "scheme": Contributor.EMPLOYEE,
        "month": f"{day:%Y-%m}",
        "paid_on": day.isoformat(),
    }
    if base:
        fields["base"] = f"{base / 100:.2f}"
    answer = draft.calculate("contribute", fields).answer
    draft.lead(_fen(answer.due))
    draft.sentence = message(
        "个人每月 {own}，单位每月 {employer}。", own=Fen(answer.due), employer=Fen(answer.employer)
    ).text(draft.language)
    text = Fen(answer.employer).text(draft.language)
    draft.beside(message("单位").text(draft.language), text, [_fen(answer.employer)])


def family_bill(draft: Draft) -> None:
    """What a family pays in a year, as far as its members were named."""
    assert draft.rules is not None
    language = draft.language
    today = draft.context.today
    year = int(draft.facts.get("year") or today.year)
    total = 0
    if ContributionClass.FLEXIBLE in draft.read.schemes:
        basic, large = _flexible_year(draft)
        flexible = basic * _MOST_MONTHS + large
        total += flexible
        text = message("一年 {due}", due=Fen(flexible)).text(language)
        draft.branch(message("灵活就业").text(language), text, [_fen(flexible)])
        draft.lead(_fen(flexible))
    if RelationKind.CHILD in (draft.facts.get("relation"), *_relations(draft.text)):
        child = _resident(draft, year, _in_window(year)).due
        total += child
        text = message("一年 {due}", due=Fen(child)).text(language)
        draft.branch(message("孩子（居民）").text(language), text, [_fen(child)])
        draft.lead(_fen(child))
    rate = _individual_rate(draft)
    if Contributor.EMPLOYEE in draft.read.schemes and rate is not None:
        text = message("个人每月缴费基数的 {rate}", rate=rate.words).text(language)
        draft.branch(message("职工").text(language), text, ())
        draft.follow_up("base")
    said = "；".join(f"{branch.label}{branch.text}" for branch in draft.answer().branches)
    draft.sentence = message("{parts}。", parts=said).text(language)


def _relations(text: str) -> tuple[str, ...]:
    return (RelationKind.CHILD,) if re.search("孩子|儿子|女儿|闺女|娃", text) else ()


def account_base(draft: Draft) -> None:
    """What a month brings into the personal account of somebody with a base."""
    assert draft.rules is not None
    draft.rules.figure("personal_account.working_ratio")
    fields = {
        "scheme": Contributor.EMPLOYEE,
        "month": f"{draft.day:%Y-%m}",
        "base": f"{draft.facts['base_fen'] / 100:.2f}",
    }
    answer = draft.calculate("contribute", fields).answer
    draft.facts.setdefault("scheme", Contributor.EMPLOYEE)
    draft.assume("status", Status.WORKING, message("没有说退休，按在职算").text(draft.language))
    draft.lead(_fen(answer.due))
    draft.sentence = message(
        "每月进个人账户 {own}，就是自己缴的那一份。", own=Fen(answer.due)
    ).text(draft.language)


def resident_late(draft: Draft) -> None:
    """What a resident pays who pays today."""
    draft.facts["paid_on"] = draft.context.today.isoformat()
    resident_bill(draft)
