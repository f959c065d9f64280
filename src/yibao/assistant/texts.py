"""Answers as Chinese text: assistants that read no structured content miss nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET

from yibao.benefit.explain import Step
from yibao.inquiry.ask.reply import QuestionAnswer
from yibao.inquiry.citations import CitedSource
from yibao.inquiry.looked_up import ParameterShown, PolicySearched, SourcedRule, SourcedValue
from yibao.inquiry.rendered import Calculation, RuleShown, RuleValue
from yibao.messages import text_of
from yibao.policy.kinds import ValueStatus
from yibao.policy.reported import Valued
from yibao.written import TypedAnswer


def answer_text(answer: Calculation) -> str:
    """The answer of a calculator."""
    lines = [f"{answer.headline}。", f"按 {answer.figures_on} 的规定。"]
    if answer.amounts:
        lines += ["", "金额："]
        lines += [
            f"- {amount.label}：{amount.amount_yuan} 元（{amount.amount_fen} 分）"
            for amount in answer.amounts
        ]
    for table in answer.tables:
        lines += ["", f"{table.caption}：", "｜".join(table.columns)]
        lines += ["｜".join(row) for row in table.rows]
    for title, steps in _parts(answer.answer, ""):
        lines += ["", f"{title}步骤："]
        lines += [f"{at}. {_step_text(step)}" for at, step in enumerate(steps, 1)]
    if answer.rules:
        lines += ["", "依据："]
        lines += [f"- {_shown_text(rule)}" for rule in answer.rules]
    if answer.not_applied:
        lines += ["", "不适用："]
        lines += [f"- {refused.what}：{refused.why}" for refused in answer.not_applied]
    lines += _basis(answer.basis.assumptions, "推定（没有来源，取了一个值）")
    lines += _basis(answer.basis.disputes, "争议（来源说法不一）")
    return "\n".join([*lines, "", answer.notice])


def _parts(answer: object, title: str) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Every list of steps in an answer, with what it belongs to."""
    if isinstance(answer, TypedAnswer):
        here = text_of(getattr(answer, "name", title))
        for name in answer.member_names:
            value = getattr(answer, name)
            if name == "steps" and value:
                yield here, value
            else:
                yield from _parts(value, here)
    elif type(answer) is tuple:
        for part in answer:
            yield from _parts(part, title)


def _step_text(step: Step) -> str:
    text = f"{step.label.text()}：{step.why.text()}"
    if step.parameter:
        source_words = [step.parameter, f"{step.first_day} 起"]
        if step.grade:
            source_words.append(f"{step.grade} 级")
        if step.status == ValueStatus.ASSUMED:
            source_words.append("推定")
        text += f"〔{'，'.join([*source_words, *step.source_names])}〕"
    return text


def _shown_text(rule: RuleShown) -> str:
    days = f"{rule.first_day} 至 {rule.last_day}" if rule.last_day else f"{rule.first_day} 起"
    return _described(
        f"{rule.name}（{rule.parameter}）",
        rule.values,
        f"{days}（首日是推定的）" if rule.first_day_assumed else days,
        rule.status,
        "" if rule.basis is UNSET else rule.basis,
        rule.sources,
    )


def _stated_text(name: str, stated: SourcedRule | SourcedValue) -> str:
    days = f"{stated.first_day} 起"
    if stated.last_day:
        days = f"{stated.first_day} 至 {stated.last_day}"
    return _described(
        name,
        stated.values,
        f"{days}（首日是推定的）" if stated.from_basis else days,
        stated.status,
        stated.basis,
        stated.sources,
    )


def _rule_text(rule: SourcedRule) -> str:
    return _stated_text(f"{rule.name}（{rule.parameter}）", rule)


def _described(
    name: str,
    values: Iterable[RuleValue | Valued],
    days: str,
    status: str,
    basis: str,
    sources: Iterable[CitedSource],
) -> str:
    stated = "；".join(f"{value.keys} {value.value}".strip() for value in values)
    parts = [stated, days, "推定" if status == ValueStatus.ASSUMED else ""]
    lines = [f"{name}：{'，'.join(part for part in parts if part)}"]
    if basis:
        lines.append(f"  理由：{basis}")
    lines += [f"  来源 {_source_text(source)}" for source in sources]
    return "\n".join(lines)


def _source_text(source: CitedSource) -> str:
    grade = f"（{source.grade} 级）" if source.grade else ""
    dates = "，".join(
        f"{words} {day}"
        for words, day in (("自称生效", source.effective), ("页面日期", source.page_date))
        if day
    )
    parts = (source.id + grade, source.title, source.url, dates)
    return " ".join(part for part in parts if part)


def _basis(texts: Mapping[str, str], title: str) -> list[str]:
    if not texts:
        return []
    return ["", f"{title}：", *(f"- {name} {text}" for name, text in texts.items())]


def asked_text(asked: QuestionAnswer) -> str:
    """The answer to a question."""
    lines = [asked.answer.sentence, f"读作：{asked.read_as}"]
    lines += [
        f"- {said.label}：{said.text}" for said in (*asked.answer.also, *asked.answer.branches)
    ]
    if asked.sources:
        lines += ["", "依据："]
    for source in asked.sources:
        mark = f"（未核实）{source.says}" if source.unverified else ""
        lines.append(f"- {source.id} {source.title} {source.date}{mark}")
    lines += [f"推定：{assumption.text}" for assumption in asked.assumptions]
    lines += [f"还想知道：{missing.ask}" for missing in asked.missing]
    return "\n".join([*lines, asked.notice])


def searched_text(answer: PolicySearched) -> str:
    """What a question leads to."""
    lines = [f"“{answer.question}”，{answer.area}，{answer.on} 的规定："]
    if not answer.figures and not answer.entries:
        lines.append("没有找到。请换一种说法，或拨打 12393。")
    for figure in answer.figures:
        name = f"（{figure.parameter}）" if isinstance(figure.parameter, str) else ""
        lines.append(f"- {figure.title}{name}：{figure.value}，{figure.area}，{figure.since} 起")
    if answer.rules:
        lines += ["", "依据："]
        lines += [f"- {_rule_text(rule)}" for rule in answer.rules]
    if answer.entries:
        lines += ["", "相关："]
        lines += [f"- {entry.title} {entry.page}" for entry in answer.entries]
    return "\n".join([*lines, "", answer.notice])


def parameter_text(shown: ParameterShown) -> str:
    """One parameter with its history, sources and disputes."""
    lines = [f"{shown.name}（{shown.parameter}），{shown.on}："]
    if not shown.in_force:
        lines.append("这一天没有规定，或没有来源。")
    lines += [f"- {rule.insured_in} {_rule_text(rule)}" for rule in shown.in_force]
    lines += ["", "历次取值："]
    lines += [f"- {_stated_text(value.area_name, value)}" for value in shown.history]
    for dispute in shown.disputes:
        lines += ["", f"争议 {dispute.id}：{dispute.question}"]
        lines += [f"- 一说 {side.says}（{'、'.join(side.facts)}）" for side in dispute.sides]
        lines.append(f"- 取：{dispute.choice or '未决'}。{dispute.reason}")
    lines += _basis(shown.gaps, "没有来源的")
    return "\n".join([*lines, "", shown.notice])
