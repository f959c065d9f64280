"""报销: one visit, what the fund pays and what is left."""

from __future__ import annotations

from typing import Any

from yibao.benefit.explain import Explanation, merge
from yibao.benefit.facts import Item
from yibao.benefit.steps import DEDUCTIBLE_STANDARD
from yibao.errors import RefusedError
from yibao.inquiry import words
from yibao.inquiry.answer import Answer, Bar, Curve, Note, Part, Series, Table, together
from yibao.inquiry.calculators.base import (
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
from yibao.inquiry.question import Said, bill_kind
from yibao.inquiry.sentences import visit_headline, yuan
from yibao.library import Settled
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ItemClass
from yibao.policy.model import Words
from yibao.scenario.answers import visit_answer

_CHOICES = (
    ("class-1", Words("一类（多为三甲）", "Class 1 (mostly 3A)")),
    ("class-2", Words("二类", "Class 2")),
    ("class-3", Words("三类", "Class 3")),
    ("community", Words("社区、乡镇", "Community")),
)
_FUNDS = (
    (Words("统筹基金", "Pooled fund"), "pooled"),
    (Words("大病保险、大额补助", "Upper layer"), "upper"),
    (Words("医疗救助", "Medical assistance"), "assistance"),
    (Words("其他基金", "Other funds"), "other_fund"),
)
_OWN = (
    (Words("起付线", "Deductible"), "deductible"),
    (Words("先行自付", "Upfront share"), "upfront"),
    (Words("超限价", "Above the price limit"), "over_limit"),
    (Words("全自费", "Outside the catalogue"), "out_of_catalogue"),
)


def explanation_of(settled: Settled) -> Explanation:
    """Every step of a settled visit."""
    return merge([settled.adjudication.explanation, settled.payment.explanation])


def visit_bars(answer: dict[str, Any]) -> tuple[Bar, ...]:
    """What the total is paid by, one after the other."""
    total: int = answer["total"]
    parts: list[tuple[Words, int, str]] = [
        (label, answer[name], "fund") for label, name in _FUNDS if answer[name]
    ]
    share = answer["own"] - sum(answer[name] for _, name in _OWN)
    if share >= 0:
        parts += [(label, answer[name], "own") for label, name in _OWN if answer[name]]
        if share:
            parts.append((Words("按比例自付", "Your share of the rest"), share, "own"))
    else:  # an upper layer paid part of what stands above, the deductible included
        parts.append((Words("个人负担", "You pay"), answer["own"], "own"))
    bars = [Bar(Words("总费用", "Total charge"), total, 0, total, "total")]
    placed = waterfall([(amount, tone) for _, amount, tone in parts])
    for (label, _, _), (amount, start, end, tone) in zip(parts, placed, strict=True):
        bars.append(Bar(label, amount, start, end, tone))
    return tuple(bars)


def visit_notes(answer: dict[str, Any], case: Case, explanation: Explanation) -> tuple[Note, ...]:
    """What does not apply to this visit, and why."""
    notes = notes_of(explanation.steps)
    codes = {step.code for step in explanation.steps}
    scheme = case.insured.enrolments[-1].scheme
    if answer["entitled"] and case.care.kind in ("inpatient", "chronic") and not answer["upper"]:
        if scheme == "resident":
            notes.append(
                Note(
                    Words("大病保险没有用到", "The major-illness layer was not used"),
                    Words(
                        "全年住院、慢特病政策范围内自付还没有超过大病起付线",
                        "The year's own eligible part is still below its threshold",
                    ),
                )
            )
        else:
            notes.append(
                Note(
                    Words("大额补助没有用到", "The large-amount layer was not used"),
                    Words(
                        "今年的统筹支付还没有到年度限额",
                        "The pooled payments of the year are below the annual ceiling",
                    ),
                )
            )
    if answer["entitled"] and not answer["assistance"] and not case.insured.groups:
        notes.append(
            Note(
                Words("没有医疗救助", "No medical assistance"),
                Words(
                    "只用于低保、特困等救助对象；属于这些人群时在“更多条件”里选",
                    "Only for groups such as low-income households; choose one under More",
                ),
            )
        )
    if answer["entitled"] and not answer["deductible"] and DEDUCTIBLE_STANDARD not in codes:
        notes.append(
            Note(
                Words("没有扣起付线", "No deductible"),
                Words("这类就诊没有起付线", "There is none for this kind of care"),
            )
        )
    return tuple(notes)


def institutions_table(
    packs: PolicyLibrary, area: str, values: Values
) -> tuple[Table | None, list[int]]:
    """The same bill in every class of institution at home, and what the fund pays in each."""
    if values["kind"] == "pharmacy" or values.get("where") == "away":
        return None, []
    rows: list[tuple[Words, ...]] = []
    funds = []
    for code, label in _CHOICES:
        try:
            answer = visit_answer(settle(packs, case_of(packs, area, said_of(values, code))))
        except RefusedError:
            missing = Words("没有来源", "no source")
            rows.append((label, missing, missing, missing))
            continue
        funds.append(answer["fund"])
        figures = [answer[key] for key in ("deductible", "fund", "own")]
        rows.append((label, *map(amount_words, figures)))
    table = Table(
        Words("换一类机构（元）", "The same bill elsewhere (yuan)"),
        (
            Words("机构", "Institution"),
            Words("起付线", "Deductible"),
            Words("基金支付", "Fund pays"),
            Words("个人负担", "You pay"),
        ),
        tuple(rows),
    )
    return table, funds


def visit_curve(context: Context, area: str, said: Said, total: int) -> Curve:
    """What the fund and the person pay if class A charges grow."""
    by_total = len(said["items"]) == 1 and said["items"][0].item_class == "A"
    low, high = (0 if by_total else total), upper_end(max(total, 1))

    def made() -> tuple[Points, ...]:
        found: dict[int, int] = {}

        def value(amount: int) -> int:
            # With items, whatever is above or below the bill is class A.
            items = () if by_total else said["items"]
            more = {
                **said,
                "items": (*items, Item(ItemClass.A, amount - (0 if by_total else total))),
            }
            done = settle(context.packs, case_of(context.packs, area, more))
            found[amount] = done.adjudication.settlement.own
            return done.adjudication.settlement.fund

        fund = sample(value, low, high)
        return fund, tuple((x, found[x]) for x, _ in fund)

    kind = f"{area} {high} {bill_kind(said)}"
    fund, own = context.curves.kept(kind, made) if by_total else made()
    return Curve(
        title=Words("费用变化时各付多少", "If the charge were different"),
        x_label=Words("费用总额", "Total charge"),
        y_label=Words("支付金额", "Paid"),
        x_unit="fen",
        y_unit="fen",
        series=(
            Series(Words("基金支付", "Fund pays"), fund, "fund"),
            Series(Words("个人负担", "You pay"), own, "own"),
        ),
        breaks=breaks(fund, "基金付的", "the fund pays"),
        marked=total,
    )


def visit_parts(settled: Settled, area: str, title: Words) -> Part:
    """The steps of a visit, for the page."""
    return Part(title, area, tuple(s for s in explanation_of(settled).steps if s.shown))


def about_visit(case: Case, place: Words) -> Words:
    """Who is treated where and when."""
    care = case.care
    when = str(care.end) if care.start == care.end else f"{care.start} – {care.end}"
    held = case.insured.enrolments[-1]
    who = words.ENGLISH[held.scheme] + (f" ({words.ENGLISH[held.status]})" if held.status else "")
    english = [place.en, who, words.ENGLISH[care.kind], when]
    return Words(
        describe(case.insured, case.institution, care, place.zh), ", ".join(filter(None, english))
    )


def answer_visit(context: Context, values: Values) -> Answer:
    """One visit at one place."""
    packs, area = context.packs, values["area"]
    said = said_of(values)
    case = case_of(packs, area, said)
    settled = settle(packs, case)
    answer = visit_answer(settled)
    explanation = explanation_of(settled)
    table, funds = institutions_table(packs, area, values)
    headline = visit_headline(answer)
    if values.get("institution") == UNKNOWN_INSTITUTION and funds:
        low, high = yuan(min(funds)), yuan(max(funds))
        headline = Words(
            f"看机构类别，基金支付 {low} 元到 {high} 元；下面按一类机构列出",
            f"By class of institution the fund pays ¥{low} to ¥{high}; class 1 is shown below",
        )
    place = context.place(area)
    return Answer(
        headline=headline,
        about=about_visit(case, place),
        data={**answer, "area": area},
        area=area,
        figures_on=settled.adjudication.rules.day,
        parts=(visit_parts(settled, area, Words("怎么算的", "How it was worked out")),),
        assumptions=explanation.assumptions,
        disputes=explanation.disputes,
        bars=visit_bars(answer),
        lines=amount_lines(answer),
        tables=(table,) if table is not None else (),
        notes=visit_notes(answer, case, explanation),
        curve=visit_curve(context, area, said, answer["total"]),
        good=answer["fund"] > 0,
    )


def visit_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of one visit."""
    area = area_field(packs)
    return Calculator(
        "visit",
        Words("看病报销", "Reimbursement"),
        Words(
            "一次门诊、住院、慢特病或买药，基金付多少，自己付多少。",
            "One visit, stay or purchase: what the fund pays and what you pay.",
        ),
        (area, *person_inputs(packs), *visit_inputs(packs)),
        answer_visit,
        {"kind": "inpatient", "institution": "grade-3A", "total": "8000"},
        ("resident.inpatient", "employee.inpatient", "resident.outpatient", "employee.outpatient"),
    )


def totals(answers: list[dict[str, Any]], name: str) -> int:
    """One amount of several visits together."""
    return sum(answer[name] for answer in answers)


def merged_names(parts: list[Explanation]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Assumptions and disputes of several explanations."""
    return (
        together(*(part.assumptions for part in parts)),
        together(*(part.disputes for part in parts)),
    )


def amount_words(fen: int) -> Words:
    """A bare amount for a table."""
    return Words(yuan(fen), yuan(fen))


def signed(fen: int) -> Words:
    """A difference with its sign."""
    text = f"+{yuan(fen)}" if fen > 0 else yuan(fen)
    return Words(text, text)
