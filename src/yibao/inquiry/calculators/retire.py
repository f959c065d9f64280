"""退休年限与补缴: the years that lifelong benefits take."""

from __future__ import annotations

from yibao import library
from yibao.inquiry import words
from yibao.inquiry.answer import Answer, Curve, Line, Series
from yibao.inquiry.calculators.base import (
    Calculator,
    Context,
    amount_field,
    area_field,
    choices,
    part_of,
)
from yibao.inquiry.curves import sample
from yibao.inquiry.fields import Field, Values
from yibao.inquiry.sentences import (
    months_text,
    retirement_headline,
)
from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Words


def _answer_retire(context: Context, values: Values) -> Answer:
    area, on, sex = values["area"], values["on"], values["sex"]
    actual = values["actual_years"] * 12 + (values["actual_months"] or 0)
    deemed = (values["deemed_years"] or 0) * 12
    base = values["base"] or 0

    def at(months: int) -> library.Retirement:
        return library.retirement(context.packs, area, sex, on, months, deemed, base)

    found = at(actual)
    place = context.place(area)
    high = max(found.required_months + 24, actual + 12)
    points = sample(lambda months: at(months).cost, 0, high)
    rows = (
        (Words("应缴满", "Required"), found.required_months),
        (Words("其中实际缴费", "Of these paid"), found.actual_required_months),
        (Words("已实际缴费", "Paid so far"), actual),
        (Words("视同缴费", "Deemed"), deemed),
        (Words("还差", "Missing"), found.missing_months),
    )
    return Answer(
        headline=retirement_headline(found.missing_months, found.cost),
        about=Words(
            f"{place.zh}，{words.SEX[sex]}，{on} 退休",
            f"{place.en}, {words.ENGLISH[sex]}, retiring on {on}",
        ),
        data={
            "area": area,
            "sex": sex,
            "on": on.isoformat(),
            "actual_months": actual,
            "deemed_months": deemed,
            "required_months": found.required_months,
            "actual_required_months": found.actual_required_months,
            "missing_months": found.missing_months,
            "cost": found.cost,
            "assumptions": list(found.explanation.assumptions),
            "disputes": list(found.explanation.disputes),
            "steps": [step.as_json() for step in found.explanation.steps if step.shown],
        },
        area=area,
        figures_on=on,
        parts=(part_of(area, found.explanation),),
        assumptions=found.explanation.assumptions,
        disputes=found.explanation.disputes,
        lines=(
            *(Line(label, None, 0, months_text(months)) for label, months in rows if months),
            Line(Words("一次补足约需", "Paying them at once"), found.cost, strong=True),
        ),
        curve=Curve(
            title=Words("再多缴几年差多少", "By the months paid"),
            x_label=Words("已实际缴费月数", "Months paid"),
            y_label=Words("补足费用", "Cost of the rest"),
            x_unit="months",
            y_unit="fen",
            series=(Series(Words("补足费用", "Cost of the rest"), points, "own"),),
            breaks=(),
            marked=actual,
        ),
        good=not found.missing_months,
    )


def retire_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of the years for retirement."""
    years = Words("年", "years")
    return Calculator(
        "retire",
        Words("退休年限与补缴", "Years for retirement"),
        Words(
            "退休后享受职工医保要缴满多少年，还差多少，补足要多少。",
            "How many years lifelong employee benefits take, and what missing ones cost.",
        ),
        (
            area_field(packs),
            Field(
                "sex",
                Words("性别", "Sex"),
                "choice",
                "female",
                True,
                choices=choices(("female", "male"), words.SEX),
            ),
            Field(
                "actual_years",
                Words("实际缴费", "Paid"),
                "whole",
                required=True,
                most=60,
                unit=years,
                hint=Words("职工医保真正缴过的年数。", "Years paid in the employee scheme."),
            ),
            Field(
                "actual_months",
                Words("另加", "And"),
                "whole",
                most=11,
                unit=Words("个月", "months"),
                extra=True,
            ),
            Field(
                "deemed_years",
                Words("视同缴费", "Deemed"),
                "whole",
                most=60,
                unit=years,
                hint=Words("建立职工医保以前的工龄，没有就不填。", "Service before the scheme."),
            ),
            amount_field(
                "base",
                "本人缴费基数",
                "Own base",
                extra=True,
                hint=Words("按本人基数补缴的地方才需要。", "Only where it decides the cost."),
            ),
            Field("on", Words("退休日", "Retiring on"), "day", "today", True),
        ),
        _answer_retire,
        {"sex": "female", "actual_years": "18"},
        ("retirement",),
    )
