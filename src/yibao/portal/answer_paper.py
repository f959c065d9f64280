"""An answer on paper: the PDF says what the page says, every step with its source."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.benefit.explain import Step
from yibao.inquiry.answer import Answer, Line
from yibao.money.text import format_yuan
from yibao.papers import Paper, Row, Section, render
from yibao.policy.model import Words
from yibao.portal.display import Display, Speech
from yibao.portal.rendering import show_step


def answer_pdf(
    answer: Answer,
    title: Words,
    display: Display,
    t: Speech,
    assumptions: Mapping[str, str],
    disputes: Mapping[str, str],
    address: str,
) -> bytes:
    """The PDF; ``address`` is where the page stands."""
    sections = [
        Section(
            t("条件", "Asked"),
            facts=(
                (t("情形", "Case"), t(answer.about)),
                (t("按哪天的规定", "Rules of"), str(answer.figures_on)),
            ),
        )
    ]
    if answer.lines:
        sections.append(
            Section(
                t("明细", "Details"),
                columns=(t("项目", "Item"), t("多少", "How much")),
                figures=(1,),
                rows=[Row(_line(line, t), line.depth, line.strong) for line in answer.lines],
            )
        )
    for table in answer.tables:
        sections.append(
            Section(
                t(table.caption),
                columns=[t(column) for column in table.columns],
                figures=() if table.wordy else tuple(range(1, len(table.columns))),
                rows=[Row([t(cell) for cell in row]) for row in table.rows],
            )
        )
    for part in answer.parts:
        if part.steps:
            sections.append(
                Section(
                    t(part.title),
                    columns=(
                        t("步骤", "Step"),
                        t("多少", "How much"),
                        t("为什么", "Why"),
                        t("来源", "Source"),
                    ),
                    figures=(1,),
                    rows=[_step(step, display, t) for step in part.steps],
                )
            )
    if answer.notes:
        sections.append(
            Section(
                t("没有用上的，和为什么", "What does not apply, and why"),
                columns=(t("项目", "Item"), t("为什么", "Why")),
                rows=[Row((t(note.title), t(note.reason))) for note in answer.notes],
            )
        )
    rests = [*assumptions.values(), *(f"{name} {text}" for name, text in disputes.items())]
    if rests:
        sections.append(
            Section(t("这个结果靠什么", "What the answer rests on"), text="\n".join(rests))
        )
    return render(
        Paper(
            title=t(title),
            issuer=t("医保明白账", "Yibao"),
            headline=t(answer.headline),
            sections=sections,
            notes=(
                t(
                    "仅供参考，以当地医保部门为准；咨询 12393。",
                    "For reference only; the local office decides. Hotline 12393.",
                ),
                t("同一结果的网页：", "The same as a page: ") + address,
            ),
            language="zh" if t.language == "zh" else "en",
            words={"number": t("编号", "Number"), "page": t("页", "Page")},
        )
    )


def _line(line: Line, t: Speech) -> tuple[str, str]:
    if line.amount is None:
        return t(line.label), t(line.text)
    return t(line.label), f"{format_yuan(line.amount)}{t(' 元', ' yuan')}"


def _step(step: Step, display: Display, t: Speech) -> Row:
    return Row((t(step.label), show_step(step, display), t(step.why), step.source))
