"""缴费: what a year or some months cost one person, or a whole family."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

from yibao import library
from yibao.benefit.billing import Bill
from yibao.benefit.described import TODAY, Condition
from yibao.benefit.period_answers import ContributionAnswer, contribution_answer
from yibao.errors import RefusedError
from yibao.inquiry.answer import Answer, Bar, Break, Curve, Line, MainFigure, Note, Series
from yibao.inquiry.asked import CONTRIBUTION
from yibao.inquiry.calculators.base import (
    AGE,
    SCHEME,
    Calculator,
    Context,
    area_field,
    group_field,
    groups_of,
    part_of,
)
from yibao.inquiry.curves import Points, breaks, sample, waterfall
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Field, Input, Values
from yibao.inquiry.figures import ContributionInArea
from yibao.inquiry.payer import NEWBORN, enrolment_facts, payer, require_age
from yibao.inquiry.question import ENROLMENT_FACTS
from yibao.inquiry.sentences import BILL_LINES, contribution_headline, subsidy_text
from yibao.messages import Fen, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.kinds import ContributionClass, Contributor, Scheme
from yibao.written import UNSET, UnsetType, members_of

_OF_NEWBORNS: Condition = ("group", (NEWBORN,))

BASE = field_of(CONTRIBUTION["base"])
PAID_ON = field_of(CONTRIBUTION["paid_on"])


def year_field(**settings: Any) -> Field:
    """The coverage year."""
    return field_of(CONTRIBUTION["year"], required=True, example="2025", **settings)


def _inputs(packs: PolicyLibrary) -> tuple[Input, ...]:
    return (
        area_field(packs),
        SCHEME,
        year_field(),
        field_of(
            CONTRIBUTION["month"],
            default=TODAY,
            required=True,
        ),
        field_of(CONTRIBUTION["months"], required=True),
        BASE,
        PAID_ON,
        *(field_of(CONTRIBUTION[fact.name], extra=True) for fact in ENROLMENT_FACTS),
        AGE,
        group_field(packs),
        birth_field(extra=True),
    )


def birth_field(**settings: Any) -> Field:
    """The day of birth, where rules look at it."""
    return field_of(
        CONTRIBUTION["birth"],
        required=True,
        hint=message("新生儿才需要。"),
        when=(_OF_NEWBORNS,),
        **settings,
    )


def contribution_bill(
    context: Context, area: str, values: Values
) -> tuple[Bill, ContributionAnswer]:
    """The bill of one person, and the answer about it."""
    on = values["paid_on"]
    require_age(context.packs, area, values, on, groups_of(values))
    insured = payer(area, values, on, groups_of(values), **enrolment_facts(values))
    if values["scheme"] == Scheme.RESIDENT:
        year = values["year"]
        bill = library.contribution(context.packs, insured, on, year=year)
        return bill, contribution_answer(bill, on, year=year)
    month, months = values["month"], values["months"]
    bill = library.contribution(
        context.packs, insured, on, month=month, base=values["base"], months=months
    )
    return bill, contribution_answer(bill, on, month=month, months=months)


def bill_bars(bill: Bill) -> tuple[Bar, ...]:
    """The lines of a bill, the employer's and the government's part beside them."""
    parts = [(BILL_LINES[line.name], line.amount, "own") for line in bill.lines if line.amount]
    bars = []
    placed = waterfall([(amount, "less" if amount < 0 else tone) for _, amount, tone in parts])
    for (label, _, _), (amount, start, end, tone) in zip(parts, placed, strict=True):
        bars.append(Bar(label, amount, start, end, tone))
    if len(bars) > 1:
        bars.append(Bar(message("合计自己缴"), bill.due, 0, bill.due, "total"))
    at = bill.due
    for label, amount in (
        (message("另由单位缴"), bill.employer),
        (message("另由财政补助"), bill.subsidy),
    ):
        if amount:
            bars.append(Bar(label, amount, at, at + amount, "fund"))
            at += amount
    return tuple(bars)


def _lines(bill: Bill) -> tuple[Line, ...]:
    lines = [Line(BILL_LINES[line.name], line.amount, 1) for line in bill.lines]
    lines.append(Line(message("应缴合计"), bill.due, strong=True))
    for label, amount in (
        (message("折合每月"), bill.monthly_equivalent),
        (message("缴费基数"), bill.base),
        (message("另由单位缴"), bill.employer),
        (message("另由财政补助"), bill.subsidy),
    ):
        if amount:
            lines.append(Line(label, amount, 1))
    return tuple(lines)


def _base_curve(context: Context, area: str, values: Values, bill: Bill) -> Curve:
    """What other bases would cost."""

    def due(base: int) -> int:
        return contribution_bill(context, area, {**values, "base": base})[0].due

    high = 40_000_00
    points = sample(due, 0, high)
    return Curve(
        title=message("基数不同缴多少"),
        x_label=message("申报的缴费基数"),
        y_label=message_in("contribute", "个人缴费"),
        x_unit="fen",
        y_unit="fen",
        series=(Series(message_in("contribute", "个人缴费"), points, "own"),),
        breaks=breaks(points, message("自己缴的")),
        marked=bill.base,
    )


def _day_curve(context: Context, area: str, values: Values) -> Curve:
    """What the year costs on other days of payment."""
    year = values["year"]

    def due(day: int) -> int:
        return contribution_bill(context, area, {**values, "paid_on": to_date(day)})[0].due

    def made() -> tuple[Points, tuple[Break, ...]]:
        low = day_number(datetime.date(year - 1, 9, 1))
        points = sample(due, low, day_number(datetime.date(year, 12, 31)))
        return points, _jumps(points, due)

    # A date of birth is nobody's to keep.
    key = f"contribute {area} {values['scheme']} {year} {values.get('group')}"
    points, turns = made() if values.get("birth") else context.curves.kept(key, made)
    return Curve(
        title=message("早缴晚缴差多少"),
        x_label=message("缴费日"),
        y_label=message_in("contribute", "个人缴费"),
        x_unit="days",
        y_unit="fen",
        series=(Series(message_in("contribute", "个人缴费"), points, "own"),),
        breaks=turns,
        marked=day_number(values["paid_on"]),
        steps=True,
    )


def _jumps(points: tuple[tuple[int, int], ...], due: Any) -> tuple[Break, ...]:
    """The first day of each new amount."""
    jumps = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if y0 == y1:
            continue
        low, high = x0, x1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if due(middle) == y0 else (low, middle)
        day = to_date(high)
        jumps.append(
            Break(
                high,
                message("{day} 起由 {y0}变为 {y1}", day=day, y0=Fen(y0), y1=Fen(y1)),
            )
        )
    return tuple(jumps[:6])


def _notes(values: Values, bill: Bill) -> list[Note]:
    notes = []
    if values["scheme"] == Scheme.RESIDENT:
        if not bill.late:
            notes.append(
                Note(
                    message("不用补缴财政补助部分"),
                    message("在集中缴费期内缴费"),
                )
            )
        if not values.get("group"):
            notes.append(
                Note(
                    message("没有参保资助"),
                    message("只用于特困、低保等人群；属于这些人群时在“更多条件”里选"),
                )
            )
    elif values["base"] is not None and bill.base != values["base"]:
        notes.append(
            Note(
                message("没有按申报的基数算"),
                message("基数有上下限，按 {value}算", value=Fen(bill.base or 0)),
            )
        )
    return notes


def _answer(context: Context, values: Values) -> Answer:
    area = values["area"]
    bill, answer = contribution_bill(context, area, values)
    place = context.place(area)
    scheme = values["scheme"]
    lines, notes = list(_lines(bill)), _notes(values, bill)
    premium_subsidy: int | UnsetType = UNSET
    if scheme == ContributionClass.FLEXIBLE and values.get("group"):
        year, groups = values["month"] // 100, (values["group"],)
        try:
            subsidy = library.flexible_subsidy(context.packs, area, year, groups, bill.due)
        except RefusedError as refused:
            reason = message("没有算补贴：{reason}", reason=refused.message)
            notes.append(Note(message("缴费补贴没有来源"), reason))
        else:
            premium_subsidy = subsidy.amount
            if subsidy.amount:
                text = subsidy_text(subsidy.amount, subsidy.apply_from)
                lines.append(Line(message("缴费补贴"), None, 1, text))

    def curve() -> Curve:
        if scheme == Scheme.RESIDENT:
            return _day_curve(context, area, values)
        return _base_curve(context, area, values, bill)

    return Answer(
        headline=contribution_headline(answer, scheme, place),
        about=message("{paid_on} 缴费", paid_on=values["paid_on"]),
        figures=ContributionInArea(
            **members_of(answer), area=area, premium_subsidy=premium_subsidy
        ),
        area=area,
        figures_on=values["paid_on"],
        parts=(part_of(area, bill.explanation),),
        assumptions=bill.explanation.assumptions,
        disputes=bill.explanation.disputes,
        bars=bill_bars(bill),
        lines=tuple(lines),
        notes=tuple(notes),
        curve=context.drawn(curve),
        figure=MainFigure(message("自己缴"), Fen(bill.due), "own"),
        good=not bill.late,
    )


def contribute_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of one person's contribution."""
    return Calculator(
        "contribute",
        message("缴费"),
        message("居民一年、职工或灵活就业几个月，自己要缴多少。"),
        _inputs(packs),
        _answer,
        {"scheme": Contributor.RESIDENT, "year": "2025", "paid_on": "2024-12-20"},
        ContributionInArea,
        ("resident.contribution", "employee.contribution"),
    )
