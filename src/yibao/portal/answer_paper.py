"""An answer on paper: the PDF says what the page says, every step with its source."""

from __future__ import annotations

from collections.abc import Mapping

from yibao.benefit.explain import Step
from yibao.inquiry.answer import Answer, Line
from yibao.messages import Fen, Wording, message, message_in
from yibao.papers import Paper, Row, Section, render
from yibao.policy.compile import PolicyLibrary
from yibao.policy.titles import source_titles
from yibao.portal.display import Display, Speech
from yibao.portal.drawings import chart_svg
from yibao.portal.rendering import show_step

_MANY_STEPS = 14


def answer_pdf(
    answer: Answer,
    title: Wording,
    display: Display,
    t: Speech,
    assumptions: Mapping[str, str],
    disputes: Mapping[str, str],
    address: str,
    packs: PolicyLibrary,
) -> bytes:
    """The PDF; ``address`` is where the page stands."""
    sections = [
        Section(
            t(message("条件")),
            facts=(
                (t(message("情形")), t(answer.about)),
                (t(message("按哪天的规定")), str(answer.figures_on)),
            ),
        )
    ]
    if answer.lines:
        sections.append(
            Section(
                t(message("明细")),
                columns=(t(message_in("answer_paper", "项目")), t(message("多少"))),
                figures=(1,),
                rows=[Row(_line(line, t), line.depth, line.strong) for line in answer.lines],
            )
        )
    if answer.curve is not None and answer.curve.series:
        sections.append(
            Section(
                t(answer.curve.title),
                drawing=chart_svg(answer, "curve", t, ""),
                drawing_text=t(
                    message("横轴：{x}；纵轴：{y}", x=answer.curve.x_label, y=answer.curve.y_label)
                ),
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
                        t(message("步骤")),
                        t(message("多少")),
                        t(message("为什么")),
                        t(message("来源")),
                    ),
                    figures=(1,),
                    rows=[_step(step, times, packs, display, t) for step, times in part.counted],
                )
            )
    if answer.notes:
        sections.append(
            Section(
                t(message("没有用上的，和为什么")),
                columns=(t(message_in("answer_paper", "项目")), t(message("为什么"))),
                rows=[Row((t(note.title), t(note.reason))) for note in answer.notes],
            )
        )
    rests = [*assumptions.values(), *(f"{name} {text}" for name, text in disputes.items())]
    if rests:
        sections.append(Section(t(message("这个结果靠什么")), text="\n".join(rests)))
    return render(
        Paper(
            title=t(title),
            issuer=t(message("医保明白账")),
            headline=t(answer.headline),
            sections=sections,
            notes=(
                t(message("仅供参考，以当地医保部门为准；咨询 12393。")),
                t(message("同一结果的网页：")) + address,
            ),
            language=t.language,
            dense=sum(len(part.counted) for part in answer.parts) > _MANY_STEPS,
        )
    )


def _line(line: Line, t: Speech) -> tuple[str, str]:
    if line.amount is None:
        return t(line.label), t(line.text)
    return t(line.label), t(Fen(line.amount))


def _step(step: Step, times: int, packs: PolicyLibrary, display: Display, t: Speech) -> Row:
    sources = source_titles(packs, step.source_names)
    label = step.label
    if times > 1:
        label = message("{label}（{times} 次）", label=label, times=times)
    return Row((t(label), show_step(step, display), t(step.why), t(sources)))
