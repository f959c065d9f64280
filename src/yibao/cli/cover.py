"""``yibao cover``: waiting period, first day of benefits, the ceiling with incentives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from yibao import library
from yibao.benefit.billing import back_payment
from yibao.benefit.facts import EmployeeContribution, Person, ResidentContribution
from yibao.benefit.period_answers import (
    CeilingAnswer,
    WaitingAnswer,
    ceiling_answer,
    waiting_answer,
)
from yibao.cli import render
from yibao.cli.declared import Gathered
from yibao.cli.facts import Written, asked, declared_parts, places_are_options
from yibao.cli.language import language, say
from yibao.cli.options import AreaOption, AsJson, Explain, basis_json, home_area, print_json
from yibao.cli.text import columns, wrap, write
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.answer import together
from yibao.inquiry.asked import COVER, PAYMENT
from yibao.inquiry.payer import group_codes, payer
from yibao.inquiry.question import read_parts
from yibao.inquiry.sentences import ceiling_text, cover_headline, lapse_text
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor


def _payments(packs: PolicyLibrary, insured: Person, kind: str, paid: Iterable[str]) -> Person:
    """The person with the payments of ``--paid``."""
    years: dict[int, ResidentContribution] = {}
    months: dict[int, EmployeeContribution] = {}
    for text in paid:
        period = text.partition(PAYMENT.separator)[0].strip()
        if kind == Contributor.RESIDENT and PAYMENT.separator in text and not period.isdecimal():
            raise InputError(
                message("居民医保按年度缴费，请写成 {example}", example=PAYMENT.example),
                place=f"--paid {text}",
            )
        payment = read_parts(packs, PAYMENT, text, f"--paid {text}", {"scheme": kind})
        if "year" in payment:
            number = payment["year"]
            if number in years:
                raise InputError(message("{number} 年度写了两次", number=number), place="--paid")
            years[number] = ResidentContribution(**payment)
        else:
            number = payment["month"]
            if number in months:
                raise InputError(message("{period} 写了两次", period=period), place="--paid")
            months[number] = EmployeeContribution(number, None, payment["paid_on"])
    return replace(
        insured,
        contributions_resident=tuple(years[key] for key in sorted(years)) or None,
        contributions_employee=tuple(months[key] for key in sorted(months)) or None,
    )


def cover(
    area: AreaOption,
    person: Annotated[Written, asked(COVER)],
    paid: Annotated[Mapping[str, Any], Gathered((declared_parts(PAYMENT),), dict)],
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """待遇何时开始：等待期、首日；居民另答大病保险封顶线与激励。

    列出的第一个年度以前视为按时缴费，其后没有列出的年度是断缴。

    例子（把“城市”换成地区名称或代码）：
      yibao cover --area 城市 --enrolled-from 2018-01-01 \\
        --paid 2023:2022-12-01 --paid 2026:2026-03-10 --on 2026-06-01
    """
    packs = library.load()
    code, name = home_area(packs, area)
    said = person.said(packs)
    kind, day, start = said["scheme"], said["on"], said["enrolled_from"]
    resident = kind == Contributor.RESIDENT
    with places_are_options():
        groups = group_codes(packs, code, said["group"])
        plain = payer(code, said, day, groups, enrolled_from=start)
    insured = _payments(packs, plain, kind, paid[PAYMENT.name])
    coverage = library.cover(packs, insured, day)
    answer = waiting_answer(coverage, day, back_payment(packs, insured, coverage, day))
    ceiling = None
    if resident:
        ceiling = ceiling_answer(library.ceiling(packs, insured, day, said["claimed"]), day)
    elif said["claimed"]:
        raise InputError(message("只用于居民医保"), place="--claimed")
    parts: list[WaitingAnswer | CeilingAnswer] = [answer]
    if ceiling is not None:
        parts.append(ceiling)
    assumptions = together(*(part.assumptions for part in parts))
    disputes = together(*(part.disputes for part in parts))
    if as_json:
        print_json(
            {
                **answer.as_json(language()),
                "area": code,
                "ceiling": None if ceiling is None else ceiling.as_json(language()),
                **basis_json(packs, code, assumptions, disputes),
            }
        )
        return
    lines = render.title(cover_headline(answer))
    about = say(
        "{place}{scheme}，{day} 参保；{why}。",
        place=name,
        scheme=words.CONTRIBUTOR[kind],
        day=start,
        why=answer.why,
    )
    lines += wrap(f"  {about}", columns())
    for more in filter(None, (lapse_text(answer), ceiling and ceiling_text(ceiling))):
        lines += wrap("  " + say("{about}。", about=more), columns())
    if explain:
        lines += render.step_lines([step for part in parts for step in part.steps])
    write(lines + render.basis_lines(packs, code, assumptions, disputes))
