"""The sentences and labels of answers, in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yibao.inquiry import words
from yibao.messages import Said
from yibao.money.text import format_yuan
from yibao.policy.model import Words

Answer = Mapping[str, Any]

AMOUNTS: tuple[tuple[Words, str, int], ...] = (
    (Words("总费用", "Total charge"), "total", 0),
    (Words("全自费", "Outside the catalogue"), "out_of_catalogue", 1),
    (Words("超限价", "Above the price limit"), "over_limit", 1),
    (Words("先行自付", "Upfront share"), "upfront", 1),
    (Words("政策范围内费用", "Eligible amount"), "eligible", 1),
    (Words("起付线", "Deductible"), "deductible", 2),
    (Words("基金支付", "Fund pays"), "fund", 0),
    (Words("统筹基金", "Pooled fund"), "pooled", 1),
    (Words("大病保险、大额补助", "Major-illness or large-amount layer"), "upper", 1),
    (Words("医疗救助", "Medical assistance"), "assistance", 1),
    (Words("其他基金", "Other funds"), "other_fund", 1),
    (Words("个人负担", "You pay"), "own", 0),
    (Words("本人个人账户", "Own personal account"), "account", 1),
    (Words("家庭共济", "Family mutual aid"), "mutual_aid", 1),
    (Words("现金", "Cash"), "cash", 1),
)
ALWAYS = ("total", "fund", "own")
BILL_LINES = {
    "individual": Words("个人缴费", "Individual contribution"),
    "fiscal_subsidy": Words("财政补助部分（逾期自付）", "Government subsidy (paid by you if late)"),
    "group_subsidy": Words("参保资助", "Premium assistance"),
    "basic": Words("基本医疗保险", "Basic medical insurance"),
    "large_amount": Words("大额医疗补助", "Large-amount supplement"),
    "extra": Words("附加缴费", "Other levies"),
}
BOTH_AREAS = Words("两地", "in both areas")
BOTH_DATES = Words("前后", "on both dates")


def yuan(fen: int) -> str:
    """``1,234.50``."""
    return format_yuan(fen)


def money(fen: int) -> Words:
    """An amount with its unit."""
    return Words(f"{yuan(fen)} 元", f"¥{yuan(fen)}")


def visit_headline(answer: Answer) -> Words:
    """The whole visit in one sentence."""
    total, fund, own = (yuan(answer[name]) for name in ("total", "fund", "own"))
    return Words(
        f"总费用 {total} 元，基金支付 {fund} 元，个人负担 {own} 元",
        f"Of ¥{total} the fund pays ¥{fund} and you pay ¥{own}",
    )


def months_text(months: int) -> Words:
    """Months as years and months."""
    years, rest = divmod(months, 12)
    zh = ([f"{years} 年"] if years else []) + ([f"{rest} 个月"] if rest else [])
    en = ([f"{years} years"] if years else []) + ([f"{rest} months"] if rest else [])
    return Words(" ".join(zh) or "0 个月", " ".join(en) or "0 months")


def contribution_headline(answer: Answer, scheme: str, place: Words) -> Words:
    """What a period costs, in one sentence."""
    period = f"{answer['year']} 年度" if "year" in answer else f"{answer['month']} "
    time = str(answer.get("year", answer.get("month", "")))
    if answer.get("months", 1) != 1:
        period += f"起 {answer['months']} 个月"
        time += f" and on, {answer['months']} months"
    due = yuan(answer["due"])
    zh = f"{place.zh}{words.CONTRIBUTOR[scheme]} {period}个人缴费 {due} 元"
    en = f"{place.en}, {words.ENGLISH[scheme]}, {time}: you pay ¥{due}"
    if answer.get("monthly_equivalent"):
        monthly = yuan(answer["monthly_equivalent"])
        zh += f"，折合每月 {monthly} 元"
        en += f", ¥{monthly} a month"
    if answer["late"]:
        zh, en = f"{zh}（逾期）", f"{en} (late)"
    return Words(zh, en)


def cover_headline(answer: Answer) -> Words:
    """Whether and since when there are benefits."""
    on = answer["on"]
    if answer["entitled"]:
        if not answer["from"]:
            return Words(f"{on} 有待遇", f"Covered on {on}")
        return Words(
            f"{on} 有待遇，自 {answer['from']} 起", f"Covered on {on}, since {answer['from']}"
        )
    if answer["from"]:
        months = answer["months"]
        return Words(
            f"{on} 还没有待遇，{answer['from']} 起享受（等待 {months} 个月）",
            f"Not covered on {on}; benefits begin on {answer['from']} ({months} months of waiting)",
        )
    return Words(f"{on} 没有待遇", f"Not covered on {on}")


def lapse_text(answer: Answer) -> Words:
    """Whether the months of a lapse may still be paid; empty without a lapse."""
    if "lapsed_months" not in answer:
        return Words("", "")
    if not answer["repairable"]:
        return Words("中断的月份不能再补缴", "The lapsed months cannot be paid any more")
    owed = answer["back_payment"]
    if owed is None:
        return Words("中断的月份可以补缴", "The lapsed months may still be paid")
    return Words(
        f"中断的月份可以补缴，需 {yuan(owed)} 元",
        f"The lapsed months may still be paid, for ¥{yuan(owed)}",
    )


def ceiling_text(answer: Answer) -> Words:
    """The major-illness ceiling in one sentence."""
    if answer["ceiling"] is None:
        return Words("大病保险没有封顶线", "The major-illness layer has no ceiling")
    zh = [f"原 {yuan(answer['original'])}"]
    en = [f"base ¥{yuan(answer['original'])}"]
    for key, zh_name, en_name in (
        ("continuity", "连续参保加", "continuity adds"),
        ("zero_claim", "零报销加", "zero claims add"),
    ):
        if answer[key]:
            zh.append(f"{zh_name} {yuan(answer[key])}")
            en.append(f"{en_name} ¥{yuan(answer[key])}")
    total = yuan(answer["ceiling"])
    first = Words(f"大病保险封顶线 {total} 元", f"Major-illness ceiling ¥{total}")
    if len(zh) == 1:
        return first
    return Words(f"{first.zh}（{'，'.join(zh)}）", f"{first.en} ({', '.join(en)})")


def comparison_headline(
    names: Sequence[Words],
    answers: Sequence[Answer],
    both: Words = BOTH_AREAS,
) -> Words:
    """Which of two areas, or dates, pays more."""
    one, other = (answer["fund"] for answer in answers)
    if one == other:
        paid = yuan(one)
        return Words(
            f"{both.zh}基金支付相同：{paid} 元", f"The fund pays the same {both.en}: ¥{paid}"
        )
    more, less = (0, 1) if one > other else (1, 0)
    paid, difference = yuan(answers[more]["fund"]), yuan(abs(one - other))
    return Words(
        f"不一样：{names[more].zh}基金支付 {paid} 元，比{names[less].zh}多 {difference} 元",
        f"Not the same: {names[more].en} pays ¥{paid}, ¥{difference} more than {names[less].en}",
    )


def aid_headline(relation: str, on: str, available: int, why: Said) -> Words:
    """What a relative may draw today."""
    said, english = words.RELATION[relation], words.ENGLISH[relation]
    if available:
        return Words(
            f"{said} {on} 最多可用 {yuan(available)} 元",
            f"{english}: at most ¥{yuan(available)} in one payment on {on}",
        )
    return Words(f"{said} {on} 不能用：{why.text()}", f"{english}: nothing may be drawn on {on}")


def retirement_headline(missing_months: int, cost: int) -> Words:
    """Whether the years suffice."""
    if not missing_months:
        return Words(
            "年限已满，退休后不再缴费，享受职工医保待遇",
            "The years suffice: lifelong benefits without further contributions",
        )
    missing = months_text(missing_months)
    return Words(
        f"还差 {missing.zh}，一次补足约需 {yuan(cost)} 元",
        f"{missing.en} are missing; paying them at once takes about ¥{yuan(cost)}",
    )


def value_text(text: str) -> str:
    """A value of a rule as people read it."""
    return words.CHOICE.get(text, text.replace("岁（年）", "年"))


def values_text(values: Sequence[Mapping[str, Any]]) -> str:
    """Values with their keys; those that are the same together."""
    grouped: dict[str, list[str]] = {}
    for one in values:
        grouped.setdefault(value_text(str(one["value"])), []).append(str(one["keys"]))
    return "；".join(
        f"{'、'.join(keys)}：{value}" if any(keys) else value for value, keys in grouped.items()
    )


def subsidy_text(amount: int, apply_from: object) -> Words:
    """A premium subsidy that is paid back."""
    zh = f"可申请缴费补贴 {yuan(amount)} 元（先缴后补）"
    en = f"A premium subsidy of ¥{yuan(amount)} may be claimed after paying"
    if apply_from:
        zh, en = f"{zh}，{apply_from} 起申请", f"{en}, from {apply_from} on"
    return Words(zh, en)
