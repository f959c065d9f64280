"""生育: medical costs and the allowance."""

from __future__ import annotations

from dataclasses import replace

from yibao import library
from yibao.benefit.answers import answer_of, explanation_of
from yibao.benefit.explain import merge
from yibao.benefit.facts import Item
from yibao.inquiry import words
from yibao.inquiry.answer import Answer, Curve, Line, Note, Series
from yibao.inquiry.asked import ALLOWANCE, OF_EMPLOYERS
from yibao.inquiry.calculators.base import (
    SCHEME,
    Calculator,
    Context,
    amount_lines,
    area_field,
    institution_kind,
    part_of,
)
from yibao.inquiry.calculators.care_inputs import institution_field, total_field
from yibao.inquiry.calculators.visit import about_visit, own_figure, visit_bars
from yibao.inquiry.care import case_of, settle
from yibao.inquiry.curves import breaks, sample, upper_end
from yibao.inquiry.fact_fields import choices, field_of
from yibao.inquiry.fields import NO_WORDS, Choice, Field, Values
from yibao.inquiry.figures import AllowanceFigures, MaternityFigures
from yibao.inquiry.question import QUESTION, VISIT, Said, bill_kind
from yibao.inquiry.sentences import (
    money,
    visit_headline,
)
from yibao.messages import message, message_in
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import (
    BIRTHS,
    MISCARRIAGES,
    ContributionClass,
    Contributor,
    Delivery,
    ItemClass,
    Scheme,
    Status,
    VisitKind,
)
from yibao.written import UNSET, UnsetType, members_of

_PRENATAL = "prenatal"
_LOST = ("event", MISCARRIAGES)
_BIRTHS = ("event", BIRTHS)
_EVENTS = (
    Choice(_PRENATAL, message("产前检查")),
    *choices(tuple(Delivery), words.DELIVERY),
)


def _maternity_facts(values: Values) -> Said:
    event = values["event"]
    return {
        **{name: value for name, value in values.items() if name in QUESTION},
        **institution_kind(values["institution"]),
        "kind": VisitKind.MATERNITY,
        "items": (Item(ItemClass.A, values["total"]),),
        "status": None if values["scheme"] == Scheme.RESIDENT else Status.WORKING,
        "delivery": None if event == _PRENATAL else event,
    }


def _allowance(context: Context, values: Values) -> library.Allowance | None:
    wage = values["wage"]
    if not wage or values["event"] == _PRENATAL:
        return None
    lost = values["event"] in MISCARRIAGES
    return library.maternity_allowance(
        context.packs,
        values["area"],
        values["on"],
        wage,
        contribution_class=ContributionClass.EMPLOYER,
        miscarriage=lost,
        gestation_months=values["gestation_months"] if lost else 10,
        difficult=bool(values["difficult"]),
        fetuses=values["fetuses"] or 1,
    )


def _curve(context: Context, area: str, said: Said, total: int) -> Curve:
    """What the fund pays for other charges."""
    packs = context.packs

    def fund(amount: int) -> int:
        other = case_of(packs, area, {**said, "items": (Item(ItemClass.A, amount),)})
        return settle(packs, other).adjudication.settlement.fund

    high = upper_end(total)
    # The key names the kind of bill, never the amount that somebody asked about.
    key = f"{area} {high} {bill_kind(said)}"
    (points,) = context.curves.kept(key, lambda: (sample(fund, 0, high),))
    return Curve(
        title=message("费用变化时基金付多少"),
        x_label=message("费用总额"),
        y_label=message("基金支付"),
        x_unit="fen",
        y_unit="fen",
        series=(Series(message("基金支付"), points, "fund"),),
        breaks=breaks(points, message("基金付的")),
        marked=total,
    )


def _answer_maternity(context: Context, values: Values) -> Answer:
    packs, area = context.packs, values["area"]
    said = _maternity_facts(values)
    case = case_of(packs, area, said)
    settled = settle(packs, case)
    answer = answer_of(settled)
    explanation = explanation_of(settled)
    lines = list(amount_lines(answer))
    parts = [part_of(area, explanation, message("医疗费用怎么算的"))]
    headline = visit_headline(answer.total, answer.fund, answer.own)
    figures: AllowanceFigures | UnsetType = UNSET
    spouse_part: int | UnsetType = UNSET
    allowance = _allowance(context, values)
    notes = []
    if allowance is not None:
        got = money(allowance.amount)
        headline = message(
            "{headline}；生育津贴 {days} 天，{got}", headline=headline, days=allowance.days, got=got
        )
        lines.append(Line(message_in("maternity", "生育津贴"), allowance.amount, strong=True))
        parts.append(part_of(area, allowance.explanation, message("津贴怎么算的")))
        explanation = merge([explanation, allowance.explanation])
        figures = AllowanceFigures(days=allowance.days, amount=allowance.amount)
    elif values["scheme"] != Scheme.EMPLOYEE:
        notes.append(
            Note(
                message("没有生育津贴"),
                message("只发给单位职工"),
            )
        )
    if values.get("spouse"):
        spouse_part = library.spouse_part(packs, area, said["on"], answer.fund)
        lines.append(Line(message("未就业配偶得"), spouse_part))

    return Answer(
        headline=headline,
        about=about_visit(case, context.place(area)),
        figures=MaternityFigures(
            **members_of(answer), area=area, allowance=figures, spouse_part=spouse_part
        ),
        area=area,
        figures_on=settled.adjudication.rules.day,
        parts=tuple(parts),
        assumptions=explanation.assumptions,
        disputes=explanation.disputes,
        bars=visit_bars(answer),
        lines=tuple(lines),
        notes=tuple(notes),
        curve=context.drawn(lambda: _curve(context, area, said, answer.total)),
        figure=own_figure(answer.own),
        good=answer.fund > 0,
    )


def maternity_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of maternity benefits."""
    return Calculator(
        "maternity",
        message("生育"),
        message("产前检查、分娩、流产的医疗费用，和职工的生育津贴。"),
        (
            area_field(packs),
            replace(SCHEME, hint=NO_WORDS, default=Contributor.EMPLOYEE),
            Field(
                "event",
                message("什么情形"),
                "choice",
                Delivery.VAGINAL,
                True,
                choices=_EVENTS,
            ),
            replace(institution_field(), when=()),
            total_field(),
            field_of(VISIT["gestation_months"], required=True, when=(_LOST,)),
            field_of(VISIT["fetuses"], when=(), extra=True),
            field_of(VISIT["without_stay"], when=(_LOST,), extra=True),
            field_of(ALLOWANCE["wage"], when=(OF_EMPLOYERS, ("event", tuple(Delivery)))),
            field_of(ALLOWANCE["difficult"], when=(_BIRTHS,), extra=True),
            field_of(ALLOWANCE["spouse"], extra=True),
            field_of(QUESTION["on"], label=message("结算日"), hint=NO_WORDS),
        ),
        _answer_maternity,
        {
            "scheme": Contributor.EMPLOYEE,
            "event": Delivery.CAESAREAN,
            "total": "9000",
            "wage": "7000",
        },
        MaternityFigures,
        ("employee.maternity", "resident.maternity", "maternity"),
    )
