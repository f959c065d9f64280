"""The sentences and labels of answers, in two languages."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from yibao.benefit.answers import VisitAnswer
from yibao.benefit.period_answers import CeilingAnswer, ContributionAnswer, WaitingAnswer
from yibao.inquiry import words
from yibao.messages import (
    NOTHING,
    Fen,
    Message,
    Months,
    Phrases,
    Wording,
    Years,
    Yuan,
    message,
    message_in,
)
from yibao.money.text import format_yuan
from yibao.policy.reported import Valued
from yibao.written import UNSET

AMOUNTS: tuple[tuple[Wording, str, int], ...] = (
    (message("总费用"), "total", 0),
    (message("全自费"), "out_of_catalogue", 1),
    (message("超限价"), "over_limit", 1),
    (message("先行自付"), "upfront", 1),
    (message("政策范围内费用"), "eligible", 1),
    (message("起付线"), "deductible", 2),
    (message("基金支付"), "fund", 0),
    (message("统筹基金"), "pooled", 1),
    (message_in("sentences", "大病保险、大额补助"), "upper", 1),
    (message("医疗救助"), "assistance", 1),
    (message("其他基金"), "other_fund", 1),
    (message("个人负担"), "own", 0),
    (message("本人个人账户"), "account", 1),
    (message("家庭共济"), "mutual_aid", 1),
    (message("现金"), "cash", 1),
)
ALWAYS = ("total", "fund", "own")
BILL_LINES = {
    "individual": message("个人缴费"),
    "fiscal_subsidy": message("财政补助部分（逾期自付）"),
    "group_subsidy": message("参保资助"),
    "basic": message("基本医疗保险"),
    "large_amount": message("大额医疗补助"),
    "extra": message("附加缴费"),
}
BOTH_AREAS = message("两地")
BOTH_DATES = message("前后")


def yuan(fen: int) -> str:
    """``1,234.50``."""
    return format_yuan(fen)


def money(fen: int) -> Wording:
    """An amount with its unit."""
    return message("{fen}", fen=Fen(fen))


def visit_headline(total: int, fund: int, own: int) -> Message:
    """The whole visit, or several, in one sentence; fen."""
    return message(
        "总费用 {total}，基金支付 {fund}，个人负担 {own}",
        total=Fen(total),
        fund=Fen(fund),
        own=Fen(own),
    )


def months_text(months: int) -> Wording:
    """Months as years and months."""
    years, rest = divmod(months, 12)
    if years and rest:
        return message("{years} {months}", years=Years(years), months=Months(rest))
    return Years(years) if years else Months(rest)


def contribution_headline(answer: ContributionAnswer, scheme: str, place: Wording) -> Message:
    """What a period costs, in one sentence."""
    if answer.year is not UNSET:
        period = message("{year} 年度", year=answer.year)
    elif answer.months is not UNSET:
        number = Months(answer.months)
        period = message("{month} 起 {number}", month=answer.month, number=number)
    else:
        period = None
    about = {"place": place, "scheme": words.CONTRIBUTOR[scheme], "due": Fen(answer.due)}
    if period is None:
        said = message("{place}{scheme} {month} 个人缴费 {due}", month=answer.month, **about)
    else:
        said = message("{place}{scheme} {period}个人缴费 {due}", period=period, **about)
    if answer.monthly_equivalent is not UNSET and answer.monthly_equivalent:
        monthly = Fen(answer.monthly_equivalent)
        said = message("{said}，折合每月 {monthly}", said=said, monthly=monthly)
    return message("{said}（逾期）", said=said) if answer.late else said


def cover_headline(answer: WaitingAnswer) -> Message:
    """Whether and since when there are benefits."""
    on, since = answer.on, answer.since
    if answer.entitled:
        if not since:
            return message("{on} 有待遇", on=on)
        return message("{on} 有待遇，自 {since} 起", on=on, since=since)
    if since:
        return message(
            "{on} 还没有待遇，{since} 起享受（等待 {months}）",
            on=on,
            since=since,
            months=Months(answer.months),
        )
    return message("{on} 没有待遇", on=on)


def lapse_text(answer: WaitingAnswer) -> Message:
    """Whether the months of a lapse may still be paid; empty without a lapse."""
    owed = answer.back_payment
    if owed is UNSET:
        return NOTHING
    if not answer.repairable:
        return message("中断的月份不能再补缴")
    if owed is None:
        return message("中断的月份可以补缴")
    return message("中断的月份可以补缴，需 {owed}", owed=Fen(owed))


def ceiling_text(answer: CeilingAnswer) -> Message:
    """The major-illness ceiling in one sentence."""
    if answer.original is None or answer.ceiling is None:
        return message("大病保险没有封顶线")
    parts = [message("原 {amount}", amount=Yuan(answer.original))]
    if answer.continuity:
        parts.append(message("连续参保加 {amount}", amount=Yuan(answer.continuity)))
    if answer.zero_claim:
        parts.append(message("零报销加 {amount}", amount=Yuan(answer.zero_claim)))
    total = message("大病保险封顶线 {total}", total=Fen(answer.ceiling))
    if len(parts) == 1:
        return total
    return message("{total}（{parts}）", total=total, parts=Phrases(parts))


def comparison_headline(
    names: Sequence[Wording],
    answers: Sequence[VisitAnswer],
    both: Wording = BOTH_AREAS,
) -> Message:
    """Which of two areas, or dates, pays more."""
    first, second = (answer.fund for answer in answers)
    if first == second:
        return message("{both}基金支付相同：{paid}", both=both, paid=Fen(first))
    more, less = (0, 1) if first > second else (1, 0)
    return message(
        "不一样：{more}基金支付 {paid}，比{less}多 {difference}",
        more=names[more],
        paid=Fen(answers[more].fund),
        less=names[less],
        difference=Fen(abs(first - second)),
    )


def aid_headline(relation: str, on: datetime.date, available: int, why: Wording) -> Message:
    """What a relative may draw today."""
    relative = words.RELATION[relation]
    if available:
        return message(
            "{relative} {on} 最多可用 {available}",
            relative=relative,
            on=on,
            available=Fen(available),
        )
    return message("{relative} {on} 不能用：{why}", relative=relative, on=on, why=why)


def retirement_headline(missing_months: int, cost: int) -> Message:
    """Whether the years suffice."""
    if not missing_months:
        return message("年限已满，退休后不再缴费，享受职工医保待遇")
    missing = months_text(missing_months)
    return message("还差 {missing}，一次补足约需 {cost}", missing=missing, cost=Fen(cost))


def value_text(text: str) -> str:
    """A value of a rule as people read it."""
    choice = words.CHOICE.get(text)
    return choice.text() if choice is not None else text.replace("岁（年）", "年")


def values_text(values: Sequence[Valued]) -> str:
    """Values with their keys; those that are the same together."""
    grouped: dict[str, list[str]] = {}
    for stated in values:
        grouped.setdefault(value_text(stated.value), []).append(stated.keys)
    return "；".join(
        f"{'、'.join(keys)}：{value}" if any(keys) else value for value, keys in grouped.items()
    )


def subsidy_text(amount: int, apply_from: object) -> Message:
    """A premium subsidy that is paid back."""
    if apply_from:
        return message(
            "可申请缴费补贴 {amount}（先缴后补），{day} 起申请", amount=Fen(amount), day=apply_from
        )
    return message("可申请缴费补贴 {amount}（先缴后补）", amount=Fen(amount))
