"""``yibao retire``: whether the years suffice, and what the missing ones cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from yibao import library
from yibao.benefit.period_answers import retirement_answer
from yibao.cli import options, render
from yibao.cli.facts import Written, asked, option_name
from yibao.cli.language import language, say, worded
from yibao.cli.options import AreaOption, AsJson, Explain, basis_json, home_area, print_json
from yibao.cli.text import columns, table, wrap, write
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.asked import MOST_YEARS, RETIREMENT
from yibao.inquiry.sentences import months_text, retirement_headline
from yibao.messages import message


def _months(said: Mapping[str, Any], kind: str) -> int:
    """The months of a kind of payment, written as years and further months."""
    months = (said[f"{kind}_years"] or 0) * 12 + (said[f"{kind}_months"] or 0)
    return options.whole(months, option_name(f"{kind}_years"), 0, MOST_YEARS * 12)


def retire(
    area: AreaOption,
    paid: Annotated[Written, asked(RETIREMENT)],
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """退休享受职工医保要缴满多少年，还差多少，补足要多少。

    例子（把“城市”换成地区名称或代码）：
      yibao retire --area 城市 --sex female --actual-years 18 --deemed-years 1
    """
    packs = library.load()
    code, name = home_area(packs, area)
    said = paid.said(packs)
    who, day = said["sex"], said["on"]
    if said["actual_years"] is None and said["actual_months"] is None:
        raise InputError(message("要写实际缴费年数"), place="--actual-years")
    actual, deemed = _months(said, "actual"), _months(said, "deemed")
    own_base = said["base"] or 0
    result = library.retirement(packs, code, who, day, actual, deemed, own_base)
    answer = retirement_answer(result, code, who, day, actual_months=actual, deemed_months=deemed)
    if as_json:
        basis = basis_json(packs, code, answer.assumptions, answer.disputes)
        print_json({"ask": "retirement", **answer.as_json(language()), **basis})
        return
    head = retirement_headline(result.missing_months, result.cost)
    spans = (
        (message("应缴满"), result.required_months),
        (message("其中实际缴费"), result.actual_required_months),
        (message("已实际缴费"), actual),
        (message("视同缴费"), deemed),
    )
    rows = [(worded(label), worded(months_text(months))) for label, months in spans if months]
    about = say("{place}，{sex}，{day} 退休。", place=name, sex=words.SEX[who], day=day)
    lines = [*render.title(head), *wrap(f"  {about}", columns())]
    lines += table(rows, "<>", gap=4)
    if explain:
        lines += render.step_lines(answer.steps)
    write(lines + render.basis_lines(packs, code, answer.assumptions, answer.disputes))
