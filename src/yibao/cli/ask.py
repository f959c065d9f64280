"""``yibao ask``: a question in everyday words, or the address of a page, and its answer."""

from __future__ import annotations

from typing import Annotated

import msgspec

from yibao import library
from yibao.cli import options, render
from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.text import columns, table, wrap, write
from yibao.inquiry.ask.asker import asker
from yibao.inquiry.ask.reply import QuestionAnswer
from yibao.inquiry.asking import ask_page
from yibao.inquiry.calculators import Context
from yibao.inquiry.rendered import Calculation, calculation_json
from yibao.messages import Fen, Listed, message


def ask(
    question: Annotated[
        str,
        Argument(
            metavar=message("问题"),
            help=message(
                "一句话，中文、拼音或英文；也可以是计算页的地址（从 /calc/ 起的一段也行）。"
            ),
            show_default=False,
        ),
    ],
    area: Annotated[
        str, Option("--area", metavar=message("地区"), help=message("问题里没有写地区时按哪里的。"))
    ] = "",
    today: Annotated[
        str,
        Option(
            "--on",
            "--today",
            metavar=message("日期"),
            help=message("当作哪一天问的、哪一天打开的；缺省今天。"),
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """回答一个问题：一句话、数字、依据和还缺什么；给计算页的地址就在本机重算一遍。不连网。

    例子：
      yibao ask '退休老人去三甲住院花了3万自己掏多少'
      yibao ask '/calc/visit?kind=inpatient&institution=grade-3A&total=8000'
    """
    day = options.day_or_today(today, "--on")
    if question.strip().startswith(("/calc/", "http://", "https://")):
        answer = ask_page(question, day, language=language())
        if as_json:
            print_json(calculation_json(answer, language()))
            return
        write(_lines(answer))
        return
    packs = library.load()
    asked = asker(packs).ask(Context(packs, day, include=frozenset()), question, area)
    if as_json:
        print_json(msgspec.to_builtins(asked))
        return
    write(_asked_lines(asked))


def _asked_lines(asked: QuestionAnswer) -> list[str]:
    lines = [*wrap(asked.answer.sentence, columns()), "  " + asked.read_as]
    for said in (*asked.answer.also, *asked.answer.branches):
        lines += _point(f"· {said.label} {said.text}")
    for source in asked.sources:
        dated = " ".join(filter(None, (source.title, source.date)))
        mark = say("（未核实）{says}", says=source.says) if source.unverified else ""
        lines += _point(f"= {source.id} {dated}{mark}")
    for assumption in asked.assumptions:
        lines += _point(f"! {assumption.text}")
    for missing in asked.missing:
        lines += _point(f"? {missing.ask}")
    for link in asked.links:
        lines += _point(f"> {link.href} {link.title if link.kind == 'dispute' else ''}".rstrip())
    return [*lines, asked.notice]


def _lines(answer: Calculation) -> list[str]:
    lines = [
        *render.title(answer.headline),
        "  " + say("按 {day} 的规定。", day=answer.figures_on),
    ]
    amounts = [(amount.label, worded(Fen(amount.amount_fen))) for amount in answer.amounts]
    lines += table(amounts, "<>", gap=4) if amounts else []
    for rule in answer.rules:
        sources = Listed(source.id for source in rule.sources) or rule.gap or ""
        rule_text = say(
            "{name}：{day} 起，{sources}",
            name=rule.name,
            day=rule.first_day,
            sources=sources,
        )
        lines += _point(f"· {rule_text}")
    for name, text in {**answer.basis.assumptions, **answer.basis.disputes}.items():
        lines += _point(say("！{name} {text}", name=name, text=text))
    return [*lines, answer.notice]


def _point(text: str) -> list[str]:
    """A point of a list, its further lines under the first."""
    first, *rest = wrap(text, columns() - 4)
    return [f"  {first}", *(f"    {line}" for line in rest)]
