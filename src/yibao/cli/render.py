"""Answers as people read them: a headline, a table of amounts, the steps, what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yibao.benefit.answers import VisitAnswer
from yibao.benefit.explain import Step, show_amount
from yibao.benefit.period_answers import ContributionAnswer
from yibao.cli.text import bold, cells, columns, dim, hanging, pad, pad_left, table, wrap
from yibao.inquiry.basis import NOTICE, assumption_texts, dispute_texts
from yibao.inquiry.sentences import ALWAYS, AMOUNTS, BILL_LINES, visit_headline, yuan
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ValueStatus
from yibao.scenario.answers import AccumulatorsAnswer, PaidBillAnswer
from yibao.written import UNSET

_LABEL, _AMOUNT, _COLUMN = 18, 15, 12
_STATUS: dict[str, str] = {ValueStatus.ASSUMED: "推定", ValueStatus.QUARANTINED: "存疑"}
ACCUMULATORS = (
    ("普通门诊起付累计", "outpatient_deductible"),
    ("普通门诊基金支付", "outpatient_pooled"),
    ("住院基金支付", "inpatient_pooled"),
    ("慢特病基金支付", "chronic_pooled"),
    ("大病保险、大额补助", "upper"),
    ("医疗救助", "assistance"),
    ("住院、慢特病范围内自付", "eligible_own"),
)


def amount_lines(answer: VisitAnswer, indent: int = 2) -> list[str]:
    """The amounts of a visit as a tree; zeros hidden."""
    amounts = answer.amounts()
    rows = [
        ("  " * depth + label.text(), yuan(amounts[name]))
        for label, name, depth in AMOUNTS
        if amounts[name] or name in ALWAYS
    ]
    return table(rows, "<>", indent, gap=4)


def title(text: str) -> list[str]:
    """The sentence that an answer begins with."""
    return [bold(line) for line in wrap(text, columns())]


def visit_lines(answer: VisitAnswer, about: str, *, explain: bool) -> list[str]:
    """A settled visit: headline, what it is about, amounts, steps."""
    lines = [
        *title(visit_headline(answer.total, answer.fund, answer.own).text()),
        *wrap(about, columns()),
    ]
    lines += amount_lines(answer)
    if explain:
        return lines + step_lines(answer.steps)
    # A step without a unit is a decision against the person: said even without --explain.
    for step in answer.steps:
        if step.unit == "none":
            lines += hanging("  注：", f"{step.label}，{step.why}", columns(), 6)
    return lines


def step_lines(steps: Sequence[Step], title: str = "怎么算的") -> list[str]:
    """Each step with its amount, its reason and its source."""
    if not steps:
        return []
    lines = [title]
    room = columns() - _LABEL - _AMOUNT - 4
    for step in steps:
        if step.unit == "fen" and not step.amount and not step.source:
            continue  # a result of nothing; a standard of zero has a source and stays
        amount = show_amount(step.unit, step.amount)
        reason = wrap(step.why.text(), room)
        behind = [dim(line) for line in wrap(_behind(step), room)] if _behind(step) else []
        first = f"  {pad(step.label.text(), _LABEL)}{pad_left(amount, _AMOUNT)}  {reason[0]}"
        lines.append(first.rstrip())
        lines += [" " * (_LABEL + _AMOUNT + 4) + text for text in (*reason[1:], *behind)]
    return lines


def _behind(step: Step) -> str:
    """Source, grade and first day of the figure."""
    if not step.source:
        return ""
    details = []
    if step.grade:
        details.append(f"{step.grade} 级")
    if step.status in _STATUS:
        details.append(_STATUS[step.status])
    if step.first_day:
        details.append(f"{step.first_day} 起")
    note = f"（{'，'.join(details)}）" if details else ""
    return f"〔{step.source}〕{note}"


def bill_lines(answer: ContributionAnswer | PaidBillAnswer) -> list[str]:
    """The lines of a contribution bill."""
    rows = [
        (BILL_LINES[line.name].text(), yuan(line.amount), f"〔{line.source}〕")
        for line in answer.lines
    ]
    rows.append(("应缴合计", yuan(answer.due), ""))
    if answer.monthly_equivalent is not UNSET and answer.monthly_equivalent:
        rows.append(("折合每月", yuan(answer.monthly_equivalent), ""))
    if answer.base is not UNSET:
        rows.append(("缴费基数", yuan(answer.base), ""))
    if answer.employer is not UNSET and answer.employer:
        rows.append(("另由单位缴", yuan(answer.employer), ""))
    if answer.fiscal_subsidy is not UNSET and answer.fiscal_subsidy:
        rows.append(("另由财政补助", yuan(answer.fiscal_subsidy), ""))
    return table(rows, "<><", gap=2)


def short(name: str) -> str:
    """A name that fits over a column of amounts."""
    return name if cells(name) <= _COLUMN else wrap(name, _COLUMN - 1)[0] + "…"


def accumulator_rows(answers: Sequence[AccumulatorsAnswer]) -> list[tuple[str, ...]]:
    """What people have used in a year, one column each; rows of zeros hidden."""
    rows: list[tuple[str, ...]] = [("", *(short(answer.person) for answer in answers))]
    for label, name in ACCUMULATORS:
        amounts = [getattr(answer, name) for answer in answers]
        if any(amounts):
            rows.append((label, *map(yuan, amounts)))
    if any(answer.admissions for answer in answers):
        rows.append(("住院次数", *(str(answer.admissions) for answer in answers)))
    if len(rows) == 1:
        rows.append(("没有使用", *("" for _ in answers)))
    return rows


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
