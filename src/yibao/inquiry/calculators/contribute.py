"""缴费: what a year or some months cost one person, or a whole family."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

from yibao import library
from yibao.benefit.billing import Bill
from yibao.benefit.facts import Person
from yibao.inquiry.answer import Answer, Bar, Break, Curve, Line, Note, Part, Series
from yibao.inquiry.calculators.base import (
    MOST_BILL,
    SCHEME,
    Calculator,
    Context,
    area_field,
    group_field,
    need,
)
from yibao.inquiry.curves import Points, breaks, sample, waterfall
from yibao.inquiry.fields import Field, Input, Values
from yibao.inquiry.sentences import BILL_LINES, contribution_headline, subsidy_text, yuan
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.model import Words
from yibao.scenario.answers import contribution_answer
from yibao.scenario.model import AskStep

_YUAN = Words("元", "yuan")
_RESIDENT = (("scheme", ("resident",)),)
_MONTHLY = (("scheme", ("employee", "flexible")),)
_BORN = datetime.date(1980, 1, 1)
_FIRST_YEAR, _LAST_YEAR = 1990, 2199

BASE = Field(
    "base",
    Words("缴费基数", "Contribution base"),
    "amount",
    most=MOST_BILL,
    unit=Words("元/月", "yuan a month"),
    hint=Words("一般是月工资；不填按当地最低基数。", "Usually the wage; the local floor if empty."),
    when=_MONTHLY,
)
PAID_ON = Field(
    "paid_on",
    Words("哪天缴", "Paid on"),
    "day",
    "today",
    True,
    hint=Words("过了集中缴费期会贵一些。", "After the window it costs more."),
)


def year_field(required: bool = True, **settings: Any) -> Field:
    """The coverage year."""
    return Field(
        "year",
        Words("缴费年度", "Coverage year"),
        "whole",
        required=required,
        least=_FIRST_YEAR,
        most=_LAST_YEAR,
        unit=Words("年", ""),
        **settings,
    )


def _inputs(packs: PolicyLibrary) -> tuple[Input, ...]:
    group = group_field(packs)
    return (
        area_field(packs),
        SCHEME,
        year_field(
            when=_RESIDENT,
            hint=Words("享受待遇的那一年。", "The year of the benefits."),
            example="2025",
        ),
        Field(
            "month",
            Words("从哪个月起", "From month"),
            "month",
            "today",
            True,
            when=_MONTHLY,
            hint=Words("例如 2025-03。", "Like 2025-03."),
        ),
        Field(
            "months",
            Words("缴几个月", "How many months"),
            "whole",
            "1",
            True,
            least=1,
            most=12,
            unit=Words("个月", "months"),
            when=_MONTHLY,
        ),
        BASE,
        PAID_ON,
        group,
        Field(
            "birth",
            Words("出生日期", "Date of birth"),
            "day",
            required=True,
            when=(("group", ("newborn",)),),
            hint=Words("新生儿才需要。", "For a newborn only."),
            extra=True,
        ),
    )


def _person(area: str, values: Values) -> Person:
    scheme = values["scheme"]
    groups = (values["group"],) if values.get("group") else ()
    birth = values.get("birth")
    need(
        birth is None or birth <= values["paid_on"],
        f"出生日期晚于缴费日 {values['paid_on']}",
        "birth",
    )
    return library.person(
        area,
        "resident" if scheme == "resident" else "employee",
        None if scheme == "resident" else "working",
        birth=birth or _BORN,
        groups=groups,
        flexible=scheme == "flexible",
    )


def contribution_bill(context: Context, area: str, values: Values) -> tuple[Bill, dict[str, Any]]:
    """The bill of one person, and the same for programs."""
    insured = _person(area, values)
    on = values["paid_on"]
    if values["scheme"] == "resident":
        year = values["year"]
        bill = library.contribution(context.packs, insured, on, year=year)
        step = AskStep(0, "contribution", "person", on, year)
    else:
        month, months = values["month"], values["months"]
        bill = library.contribution(
            context.packs, insured, on, month=month, base=values["base"], months=months
        )
        step = AskStep(0, "contribution", "person", on, None, month, values["base"], months)
    return bill, contribution_answer(step, bill)


def bill_bars(bill: Bill) -> tuple[Bar, ...]:
    """The lines of a bill, the employer's and the government's part beside them."""
    parts = [(BILL_LINES[line.name], line.amount, "own") for line in bill.lines if line.amount]
    bars = []
    placed = waterfall([(amount, "less" if amount < 0 else tone) for _, amount, tone in parts])
    for (label, _, _), (amount, start, end, tone) in zip(parts, placed, strict=True):
        bars.append(Bar(label, amount, start, end, tone))
    if len(bars) > 1:
        bars.append(Bar(Words("合计自己缴", "You pay"), bill.due, 0, bill.due, "total"))
    at = bill.due
    for label, amount in (
        (Words("另由单位缴", "Paid by the employer"), bill.employer),
        (Words("另由财政补助", "Paid by the government"), bill.subsidy),
    ):
        if amount:
            bars.append(Bar(label, amount, at, at + amount, "fund"))
            at += amount
    return tuple(bars)


def _lines(bill: Bill) -> tuple[Line, ...]:
    lines = [Line(BILL_LINES[line.name], line.amount, 1) for line in bill.lines]
    lines.append(Line(Words("应缴合计", "Due"), bill.due, strong=True))
    for label, amount in (
        (Words("折合每月", "A month"), bill.monthly_equivalent),
        (Words("缴费基数", "Contribution base"), bill.base),
        (Words("另由单位缴", "Paid by the employer"), bill.employer),
        (Words("另由财政补助", "Paid by the government"), bill.subsidy),
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
        title=Words("基数不同缴多少", "If the base were different"),
        x_label=Words("申报的缴费基数", "Declared base"),
        y_label=Words("个人缴费", "You pay"),
        x_unit="fen",
        y_unit="fen",
        series=(Series(Words("个人缴费", "You pay"), points, "own"),),
        breaks=breaks(points, "自己缴的", "you pay"),
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
        title=Words("早缴晚缴差多少", "Earlier or later"),
        x_label=Words("缴费日", "Day of payment"),
        y_label=Words("个人缴费", "You pay"),
        x_unit="days",
        y_unit="fen",
        series=(Series(Words("个人缴费", "You pay"), points, "own"),),
        breaks=turns,
        marked=day_number(values["paid_on"]),
        steps=True,
    )


def _jumps(points: tuple[tuple[int, int], ...], due: Any) -> tuple[Break, ...]:
    """The first day of each new amount."""
    found = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if y0 == y1:
            continue
        low, high = x0, x1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if due(middle) == y0 else (low, middle)
        day = to_date(high)
        found.append(
            Break(
                high,
                Words(
                    f"{day} 起由 {yuan(y0)} 元变为 {yuan(y1)} 元",
                    f"From {day} on ¥{yuan(y1)} instead of ¥{yuan(y0)}",
                ),
            )
        )
    return tuple(found[:6])


def _notes(values: Values, bill: Bill) -> list[Note]:
    notes = []
    if values["scheme"] == "resident":
        if not bill.late:
            notes.append(
                Note(
                    Words("不用补缴财政补助部分", "No government part to pay"),
                    Words("在集中缴费期内缴费", "Paid within the window"),
                )
            )
        if not values.get("group"):
            notes.append(
                Note(
                    Words("没有参保资助", "No premium assistance"),
                    Words(
                        "只用于特困、低保等人群；属于这些人群时在“更多条件”里选",
                        "Only for some groups; choose one under More",
                    ),
                )
            )
    elif values["base"] is not None and bill.base != values["base"]:
        notes.append(
            Note(
                Words("没有按申报的基数算", "Not on the declared base"),
                Words(
                    f"基数有上下限，按 {yuan(bill.base or 0)} 元算",
                    f"The base has a floor and a ceiling; ¥{yuan(bill.base or 0)} counts",
                ),
            )
        )
    return notes


def _answer(context: Context, values: Values) -> Answer:
    area = values["area"]
    bill, answer = contribution_bill(context, area, values)
    place = context.place(area)
    scheme = values["scheme"]
    lines = list(_lines(bill))
    data = {**answer, "area": area}
    if scheme == "flexible" and values.get("group"):
        year = values["month"] // 100
        subsidy = library.flexible_subsidy(context.packs, area, year, (values["group"],), bill.due)
        data["premium_subsidy"] = subsidy.amount
        if subsidy.amount:
            text = subsidy_text(subsidy.amount, subsidy.apply_from)
            lines.append(Line(Words("缴费补贴", "Premium subsidy"), None, 1, text))
    curve = (
        _day_curve(context, area, values)
        if scheme == "resident"
        else _base_curve(context, area, values, bill)
    )
    return Answer(
        headline=contribution_headline(answer, scheme, place),
        about=Words(f"{values['paid_on']} 缴费", f"Paid on {values['paid_on']}"),
        data=data,
        area=area,
        figures_on=values["paid_on"],
        parts=(
            Part(
                Words("怎么算的", "How it was worked out"),
                area,
                tuple(s for s in bill.explanation.steps if s.shown),
            ),
        ),
        assumptions=bill.explanation.assumptions,
        disputes=bill.explanation.disputes,
        bars=bill_bars(bill),
        lines=tuple(lines),
        notes=tuple(_notes(values, bill)),
        curve=curve,
        good=not bill.late,
    )


def contribute_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of one person's contribution."""
    return Calculator(
        "contribute",
        Words("缴费", "Contribution"),
        Words("居民一年、职工或灵活就业几个月，自己要缴多少。", "What a year or some months cost."),
        _inputs(packs),
        _answer,
        {"scheme": "resident", "year": "2025", "paid_on": "2024-12-20"},
        ("resident.contribution", "employee.contribution"),
    )
