"""报销: one visit, what the fund pays and what is left."""

from __future__ import annotations

from yibao.benefit.answers import VisitAnswer, answer_of, explanation_of, unknown_layers_of
from yibao.benefit.explain import Explanation
from yibao.benefit.facts import Item
from yibao.benefit.steps import DEDUCTIBLE_STANDARD, UPPER_AFTER_YEAR
from yibao.errors import RefusedError
from yibao.inquiry.answer import (
    AmountTable,
    Answer,
    Bar,
    Curve,
    MainFigure,
    Note,
    Part,
    Series,
    together,
)
from yibao.inquiry.calculators.base import (
    ELSEWHERE,
    UNKNOWN_INSTITUTION,
    Calculator,
    Context,
    amount_lines,
    area_field,
    notes_of,
)
from yibao.inquiry.calculators.care_inputs import person_inputs, said_of, visit_inputs
from yibao.inquiry.care import Case, case_of, describe, settle
from yibao.inquiry.curves import Points, breaks, sample, upper_end, waterfall
from yibao.inquiry.fields import Values
from yibao.inquiry.figures import VisitInArea
from yibao.inquiry.question import Said, bill_kind
from yibao.inquiry.sentences import visit_headline, yuan
from yibao.library import Settled
from yibao.messages import Fen, Wording, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import InstitutionKind, ItemClass, Scheme, VisitKind
from yibao.policy.model import Words
from yibao.written import members_of

_CHOICES = (
    ("class-1", message("一类（多为三甲）")),
    ("class-2", message("二类")),
    ("class-3", message("三类")),
    (InstitutionKind.COMMUNITY, message("社区、乡镇")),
)
_UPPER = (VisitKind.INPATIENT, VisitKind.CHRONIC)
"""Care that the layers above the basic one look at."""
_FUNDS = (
    (message("统筹基金"), "pooled"),
    (message("大病保险、大额补助"), "upper"),
    (message("医疗救助"), "assistance"),
    (message("其他基金"), "other_fund"),
)
_OWN = (
    (message("起付线"), "deductible"),
    (message("先行自付"), "upfront"),
    (message("超限价"), "over_limit"),
    (message("全自费"), "out_of_catalogue"),
)


def visit_bars(answer: VisitAnswer) -> tuple[Bar, ...]:
    """What the total is paid by, one after the other."""
    total, amounts = answer.total, answer.amounts()
    parts: list[tuple[Wording, int, str]] = [
        (label, amounts[name], "fund") for label, name in _FUNDS if amounts[name]
    ]
    share = answer.own - sum(amounts[name] for _, name in _OWN)
    if share >= 0:
        parts += [(label, amounts[name], "own") for label, name in _OWN if amounts[name]]
        if share:
            parts.append((message("按比例自付"), share, "own"))
    else:  # an upper layer paid part of what stands above, the deductible included
        parts.append((message("个人负担"), answer.own, "own"))
    bars = [Bar(message("总费用"), total, 0, total, "total")]
    placed = waterfall([(amount, tone) for _, amount, tone in parts])
    for (label, _, _), (amount, start, end, tone) in zip(parts, placed, strict=True):
        bars.append(Bar(label, amount, start, end, tone))
    return tuple(bars)


def visit_notes(answer: VisitAnswer, case: Case, explanation: Explanation) -> tuple[Note, ...]:
    """What does not apply to this visit, and why."""
    notes = notes_of(explanation.steps)
    codes = {step.code for step in explanation.steps}
    scheme = case.insured.enrolments[-1].scheme
    unknown = unknown_layers_of(explanation)
    used_above = answer.upper or "upper" in unknown or UPPER_AFTER_YEAR in codes
    if answer.entitled and case.care.kind in _UPPER and not used_above:
        if scheme == Scheme.RESIDENT:
            notes.append(
                Note(
                    message("大病保险没有用到"),
                    message("全年住院、慢特病政策范围内自付还没有超过大病起付线"),
                )
            )
        else:
            notes.append(
                Note(
                    message("大额补助没有用到"),
                    message("今年的统筹支付还没有到年度限额"),
                )
            )
    if answer.entitled and not answer.assistance and not case.insured.groups and not unknown:
        notes.append(
            Note(
                message("没有医疗救助"),
                message("只用于低保、特困等救助对象；属于这些人群时在“更多条件”里选"),
            )
        )
    if answer.entitled and not answer.deductible and DEDUCTIBLE_STANDARD not in codes:
        notes.append(
            Note(
                message("没有扣起付线"),
                message("这类就诊没有起付线"),
            )
        )
    return tuple(notes)


def institutions_table(
    packs: PolicyLibrary, area: str, values: Values
) -> tuple[AmountTable | None, list[int]]:
    """The same bill in every class of institution at home, and what the fund pays in each."""
    if values["kind"] == VisitKind.PHARMACY or values.get("where") == "away":
        return None, []
    rows: list[tuple[Wording, ...]] = []
    funds = []
    for code, label in _CHOICES:
        try:
            answer = answer_of(settle(packs, case_of(packs, area, said_of(values, code))))
        except RefusedError:
            missing = message("没有来源")
            rows.append((label, missing, missing, missing))
            continue
        funds.append(answer.fund)
        figures = (answer.deductible, answer.fund, answer.own)
        rows.append((label, *map(amount_words, figures)))
    table = AmountTable(
        message("换一类机构（元）"),
        (
            message("机构"),
            message("起付线"),
            message("基金支付"),
            message("个人负担"),
        ),
        tuple(rows),
    )
    return table, funds


def visit_curve(context: Context, area: str, said: Said, total: int) -> Curve:
    """What the fund and the person pay if class A charges grow."""
    by_total = len(said["items"]) == 1 and said["items"][0].item_class == ItemClass.A
    low, high = (0 if by_total else total), upper_end(max(total, 1))

    def both_curves() -> tuple[Points, ...]:
        own_parts: dict[int, int] = {}

        def value(amount: int) -> int:
            # With items, whatever is above or below the bill is class A.
            items = () if by_total else said["items"]
            more = {
                **said,
                "items": (*items, Item(ItemClass.A, amount - (0 if by_total else total))),
            }
            settled = settle(context.packs, case_of(context.packs, area, more))
            own_parts[amount] = settled.adjudication.settlement.own
            return settled.adjudication.settlement.fund

        fund = sample(value, low, high)
        return fund, tuple((x, own_parts[x]) for x, _ in fund)

    kind = f"{area} {high} {bill_kind(said)}"
    fund, own = context.curves.kept(kind, both_curves) if by_total else both_curves()
    return Curve(
        title=message("费用变化时各付多少"),
        x_label=message("费用总额"),
        y_label=message("支付金额"),
        x_unit="fen",
        y_unit="fen",
        series=(
            Series(message("基金支付"), fund, "fund"),
            Series(message("个人负担"), own, "own"),
        ),
        breaks=breaks(fund, message("基金付的")),
        marked=total,
    )


def visit_parts(settled: Settled, area: str, title: Wording) -> Part:
    """The steps of a visit, for the page."""
    return Part(title, area, explanation_of(settled).shown)


def own_figure(own: int) -> MainFigure:
    """What people want to know of any care: what they pay themselves."""
    return MainFigure(message("自己付"), Fen(own), "own")


def about_visit(case: Case, place: Wording) -> Wording:
    """Who is treated where and when."""
    return describe(case.insured, case.institution, case.care, place)


def answer_visit(context: Context, values: Values) -> Answer:
    """One visit at one place."""
    packs, area = context.packs, values["area"]
    said = said_of(values)
    case = case_of(packs, area, said)
    settled = settle(packs, case)
    answer = answer_of(settled)
    explanation = explanation_of(settled)
    table: AmountTable | None = None
    funds: list[int] = []
    unknown = values.get("institution") == UNKNOWN_INSTITUTION
    if unknown or ELSEWHERE in context.include:  # who does not know where asks for all of them
        table, funds = institutions_table(packs, area, values)
    headline = visit_headline(answer.total, answer.fund, answer.own)
    if unknown and funds:
        low, high = yuan(min(funds)), yuan(max(funds))
        headline = message(
            "看机构类别，基金支付 {low} 元到 {high} 元；下面按一类机构列出", low=low, high=high
        )
    place = context.place(area)
    return Answer(
        headline=headline,
        about=about_visit(case, place),
        figures=VisitInArea(**members_of(answer), area=area),
        area=area,
        figures_on=settled.adjudication.rules.day,
        parts=(visit_parts(settled, area, message("怎么算的")),),
        assumptions=explanation.assumptions,
        disputes=explanation.disputes,
        bars=visit_bars(answer),
        lines=amount_lines(answer),
        tables=(table,) if table is not None else (),
        notes=visit_notes(answer, case, explanation),
        curve=context.drawn(lambda: visit_curve(context, area, said, answer.total)),
        figure=None if unknown and funds else own_figure(answer.own),
        good=answer.fund > 0,
    )


def visit_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of one visit."""
    area = area_field(packs)
    return Calculator(
        "visit",
        message("看病报销"),
        message("一次门诊、住院、慢特病或买药，基金付多少，自己付多少。"),
        (area, *person_inputs(packs), *visit_inputs(packs)),
        answer_visit,
        {"kind": VisitKind.INPATIENT, "institution": "grade-3A", "total": "8000"},
        VisitInArea,
        ("resident.inpatient", "employee.inpatient", "resident.outpatient", "employee.outpatient"),
    )


def merged_names(parts: list[Explanation]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Assumptions and disputes of several explanations."""
    return (
        together(*(part.assumptions for part in parts)),
        together(*(part.disputes for part in parts)),
    )


def amount_words(fen: int) -> Wording:
    """A bare amount for a table."""
    return Words(yuan(fen), yuan(fen))


def signed(fen: int) -> Wording:
    """A difference with its sign."""
    text = f"+{yuan(fen)}" if fen > 0 else yuan(fen)
    return Words(text, text)
