"""Answers as people read them: a headline, a table of amounts, the steps, what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from yibao.benefit.answers import VisitAnswer
from yibao.benefit.explain import Step, show_amount
from yibao.benefit.period_answers import ContributionAnswer
from yibao.cli.language import language, say, say_in, worded
from yibao.cli.text import bold, cells, columns, dim, hanging, pad, pad_left, table, wrap
from yibao.inquiry.basis import REFERENCE_ONLY, assumption_texts, dispute_texts
from yibao.inquiry.sentences import ALWAYS, AMOUNTS, BILL_LINES, visit_headline, yuan
from yibao.messages import Listed, Message, Phrases, Text, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ValueStatus
from yibao.written import UNSET

if TYPE_CHECKING:
    from yibao.scenario.answers import AccumulatorsAnswer, PaidBillAnswer

_LABEL, _AMOUNT, _COLUMN = 18, 15, 12
_MOST_LABEL = 30
_STATUS: dict[str, Message] = {
    ValueStatus.ASSUMED: message_in("status of a value", "推定"),
    ValueStatus.QUARANTINED: message_in("status of a value", "存疑"),
}
ACCUMULATORS = (
    (message("普通门诊起付累计"), "outpatient_deductible"),
    (message("普通门诊基金支付"), "outpatient_pooled"),
    (message("住院基金支付"), "inpatient_pooled"),
    (message("慢特病基金支付"), "chronic_pooled"),
    (message_in("sentences", "大病保险、大额补助"), "upper"),
    (message("医疗救助"), "assistance"),
    (message("住院、慢特病范围内自付"), "eligible_own"),
)
_HOW = message("怎么算的")


def amount_lines(answer: VisitAnswer, indent: int = 2) -> list[str]:
    """The amounts of a visit as a tree; zeros hidden."""
    amounts = answer.amounts()
    rows = [
        ("  " * depth + worded(label), yuan(amounts[name]))
        for label, name, depth in AMOUNTS
        if amounts[name] or name in ALWAYS
    ]
    return table(rows, "<>", indent, gap=4)


def title(sentence: Text) -> list[str]:
    """The sentence that an answer begins with."""
    return [bold(line) for line in wrap(worded(sentence), columns())]


def visit_lines(answer: VisitAnswer, about: str, *, explain: bool) -> list[str]:
    """A settled visit: headline, what it is about, amounts, steps."""
    lines = [
        *title(visit_headline(answer.total, answer.fund, answer.own)),
        *wrap(about, columns()),
    ]
    lines += amount_lines(answer)
    if explain:
        return lines + step_lines(answer.steps)
    # A decision against the person, or what is paid later: said even without --explain.
    for step in answer.steps:
        if step.told:
            remark = Phrases((step.label, step.why))
            label = "  " + say("注：")
            lines += hanging(label, worded(remark), columns(), cells(label))
    return lines


def step_lines(steps: Sequence[Step], title: Text = _HOW) -> list[str]:
    """Each step with its amount, its reason and its source."""
    if not steps:
        return []
    lines = [worded(title)]
    # a result of nothing is not said; a standard of zero has a source and stays
    said = [step for step in steps if step.unit != "fen" or step.amount or step.source]
    labels = [worded(step.label) for step in said]
    width = min(_MOST_LABEL, max(_LABEL, *map(cells, labels))) if labels else _LABEL
    room = columns() - width - _AMOUNT - 4
    for step, label in zip(said, labels, strict=True):
        amount = show_amount(step.unit, step.amount, language())
        reason = wrap(worded(step.why), room)
        behind = [dim(line) for line in wrap(_behind(step), room)] if _behind(step) else []
        first = f"  {pad(label, width)}{pad_left(amount, _AMOUNT)}  {reason[0]}"
        lines.append(first.rstrip())
        lines += [" " * (width + _AMOUNT + 4) + text for text in (*reason[1:], *behind)]
    return lines


def _behind(step: Step) -> str:
    """Source, grade and first day of the figure."""
    if not step.source:
        return ""
    details = []
    if step.grade:
        details.append(message("{grade} 级", grade=step.grade))
    if step.status in _STATUS:
        details.append(_STATUS[step.status])
    if step.first_day:
        details.append(message("{day} 起", day=step.first_day))
    source = say("〔{source}〕", source=step.source_said)
    return source + say("（{remarks}）", remarks=Phrases(details)) if details else source


def bill_lines(answer: ContributionAnswer | PaidBillAnswer) -> list[str]:
    """The lines of a contribution bill."""
    rows = [
        (
            worded(BILL_LINES[line.name]),
            yuan(line.amount),
            say("〔{source}〕", source=Listed(line.source)),
        )
        for line in answer.lines
    ]
    rows.append((say("应缴合计"), yuan(answer.due), ""))
    if answer.monthly_equivalent is not UNSET and answer.monthly_equivalent:
        rows.append((say("折合每月"), yuan(answer.monthly_equivalent), ""))
    if answer.base is not UNSET:
        rows.append((say("缴费基数"), yuan(answer.base), ""))
    if answer.employer is not UNSET and answer.employer:
        rows.append((say("另由单位缴"), yuan(answer.employer), ""))
    if answer.fiscal_subsidy is not UNSET and answer.fiscal_subsidy:
        rows.append((say("另由财政补助"), yuan(answer.fiscal_subsidy), ""))
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
            rows.append((worded(label), *map(yuan, amounts)))
    if any(answer.admissions for answer in answers):
        rows.append((say("住院次数"), *(str(answer.admissions) for answer in answers)))
    if len(rows) == 1:
        rows.append((say("没有使用"), *("" for _ in answers)))
    return rows


# --- what an answer rests on ---


def basis_lines(
    library: PolicyLibrary, area: str, assumptions: Iterable[str], disputes: Iterable[str]
) -> list[str]:
    """What an answer rests on without a source, where sources disagree, and the notice."""
    lines = [""]
    assumed = assumption_texts(library, area, assumptions, language())
    disputed = dispute_texts(library, disputes, language())
    why = say("推定（没有来源，按政策包里的理由取值）")
    for title, texts in ((why, assumed), (say_in("several", "争议"), disputed)):
        if texts:
            lines.append(title)
        width = max(map(len, texts), default=0) + 4
        for name, text in texts.items():
            if len(name) > 12:
                lines += [f"  {name}", *(f"      {line}" for line in wrap(text, columns() - 6))]
            else:
                lines += hanging(f"  {name}", text, columns(), min(width, 16))
    lines.append(dim(worded(REFERENCE_ONLY)))
    return lines
