"""What a period of insurance costs."""

from __future__ import annotations

import datetime
import re
from typing import Any

from yibao.errors import RefusedError
from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.reply import FigureSaid
from yibao.inquiry.ask.rules import GapError, rules_or_none
from yibao.messages import Fen, Listed, message
from yibao.policy.kinds import Contributor, Status
from yibao.policy.pack_names import GROUPS
from yibao.written import UNSET

_A_MONTH = re.compile("一个月|每月|每个月|月缴|月交|按月")
_MOST_MONTHS = 12
_LARGE_AMOUNT_MONTH = "employee.contribution.flexible_large_amount_month"
_ELDER = "老年|老人|爷爷|奶奶|老头|老太|老爷子"
_CHILD = "学生|儿童|孩子|小孩|宝宝|婴儿|娃|小朋友"
_AGE_GROUPS = {
    "working_age": "劳动年龄|成年|大人",
    "elder": _ELDER,
    "age_60_69": _ELDER,
    "age_70": _ELDER,
    "student_child": _CHILD,
}
"""Groups that some places set the premium by, and the words that name them."""
_GROUP_PREMIUM = "resident.contribution.group_individual"
_LEAST_GROUPS = 3
_OF_EMPLOYER = re.compile("(?:单位|公司|企业|老板)(?:要|得|应该|每月|帮)?(?:出|交|缴|承担|负担)")
_OF_BOTH = re.compile("个人|自己|各|扣")


def _fen(amount: int) -> FigureSaid:
    return FigureSaid("fen", amount, Fen(amount))


def resident_premium(draft: Draft, year: int, paid_on: datetime.date, **more: Any) -> Any:
    """What a resident owes for a year who pays on a day; RefusedError."""
    fields = {"scheme": Contributor.RESIDENT, "year": year, "paid_on": paid_on.isoformat()}
    if draft.facts.get("group") not in (None, "newborn"):
        fields["group"] = draft.facts["group"]
    if draft.facts.get("age"):
        fields["age"] = draft.facts["age"]
    return draft.calculate("contribute", {**fields, **more}).answer


def in_window(year: int) -> datetime.date:
    """A day of the window in which a year is paid."""
    return datetime.date(year - 1, 12, 20)


def resident_bill(draft: Draft) -> None:
    """What a resident pays for a year; other schemes beside it where none was said."""
    year = int(draft.facts.get("year") or draft.context.today.year)
    paid_on = draft.facts.get("paid_on")
    paid = datetime.date.fromisoformat(paid_on) if paid_on else in_window(year)
    if not paid_on and "age" not in draft.facts and _by_group(draft, year, named=True):
        return
    try:
        answer = resident_premium(draft, year, paid)
    except RefusedError:
        if not _by_group(draft, year):
            _last_known(draft, year)
        return
    monthly = answer.monthly_equivalent
    if paid_on and answer.late:
        draft.lead(_fen(answer.due))
        draft.sentence = message(
            "{day}补缴 {year} 年度居民医保要 {due}（含财政补助部分）。",
            day=message("现在") if paid >= draft.context.today else paid,
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
        if draft.province.endswith("省"):
            said = message("{province}全省统一：{said}", province=draft.province, said=said)
        draft.sentence = said.text(draft.language)
    if "year" not in draft.facts:
        _assume_year(draft, year)
    if "scheme" not in draft.facts:
        _other_schemes(draft, answer.due, year)


def _by_group(draft: Draft, year: int, *, named: bool = False) -> bool:
    """The premium of each group, where a place has none for everybody; False where it has none.

    ``named``: only of the groups that the question names.
    """
    rules = rules_or_none(draft.context.packs, draft.code, _first_day(year), draft.language)
    if rules is None or draft.facts.get("group"):
        return False
    figures = {
        group: rules.figure(_GROUP_PREMIUM, [group])
        for group in _AGE_GROUPS
        if rules.has(_GROUP_PREMIUM, [group])
    }
    own = [group for group in figures if re.search(_AGE_GROUPS[group], draft.text)]
    if not own and draft.read.supposed.get("scheme") == "child" and "student_child" in figures:
        own = ["student_child"]
    if not own and (named or len(figures) < _LEAST_GROUPS):
        return False
    if year >= draft.context.today.year and any(
        rules.since(_GROUP_PREMIUM, [group]).year < year for group in figures
    ):
        raise GapError(_GROUP_PREMIUM)  # a former year's amount is not this year's
    draft.rules = rules
    language = draft.language
    draft.sources.clear()
    for group, figure in figures.items():
        label = GROUPS[group].text(language)
        draft.branch(label, figure.words.text(language), [figure])
    said = [
        message("{group} {due}", group=GROUPS[group], due=figure.words)
        for group, figure in figures.items()
        if not own or group in own
    ]
    draft.lead(figures[own[0]] if own else next(iter(figures.values())))
    draft.sentence = message(
        "城乡居民医保 {year} 年度个人缴：{parts}。", year=year, parts=Listed(said)
    ).text(language)
    if not own:
        draft.follow_up("group")
    if "year" not in draft.facts:
        _assume_year(draft, year)
    return True


def _first_day(year: int) -> datetime.date:
    return datetime.date(year, 1, 1)


def _assume_year(draft: Draft, year: int) -> None:
    text = message("没有说哪一年，按 {year} 年度算", year=year).text(draft.language)
    draft.assume("year", str(year), text)


def _waiting(draft: Draft) -> None:
    if draft.rules is not None and draft.rules.has("resident.waiting.fixed"):
        months = draft.rules.figure("resident.waiting.fixed")
        text = message("缴费后等 {months} 才有待遇", months=months.words).text(draft.language)
        draft.beside(message("等待期").text(draft.language), text, ())


def _last_known(draft: Draft, year: int) -> None:
    """No source for a year: say so, and what the last known one was."""
    assert draft.rules is not None
    draft.sources.clear()
    if not draft.is_vouched_for("resident.contribution.individual"):
        raise GapError("resident.contribution.individual")
    for earlier in range(min(draft.context.today.year, year - 1), year - 4, -1):
        try:
            answer = resident_premium(draft, earlier, in_window(earlier))
        except RefusedError:
            continue
        said = message(
            "{place} {year} 年度的缴费标准还没有来源，不能代为估计；"
            "最近一个有来源的是 {earlier} 年度 {due}。",
            place=draft.place_name(),
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
    rate = individual_rate(draft)
    if rate is not None:
        text = message("个人每月缴费基数的 {rate}", rate=rate.words).text(language)
        draft.branch(message("职工").text(language), text, ())
    draft.follow_up("scheme")


def individual_rate(draft: Draft) -> FigureSaid | None:
    """The own part of an employee's contribution; None where no source gives it."""
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


def flexible_year(draft: Draft) -> tuple[int, int]:
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
    basic, large = flexible_year(draft)
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
        if not large:
            draft.sentence = message(
                "灵活就业一年 {year}（每月 {month}，共十二个月）。",
                month=Fen(basic),
                year=Fen(year),
            ).text(draft.language)
    else:
        draft.lead(_fen(basic))
        base = draft.facts.get("base_fen")
        by_base = (
            message("灵活就业每月 {month}（按 {base} 的基数）", base=Fen(base), month=Fen(basic))
            if base
            else message("灵活就业按最低基数每月 {month}", month=Fen(basic))
        )
        said = (
            message("{by_base}，大额补助一年另缴 {large}。", by_base=by_base, large=Fen(large))
            if large
            else message("{by_base}。", by_base=by_base)
        )
        draft.sentence = said.text(draft.language)
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
    own, employer = Fen(answer.due), Fen(answer.employer)
    if _OF_EMPLOYER.search(draft.text) and not _OF_BOTH.search(draft.text):
        draft.lead(_fen(answer.employer))
        said = message("单位每月 {employer}，个人每月 {own}。", own=own, employer=employer)
        draft.sentence = said.text(draft.language)
        draft.beside(
            message("个人").text(draft.language), own.text(draft.language), [_fen(answer.due)]
        )
        return
    draft.lead(_fen(answer.due))
    said = message("个人每月 {own}，单位每月 {employer}。", own=own, employer=employer)
    draft.sentence = said.text(draft.language)
    text = Fen(answer.employer).text(draft.language)
    draft.beside(message("单位").text(draft.language), text, [_fen(answer.employer)])


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
    """What a resident pays who pays today, or in the month that was named."""
    today = draft.context.today
    paid = today
    if (month := draft.facts.get("month")) and "year" not in draft.facts:
        paid = datetime.date(today.year, int(month), 15)
    draft.facts["paid_on"] = paid.isoformat()
    resident_bill(draft)
