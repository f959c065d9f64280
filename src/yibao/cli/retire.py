"""``yibao retire``: whether the years suffice, and what the missing ones cost."""

from __future__ import annotations

from typing import Annotated

from yibao import library
from yibao.benefit.period_answers import retirement_answer
from yibao.cli import options, render
from yibao.cli.declared import Option
from yibao.cli.options import AreaOption, AsJson, Explain, home_area, print_json
from yibao.cli.text import columns, table, wrap, write
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.basis import basis_data
from yibao.inquiry.sentences import months_text, retirement_headline
from yibao.messages import message

_MOST_MONTHS = 12 * 80
_UNSAID = -1


def _months(years: int, months: int, option: str) -> int:
    return options.whole(years * 12 + months, option, 0, _MOST_MONTHS)


def retire(
    area: AreaOption,
    sex: Annotated[str, Option("--sex", metavar="性别", help="male 男、female 女。")],
    actual_years: Annotated[
        int, Option("--actual-years", metavar="年", help="实际缴费年数。", show_default=False)
    ] = _UNSAID,
    actual_months: Annotated[
        int,
        Option("--actual-months", metavar="月", help="另加的实际缴费月数。", show_default=False),
    ] = _UNSAID,
    deemed_years: Annotated[int, Option("--deemed-years", metavar="年", help="视同缴费年数。")] = 0,
    deemed_months: Annotated[
        int, Option("--deemed-months", metavar="月", help="另加的视同缴费月数。")
    ] = 0,
    base: Annotated[
        str, Option("--base", metavar="元", help="本人缴费基数（补缴按本人基数的地方）。")
    ] = "",
    on: Annotated[str, Option("--on", metavar="日期", help="退休日；缺省今天。")] = "",
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """退休享受职工医保要缴满多少年，还差多少，补足要多少。

    例子（把“城市”换成地区名称或代码）：
      yibao retire --area 城市 --sex female --actual-years 18 --deemed-years 1
    """
    packs = library.load()
    code, name = home_area(packs, area)
    who = words.choose(sex, words.SEX, "--sex")
    day = options.day_or_today(on)
    if actual_years == _UNSAID and actual_months == _UNSAID:
        raise InputError(message("要写实际缴费年数"), place="--actual-years")
    actual = _months(
        0 if actual_years == _UNSAID else actual_years,
        0 if actual_months == _UNSAID else actual_months,
        "--actual-years",
    )
    deemed = _months(deemed_years, deemed_months, "--deemed-years")
    own_base = options.amount(base, "--base") if base else 0
    result = library.retirement(packs, code, who, day, actual, deemed, own_base)
    answer = retirement_answer(result, code, who, day, actual_months=actual, deemed_months=deemed)
    if as_json:
        basis = basis_data(packs, code, answer.assumptions, answer.disputes)
        print_json({"ask": "retirement", **answer.as_json(), **basis})
        return
    head = retirement_headline(result.missing_months, result.cost)
    spans = (
        ("应缴满", result.required_months),
        ("其中实际缴费", result.actual_required_months),
        ("已实际缴费", actual),
        ("视同缴费", deemed),
    )
    rows = [(name, months_text(months).text()) for name, months in spans if months]
    lines = [
        *render.title(head.text()),
        *wrap(f"  {name}，{words.SEX[who]}，{day} 退休。", columns()),
    ]
    lines += table(rows, "<>", gap=4)
    if explain:
        lines += render.step_lines(answer.steps)
    write(lines + render.basis_lines(packs, code, answer.assumptions, answer.disputes))
