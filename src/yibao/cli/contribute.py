"""``yibao contribute``: what a coverage year or some months cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from yibao import library
from yibao.benefit.period_answers import contribution_answer
from yibao.cli import render
from yibao.cli.facts import OptionsError, Written, asked, places_are_options
from yibao.cli.language import language, say
from yibao.cli.options import AreaOption, AsJson, Explain, basis_json, home_area, print_json
from yibao.cli.text import columns, wrap, write
from yibao.errors import InputError
from yibao.inquiry.asked import CONTRIBUTION
from yibao.inquiry.payer import enrolment_facts, group_codes, payer, require_age
from yibao.inquiry.sentences import contribution_headline, subsidy_text
from yibao.messages import message
from yibao.policy.kinds import Contributor


def _period(said: Mapping[str, Any]) -> None:
    """Refuse a year and a month that contradict each other, or the scheme."""
    year, month = said["year"], said["month"]
    if (year is None) == (month is None):
        raise OptionsError(message("年度与月份写且只写一种"), "--year", "--month")
    if said["scheme"] == Contributor.RESIDENT and month is not None:
        raise InputError(message("居民医保按年度缴费，请写 --year"), place="--month")
    if year is not None and said["months"] != 1:
        raise InputError(message("只与 --month 一起写"), place="--months")


def _subsidy_json(subsidy: library.PremiumSubsidy | None) -> dict[str, Any]:
    if subsidy is None:
        return {}
    apply_from = subsidy.apply_from.isoformat() if subsidy.apply_from else None
    return {"premium_subsidy": {"amount": subsidy.amount, "apply_from": apply_from}}


def contribute(
    area: AreaOption,
    paying: Annotated[Written, asked(CONTRIBUTION)],
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
    said = paying.said(packs)
    kind, on = said["scheme"], said["paid_on"]
    year, month, months, base = (said[name] for name in ("year", "month", "months", "base"))
    _period(said)
    if kind == Contributor.RESIDENT and base is not None:
        raise InputError(message("居民缴费没有基数"), place="--base")
    with places_are_options():
        groups = group_codes(packs, code, said["group"])
        require_age(packs, code, said, on, groups)
        insured = payer(code, said, on, groups, **enrolment_facts(said))
    bill = library.contribution(
        packs, insured, on, year=year, month=month, base=base, months=months
    )
    answer = contribution_answer(bill, on, year=year, month=month, months=months)
    subsidy = None
    if kind == Contributor.FLEXIBLE and groups:
        first = year if year is not None else month // 100
        subsidy = library.flexible_subsidy(packs, code, first, groups, bill.due)
    if as_json:
        written = {**answer.as_json(language()), **_subsidy_json(subsidy), "area": code}
        print_json({**written, **basis_json(packs, code, answer.assumptions, answer.disputes)})
        return
    lines = render.title(contribution_headline(answer, kind, name))
    lines.append("  " + say("{day} 缴费", day=on))
    lines += render.bill_lines(answer)
    if subsidy is not None and subsidy.amount:
        about = subsidy_text(subsidy.amount, subsidy.apply_from)
        lines += wrap("  " + say("{about}。", about=about), columns())
    if explain:
        lines += render.step_lines(answer.steps)
    write(lines + render.basis_lines(packs, code, answer.assumptions, answer.disputes))
