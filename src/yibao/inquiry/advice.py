"""What would change the money: the same question with one fact changed, by the same engine.

Nothing is estimated: every alternative is an answer of the calculator, and one that the rules
refuse is not offered.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from yibao.benefit.period_answers import WaitingAnswer
from yibao.errors import YibaoError
from yibao.inquiry.answer import Answer
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.filling import read
from yibao.inquiry.season import window_of
from yibao.messages import Fen, Months, Text, Wording, message
from yibao.policy.kinds import Contributor, FilingKind, InstitutionKind, Place, Status, VisitKind

MOST = 8
"""Alternatives of an answer: more is a list nobody reads."""
FILING_GUIDES = "/guides?task=filing"
_ROWS = 13
"""One more than the payments that the calculator of cover takes."""
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One fact changed, and what the figure is then."""

    label: Wording
    amount: int
    """Fen."""
    difference: int
    """Fen more than now; negative where it is less."""
    changes: Mapping[str, str]
    """Inputs of the calculator."""
    chosen: bool
    """Whether one can choose it; otherwise it depends on who one is."""

    @property
    def said(self) -> Wording:
        """How much less or more."""
        amount = Fen(abs(self.difference))
        less = self.difference < 0
        return (
            message("少付 {amount}", amount=amount)
            if less
            else message("多付 {amount}", amount=amount)
        )


@dataclass(frozen=True, slots=True)
class Advice:
    """The one next step that matters most."""

    title: Text
    text: Text
    address: str = ""
    """Where it is done or explained; empty where there is nothing to open."""


_Change = tuple[Wording, Mapping[str, str], bool]


def alternatives(
    calculator: Calculator, context: Context, written: Mapping[str, str], answer: Answer
) -> tuple[Alternative, ...]:
    """What one changed fact would cost, what one can choose first, the least first."""
    if answer.figure is None or not isinstance(answer.figure.value, Fen):
        return ()
    now = int(answer.figure.value)
    bare = replace(context, include=frozenset())
    rows = []
    for label, changes, chosen in _changes(calculator.id, context, answer, written):
        amount = _amount(calculator, bare, {**written, **changes})
        if amount is not None and amount != now:
            rows.append(Alternative(label, amount, amount - now, changes, chosen))
    rows.sort(key=lambda row: (not row.chosen, row.amount))
    return tuple(rows[:MOST])


def _amount(calculator: Calculator, context: Context, written: Mapping[str, str]) -> int | None:
    reading = read(calculator.inputs, written, context.today)
    if reading.faults:
        return None
    try:
        figure = calculator.answer(context, reading.values).figure
    except YibaoError:
        return None
    return int(figure.value) if figure is not None and isinstance(figure.value, Fen) else None


def _changes(
    calculator_id: str, context: Context, answer: Answer, written: Mapping[str, str]
) -> Iterator[_Change]:
    if calculator_id == "visit":
        yield from _of_a_visit(written)
    elif calculator_id == "contribute":
        yield from _of_a_payment(context, answer, written)


_CLASSES = (
    ("class-1", message("去一类（多为三甲）")),
    ("class-2", message("去二类医院")),
    ("class-3", message("去三类医院")),
    (InstitutionKind.COMMUNITY, message("去社区、乡镇卫生院")),
)


def _of_a_visit(written: Mapping[str, str]) -> Iterator[_Change]:
    kind = written.get("kind", VisitKind.INPATIENT)
    if kind != VisitKind.PHARMACY:
        for code, label in _CLASSES:
            if code != written.get("institution"):
                yield label, {"institution": code}, True
    if written.get("where") == "away":
        filing = written.get("filing", "")
        if filing:
            yield message("没有备案就去"), {"filing": ""}, True
        else:
            yield message("先办转诊备案"), {"filing": FilingKind.REFERRAL}, True
            yield message("先办临时外出备案"), {"filing": FilingKind.OTHER_TEMPORARY}, True
        yield message("回参保地看"), {"where": Place.HOME, "filing": "", "care_area": ""}, True
    if kind == VisitKind.INPATIENT and not written.get("admissions"):
        yield message("今年第二次住院"), {"admissions": "1"}, False
    scheme = written.get("scheme", Contributor.RESIDENT)
    if scheme == Contributor.RESIDENT:
        working = {"scheme": Contributor.EMPLOYEE, "status": Status.WORKING}
        yield message("参加的是职工医保，在职"), working, False
        retired = {"scheme": Contributor.EMPLOYEE, "status": Status.RETIRED}
        yield message("参加的是职工医保，退休"), retired, False
    else:
        if written.get("status", Status.WORKING) == Status.WORKING:
            yield message("已经退休"), {"status": Status.RETIRED}, False
        else:
            yield message("还在职"), {"status": Status.WORKING}, False
        yield message("参加的是居民医保"), {"scheme": Contributor.RESIDENT}, False


def _of_a_payment(
    context: Context, answer: Answer, written: Mapping[str, str]
) -> Iterator[_Change]:
    if written.get("scheme", Contributor.RESIDENT) != Contributor.RESIDENT:
        return
    year = written.get("year", "")
    window = window_of(context.packs, answer.area, int(year)) if year.isdecimal() else None
    if window is None:
        return
    closes = window[1]
    if answer.figures_on > closes:
        changes = {"paid_on": f"{closes:%Y-%m-%d}"}
        yield message("不晚于 {day} 缴", day=closes), changes, True
    else:
        changes = {"paid_on": f"{closes + _DAY:%Y-%m-%d}"}
        yield message("过了 {day} 才缴", day=closes), changes, True


def advice(
    calculator: Calculator,
    context: Context,
    written: Mapping[str, str],
    answer: Answer,
    rows: tuple[Alternative, ...],
) -> Advice | None:
    """The next step that matters most, where there is one that one can take."""
    if calculator.id == "cover":
        return _of_cover(calculator, context, written, answer)
    if calculator.id == "contribute":
        return _of_paying(rows)
    return _of_filing(written, rows)


def _of_filing(written: Mapping[str, str], rows: tuple[Alternative, ...]) -> Advice | None:
    filing = next((row for row in rows if row.changes.get("filing") and row.difference < 0), None)
    if filing is not None:
        return Advice(
            message("走之前先备案，{said}", said=filing.said),
            message(
                "这次按没有备案算。住院以前办好异地就医备案，同样的费用自己付 {amount}。",
                amount=Fen(filing.amount),
            ),
            FILING_GUIDES,
        )
    unfiled = next((row for row in rows if row.changes == {"filing": ""}), None)
    if unfiled is not None and written.get("filing") and unfiled.difference > 0:
        return Advice(
            message("备案要在看病以前办好"),
            message(
                "没有备案就去，同样的费用自己付 {amount}，{said}。",
                amount=Fen(unfiled.amount),
                said=unfiled.said,
            ),
            FILING_GUIDES,
        )
    return None


def _of_paying(rows: tuple[Alternative, ...]) -> Advice | None:
    paid = next((row for row in rows if "paid_on" in row.changes), None)
    if paid is None:
        return None
    if paid.difference > 0:
        return Advice(
            message("按时缴，别过了截止日"),
            message(
                "{label}，要缴 {amount}，{said}。",
                label=paid.label,
                amount=Fen(paid.amount),
                said=paid.said,
            ),
        )
    return Advice(
        message("已经过了集中缴费期"),
        message("{label}的，只要 {amount}。", label=paid.label, amount=Fen(paid.amount)),
    )


def _of_cover(
    calculator: Calculator, context: Context, written: Mapping[str, str], answer: Answer
) -> Advice | None:
    """Without benefits: since when there are some if the running year is paid today."""
    if answer.good or written.get("scheme", Contributor.RESIDENT) != Contributor.RESIDENT:
        return None
    year = context.today.year
    if any(written.get(f"year-{row}") == str(year) for row in range(1, _ROWS)):
        return None
    then = _paid_today(calculator, context, written, year)
    if then is None:
        return None
    months, since = Months(then.months), then.since
    text = message("今天缴，{since} 起有待遇（等待 {months}）。", since=since, months=months)
    if since is None or since.year > year:
        following = _paid_today(calculator, context, written, year + 1)
        text = message("今天缴也要等 {months}，今年用不上了。", months=months)
        if following is not None and following.since is not None:
            text = message(
                "今天缴也要等 {months}，今年用不上了；今天缴下一年度的，{since} 起有待遇。",
                months=months,
                since=following.since,
            )
    address = f"/calc/contribute?scheme=resident&year={year}"
    return Advice(message("{year} 年度还没有缴", year=year), text, address)


def _paid_today(
    calculator: Calculator, context: Context, written: Mapping[str, str], year: int
) -> WaitingAnswer | None:
    """The waiting of the same person who pays a coverage year today."""
    free = next((row for row in range(1, _ROWS) if not written.get(f"paid_on-{row}")), 0)
    paid = {
        **written,
        "history": "listed",
        f"year-{free}": str(year),
        f"paid_on-{free}": f"{context.today:%Y-%m-%d}",
        "on": f"{year}-12-31",
    }
    reading = read(calculator.inputs, paid, context.today)
    if reading.faults or not free:
        return None
    try:
        figures = calculator.answer(replace(context, include=frozenset()), reading.values).figures
    except YibaoError:
        return None
    return figures if isinstance(figures, WaitingAnswer) else None
