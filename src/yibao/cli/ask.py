"""``yibao ask``: the answer of a page, by the address that somebody has passed on."""

from __future__ import annotations

from typing import Annotated

from yibao.cli import options, render
from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.text import columns, table, wrap, write
from yibao.inquiry.asking import ask_page
from yibao.inquiry.rendered import Calculation, calculation_json
from yibao.messages import Fen, Listed, message


def ask(
    address: Annotated[
        str,
        Argument(
            metavar=message("地址"),
            help=message("计算页的地址，或从 /calc/ 起的一段。"),
            show_default=False,
        ),
    ],
    today: Annotated[
        str,
        Option("--today", metavar=message("日期"), help=message("当作哪一天打开的；缺省今天。")),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """把别人转来的计算页地址在本机重算一遍，不连网。

    例子：
      yibao ask '/calc/visit?kind=inpatient&institution=grade-3A&total=8000'
    """
    answer = ask_page(address, options.day_or_today(today, "--today"), language=language())
    if as_json:
        print_json(calculation_json(answer, language()))
        return
    write(_lines(answer))


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
