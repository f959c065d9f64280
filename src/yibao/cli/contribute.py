"""``yibao contribute``: what a coverage year or some months cost."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from yibao import library
from yibao.benefit.period_answers import contribution_answer
from yibao.cli import options, render
from yibao.cli.care import option_of
from yibao.cli.declared import Option
from yibao.cli.options import AreaOption, AsJson, Explain, home_area, print_json
from yibao.cli.text import columns, wrap, write
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.basis import basis_data
from yibao.inquiry.question import QUESTION
from yibao.inquiry.sentences import contribution_headline, subsidy_text
from yibao.messages import message
from yibao.policy.kinds import ContributionClass, Scheme, Status
from yibao.policy.model import Words

_MOST_MONTHS = 12


def _period(scheme: str, year: int, month: str, months: int) -> tuple[int | None, int | None, int]:
    """Year, month (yyyymm) and number of months, checked against each other."""
    if bool(year) == bool(month):
        raise InputError(message("年度与月份写且只写一种"), place="--year、--month")
    if scheme == Scheme.RESIDENT and month:
        raise InputError(message("居民医保按年度缴费，请写 --year"), place="--month")
    options.whole(months, "--months", 1, _MOST_MONTHS)
    if year:
        if months != 1:
            raise InputError(message("只与 --month 一起写"), place="--months")
        return options.year(year), None, 1
    return None, options.month(month), months


def _subsidy_json(subsidy: library.PremiumSubsidy | None) -> dict[str, Any]:
    if subsidy is None:
        return {}
    apply_from = subsidy.apply_from.isoformat() if subsidy.apply_from else None
    return {"premium_subsidy": {"amount": subsidy.amount, "apply_from": apply_from}}


def contribute(
    area: AreaOption,
    scheme: Annotated[str, option_of(QUESTION["scheme"])],
    year: Annotated[int, Option("--year", metavar="年", help="缴费年度。", show_default=False)] = 0,
    month: Annotated[str, Option("--month", metavar="月", help="首月，如 2025-03。")] = "",
    months: Annotated[int, Option("--months", metavar="个", help="连缴几个月。")] = 1,
    base: Annotated[str, Option("--base", metavar="元", help="缴费基数；缺省按当地下限。")] = "",
    paid_on: Annotated[str, Option("--paid-on", metavar="日期", help="缴费日；缺省今天。")] = "",
    group: options.Groups = [],  # noqa: B006 - nobody changes it
    birth: options.Birth = "",
    age: options.Age = options.UNKNOWN_AGE,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """个人缴费要多少：居民按年度，职工和灵活就业按月。

    例子（把“城市”换成地区名称或代码）：
      yibao contribute --area 城市 --scheme resident --year 2025 --paid-on 2024-12-20
      yibao contribute --area 城市 --scheme flexible --month 2025-03
      yibao contribute --area 城市 --scheme employee --month 2025-03 --base 6000
    """
    packs = library.load()
    code, name = home_area(packs, area)
    kind = words.choose(scheme, words.CONTRIBUTOR, "--scheme")
    on = options.day_or_today(paid_on, "--paid-on")
    asked_year, asked_month, number = _period(kind, year, month, months)
    if kind == Scheme.RESIDENT and base:
        raise InputError(message("居民缴费没有基数"), place="--base")
    covering = packs.covering(code)
    names = packs.rulebook(covering.code if covering else code).group_names
    groups = [options.pack_name(each, dict(names), "人群", "--group") for each in group]
    born = options.birth_day(birth, age, on, datetime.date(1980, 1, 1))
    assert born is not None
    if "newborn" in groups and not birth:
        raise InputError(message("新生儿要写出生日期"), place="--birth")
    insured = library.person(
        code,
        Scheme.RESIDENT if kind == Scheme.RESIDENT else Scheme.EMPLOYEE,
        None if kind == Scheme.RESIDENT else Status.WORKING,
        birth=born,
        groups=groups,
        flexible=kind == ContributionClass.FLEXIBLE,
    )
    declared = options.amount(base, "--base") if base else None
    bill = library.contribution(
        packs, insured, on, year=asked_year, month=asked_month, base=declared, months=number
    )
    answer = contribution_answer(bill, on, year=asked_year, month=asked_month, months=number)
    subsidy = None
    if kind == ContributionClass.FLEXIBLE and groups:
        first = asked_year if asked_year is not None else (asked_month or 0) // 100
        subsidy = library.flexible_subsidy(packs, code, first, tuple(groups), bill.due)
    if as_json:
        written = {**answer.as_json(), **_subsidy_json(subsidy), "area": code}
        print_json({**written, **basis_data(packs, code, answer.assumptions, answer.disputes)})
        return
    lines = render.title(contribution_headline(answer, kind, Words(name)).text())
    lines.append(f"  {on} 缴费")
    lines += render.bill_lines(answer)
    if subsidy is not None and subsidy.amount:
        lines += wrap(f"  {subsidy_text(subsidy.amount, subsidy.apply_from).text()}。", columns())
    if explain:
        lines += render.step_lines(answer.steps)
    write(lines + render.basis_lines(packs, code, answer.assumptions, answer.disputes))
