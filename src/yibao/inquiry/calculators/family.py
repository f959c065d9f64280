"""缴费: what a whole family pays in a year."""

from __future__ import annotations

from dataclasses import replace

from yibao.benefit.explain import merge
from yibao.errors import InputError, YibaoError
from yibao.inquiry import words
from yibao.inquiry.answer import Answer, Bar, Line, MainFigure
from yibao.inquiry.calculators.base import (
    AGE,
    SCHEME,
    Calculator,
    Context,
    area_field,
    group_field,
    part_of,
)
from yibao.inquiry.calculators.contribute import (
    BASE,
    PAID_ON,
    birth_field,
    contribution_bill,
    year_field,
)
from yibao.inquiry.curves import waterfall
from yibao.inquiry.fields import NO_WORDS, Input, Rows, Values
from yibao.inquiry.figures import FamilyFigures
from yibao.inquiry.sentences import money
from yibao.messages import Fen, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor


def _family_inputs(packs: PolicyLibrary) -> tuple[Input, ...]:
    return (
        area_field(packs),
        year_field(when=(), hint=NO_WORDS),
        PAID_ON,
        Rows(
            "members",
            message("家里的人"),
            message("第 {number} 人"),
            (
                replace(SCHEME, default="", required=False, hint=NO_WORDS),
                replace(BASE, hint=message("不填按当地最低基数。")),
                replace(AGE, extra=False),
                group_field(packs, extra=False),
                birth_field(),
            ),
            most=8,
            shown=3,
            key="scheme",
            hint=message("退休职工不缴费，不用填；不需要姓名和证件号。"),
        ),
    )


def _answer_family(context: Context, values: Values) -> Answer:
    area = values["area"]
    rows = []
    for row in values["members"]:
        member = {**row, "year": values["year"], "paid_on": values["paid_on"]}
        member |= {"month": values["year"] * 100 + 1, "months": 12}
        try:
            rows.append((row, *contribution_bill(context, area, member)))
        except InputError as error:
            where = f"{error.place}-{row['number']}" if error.place in row else error.place
            raise InputError(error.message, place=where) from None
        except YibaoError as error:
            error.args = (f"第 {row['number']} 人：{error}",)
            raise
    due = sum(bill.due for _, bill, _ in rows)
    labels = [
        message(
            "第 {number} 人 {scheme}", number=row["number"], scheme=words.CONTRIBUTOR[row["scheme"]]
        )
        for row, _, _ in rows
    ]
    bars = []
    placed = waterfall([(bill.due, "own") for _, bill, _ in rows])
    for label, (amount, start, end, tone) in zip(labels, placed, strict=True):
        bars.append(Bar(label, amount, start, end, tone))
    bars.append(Bar(message("一家合计"), due, 0, due, "total"))
    whole = merge([bill.explanation for _, bill, _ in rows])
    place = context.place(area)
    total = money(due)
    return Answer(
        headline=message(
            "一家 {rows} 人 {year} 年度共缴 {total}",
            rows=len(rows),
            year=values["year"],
            total=total,
        ),
        about=message(
            "{place}，{paid_on} 缴费；职工、灵活就业按 12 个月",
            place=place,
            paid_on=values["paid_on"],
        ),
        figures=FamilyFigures(
            area=area,
            year=values["year"],
            due=due,
            members=tuple(answer for _, _, answer in rows),
        ),
        area=area,
        figures_on=values["paid_on"],
        parts=tuple(
            part_of(area, bill.explanation, label)
            for label, (_, bill, _) in zip(labels, rows, strict=True)
        ),
        assumptions=whole.assumptions,
        disputes=whole.disputes,
        bars=tuple(bars),
        lines=(
            *(Line(label, bill.due, 1) for label, (_, bill, _) in zip(labels, rows, strict=True)),
            Line(message("一家合计"), due, strong=True),
            Line(message("折合每月"), due // 12, 1),
        ),
        figure=MainFigure(message("一家缴"), Fen(due), "own"),
    )


def family_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of a family's contributions."""
    return Calculator(
        "family",
        message("一家缴费"),
        message("一家人一年一共缴多少。"),
        _family_inputs(packs),
        _answer_family,
        {
            "year": "2025",
            "paid_on": "2024-12-20",
            "scheme-1": Contributor.EMPLOYEE,
            "base-1": "6500",
            "scheme-2": Contributor.FLEXIBLE,
            "scheme-3": Contributor.RESIDENT,
        },
        FamilyFigures,
        ("resident.contribution", "employee.contribution"),
    )
