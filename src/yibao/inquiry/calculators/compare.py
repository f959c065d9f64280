"""两地对比 and 规则变化前后: one bill under two areas' rules, or under the rules of two days."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from yibao.benefit.answers import VisitAnswer, answer_of, explanation_of
from yibao.errors import InputError, RefusedError
from yibao.inquiry.answer import AmountTable, Answer, Curve, MainFigure, Series
from yibao.inquiry.calculators.base import Calculator, Context, area_choices, area_field
from yibao.inquiry.calculators.care_inputs import person_inputs, said_of, visit_inputs
from yibao.inquiry.calculators.visit import (
    about_visit,
    amount_words,
    merged_names,
    signed,
    visit_curve,
    visit_parts,
)
from yibao.inquiry.care import Case, case_of, settle
from yibao.inquiry.changes import rules_in_words
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Field, Input, Values
from yibao.inquiry.figures import (
    COMPARED,
    ComparedVisit,
    ComparisonFigures,
    difference_of,
)
from yibao.inquiry.question import QUESTION, Said
from yibao.inquiry.sentences import (
    AMOUNTS,
    BOTH_AREAS,
    BOTH_DATES,
    comparison_headline,
)
from yibao.library import Settled
from yibao.messages import NOTHING, Fen, Wording, message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Care, Contributor, Scheme, VisitKind
from yibao.policy.model import Words
from yibao.written import members_of

_LABELS = {name: label for label, name, _ in AMOUNTS}


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two sides."""

    name: Wording
    area: str
    said: Said
    case: Case
    settled: Settled
    answer: VisitAnswer


def _side(packs: PolicyLibrary, name: Wording, area: str, said: Said) -> _Side:
    try:
        case = case_of(packs, area, said)
        settled = settle(packs, case)
    except RefusedError as error:
        raise error.of(name) from None
    return _Side(name, area, said, case, settled, answer_of(settled))


def _table(sides: tuple[_Side, _Side]) -> AmountTable:
    first, second = sides
    rows = []
    before, after = first.answer.amounts(), second.answer.amounts()
    for name in COMPARED:
        values = (before[name], after[name])
        if any(values) or name in ("fund", "own"):
            rows.append(
                (
                    _LABELS[name],
                    amount_words(values[0]),
                    amount_words(values[1]),
                    signed(values[1] - values[0]),
                )
            )
    return AmountTable(
        message("逐项对比（元）"),
        (message_in("compare", "项目"), first.name, second.name, message("相差")),
        tuple(rows),
    )


def _curve(context: Context, sides: tuple[_Side, _Side]) -> Curve:
    curves = [visit_curve(context, side.area, side.said, side.answer.total) for side in sides]
    return replace(
        curves[0],
        title=message("费用变化时基金各付多少"),
        series=tuple(
            Series(side.name, curve.series[0].points, tone)
            for side, curve, tone in zip(sides, curves, ("fund", "other"), strict=True)
        ),
        breaks=tuple(
            replace(
                turn,
                what=message("{name}：{what}", name=side.name, what=turn.what),
            )
            for side, curve in zip(sides, curves, strict=True)
            for turn in curve.breaks[:3]
        ),
    )


def _compared(side: _Side) -> ComparedVisit:
    return ComparedVisit(**members_of(side.answer), area=side.area, name=side.name)


def _together(
    context: Context,
    sides: tuple[_Side, _Side],
    both: Wording,
    extra: tuple[AmountTable, ...] = (),
    names: Sequence[Wording] | None = None,
) -> Answer:
    first, second = sides
    explanations = [explanation_of(side.settled) for side in sides]
    assumptions, disputes = merged_names(explanations)
    answers = [side.answer for side in sides]
    return Answer(
        headline=comparison_headline(names or [side.name for side in sides], answers, both),
        about=about_visit(first.case, NOTHING),
        figures=ComparisonFigures(
            sides=(_compared(first), _compared(second)),
            difference=difference_of(first.answer, second.answer),
        ),
        area=first.area,
        figures_on=first.settled.adjudication.rules.day,
        parts=tuple(
            visit_parts(
                side.settled,
                side.area,
                message("{name}怎么算的", name=side.name),
            )
            for side in sides
        ),
        assumptions=assumptions,
        disputes=disputes,
        tables=(_table(sides), *extra),
        curve=context.drawn(lambda: _curve(context, sides)),
        figure=MainFigure(
            message("自己付的相差"), Fen(abs(second.answer.own - first.answer.own)), "own"
        ),
        good=second.answer.fund >= first.answer.fund,
    )


# --- two areas ---


def _answer_areas(context: Context, values: Values) -> Answer:
    codes = (values["area"], values["other"])
    if codes[0] == codes[1]:
        raise InputError(message("请选两个不同的地区"), place="other")
    said = said_of(values)
    first, second = (_side(context.packs, context.place(code), code, said) for code in codes)
    return _together(context, (first, second), BOTH_AREAS)


def areas_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator that compares two areas."""
    choices = area_choices(packs)
    second = choices[1].code if len(choices) > 1 else ""
    other = area_field(
        packs, name="other", label=message("和哪里比"), default=second, hint=NO_WORDS
    )
    first = area_field(packs, label=message("一个地区"))
    return Calculator(
        "compare",
        message("两地对比"),
        message("同一个人、同一笔费用，在两个地区各报多少。两边都按在当地参保、在当地就医算。"),
        (first, other, *person_inputs(packs), *visit_inputs(packs, away=False)),
        _answer_areas,
        {
            "scheme": Contributor.EMPLOYEE,
            "kind": VisitKind.INPATIENT,
            "institution": "grade-3A",
            "total": "50000",
            "age": "45",
        },
        ComparisonFigures,
        ("employee.inpatient", "resident.inpatient"),
    )


# --- two days ---


def _changed(
    packs: PolicyLibrary, area: str, days: tuple[datetime.date, datetime.date], topic: str
) -> AmountTable | None:
    """The parameters of the care that differ between two days."""
    before, after = (rules_in_words(packs, area, topic, day) for day in days)
    rows = []
    for name in dict.fromkeys((*before, *after)):
        sides = [side.get(name) for side in (before, after)]
        texts = ["没有规定" if rule is None else rule.values for rule in sides]
        if texts[0] != texts[1]:
            title = (after.get(name) or before[name]).name
            rows.append((Words(title), *(Words(text) for text in texts)))
    if not rows:
        return None
    return AmountTable(
        message("变了的规定"),
        (message("规定"), *(Words(str(day)) for day in days)),
        tuple(rows),
        wordy=True,
    )


def _answer_days(context: Context, values: Values) -> Answer:
    days = (values["on"], values["after"])
    if days[0] == days[1]:
        raise InputError(message("请写两个不同的日期"), place="after")
    if values.get("admitted") is not None:
        raise InputError(message("比较两个日期时不写入院日"), place="admitted")
    said = said_of(values)
    area = values["area"]
    before, after = (
        _side(context.packs, Words(str(day), str(day)), area, {**said, "on": day}) for day in days
    )
    scheme = Scheme.RESIDENT if said["scheme"] == Scheme.RESIDENT else Scheme.EMPLOYEE
    care = {VisitKind.PHARMACY: Care.OUTPATIENT}.get(said["kind"], said["kind"])
    table = _changed(context.packs, area, days, f"{scheme}.{care}")
    names = [message("按 {day} 的规定", day=day) for day in days]
    answer = _together(context, (before, after), BOTH_DATES, (table,) if table else (), names)
    place = context.place(area)
    return replace(answer, about=about_visit(before.case, place))


def _for_days(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    return tuple(
        replace(asked, label=message("变化前的日期"), hint=NOTHING, default="")
        if isinstance(asked, Field) and asked.name == "on"
        else asked
        for asked in inputs
        if asked.name != "admitted"
    )


def days_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator that compares two days."""
    after = field_of(QUESTION["on"], name="after", label=message("变化后的日期"), hint=NO_WORDS)
    inputs = _for_days(visit_inputs(packs, away=False))
    return Calculator(
        "change",
        message("规则变化前后"),
        message("同一笔费用，按两个日期的规定各报多少，哪些规定变了。"),
        (area_field(packs), *person_inputs(packs), *inputs, after),
        _answer_days,
        {
            "scheme": Contributor.EMPLOYEE,
            "kind": VisitKind.OUTPATIENT,
            "institution": "grade-3A",
            "total": "600",
            "on": "2023-06-01",
            "after": "2025-06-01",
        },
        ComparisonFigures,
        ("employee.outpatient", "resident.inpatient"),
    )
