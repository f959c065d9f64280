"""Finding figures, calculators, guides and records for a question in Chinese or pinyin.

The question is taken apart by the guides' parser, and its sound counts as its characters do: a
wrong character that sounds right, or pinyin, finds what it means.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from yibao import library
from yibao.benefit.rules import day_rules
from yibao.errors import InputError, YibaoError
from yibao.guide.catalogue import Catalogue
from yibao.guide.index import Index
from yibao.guide.question import NamedPlace, Places, Question, Vocabulary
from yibao.inquiry.ask.asker import Asker
from yibao.inquiry.ask.reply import QuestionAnswer
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.care import birth_by_age
from yibao.inquiry.payer import require_age
from yibao.inquiry.sentences import values_text, yuan
from yibao.inquiry.topics import COMMUNITY_WORDS, GRADES, TOPICS, Topic
from yibao.messages import Text, Wording, message
from yibao.policy import parameters as p
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.gleaned import rule_texts
from yibao.policy.keys import GRADES as GRADE_CODES
from yibao.policy.keys import KEYS, PRICE_CLASSES, TIER_COMMUNITY
from yibao.policy.kinds import Contributor, InstitutionKind, Scheme, Status
from yibao.policy.labels import member_label
from yibao.policy.model import OVERLAY, Words
from yibao.policy.places import places_in

MOST_QUESTION = 60
_MOST_HITS = 12
_SUPPOSED_AGE = 40
"""Of a bill that goes by the age, where nobody said one."""
_MOST_FIGURES = 8
_MOST_VALUES = 6
_CLASS_NUMBERS = {"1": "class-1", "2": "class-2", "2_county": "class-2-county", "3": "class-3"}


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """One thing that can be found."""

    kind: str
    """``calculator``, ``rule``, ``guide``, ``dispute``, ``gap`` or ``institution``."""
    title: Wording
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that answers a question, with its rule."""

    title: str
    value: str
    area: Wording
    since: str
    address: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a question leads to."""

    question: str
    area: str
    area_named: bool
    topics: tuple[Topic, ...]
    figures: tuple[Figure, ...]
    calculators: tuple[tuple[Wording, str], ...]
    """(title, address)."""
    entries: tuple[SearchEntry, ...]
    refusal: Text = ""
    """Why there is nothing: the question names a place without a pack."""


class Search:
    """The index over packs, guides, directory and calculators."""

    def __init__(
        self,
        packs: PolicyLibrary,
        catalogue: Catalogue,
        calculators: Iterable[Calculator],
        area: str,
        heard: Callable[[QuestionAnswer], None] = lambda _: None,
    ) -> None:
        self._packs = packs
        self._heard = heard
        self._area = area
        calculators = tuple(calculators)
        self._asker = Asker(catalogue, {entry.id: entry for entry in calculators}, area)
        self._titles = {calculator.id: calculator.title for calculator in calculators}
        self._purposes = {calculator.id: calculator.purpose for calculator in calculators}
        self._catalogue = catalogue
        self._topics = {topic.id: topic for topic in TOPICS}
        self._topic_words = Vocabulary((topic.id, topic.words) for topic in TOPICS)
        self._grade_words = Vocabulary((code, (word,)) for word, code in GRADES)
        self._places = Places(
            NamedPlace.named(
                [above.code for above in reversed(packs.chain(place.code))],
                place.name.zh,
                place.name.en,
                catalogue.areas[place.code].aliases if place.code in catalogue.areas else (),
            )
            for place in packs.areas()
            if place.parent is not None
        )

    @cached_property
    def _index(self) -> Index[SearchEntry]:
        """Made by the first search: it reads every pack, and the pinyin of every title."""
        return Index((entry, entry.title.text(), entry.text) for entry in self._collect())

    def prepare(self) -> None:
        """Make the index now, so that no search waits for it."""
        _ = self._index

    def _collect(self) -> Iterable[SearchEntry]:
        catalogue = self._catalogue
        for name, title in self._titles.items():
            yield SearchEntry("calculator", title, self._purposes[name].text(), f"/calc/{name}")
        for rule in rule_texts(self._packs):
            address = f"/policy/parameter/{rule.name}"
            yield SearchEntry("rule", Words(rule.title, rule.name), rule.text, address)
        for guide in catalogue.all_guides:
            text = "；".join((catalogue.tasks[guide.task].name.zh, guide.entry, *guide.steps))
            title = Words(guide.title.zh, guide.title.en)
            yield SearchEntry("guide", title, text, f"/guides/{guide.id}")
        for dispute in self._packs.disputes().values():
            text = "；".join(side.says.zh for side in dispute.sides)
            yield SearchEntry("dispute", dispute.question, text, f"/policy/dispute/{dispute.id}")
        for gap in self._packs.gaps().values():
            yield SearchEntry("gap", gap.missing, gap.note.zh, f"/policy/gaps#{gap.id}")
        for place in catalogue.all_institutions:
            text = " ".join((place.kind, *place.values("department"), *place.values("address")))
            query = urlencode({"q": place.name})
            yield SearchEntry("institution", Words(place.name), text, f"/directory?{query}")

    # --- understanding ---

    def area_of(self, question: Question) -> str | None:
        """The lowest area that a question names."""
        named = self._places.named(question, by_sound=True)
        lowest = max(named, key=lambda place: (len(place.above), place.code), default=None)
        return None if lowest is None else lowest.code

    def _other_place(self, asked: str) -> str | None:
        """A place that a question names and that has no pack of its own."""
        named = [place.code for place in places_in(asked)]
        return next(
            (code for code in named if self._packs.covering(code) is None),
            named[0] if named else None,
        )

    def topics_of(self, question: Question) -> tuple[Topic, ...]:
        """The topics that a question is about, the surest first."""
        scores: dict[str, int] = dict.fromkeys(self._topics, 0)
        for mention in self._topic_words.mentions(question, by_sound=True):
            score, weight = scores[mention.key], mention.weight
            scores[mention.key] = (
                max(score, 8 * weight) if mention.by_sound else max(score, 10 * weight) + weight
            )
        best = sorted(filter(scores.get, scores), key=lambda name: -scores[name])[:3]
        return tuple(self._topics[name] for name in best if scores[name] * 2 >= scores[best[0]])

    # --- answering ---

    def ask(self, context: Context, question: str, area: str = "") -> QuestionAnswer:
        """The answer to a question in one sentence; ``area``: of somebody who said it before."""
        answer = self._asker.ask(context, question, area)
        self._heard(answer)
        return answer

    def find(self, question: str, today: datetime.date, area: str = "") -> Findings:
        """Everything that a question leads to; at most ``MOST_QUESTION`` characters count."""
        asked = question.strip()[:MOST_QUESTION]
        parsed = Question(asked)
        named = self.area_of(parsed)
        if named is None and not area:
            named = self._other_place(asked)
            if named is not None and self._packs.covering(named) is None:
                refusal = self._packs.missing_pack(named).message
                return Findings(asked, named, True, (), (), (), (), refusal)
        home = area or named or self._area
        topics = self.topics_of(parsed)
        institution = self._institution(parsed, home, today)
        figures: list[Figure] = []
        links: dict[str, tuple[Wording, str]] = {}
        for topic in topics:
            figures += self._figures(topic, home, today, parsed, institution[1])
            inputs = {"area": home, **topic.inputs}
            if institution[0] and topic.calculator == "visit":
                inputs["institution"] = institution[0]
            address = f"/calc/{topic.calculator}"
            # Inputs that make no whole form are offered, not asked: the form opens with them.
            links[topic.calculator] = (
                self._titles[topic.calculator],
                f"{address}?{urlencode({**inputs, 'fill': '1'})}",
            )
        return Findings(
            asked,
            home,
            named is not None,
            topics,
            tuple(figures[:_MOST_FIGURES]),
            tuple(links.values()),
            tuple(self._hits(parsed, topics)),
        )

    def _institution(self, question: Question, area: str, today: datetime.date) -> tuple[str, str]:
        """The institution that a question names: its choice, and its class in Chinese."""
        if question.says(COMMUNITY_WORDS):
            return (
                InstitutionKind.COMMUNITY,
                member_label("price_class", TIER_COMMUNITY, PRICE_CLASSES[TIER_COMMUNITY]),
            )
        grades = self._grade_words.mentions(question, by_sound=True)
        if not grades:
            return "", ""
        rules = day_rules(self._packs, area, today, None)
        tier = rules.at(p.GRADE_CLASS, GRADE_CODES.index(grades[0].key))
        if tier < 0:
            return "", ""
        member = KEYS["price_class"].members[tier]
        return _CLASS_NUMBERS.get(member, ""), member_label("price_class", tier, member)

    def _figures(
        self, topic: Topic, area: str, today: datetime.date, question: Question, tier: str
    ) -> Iterable[Figure]:
        if topic.id == "contribution":
            yield from self._bills(area, today)
        said = question.plain
        wanted = [
            name
            for name in topic.parameters
            if not ("居民" in said and name.startswith("employee."))
            and not ("职工" in said and name.startswith("resident."))
            and not ("住院" in said and ".outpatient." in name)
            and not ("门诊" in said and ".inpatient." in name)
        ]
        for name in wanted:
            for rule in report.show(self._packs, area, name, today).parameters:
                if rule.parameter != name:
                    continue
                values = rule.values
                chosen = [
                    stated for stated in values if tier and tier in stated.keys.split(" · ")
                ] or (list(values) if not tier else [])
                if not chosen:
                    continue
                text = values_text(chosen[:_MOST_VALUES])
                yield Figure(
                    rule.name,
                    text,
                    message("叠加包") if rule.area == OVERLAY else self._packs.area(rule.area).name,
                    rule.first_day.isoformat(),
                    f"/policy/parameter/{name}?area={area}",
                )

    def _bills(self, area: str, today: datetime.date) -> Iterable[Figure]:
        """What a year and a month cost, for the newest year that has figures."""
        place = self._packs.area(area).name
        for year in (today.year + 1, today.year, today.year - 1):
            paid_on = datetime.date(year - 1, 12, 1)
            born = birth_by_age(_SUPPOSED_AGE, paid_on)
            resident = library.person(area, Scheme.RESIDENT, birth=born)
            try:
                bill = library.contribution(self._packs, resident, paid_on, year=year)
            except YibaoError:
                continue
            monthly = bill.monthly_equivalent or 0
            asked = {"area": area, "year": year, "paid_on": paid_on.isoformat()}
            by_age = ""
            try:
                who = {"scheme": Contributor.RESIDENT, "year": year}
                require_age(self._packs, area, who, paid_on, ())
            except InputError:
                asked["age"] = _SUPPOSED_AGE
                by_age = f"（按 {_SUPPOSED_AGE} 岁）"
            query = urlencode(asked)
            yield Figure(
                f"城乡居民 {year} 年度个人缴费{by_age}",
                f"{yuan(bill.due)} 元一年，折合每月 {yuan(monthly)} 元",
                place,
                str(year),
                f"/calc/contribute?{query}",
            )
            break
        flexible = library.person(area, Scheme.EMPLOYEE, Status.WORKING, flexible=True)
        month = today.year * 100 + today.month
        try:
            bill = library.contribution(self._packs, flexible, today, month=month)
        except YibaoError:
            return
        basic = next((line.amount for line in bill.lines if line.name == "basic"), bill.due)
        query = urlencode({"area": area, "scheme": Contributor.FLEXIBLE, "month": f"{today:%Y-%m}"})
        yield Figure(
            f"灵活就业 {today:%Y-%m} 基本医保（最低基数）",
            f"{yuan(basic)} 元一个月",
            place,
            f"{today:%Y-%m}",
            f"/calc/contribute?{query}",
        )

    def _hits(self, question: Question, topics: tuple[Topic, ...]) -> Iterable[SearchEntry]:
        wanted = {name for topic in topics for name in topic.parameters}
        return self._index.best(
            question,
            _MOST_HITS,
            bonus=lambda entry: 6 if entry.address.rpartition("/")[2] in wanted else 0,
        )
