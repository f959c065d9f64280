"""全年: several visits of one person in a year, each on what those before it have used."""

from __future__ import annotations

import datetime
from dataclasses import replace

from yibao import library
from yibao.benefit.answers import VisitAnswer, answer_of, explanation_of
from yibao.benefit.facts import Filing, Institution, Item, Visit
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.answer import AmountTable, Answer, Bar, Curve, Line, Part, Series
from yibao.inquiry.calculators.base import (
    INSTITUTIONS,
    Calculator,
    Context,
    area_field,
    groups_of,
    institution_kind,
    notes_of,
)
from yibao.inquiry.calculators.care_inputs import (
    TREATED,
    disease_field,
    institution_field,
    kind_field,
    person_inputs,
    total_field,
)
from yibao.inquiry.calculators.visit import (
    amount_words,
    merged_names,
    own_figure,
    visit_parts,
)
from yibao.inquiry.care import Case, case_of
from yibao.inquiry.curves import breaks, sample, upper_end
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Rows, Values
from yibao.inquiry.figures import VisitOfYear, YearFigures
from yibao.inquiry.question import QUESTION
from yibao.inquiry.sentences import visit_headline
from yibao.messages import message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Contributor, ItemClass, VisitKind
from yibao.written import members_of


def _rows(packs: PolicyLibrary) -> Rows:
    return Rows(
        "visits",
        message("这一年的就诊"),
        message("第 {number} 次"),
        (
            field_of(
                QUESTION["on"], label=message("日期"), default="", required=True, hint=NO_WORDS
            ),
            replace(kind_field(TREATED), default=VisitKind.OUTPATIENT),
            replace(institution_field(), choices=INSTITUTIONS[:-1], hint=NO_WORDS),
            disease_field(packs),
            total_field(hint=NO_WORDS),
        ),
        most=12,
        shown=3,
        key="total",
        hint=message("同一个年度里的就诊，按日期先后算；不用的行留空。"),
    )


def _cases(context: Context, values: Values) -> list[tuple[Values, Case]]:
    cases = []
    years = set()
    for row in sorted(values["visits"], key=lambda row: (row["on"], row["number"])):
        said = {
            **{name: values.get(name) for name in QUESTION},
            **institution_kind(row["institution"] or "class-1"),
            **{name: row[name] for name in ("kind", "on", "disease")},
            "items": (Item(ItemClass.A, row["total"]),),
            "groups": groups_of(values),
        }
        try:
            cases.append((row, case_of(context.packs, values["area"], said)))
        except InputError as error:
            place = f"{error.place}-{row['number']}" if error.place in row else error.place
            raise InputError(error.message, place=place) from None
        years.add(row["on"].year)
    if len(years) > 1:
        raise InputError(message("一次只算一个年度，日期要在同一年"), place="on-1")
    return cases


def _filings(cases: list[tuple[Values, Case]]) -> tuple[Filing, ...]:
    """One filing a disease, from its first visit on."""
    by_disease: dict[str | None, Filing] = {}
    for _, case in cases:
        for filing in case.filings:
            by_disease.setdefault(filing.disease, filing)
    return tuple(by_disease.values())


def _bills(cases: list[tuple[Values, Case]]) -> list[tuple[Institution, Visit]]:
    return [
        (case.institution, replace(case.care, id=f"visit-{at}"))
        for at, (_, case) in enumerate(cases)
    ]


def _settle(context: Context, cases: list[tuple[Values, Case]]) -> tuple[library.Settled, ...]:
    insured = cases[0][1].insured
    return library.quotes(context.packs, insured, _bills(cases), filings=_filings(cases))


def _visits_table(cases: list[tuple[Values, Case]], answers: list[VisitAnswer]) -> AmountTable:
    return AmountTable(
        message("一次一次看（元）"),
        (
            message("就诊"),
            message_in("year", "总费用"),
            message("基金支付"),
            message("个人负担"),
        ),
        tuple(
            (
                message("{on} {kind}", on=f"{row['on']:%m-%d}", kind=words.KIND[row["kind"]]),
                *map(amount_words, (answer.total, answer.fund, answer.own)),
            )
            for (row, _), answer in zip(cases, answers, strict=True)
        ),
    )


def _used_table(last: library.Settled) -> AmountTable:
    used = last.adjudication.after
    rows = (
        (message("普通门诊起付累计"), used.outpatient_deductible),
        (message("普通门诊基金支付"), used.outpatient_pooled),
        (message("住院基金支付"), used.inpatient_pooled),
        (message("慢特病基金支付"), used.chronic_pooled),
        (message("大病保险、大额补助"), used.upper),
        (message("医疗救助"), used.assistance),
        (message("住院、慢特病范围内自付"), used.eligible_own),
    )
    return AmountTable(
        message("到年底的累计（元）"),
        (message("累计"), message("已用")),
        tuple((label, amount_words(amount)) for label, amount in rows if amount),
    )


def _curve(
    context: Context,
    values: Values,
    cases: list[tuple[Values, Case]],
    settled: tuple[library.Settled, ...],
) -> Curve:
    """One more stay at the end of the year, on what the visits before it have used."""
    year = cases[0][1].care.end.year
    before = sum(visit_settled.adjudication.settlement.own for visit_settled in settled)
    row = {
        "on": datetime.date(year, 12, 31),
        "kind": VisitKind.INPATIENT,
        "institution": "grade-3A",
        "disease": None,
        "number": 0,
        "total": 0,
    }
    [(_, more)] = _cases(context, {**values, "visits": [row]})
    stay = library.one_more(
        context.packs, cases[0][1].insured, _bills(cases), more.institution, filings=_filings(cases)
    )

    def own(amount: int) -> int:
        if not amount:
            return before
        care = replace(more.care, items=(Item(ItemClass.A, amount),))
        return before + stay(care).adjudication.settlement.own

    points = sample(own, 0, upper_end(20_000_00))
    return Curve(
        title=message("如果年底再在三甲住一次院"),
        x_label=message("那次住院的费用"),
        y_label=message("全年个人负担"),
        x_unit="fen",
        y_unit="fen",
        series=(Series(message("全年个人负担"), points, "own"),),
        breaks=breaks(points, message("自己付的")),
        marked=None,
    )


def _answer(context: Context, values: Values) -> Answer:
    cases = _cases(context, values)
    settled = _settle(context, cases)
    answers = [answer_of(visit_settled) for visit_settled in settled]
    total = sum(answer.total for answer in answers)
    fund = sum(answer.fund for answer in answers)
    own = sum(answer.own for answer in answers)
    explanations = [explanation_of(explanation) for explanation in settled]
    assumptions, disputes = merged_names(explanations)
    year = cases[0][1].care.end.year
    said = visit_headline(total, fund, own)
    place = context.place(values["area"])
    used = _used_table(settled[-1])
    parts: tuple[Part, ...] = tuple(
        visit_parts(
            visit_settled,
            values["area"],
            message("{on} {kind}", on=row["on"], kind=words.KIND[row["kind"]]),
        )
        for (row, _), visit_settled in zip(cases, settled, strict=True)
    )
    return Answer(
        headline=message(
            "{year} 年 {cases} 次就诊：{said}", year=year, cases=len(cases), said=said
        ),
        about=message("{place}，{scheme}", place=place, scheme=words.CONTRIBUTOR[values["scheme"]]),
        figures=YearFigures(
            year=year,
            total=total,
            fund=fund,
            own=own,
            visits=tuple(
                VisitOfYear(**members_of(answer), on=row["on"])
                for (row, _), answer in zip(cases, answers, strict=True)
            ),
        ),
        area=values["area"],
        figures_on=settled[-1].adjudication.rules.day,
        parts=parts,
        assumptions=assumptions,
        disputes=disputes,
        bars=(
            Bar(message("全年总费用"), total, 0, total, "total"),
            Bar(message("基金支付"), fund, 0, fund, "fund"),
            Bar(message("个人负担"), own, fund, total, "own"),
        ),
        lines=(
            Line(message("全年总费用"), total, strong=True),
            Line(message("基金支付"), fund, strong=True),
            Line(message("个人负担"), own, strong=True),
            Line(message("折合每月"), own // 12, 1),
        ),
        tables=(_visits_table(cases, answers), *((used,) if used.rows else ())),
        notes=tuple(
            dict.fromkeys(
                note for explanation in explanations for note in notes_of(explanation.steps)
            )
        ),
        curve=context.drawn(lambda: _curve(context, values, cases, settled)),
        figure=own_figure(own),
        good=fund > 0,
    )


def year_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of a whole year."""
    return Calculator(
        "year",
        message("全年医疗费"),
        message("一年里看几次病，起付线和封顶线怎样累计，全年自己付多少。"),
        (area_field(packs), *person_inputs(packs), _rows(packs)),
        _answer,
        {
            "scheme": Contributor.EMPLOYEE,
            "on-1": "2025-02-11",
            "kind-1": VisitKind.OUTPATIENT,
            "institution-1": "grade-3A",
            "total-1": "380",
            "on-2": "2025-05-20",
            "kind-2": VisitKind.INPATIENT,
            "institution-2": "grade-3A",
            "total-2": "12600",
            "on-3": "2025-09-08",
            "kind-3": VisitKind.INPATIENT,
            "institution-3": "class-2",
            "total-3": "6200",
        },
        YearFigures,
        ("employee.inpatient", "employee.outpatient"),
    )
