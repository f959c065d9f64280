"""A scenario's answers as a story: people, bills, cover, statements, totals of the year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

from yibao.benefit.answers import PAID, VisitAnswer
from yibao.benefit.facts import Enrolment, Institution, Person
from yibao.benefit.period_answers import CeilingAnswer, ContributionAnswer, WaitingAnswer
from yibao.cli import render
from yibao.cli.text import bold, cells, columns, table, wrap
from yibao.errors import NotFoundError
from yibao.inquiry import words
from yibao.inquiry.care import institution_text
from yibao.inquiry.sentences import ceiling_text, lapse_text, yuan
from yibao.messages import text_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, FilingKind
from yibao.scenario.answers import (
    AccumulatorsAnswer,
    Answer,
    AskAnswer,
    BalanceAnswer,
    CreditAnswer,
    EntitlementAnswer,
    PaidBillAnswer,
    ReversalAnswer,
    RevokeAnswer,
    TransferAnswer,
)
from yibao.scenario.model import Scenario, Step, VisitStep
from yibao.written import UNSET

_T = TypeVar("_T")
_MOST_PEOPLE = 3
Reasoned = VisitAnswer | PaidBillAnswer | ContributionAnswer | WaitingAnswer | CeilingAnswer
"""What rests on assumptions and disputed sources."""
_Asked = WaitingAnswer | CeilingAnswer | ContributionAnswer | EntitlementAnswer | BalanceAnswer
"""Questions that are answered in a sentence."""
_TOTAL_LABELS = (
    ("就诊总费用", "total"),
    ("  基金支付", "fund"),
    ("  个人负担", "own"),
    ("    个人账户", "account"),
    ("    家庭共济", "mutual_aid"),
    ("    现金", "cash"),
)


def tell(
    packs: PolicyLibrary, scenario: Scenario, answers: Sequence[Answer], *, explain: bool
) -> Iterator[str]:
    """The whole story, line by line; ``answers`` may end early."""
    story = _Story(packs, scenario, explain)
    yield from story.opening()
    pairs = list(zip(scenario.steps, answers, strict=False))
    for kind, group in groupby(pairs, key=lambda pair: _kind(pair[1])):
        yield ""
        yield from story.part(kind, list(group))
    yield from story.closing(answers)


def _kind(answer: Answer) -> str:
    """What answers of one kind in a row are told together; a visit is always alone."""
    if isinstance(answer, PaidBillAnswer | CreditAnswer):
        return "money"
    if isinstance(answer, VisitAnswer):
        return f"visit {answer.visit}"
    if isinstance(answer, AskAnswer):
        return f"ask {answer.ask}"
    return "event"


def _rule(title: str) -> str:
    return bold(f"── {title} " + "─" * max(0, columns() - cells(title) - 4))


class _Story:
    """What the parts of a story share."""

    def __init__(self, packs: PolicyLibrary, scenario: Scenario, explain: bool) -> None:
        self._packs = packs
        self._scenario = scenario
        self._explain = explain
        self._number = 0
        self._told: set[tuple[Any, ...]] = set()
        covering = packs.covering(scenario.area)
        rulebook = packs.rulebook(covering.code) if covering else None
        self._groups = dict(rulebook.group_names) if rulebook else {}
        self._diseases = dict(rulebook.disease_names) if rulebook else {}

    def _area(self, code: str) -> str:
        try:
            return self._packs.area(code).name.zh
        except NotFoundError:
            return code

    # --- before the steps ---

    def opening(self) -> Iterator[str]:
        scenario = self._scenario
        today = f"，今天是 {scenario.today}" if scenario.today else ""
        yield bold(f"{self._area(scenario.area)}{today}")
        yield _rule("人员")
        yield from table([self._person(each) for each in scenario.people.values()], "<<<>")
        if scenario.grants:
            yield _rule("家庭共济授权")
            yield from table([self._grant(each) for each in scenario.grants], "<<<")
        if scenario.filings:
            yield _rule("备案")
            yield from table([self._filing(each) for each in scenario.filings], "<<<")
        if scenario.institutions:
            yield _rule("机构")
            yield from table([self._place(each) for each in scenario.institutions.values()], "<<<")

    def _person(self, person: Person) -> tuple[str, ...]:
        enrolments = "；".join(map(self._enrolment, person.enrolments))
        groups = "、".join(
            self._groups.get(membership.group, membership.group) for membership in person.groups
        )
        balance = self._scenario.account.get(person.id, 0)
        return (
            person.id,
            f"{words.SEX[person.sex]}，{person.birth} 生",
            enrolments + (f"，{groups}" if groups else ""),
            f"账户 {yuan(balance)} 元" if balance else "",
        )

    def _enrolment(self, enrolment: Enrolment) -> str:
        flexible = enrolment.contribution_class == ContributionClass.FLEXIBLE
        place = self._area(enrolment.area) if enrolment.area != self._scenario.area else ""
        until = f" 至 {enrolment.end}" if enrolment.end else " 起"
        standing = words.standing(enrolment.scheme, enrolment.status, flexible=flexible)
        return f"{place}{standing}，{enrolment.start}{until}"

    def _grant(self, grant: Any) -> tuple[str, ...]:
        until = f"至 {grant.end}" if grant.end else "起"
        limit = f"，每次不超过 {yuan(grant.limit)} 元" if grant.limit is not None else ""
        relation = words.RELATION[grant.relation]
        return f"{grant.grantor} → {grant.grantee}", str(relation), f"{grant.start} {until}{limit}"

    def _filing(self, filing: Any) -> tuple[str, ...]:
        until = f" 至 {filing.end}" if filing.end else " 起"
        if filing.kind == FilingKind.CHRONIC:
            what = f"门诊慢特病：{self._diseases.get(filing.disease, filing.disease)}"
        else:
            what = f"{words.FILING[filing.kind]}：{self._area(filing.care_area)}"
        return filing.person, what, f"{filing.start}{until}"

    def _place(self, place: Institution) -> tuple[str, ...]:
        dual = "，“双通道”" if place.dual_channel else ""
        return place.id, f"{institution_text(place)}{dual}", self._area(place.area)

    # --- the steps ---

    def part(self, kind: str, pairs: list[tuple[Step, Answer]]) -> Iterator[str]:
        answers = [answer for _, answer in pairs]
        if kind == "money":
            yield from self._money(
                [answer for answer in answers if isinstance(answer, PaidBillAnswer | CreditAnswer)]
            )
        elif kind == "ask accumulators":
            used = [answer for answer in answers if isinstance(answer, AccumulatorsAnswer)]
            for year, group in groupby(used, key=lambda answer: answer.year):
                yield from self._accumulators(year, list(group))
        else:
            for step, answer in pairs:
                yield from self._alone(step, answer)

    def _alone(self, step: Step, answer: Answer) -> Iterator[str]:
        """What is told by itself: a visit, a question, an event."""
        if isinstance(answer, VisitAnswer):
            yield from self._visit(step, answer)
        elif isinstance(answer, ReversalAnswer | RevokeAnswer | TransferAnswer):
            yield from wrap(_event(answer), columns())
        elif isinstance(answer, _Asked):
            yield from self._ask(answer)

    def _visit(self, step: Step, answer: VisitAnswer) -> Iterator[str]:
        assert isinstance(step, VisitStep)
        visit = step.visit
        self._number += 1
        place = self._scenario.institutions[visit.institution]
        day = str(visit.end) if visit.start == visit.end else f"{visit.start} 至 {visit.end}"
        yield _rule(f"结算单 {self._number}　{visit.id}")
        about = f"{visit.person}，{words.KIND[visit.kind]}，{day}，{place.id}"
        about += f"（{institution_text(place)}，{self._area(place.area)}）"
        if visit.disease:
            about += f"，{self._diseases.get(visit.disease, visit.disease)}"
        yield from render.visit_lines(answer, about, explain=self._explain)
        yield from self._rests(answer)

    def _rests(self, answer: Reasoned | CreditAnswer) -> Iterator[str]:
        disputes = () if isinstance(answer, CreditAnswer) else answer.disputes
        parts = [
            f"{title} {'、'.join(names)}"
            for title, names in (("推定", answer.assumptions), ("争议", disputes))
            if names
        ]
        if parts and self._explain:
            yield from wrap(f"  {'；'.join(parts)}", columns())

    def _money(self, answers: list[PaidBillAnswer | CreditAnswer]) -> Iterator[str]:
        yield _rule("缴费与个人账户划入（元）")
        rows = [("谁", "期间", "事项", "基数", "金额", "账户余额")]
        for answer in answers:
            if isinstance(answer, CreditAnswer):
                amount, balance = yuan(answer.amount), yuan(answer.balance)
                rows.append((answer.credit, answer.month, "个人账户划入", "", amount, balance))
                continue
            period = _period(answer).strip()
            if answer.months is not UNSET:
                period += f" 起 {answer.months} 个月"
            late = "（逾期）" if answer.late else ""
            base = yuan(answer.base) if answer.base is not UNSET and answer.base else ""
            what = f"{answer.paid_on} 缴费{late}"
            rows.append((answer.contribute, period, what, base, yuan(answer.due), ""))
        yield from table(rows, "<<<>>>")
        for answer in answers:
            yield from self._bill_details(answer)

    def _bill_details(self, answer: PaidBillAnswer | CreditAnswer) -> Iterator[str]:
        """Lines and steps of a bill or credit, once for each that differs from those before."""
        bill = None if isinstance(answer, CreditAnswer) else answer
        person = answer.credit if isinstance(answer, CreditAnswer) else answer.contribute
        what = "划入" if bill is None else "缴费"
        steps = tuple((step.label, step.amount, step.source) for step in answer.steps)
        seen = (person, what, steps)
        if not self._explain or seen in self._told:
            return
        self._told.add(seen)
        period = _period(answer)
        if bill is not None:
            yield f"{person} {period}账单"
            yield from render.bill_lines(bill)
        yield from render.step_lines(answer.steps, f"{person} {period}{what}怎么算的")
        yield from self._rests(answer)

    def _ask(self, answer: _Asked) -> Iterator[str]:
        yield from wrap(_reply(answer), columns())
        if isinstance(answer, ContributionAnswer):
            yield from render.bill_lines(answer)
        if isinstance(answer, EntitlementAnswer | BalanceAnswer):
            return
        if self._explain and answer.steps:
            yield from render.step_lines(answer.steps)
            yield from self._rests(answer)

    def _accumulators(self, year: int, answers: list[AccumulatorsAnswer]) -> Iterator[str]:
        yield _rule(f"{year} 年累计（元）")
        for some in _few(answers):
            yield from table(render.accumulator_rows(some), "<" + ">" * len(some), gap=3)

    # --- after the steps ---

    def closing(self, answers: Sequence[Answer]) -> Iterator[str]:
        totals: dict[str, Counter[str]] = {}
        paid: Counter[str] = Counter()
        owners: dict[str, str] = {}
        for answer in answers:
            if isinstance(answer, PaidBillAnswer):
                paid[answer.contribute] += answer.due
            elif isinstance(answer, VisitAnswer):
                owners[answer.visit] = answer.person
                sums = totals.setdefault(answer.person, Counter())
                sums.update({"visits": 1, "total": answer.total, **_paid_by(answer)})
            elif isinstance(answer, ReversalAnswer):
                sums = totals[owners[answer.reverse]]
                whole = answer.fund + answer.own
                sums.update({"visits": -1, "total": whole, **_paid_by(answer)})
        if totals or paid:
            yield ""
            yield from self._totals(totals, paid)
        yield from self._basis(answers)

    def _totals(self, totals: dict[str, Counter[str]], paid: Counter[str]) -> Iterator[str]:
        everyone = [name for name in self._scenario.people if name in totals or name in paid]
        yield _rule("全部步骤合计（元）")
        for people in _few(everyone):
            rows = _total_rows(people, totals, paid, whole=len(everyone) == len(people))
            yield from table(rows, "<" + ">" * (len(rows[0]) - 1), gap=3)

    def _basis(self, answers: Sequence[Answer]) -> Iterator[str]:
        reasoned = [answer for answer in answers if isinstance(answer, Reasoned | CreditAnswer)]
        assumptions = {name for answer in reasoned for name in answer.assumptions}
        disputes = {
            name
            for answer in reasoned
            if not isinstance(answer, CreditAnswer)
            for name in answer.disputes
        }
        yield from render.basis_lines(
            self._packs, self._scenario.area, sorted(assumptions), sorted(disputes)
        )


def _few(items: Sequence[_T]) -> list[Sequence[_T]]:
    """As many at a time as a table of 80 columns has room for."""
    return [items[at : at + _MOST_PEOPLE] for at in range(0, len(items), _MOST_PEOPLE)]


def _total_rows(
    people: Sequence[str],
    totals: dict[str, Counter[str]],
    paid: Counter[str],
    *,
    whole: bool,
) -> list[tuple[str, ...]]:
    """What the steps of each person come to; a last column for all where all are here."""
    nothing: Counter[str] = Counter()

    def row(label: str, numbers: list[int], show: Callable[[int], str]) -> tuple[str, ...]:
        return (label, *map(show, (*numbers, sum(numbers)) if whole else numbers))

    rows: list[tuple[str, ...]] = [("", *map(render.short, people), *(["合计"] if whole else []))]
    if any(paid[name] for name in people):
        rows.append(row("个人缴费", [paid[name] for name in people], yuan))
    if any(name in totals for name in people):
        counts = [totals.get(name, nothing)["visits"] for name in people]
        rows.append(row("就诊次数", counts, str))
    for label, key in _TOTAL_LABELS:
        sums = [totals.get(name, nothing)[key] for name in people]
        if any(sums):
            rows.append(row(label, sums, yuan))
    return rows


def _paid_by(answer: VisitAnswer | ReversalAnswer) -> dict[str, int]:
    """Who pays, fen by name."""
    return {name: getattr(answer, name) for name in PAID}


def _period(answer: PaidBillAnswer | CreditAnswer | ContributionAnswer) -> str:
    """``2025 年度`` or ``2025-03 ``, to be followed by a Chinese word."""
    if isinstance(answer, CreditAnswer) or answer.year is UNSET:
        return f"{answer.month} "
    return f"{answer.year} 年度"


def _event(answer: ReversalAnswer | RevokeAnswer | TransferAnswer) -> str:
    """A reversal, a revocation or a transfer in one sentence."""
    if isinstance(answer, ReversalAnswer):
        return f"撤销 {answer.reverse}：基金 {yuan(answer.fund)} 元，个人负担 {yuan(answer.own)} 元"
    if isinstance(answer, RevokeAnswer):
        return f"{answer.on}　{answer.revoke} 解除给 {answer.grantee} 的授权"
    return (
        f"{answer.on}　{answer.transfer} 转给 {answer.to} "
        f"{yuan(answer.amount)} 元，余额 {yuan(answer.balance)} 元"
    )


def _reply(answer: _Asked) -> str:
    """A question that changes nothing, answered in one sentence."""
    who, on = answer.person, answer.on
    if isinstance(answer, WaitingAnswer):
        facts = [f"等待 {answer.months} 个月"] if answer.months else []
        facts += [f"首日 {answer.since}"] if answer.since else []
        facts += [lapse_text(answer).text()] if lapse_text(answer).text() else []
        return f"{who} {on} 的待遇：{text_of(answer.why)}" + (
            f"（{'，'.join(facts)}）" if facts else ""
        )
    if isinstance(answer, EntitlementAnswer):
        state = "有待遇" if answer.entitled else "没有待遇"
        return f"{who} {on} {state}：{text_of(answer.why)}"
    if isinstance(answer, BalanceAnswer):
        return f"{who} {on} 个人账户余额 {yuan(answer.balance)} 元"
    if isinstance(answer, CeilingAnswer):
        return f"{who} {on} {ceiling_text(answer).text()}"
    late = "（逾期）" if answer.late else ""
    return f"{who} {_period(answer)}如果 {on} 缴费：{yuan(answer.due)} 元{late}"
