"""An answer with everything that it rests on, as programs get it: types, then JSON."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from yibao.inquiry.answer import Answer, Curve
from yibao.inquiry.basis import REFERENCE_ONLY, assumption_texts, dispute_texts
from yibao.inquiry.calculators.base import Calculator, Context
from yibao.inquiry.citations import Behind, CitedSource, behind
from yibao.inquiry.published import (
    DayText,
    FenAmount,
    Json,
    YuanText,
    published,
    published_type,
)
from yibao.messages import CHINESE
from yibao.money.text import format_yuan
from yibao.policy.citation import Citation
from yibao.policy.kinds import ValueStatus


class AmountShown(msgspec.Struct, forbid_unknown_fields=True):
    """An amount under its label."""

    label: str
    amount_fen: FenAmount
    amount_yuan: YuanText


class TableShown(msgspec.Struct, forbid_unknown_fields=True):
    """A table of texts."""

    caption: str
    columns: list[str]
    rows: list[list[str]]


class AxisShown(msgspec.Struct, forbid_unknown_fields=True):
    """What a curve is drawn over."""

    label: str
    unit: Literal["fen", "months", "days"]


class SeriesShown(msgspec.Struct, forbid_unknown_fields=True):
    """One line of a curve."""

    label: str
    points: list[list[int]]


class BreakShown(msgspec.Struct, forbid_unknown_fields=True):
    """Where a curve changes direction."""

    at: int
    what: str


class CurveShown(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of the answer if one input varies."""

    title: str
    x: AxisShown
    y: AxisShown
    series: list[SeriesShown]
    breaks: list[BreakShown]


class NotApplied(msgspec.Struct, forbid_unknown_fields=True):
    """What does not apply, and why."""

    what: str
    why: str


class RuleValue(msgspec.Struct, forbid_unknown_fields=True):
    """A value of a rule."""

    keys: str
    value: str


class RuleShown(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A rule that steps rest on, with its values, days and sources."""

    parameter: str
    name: str
    area: str
    values: list[RuleValue]
    first_day: DayText
    first_day_assumed: bool
    last_day: DayText | None
    grade: Annotated[str, Meta(description="来源的等级，A 最高；空的是推定。")]
    status: ValueStatus
    sources: list[CitedSource]
    disputes: list[str]
    basis: str | UnsetType = UNSET
    gap: str | UnsetType = UNSET
    note: str | UnsetType = UNSET


class Basis(msgspec.Struct, forbid_unknown_fields=True):
    """Assumptions and disputes behind an answer, in words by their ids."""

    assumptions: dict[str, str]
    disputes: dict[str, str]


class Calculation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a calculator answers."""

    headline: Annotated[str, Meta(description="一句话。")]
    figures_on: Annotated[datetime.date, Meta(description="按哪一天的规定。")]
    amounts: Annotated[list[AmountShown], Meta(description="主要金额。")]
    tables: list[TableShown]
    curve: (
        Annotated[
            CurveShown,
            Meta(description="要了 include=curve 才有：横轴变化时的各点，单位见 unit。"),
        ]
        | UnsetType
    ) = UNSET
    answer: Any
    """The figures, a ``TypedAnswer``; published as :func:`calculation_type` describes them."""
    not_applied: Annotated[list[NotApplied], Meta(description="没有用到的待遇和原因。")]
    rules: Annotated[list[RuleShown], Meta(description="这些步骤依据的规定与来源。")]
    basis: Annotated[Basis, Meta(description="推定与争议。")]
    notice: str
    page: Annotated[str, Meta(description="同一个答案的页面地址。")]


def calculation_type(calculator: Calculator) -> type[msgspec.Struct]:
    """The type of everything that a calculator answers, for its schema."""
    described = Meta(
        description="全部数字：_fen 是整数分，_basis_points 是整数基点，_months 是月数；"
        "steps 是每一步，带规定、首日、来源、等级。"
    )
    figures: Any = Annotated.__class_getitem__((published_type(calculator.gives), described))  # type: ignore[attr-defined]
    return msgspec.defstruct(
        calculation_name(calculator),
        [("answer", figures)],
        bases=(Calculation,),
        kw_only=True,
        forbid_unknown_fields=True,
    )


def calculation_name(calculator: Calculator) -> str:
    """The name of the schema of what a calculator answers."""
    return f"{calculator.id.title()}Calculation"


def rendered(context: Context, answer: Answer, page: str) -> Calculation:
    """An answer with everything that it rests on; ``page``: the address of its page."""
    spoken = context.language
    return Calculation(
        headline=answer.headline.text(spoken),
        figures_on=answer.figures_on,
        amounts=[
            AmountShown(
                line.label.text(spoken), line.amount, format_yuan(line.amount, grouped=False)
            )
            for line in answer.lines
            if line.amount is not None
        ],
        tables=[
            TableShown(
                table.caption.text(spoken),
                [column.text(spoken) for column in table.columns],
                [[cell.text(spoken) for cell in row] for row in table.rows],
            )
            for table in answer.tables
        ],
        curve=UNSET if answer.curve is None else _curve(answer.curve, spoken),
        answer=answer.figures,
        not_applied=[
            NotApplied(note.title.text(spoken), note.reason.text(spoken)) for note in answer.notes
        ],
        rules=rules_behind(context, answer),
        basis=Basis(
            assumption_texts(context.packs, answer.area, answer.assumptions, spoken),
            dispute_texts(context.packs, answer.disputes, spoken),
        ),
        notice=REFERENCE_ONLY.text(spoken),
        page=page,
    )


def calculation_json(calculation: Calculation, language: str = CHINESE) -> Json:
    """What a calculator answers, for programs; ``language``: that of the calculation's words."""
    written: Json = msgspec.to_builtins(
        calculation, enc_hook=lambda figures: published(figures, language)
    )
    return written


def _curve(curve: Curve, spoken: str) -> CurveShown:
    return CurveShown(
        curve.title.text(spoken),
        _axis(curve.x_label.text(spoken), curve.x_unit),
        _axis(curve.y_label.text(spoken), curve.y_unit),
        [
            SeriesShown(series.label.text(spoken), [list(point) for point in series.points])
            for series in curve.series
        ],
        [BreakShown(turn.at, turn.what.text(spoken)) for turn in curve.breaks],
    )


def _axis(label: str, unit: str) -> AxisShown:
    return msgspec.convert({"label": label, "unit": unit}, AxisShown)


def rules_behind(context: Context, answer: Answer) -> list[RuleShown]:
    """The rules that the steps rest on, each once, with values, dates and sources."""
    cells: dict[tuple[str, str, str], dict[Citation, None]] = {}
    for part in answer.parts:
        for step in part.steps:
            if step.citation is not None:
                key = (part.area, step.parameter, step.first_day)
                cells.setdefault(key, {})[step.citation] = None
    cited = (behind(context.packs, list(read)) for read in cells.values())
    return [_rule(rule, context.language) for rule in cited if rule is not None]


def _rule(cited: Behind, spoken: str) -> RuleShown:
    return RuleShown(
        parameter=cited.parameter,
        name=cited.name,
        area=cited.area.text(spoken),
        values=[RuleValue(keys, value) for keys, value in cited.values],
        first_day=cited.first_day,
        first_day_assumed=cited.from_assumed,
        last_day=cited.last_day or None,
        grade=cited.grade,
        status=ValueStatus(cited.status),
        sources=list(cited.sources),
        disputes=[name for name, _, _ in cited.disputes],
        basis=cited.basis or UNSET,
        gap=cited.gap or UNSET,
        note=cited.note or UNSET,
    )
