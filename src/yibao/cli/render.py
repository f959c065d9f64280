"""Answers as people read them: a headline, a table of amounts, the steps, what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from yibao.benefit.explain import show_amount
from yibao.cli.text import bold, cells, columns, dim, hanging, pad, pad_left, table, wrap
from yibao.inquiry.basis import NOTICE, assumption_texts, dispute_texts
from yibao.money.text import format_yuan
from yibao.policy.compile import PolicyLibrary

Answer = dict[str, Any]
_LABEL, _AMOUNT, _COLUMN = 18, 15, 12
_STATUS = {"assumed": "推定", "quarantined": "存疑"}
_BILL_LINES = {
    "individual": "个人缴费",
    "fiscal_subsidy": "财政补助部分（逾期自付）",
    "group_subsidy": "参保资助",
    "basic": "基本医疗保险",
    "large_amount": "大额医疗补助",
    "extra": "附加缴费",
}
_AMOUNTS = (
    ("总费用", "total", 0),
    ("全自费", "out_of_catalogue", 1),
    ("超限价", "over_limit", 1),
    ("先行自付", "upfront", 1),
    ("政策范围内费用", "eligible", 1),
    ("起付线", "deductible", 2),
    ("基金支付", "fund", 0),
    ("统筹基金", "pooled", 1),
    ("大病保险、大额补助", "upper", 1),
    ("医疗救助", "assistance", 1),
    ("其他基金", "other_fund", 1),
    ("个人负担", "own", 0),
    ("本人个人账户", "account", 1),
    ("家庭共济", "mutual_aid", 1),
    ("现金", "cash", 1),
)
_ALWAYS = ("total", "fund", "own")
ACCUMULATORS = (
    ("普通门诊起付累计", "outpatient_deductible"),
    ("普通门诊基金支付", "outpatient_pooled"),
    ("住院基金支付", "inpatient_pooled"),
    ("慢特病基金支付", "chronic_pooled"),
    ("大病保险、大额补助", "upper"),
    ("医疗救助", "assistance"),
    ("住院、慢特病范围内自付", "eligible_own"),
)


def yuan(fen: int) -> str:
    """``1,234.50``."""
    return format_yuan(fen)


def headline(answer: Answer) -> str:
    """The whole visit in one sentence."""
    return (
        f"总费用 {yuan(answer['total'])} 元，基金支付 {yuan(answer['fund'])} 元，"
        f"个人负担 {yuan(answer['own'])} 元"
    )


def amount_lines(answer: Answer, indent: int = 2) -> list[str]:
    """The amounts of a visit as a tree; zeros hidden."""
    rows = [
        ("  " * depth + label, yuan(answer[name]))
        for label, name, depth in _AMOUNTS
        if answer[name] or name in _ALWAYS
    ]
    return table(rows, "<>", indent, gap=4)


def title(text: str) -> list[str]:
    """The sentence that an answer begins with."""
    return [bold(line) for line in wrap(text, columns())]


def visit_lines(answer: Answer, about: str, *, explain: bool) -> list[str]:
    """A settled visit: headline, what it is about, amounts, steps."""
    lines = [*title(headline(answer)), *wrap(about, columns())]
    lines += amount_lines(answer)
    if explain:
        return lines + step_lines(answer["steps"])
    # A step without a unit is a decision against the person: said even without --explain.
    for step in answer["steps"]:
        if step["unit"] == "none":
            lines += hanging("  注：", f"{step['label']}，{step['why']}", columns(), 6)
    return lines


def step_lines(steps: Sequence[Answer], title: str = "怎么算的") -> list[str]:
    """Each step with its amount, its reason and its source."""
    if not steps:
        return []
    lines = [title]
    room = columns() - _LABEL - _AMOUNT - 4
    for step in steps:
        if step["unit"] == "fen" and not step["amount"] and not step.get("source"):
            continue  # a result of nothing; a standard of zero has a source and stays
        amount = show_amount(step["unit"], step["amount"])
        reason = wrap(step["why"], room)
        behind = [dim(line) for line in wrap(_behind(step), room)] if _behind(step) else []
        first = f"  {pad(step['label'], _LABEL)}{pad_left(amount, _AMOUNT)}  {reason[0]}"
        lines.append(first.rstrip())
        lines += [" " * (_LABEL + _AMOUNT + 4) + text for text in (*reason[1:], *behind)]
    return lines


def _behind(step: Answer) -> str:
    """Source, grade and first day of the figure."""
    if not step.get("source"):
        return ""
    details = []
    if step.get("grade"):
        details.append(f"{step['grade']} 级")
    if step.get("status") in _STATUS:
        details.append(_STATUS[step["status"]])
    if step.get("from"):
        details.append(f"{step['from']} 起")
    note = f"（{'，'.join(details)}）" if details else ""
    return f"〔{step['source']}〕{note}"


def bill_lines(answer: Answer) -> list[str]:
    """The lines of a contribution bill."""
    rows = [
        (_BILL_LINES.get(line["name"], line["name"]), yuan(line["amount"]), f"〔{line['source']}〕")
        for line in answer["lines"]
    ]
    rows.append(("应缴合计", yuan(answer["due"]), ""))
    if answer.get("monthly_equivalent"):
        rows.append(("折合每月", yuan(answer["monthly_equivalent"]), ""))
    if answer.get("base") is not None:
        rows.append(("缴费基数", yuan(answer["base"]), ""))
    if answer.get("employer"):
        rows.append(("另由单位缴", yuan(answer["employer"]), ""))
    if answer.get("fiscal_subsidy"):
        rows.append(("另由财政补助", yuan(answer["fiscal_subsidy"]), ""))
    return table(rows, "<><", gap=2)


def short(name: str) -> str:
    """A name that fits over a column of amounts."""
    return name if cells(name) <= _COLUMN else wrap(name, _COLUMN - 1)[0] + "…"


def accumulator_rows(answers: Sequence[Answer]) -> list[tuple[str, ...]]:
    """What people have used in a year, one column each; rows of zeros hidden."""
    rows: list[tuple[str, ...]] = [("", *(short(answer["person"]) for answer in answers))]
    for label, name in ACCUMULATORS:
        if any(answer[name] for answer in answers):
            rows.append((label, *(yuan(answer[name]) for answer in answers)))
    if any(answer["admissions"] for answer in answers):
        rows.append(("住院次数", *(str(answer["admissions"]) for answer in answers)))
    if len(rows) == 1:
        rows.append(("没有使用", *("" for _ in answers)))
    return rows


def ceiling_text(answer: Answer) -> str:
    """The major-illness ceiling in one sentence."""
    if answer["ceiling"] is None:
        return "大病保险没有封顶线"
    text = f"大病保险封顶线 {yuan(answer['ceiling'])} 元"
    parts = [f"原 {yuan(answer['original'])}"]
    if answer["continuity"]:
        parts.append(f"连续参保加 {yuan(answer['continuity'])}")
    if answer["zero_claim"]:
        parts.append(f"零报销加 {yuan(answer['zero_claim'])}")
    return f"{text}（{'，'.join(parts)}）" if len(parts) > 1 else text


# --- what an answer rests on ---


def basis_lines(
    library: PolicyLibrary, area: str, assumptions: Iterable[str], disputes: Iterable[str]
) -> list[str]:
    """What an answer rests on without a source, where sources disagree, and the notice."""
    lines = [""]
    assumed = assumption_texts(library, area, assumptions)
    disputed = dispute_texts(library, disputes)
    for title, texts in (("推定（没有来源，按政策包里的理由取值）", assumed), ("争议", disputed)):
        if texts:
            lines.append(title)
        width = max(map(len, texts), default=0) + 4
        for name, text in texts.items():
            if len(name) > 12:
                lines += [f"  {name}", *(f"      {line}" for line in wrap(text, columns() - 6))]
            else:
                lines += hanging(f"  {name}", text, columns(), min(width, 16))
    lines.append(dim(NOTICE))
    return lines
