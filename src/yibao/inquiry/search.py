"""Finding figures, calculators, guides and records for a question in Chinese or pinyin.

An index in memory: bigrams of characters, and the pinyin of everything, so that a question
with a wrong character that sounds right, or in pinyin, finds what it means.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log
from urllib.parse import urlencode

from pypinyin import lazy_pinyin

from yibao import library
from yibao.benefit.rules import day_rules
from yibao.errors import YibaoError
from yibao.guide.catalogue import Catalogue
from yibao.inquiry.calculators import Calculator
from yibao.inquiry.sentences import values_text, yuan
from yibao.inquiry.topics import COMMUNITY_WORDS, GRADES, TOPICS, Topic
from yibao.messages import Wording, message
from yibao.policy import parameters as p
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import GRADES as GRADE_CODES
from yibao.policy.keys import KEYS
from yibao.policy.labels import member_label
from yibao.policy.model import Words

MOST_QUESTION = 60
_MOST_HITS = 12
_MOST_FIGURES = 8
_MOST_VALUES = 6
_LEAST_LETTERS = 4
_EMPTY_WORDS = frozenset("多少 怎么 什么 几个 可以 能不 不能 哪里 一个 么办 少钱 报多".split())
"""Pairs that say nothing about what a question is about."""
_CLASS_NUMBERS = {"1": "class-1", "2": "class-2", "2_county": "class-2-county", "3": "class-3"}


def plain(text: str) -> str:
    """Without width, case, blanks and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def letters(text: str) -> str:
    """The pinyin of a text, joined; Latin letters stay."""
    return "".join(lazy_pinyin(plain(text)))


def bigrams(text: str) -> set[str]:
    """Pairs of neighbouring characters; a lone one stands for itself."""
    return {text[at : at + 2] for at in range(len(text) - 1)} or ({text} if text else set())


@dataclass(frozen=True, slots=True)
class Entry:
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
class Found:
    """What a question leads to."""

    question: str
    area: str
    area_named: bool
    topics: tuple[Topic, ...]
    figures: tuple[Figure, ...]
    calculators: tuple[tuple[Wording, str], ...]
    """(title, address)."""
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Indexed:
    entry: Entry
    title: set[str]
    text: set[str]
    letters: str


class Search:
    """The index over packs, guides, directory and calculators."""

    def __init__(
        self,
        packs: PolicyLibrary,
        catalogue: Catalogue,
        calculators: Iterable[Calculator],
        area: str,
    ) -> None:
        self._packs = packs
        self._area = area
        self._titles = {calculator.id: calculator.title for calculator in calculators}
        self._purposes = {calculator.id: calculator.purpose for calculator in calculators}
        entries = list(self._collect(catalogue))
        self._entries = [
            _Indexed(
                entry,
                bigrams(plain(entry.title.text())),
                bigrams(plain(entry.text)),
                letters(entry.title.text()),
            )
            for entry in entries
        ]
        counts = Counter(pair for indexed in self._entries for pair in indexed.title | indexed.text)
        size = len(self._entries)
        self._weight = {pair: log(1 + size / count) for pair, count in counts.items()}
        self._topic_letters = [[(word, letters(word)) for word in topic.words] for topic in TOPICS]

    def _collect(self, catalogue: Catalogue) -> Iterable[Entry]:
        for name, title in self._titles.items():
            yield Entry("calculator", title, self._purposes[name].text(), f"/calc/{name}")
        named: dict[str, list[str]] = {}
        for pack in self._packs.tree.packs.values():
            for name, entry in pack.parameters.items():
                texts = named.setdefault(name, [])
                texts += [text for text in (entry.name.zh, entry.description.zh) if text]
                texts += [block.note.zh for block in entry.blocks if block.note.zh]
        for name, texts in named.items():
            heading = Words(texts[0] if texts else name, name)
            yield Entry("rule", heading, "；".join(texts), f"/policy/parameter/{name}")
        for guide in catalogue.all_guides:
            text = "；".join((catalogue.tasks[guide.task].name.zh, guide.entry, *guide.steps))
            title = Words(guide.title.zh, guide.title.en)
            yield Entry("guide", title, text, f"/guides/{guide.id}")
        for dispute in self._packs.disputes().values():
            text = "；".join(side.says.zh for side in dispute.sides)
            yield Entry("dispute", dispute.question, text, f"/policy/dispute/{dispute.id}")
        for gap in self._packs.gaps().values():
            yield Entry("gap", gap.missing, gap.note.zh, f"/policy/gaps#{gap.id}")
        for place in catalogue.all_institutions:
            text = " ".join((place.kind, *place.values("department"), *place.values("address")))
            query = urlencode({"q": place.name})
            yield Entry("institution", Words(place.name), text, f"/directory?{query}")

    # --- understanding ---

    def area_of(self, question: str) -> str | None:
        """The lowest area that a question names."""
        said, sounded = plain(question), letters(question)
        best: tuple[int, str] | None = None
        for area in self._packs.areas():
            if area.parent is None:
                continue
            short = area.name.zh.removesuffix("省").removesuffix("市")
            if short in said or letters(short) in sounded or plain(area.name.en) in said:
                depth = len(self._packs.chain(area.code))
                best = max(best, (depth, area.code)) if best else (depth, area.code)
        return best[1] if best else None

    def topics_of(self, question: str) -> tuple[Topic, ...]:
        """The topics that a question is about, the surest first."""
        said, sounded = plain(question), letters(question)
        scores = []
        for at, (topic, words) in enumerate(zip(TOPICS, self._topic_letters, strict=True)):
            score = 0
            for word, sound in words:
                if word in said:
                    score = max(score, 10 * len(word)) + len(word)
                elif len(sound) >= _LEAST_LETTERS and sound in sounded:
                    score = max(score, 8 * len(word))
            if score:
                scores.append((-score, at, topic))
        scores.sort(key=lambda score_row: score_row[:2])
        top = -scores[0][0] if scores else 0
        return tuple(topic for score, _, topic in scores[:3] if -score * 2 >= top)

    # --- answering ---

    def find(self, question: str, today: datetime.date, area: str = "") -> Found:
        """Everything that a question leads to; at most ``MOST_QUESTION`` characters count."""
        asked = question.strip()[:MOST_QUESTION]
        named = self.area_of(asked)
        home = area or named or self._area
        topics = self.topics_of(asked)
        institution = self._institution(asked, home, today)
        figures: list[Figure] = []
        links: dict[str, tuple[Wording, str]] = {}
        for topic in topics:
            figures += self._figures(topic, home, today, asked, institution[1])
            inputs = {"area": home, **topic.inputs}
            if institution[0] and topic.calculator == "visit":
                inputs["institution"] = institution[0]
            address = f"/calc/{topic.calculator}"
            # Inputs that make no whole form are offered, not asked: the form opens with them.
            links[topic.calculator] = (
                self._titles[topic.calculator],
                f"{address}?{urlencode({**inputs, 'fill': '1'})}",
            )
        return Found(
            asked,
            home,
            named is not None,
            topics,
            tuple(figures[:_MOST_FIGURES]),
            tuple(links.values()),
            tuple(self._hits(asked, topics)),
        )

    def _institution(self, question: str, area: str, today: datetime.date) -> tuple[str, str]:
        """The institution that a question names: its choice, and its class in Chinese."""
        said, sounded = plain(question), letters(question)
        if any(word in said for word in COMMUNITY_WORDS):
            return "community", member_label("price_class", 4, "community")
        for word, code in GRADES:
            if word in said or letters(word) in sounded:
                rules = day_rules(self._packs, area, today, None)
                tier = rules.at(p.GRADE_CLASS, GRADE_CODES.index(code))
                if tier < 0:
                    return "", ""
                member = KEYS["price_class"].members[tier]
                chosen = _CLASS_NUMBERS.get(member, "")
                return chosen, member_label("price_class", tier, member)
        return "", ""

    def _figures(
        self, topic: Topic, area: str, today: datetime.date, question: str, tier: str
    ) -> Iterable[Figure]:
        if topic.id == "contribution":
            yield from self._bills(area, today)
        said = plain(question)
        wanted = [
            name
            for name in topic.parameters
            if not ("居民" in said and name.startswith("employee."))
            and not ("职工" in said and name.startswith("resident."))
            and not ("住院" in said and ".outpatient." in name)
            and not ("门诊" in said and ".inpatient." in name)
        ]
        for name in wanted:
            rows = report.show(self._packs, area, name, today)["parameters"]
            for row in rows:
                if row["parameter"] != name:
                    continue
                values = row["values"]
                chosen = [
                    value_row
                    for value_row in values
                    if tier and tier in str(value_row["keys"]).split(" · ")
                ] or (values if not tier else [])
                if not chosen:
                    continue
                text = values_text(chosen[:_MOST_VALUES])
                yield Figure(
                    row["name"],
                    text,
                    self._packs.area(row["area"]).name
                    if row["area"] != "overlay"
                    else message("叠加包"),
                    row["first_day"],
                    f"/policy/parameter/{name}?area={area}",
                )

    def _bills(self, area: str, today: datetime.date) -> Iterable[Figure]:
        """What a year and a month cost, for the newest year that has figures."""
        place = self._packs.area(area).name
        for year in (today.year + 1, today.year, today.year - 1):
            resident = library.person(area, "resident")
            paid_on = datetime.date(year - 1, 12, 1)
            try:
                bill = library.contribution(self._packs, resident, paid_on, year=year)
            except YibaoError:
                continue
            monthly = bill.monthly_equivalent or 0
            query = urlencode({"area": area, "year": year, "paid_on": paid_on.isoformat()})
            yield Figure(
                f"城乡居民 {year} 年度个人缴费",
                f"{yuan(bill.due)} 元一年，折合每月 {yuan(monthly)} 元",
                place,
                str(year),
                f"/calc/contribute?{query}",
            )
            break
        flexible = library.person(area, "employee", "working", flexible=True)
        month = today.year * 100 + today.month
        try:
            bill = library.contribution(self._packs, flexible, today, month=month)
        except YibaoError:
            return
        basic = next((line.amount for line in bill.lines if line.name == "basic"), bill.due)
        query = urlencode({"area": area, "scheme": "flexible", "month": f"{today:%Y-%m}"})
        yield Figure(
            f"灵活就业 {today:%Y-%m} 基本医保（最低基数）",
            f"{yuan(basic)} 元一个月",
            place,
            f"{today:%Y-%m}",
            f"/calc/contribute?{query}",
        )

    def _hits(self, question: str, topics: tuple[Topic, ...]) -> Iterable[Entry]:
        said = plain(question)
        pairs, sounded = bigrams(said) - _EMPTY_WORDS, letters(question)
        wanted = {name for topic in topics for name in topic.parameters}
        scored = []
        for at, indexed in enumerate(self._entries):
            score = sum(3 * self._weight[pair] for pair in pairs & indexed.title)
            score += sum(self._weight[pair] for pair in (pairs & indexed.text) - indexed.title)
            if len(sounded) >= _LEAST_LETTERS and (
                sounded in indexed.letters
                or (len(indexed.letters) >= 2 * _LEAST_LETTERS and indexed.letters in sounded)
            ):
                score += 12
            if indexed.entry.address.rpartition("/")[2] in wanted:
                score += 6
            if score > 4:
                scored.append((-score, at))
        scored.sort()
        best = -scored[0][0] if scored else 0
        return [self._entries[at].entry for score, at in scored[:_MOST_HITS] if -score * 5 >= best]
