"""A scenario's answers as a story: people, bills, cover, statements, totals of the year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from yibao.benefit.answers import PAID, VisitAnswer
from yibao.benefit.facts import Enrolment, Institution, Person
from yibao.benefit.period_answers import CeilingAnswer, ContributionAnswer, WaitingAnswer
from yibao.cli import render
from yibao.cli.language import say, say_in, worded
from yibao.cli.story_sentences import Asked, event, reply, span
from yibao.cli.text import bold, cells, columns, table, wrap
from yibao.errors import NotFoundError
from yibao.inquiry import words
from yibao.inquiry.care import institution_text
from yibao.inquiry.sentences import yuan
from yibao.messages import (
    Fen,
    Listed,
    Message,
    Months,
    Phrases,
    Statements,
    Text,
    message,
    message_in,
)
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, FilingKind
from yibao.policy.pack_names import pack_name
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
_TOTAL_LABELS = (
    (message("就诊总费用"), "total", 0),
    (message("基金支付"), "fund", 1),
    (message("个人负担"), "own", 1),
    (message_in("story", "个人账户"), "account", 2),
    (message("家庭共济"), "mutual_aid", 2),
    (message("现金"), "cash", 2),
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


def _pack_names(key: str, names: Mapping[str, str]) -> dict[str, Text]:
    return {code: pack_name(key, code, name) for code, name in names.items()}


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
        self._groups = _pack_names("group", rulebook.group_names if rulebook else {})
        self._diseases = _pack_names("disease", rulebook.disease_names if rulebook else {})

    def _area(self, code: str) -> str:
        try:
            return worded(self._packs.area(code).name)
        except NotFoundError:
            return code

    # --- before the steps ---

    def opening(self) -> Iterator[str]:
        scenario = self._scenario
        place = self._area(scenario.area)
        if scenario.today:
            place = say("{place}，今天是 {day}", place=place, day=scenario.today)
        yield bold(place)
        yield _rule(say_in("part of a story", "人员"))
        yield from table([self._person(person) for person in scenario.people.values()], "<<<>")
        if scenario.grants:
            yield _rule(say("家庭共济授权"))
            yield from table([self._grant(grant) for grant in scenario.grants], "<<<")
        if scenario.filings:
            yield _rule(say_in("part of a story", "备案"))
            yield from table([self._filing(filing) for filing in scenario.filings], "<<<")
        if scenario.institutions:
            yield _rule(say_in("part of a story", "机构"))
            places = [self._place(institution) for institution in scenario.institutions.values()]
            yield from table(places, "<<<")

    def _person(self, person: Person) -> tuple[str, ...]:
        enrolments = Statements(map(self._enrolment, person.enrolments))
        groups = Listed(
            self._groups.get(membership.group, membership.group) for membership in person.groups
        )
        balance = self._scenario.account.get(person.id, 0)
        return (
            person.id,
            say("{sex}，{day} 生", sex=words.SEX[person.sex], day=person.birth),
            worded(Phrases((enrolments, groups)) if groups else enrolments),
            say("账户 {amount}", amount=Fen(balance)) if balance else "",
        )

    def _enrolment(self, enrolment: Enrolment) -> Message:
        flexible = enrolment.contribution_class == ContributionClass.FLEXIBLE
        standing: Text = words.standing(enrolment.scheme, enrolment.status, flexible=flexible)
        if enrolment.area != self._scenario.area:
            place = self._area(enrolment.area)
            standing = message("{place}{standing}", place=place, standing=standing)
        return message(
            "{standing}，{span}", standing=standing, span=span(enrolment.start, enrolment.end)
        )

    def _grant(self, grant: Any) -> tuple[str, ...]:
        terms = [span(grant.start, grant.end)]
        if grant.limit is not None:
            terms.append(message("每次不超过 {amount}", amount=Fen(grant.limit)))
        relation = worded(words.RELATION[grant.relation])
        return f"{grant.grantor} → {grant.grantee}", relation, worded(Phrases(terms))

    def _filing(self, filing: Any) -> tuple[str, ...]:
        if filing.kind == FilingKind.CHRONIC:
            what = say(
                "门诊慢特病：{disease}",
                disease=self._diseases.get(filing.disease, filing.disease),
            )
        else:
            place = self._area(filing.care_area)
            what = say("{kind}：{place}", kind=words.FILING[filing.kind], place=place)
        return filing.person, what, worded(span(filing.start, filing.end))

    def _place(self, place: Institution) -> tuple[str, ...]:
        about: list[Text] = [institution_text(place)]
        if place.dual_channel:
            about.append(message("“双通道”"))
        return place.id, worded(Phrases(about)), self._area(place.area)

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
            yield from wrap(worded(event(answer)), columns())
        elif isinstance(answer, Asked):
            yield from self._ask(answer)

    def _visit(self, step: Step, answer: VisitAnswer) -> Iterator[str]:
        assert isinstance(step, VisitStep)
        visit = step.visit
        self._number += 1
        place = self._scenario.institutions[visit.institution]
        day: Any = visit.end
        if visit.start != visit.end:
            day = message("{start} 至 {end}", start=visit.start, end=visit.end)
        yield _rule(say("结算单 {number}　{visit}", number=self._number, visit=visit.id))
        where = message(
            "{institution}（{about}）",
            institution=place.id,
            about=Phrases((institution_text(place), self._area(place.area))),
        )
        about = [visit.person, words.KIND[visit.kind], day, where]
        if visit.disease:
            about.append(self._diseases.get(visit.disease, visit.disease))
        yield from render.visit_lines(answer, worded(Phrases(about)), explain=self._explain)
        yield from self._rests(answer)

    def _rests(self, answer: Reasoned | CreditAnswer) -> Iterator[str]:
        disputes = () if isinstance(answer, CreditAnswer) else answer.disputes
        titles = (
            (message_in("status of a value", "推定"), answer.assumptions),
            (message_in("several", "争议"), disputes),
        )
        parts = Statements(
            message("{title} {names}", title=title, names=Listed(names))
            for title, names in titles
            if names
        )
        if parts and self._explain:
            yield from wrap(f"  {worded(parts)}", columns())

    def _money(self, answers: list[PaidBillAnswer | CreditAnswer]) -> Iterator[str]:
        yield _rule(say("缴费与个人账户划入（元）"))
        rows = [
            (
                *(say("谁"), say("期间"), say("事项")),
                *(say_in("of a contribution", "基数"), say("金额"), say("账户余额")),
            )
        ]
        for answer in answers:
            if isinstance(answer, CreditAnswer):
                amount, balance = yuan(answer.amount), yuan(answer.balance)
                credited = say("个人账户划入")
                rows.append((answer.credit, answer.month, credited, "", amount, balance))
                continue
            period: Text = str(answer.month)
            if answer.year is not UNSET:
                period = message("{year} 年度", year=answer.year)
            elif answer.months is not UNSET:
                number = Months(answer.months)
                period = message("{month} 起 {number}", month=answer.month, number=number)
            base = yuan(answer.base) if answer.base is not UNSET and answer.base else ""
            paid = message("{day} 缴费", day=answer.paid_on)
            what = say("{said}（逾期）", said=paid) if answer.late else worded(paid)
            rows.append((answer.contribute, worded(period), what, base, yuan(answer.due), ""))
        yield from table(rows, "<<<>>>")
        for answer in answers:
            yield from self._bill_details(answer)

    def _bill_details(self, answer: PaidBillAnswer | CreditAnswer) -> Iterator[str]:
        """Lines and steps of a bill or credit, once for each that differs from those before."""
        bill = None if isinstance(answer, CreditAnswer) else answer
        person = answer.credit if isinstance(answer, CreditAnswer) else answer.contribute
        steps = tuple((step.label, step.amount, step.source) for step in answer.steps)
        seen = (person, bill is None, steps)
        if not self._explain or seen in self._told:
            return
        self._told.add(seen)
        about = {"person": person, "month": answer.month}
        if bill is None:
            title = message("{person} {month} 划入怎么算的", **about)
        elif bill.year is UNSET:
            yield say("{person} {month} 账单", **about)
            yield from render.bill_lines(bill)
            title = message("{person} {month} 缴费怎么算的", **about)
        else:
            yield say("{person} {year} 年度账单", person=person, year=bill.year)
            yield from render.bill_lines(bill)
            title = message("{person} {year} 年度缴费怎么算的", person=person, year=bill.year)
        yield from render.step_lines(answer.steps, title)
        yield from self._rests(answer)

    def _ask(self, answer: Asked) -> Iterator[str]:
        yield from wrap(worded(reply(answer)), columns())
        if isinstance(answer, ContributionAnswer):
            yield from render.bill_lines(answer)
        if isinstance(answer, EntitlementAnswer | BalanceAnswer):
            return
        if self._explain and answer.steps:
            yield from render.step_lines(answer.steps)
            yield from self._rests(answer)

    def _accumulators(self, year: int, answers: list[AccumulatorsAnswer]) -> Iterator[str]:
        yield _rule(say("{year} 年累计（元）", year=year))
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
        yield _rule(say("全部步骤合计（元）"))
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

    rows: list[tuple[str, ...]] = [
        ("", *map(render.short, people), *([say("合计")] if whole else []))
    ]
    if any(paid[name] for name in people):
        rows.append(row(say("个人缴费"), [paid[name] for name in people], yuan))
    if any(name in totals for name in people):
        counts = [totals.get(name, nothing)["visits"] for name in people]
        rows.append(row(say("就诊次数"), counts, str))
    for label, key, depth in _TOTAL_LABELS:
        sums = [totals.get(name, nothing)[key] for name in people]
        if any(sums):
            rows.append(row("  " * depth + worded(label), sums, yuan))
    return rows


def _paid_by(answer: VisitAnswer | ReversalAnswer) -> dict[str, int]:
    """Who pays, fen by name."""
    return {name: getattr(answer, name) for name in PAID}
