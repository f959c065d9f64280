"""退休年限与补缴: the years that lifelong benefits take."""

from __future__ import annotations

from yibao import library
from yibao.benefit.period_answers import RetirementAnswer, retirement_answer
from yibao.inquiry import words
from yibao.inquiry.answer import Answer, Curve, Line, MainFigure, Series
from yibao.inquiry.asked import RETIREMENT
from yibao.inquiry.calculators.base import (
    Calculator,
    Context,
    area_field,
    part_of,
)
from yibao.inquiry.curves import sample
from yibao.inquiry.fact_fields import choices, field_of
from yibao.inquiry.fields import Values
from yibao.inquiry.sentences import (
    months_text,
    retirement_headline,
)
from yibao.messages import Fen, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Sex

_SEXES = (Sex.FEMALE, Sex.MALE)


def _answer_retire(context: Context, values: Values) -> Answer:
    area, on, sex = values["area"], values["on"], values["sex"]
    actual = values["actual_years"] * 12 + (values["actual_months"] or 0)
    deemed = (values["deemed_years"] or 0) * 12
    base = values["base"] or 0

    def at(months: int) -> library.Retirement:
        return library.retirement(context.packs, area, sex, on, months, deemed, base)

    result = at(actual)
    place = context.place(area)
    high = max(result.required_months + 24, actual + 12)

    def curve() -> Curve:
        points = sample(lambda months: at(months).cost, 0, high)
        return Curve(
            title=message("再多缴几年差多少"),
            x_label=message("已实际缴费月数"),
            y_label=message_in("retire", "补足费用"),
            x_unit="months",
            y_unit="fen",
            series=(Series(message_in("retire", "补足费用"), points, "own"),),
            breaks=(),
            marked=actual,
        )

    rows = (
        (message("应缴满"), result.required_months),
        (message("其中实际缴费"), result.actual_required_months),
        (message("已实际缴费"), actual),
        (message("视同缴费"), deemed),
        (message("还差"), result.missing_months),
    )
    return Answer(
        headline=retirement_headline(result.missing_months, result.cost),
        about=message("{place}，{sex}，{on} 退休", place=place, sex=words.SEX[sex], on=on),
        figures=retirement_answer(
            result, area, sex, on, actual_months=actual, deemed_months=deemed
        ),
        area=area,
        figures_on=on,
        parts=(part_of(area, result.explanation),),
        assumptions=result.explanation.assumptions,
        disputes=result.explanation.disputes,
        lines=(
            *(Line(label, None, 0, months_text(months)) for label, months in rows if months),
            Line(message("一次补足约需"), result.cost, strong=True),
        ),
        curve=context.drawn(curve),
        figure=MainFigure(message("一次补足约需"), Fen(result.cost), "own")
        if result.missing_months
        else MainFigure(message("缴费年限"), message("够了")),
        good=not result.missing_months,
    )


def retire_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of the years for retirement."""
    return Calculator(
        "retire",
        message("退休年限与补缴"),
        message("退休后享受职工医保要缴满多少年，还差多少，补足要多少。"),
        (
            area_field(packs),
            field_of(RETIREMENT["sex"], default=Sex.FEMALE, choices=choices(_SEXES, words.SEX)),
            field_of(RETIREMENT["actual_years"], required=True, most=60),
            field_of(RETIREMENT["actual_months"], label=message("另加"), most=11, extra=True),
            field_of(RETIREMENT["deemed_years"], most=60),
            field_of(RETIREMENT["base"], when=(), extra=True),
            field_of(RETIREMENT["on"]),
        ),
        _answer_retire,
        {"sex": Sex.FEMALE, "actual_years": "18"},
        RetirementAnswer,
        ("retirement",),
    )
