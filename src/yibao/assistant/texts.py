"""Answers as Chinese text: assistants that read no structured content miss nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yibao.policy.kinds import ValueStatus

Json = dict[str, Any]


def answer_text(answer: Json) -> str:
    """The answer of a calculator."""
    lines = [f"{answer['headline']}。", f"按 {answer['figures_on']} 的规定。"]
    if answer["amounts"]:
        lines += ["", "金额："]
        lines += [
            f"- {amount['label']}：{amount['amount_yuan']} 元（{amount['amount_fen']} 分）"
            for amount in answer["amounts"]
        ]
    for table in answer["tables"]:
        lines += ["", f"{table['caption']}：", "｜".join(table["columns"])]
        lines += ["｜".join(row) for row in table["rows"]]
    for title, steps in _parts(answer["answer"], ""):
        lines += ["", f"{title}步骤："]
        lines += [f"{at}. {_step_text(step)}" for at, step in enumerate(steps, 1)]
    if answer["rules"]:
        lines += ["", "依据："]
        lines += [f"- {_rule_text(rule)}" for rule in answer["rules"]]
    if answer["not_applied"]:
        lines += ["", "不适用："]
        lines += [f"- {refused['what']}：{refused['why']}" for refused in answer["not_applied"]]
    lines += _basis(answer["basis"]["assumptions"], "推定（没有来源，取了一个值）")
    lines += _basis(answer["basis"]["disputes"], "争议（来源说法不一）")
    return "\n".join([*lines, "", answer["notice"]])


def _parts(data: Any, title: str) -> Iterator[tuple[str, list[Json]]]:
    """Every list of steps in an answer, with what it belongs to."""
    if isinstance(data, list):
        for element in data:
            yield from _parts(element, title)
    elif isinstance(data, dict):
        here = str(data.get("name", title))
        for name, value in data.items():
            if name == "steps" and value:
                yield here, value
            elif isinstance(value, (list, dict)):
                yield from _parts(value, here)


def _step_text(step: Json) -> str:
    text = f"{step['label']}：{step['why']}"
    if "parameter" in step:
        source_words = [step["parameter"], f"{step['first_day']} 起"]
        if step["grade"]:
            source_words.append(f"{step['grade']} 级")
        if step["status"] == ValueStatus.ASSUMED:
            source_words.append("推定")
        text += f"〔{'，'.join([*source_words, *step.get('sources', ())])}〕"
    return text


def _rule_text(rule: Json) -> str:
    values = "；".join(f"{value['keys']} {value['value']}".strip() for value in rule["values"])
    days = f"{rule['first_day']} 起"
    if rule.get("last_day"):
        days = f"{rule['first_day']} 至 {rule['last_day']}"
    if rule.get("first_day_assumed") or rule.get("from_basis"):
        days += "（首日是推定的）"
    parts = [values, days, "推定" if rule["status"] == ValueStatus.ASSUMED else ""]
    name = rule.get("name") or rule.get("area_name") or ""
    description = "，".join(part for part in parts if part)
    lines = [
        f"{name}（{rule['parameter']}）：{description}"
        if "parameter" in rule
        else f"{name}：{description}"
    ]
    if rule.get("basis"):
        lines.append(f"  理由：{rule['basis']}")
    lines += [f"  来源 {_source_text(source)}" for source in rule["sources"]]
    return "\n".join(lines)


def _source_text(source: Json) -> str:
    grade = f"（{source['grade']} 级）" if source["grade"] else ""
    dates = "，".join(
        f"{words} {source[name]}"
        for name, words in (("effective", "自称生效"), ("page_date", "页面日期"))
        if name in source
    )
    parts = (source["id"] + grade, source["title"], source["url"], dates)
    return " ".join(part for part in parts if part)


def _basis(texts: Json, title: str) -> list[str]:
    if not texts:
        return []
    return ["", f"{title}：", *(f"- {name} {text}" for name, text in texts.items())]


def found_text(answer: Json) -> str:
    """What a question leads to."""
    lines = [f"“{answer['question']}”，{answer['area']}，{answer['on']} 的规定："]
    if not answer["figures"] and not answer["entries"]:
        lines.append("没有找到。请换一种说法，或拨打 12393。")
    for figure in answer["figures"]:
        name = f"（{figure['parameter']}）" if "parameter" in figure else ""
        lines.append(
            f"- {figure['title']}{name}：{figure['value']}，{figure['area']}，{figure['since']} 起"
        )
    if answer["rules"]:
        lines += ["", "依据："]
        lines += [f"- {_rule_text(rule)}" for rule in answer["rules"]]
    if answer["entries"]:
        lines += ["", "相关："]
        lines += [f"- {entry['title']} {entry['page']}" for entry in answer["entries"]]
    return "\n".join([*lines, "", answer["notice"]])


def parameter_text(shown: Json) -> str:
    """One parameter with its history, sources and disputes."""
    lines = [f"{shown['name']}（{shown['parameter']}），{shown['on']}："]
    if not shown["in_force"]:
        lines.append("这一天没有规定，或没有来源。")
    lines += [f"- {row['for']} {_rule_text(row)}" for row in shown["in_force"]]
    lines += ["", "历次取值："]
    lines += [f"- {_rule_text(row)}" for row in shown["history"]]
    for dispute in shown["disputes"]:
        lines += ["", f"争议 {dispute['id']}：{dispute['question']}"]
        lines += [
            f"- 一说 {side['says']}（{'、'.join(side['facts'])}）" for side in dispute["sides"]
        ]
        lines.append(f"- 取：{dispute['choice'] or '未决'}。{dispute['reason']}")
    lines += _basis(shown["gaps"], "没有来源的")
    return "\n".join([*lines, "", shown["notice"]])
