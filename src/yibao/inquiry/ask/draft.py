"""An answer in the making."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from yibao.errors import NotFoundError
from yibao.guide.catalogue import Guide
from yibao.inquiry.ask.facts import Read
from yibao.inquiry.ask.forms import Meaning
from yibao.inquiry.ask.places import name_of
from yibao.inquiry.ask.reply import (
    AmountSaid,
    AnswerSaid,
    Assumption,
    FigureSaid,
    FollowUp,
    LinkSaid,
    Refusal,
    SourceSaid,
)
from yibao.inquiry.ask.rules import RulesSaid, rules_or_none
from yibao.inquiry.ask.wording import FOLLOW_UPS
from yibao.inquiry.asking import ask_by_address, figures_by_address
from yibao.inquiry.basis import dispute_texts
from yibao.inquiry.calculators import Calculator, Context
from yibao.inquiry.citations import cited_source
from yibao.inquiry.filling import FieldsError
from yibao.inquiry.rendered import Calculation
from yibao.messages import CHINESE, message, text_of
from yibao.policy.kinds import Contributor, Delivery, HospitalGrade, InstitutionKind, Scheme, Status

T = TypeVar("T")
_ABOUT_INSURANCE = re.compile(
    "医保|报销|参保|缴费|社保|住院|门诊|起付|封顶|统筹|个人账户|共济|备案|异地|生育|津贴|农合|合作医疗|医疗|看病|药|医院|断缴|居民|职工|退休|保费|生孩|剖|流产|产检|产假|低保|特困|三甲|二甲|基数|年限|共济|大额|新生儿|透析|高血压|糖尿病|甲类|乙类|12393|卡里|卡上|慢病|慢性病|特病|骗保|五险"
)
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff，。；：]) +(?=[\u4e00-\u9fff，。；：])")
"""Spaces around a quantity that ends or begins with a character."""
_MOST_DISPUTES = 3
_YEARLY = ("resident.contribution.individual", "resident.contribution.group_individual")
_NOTHING = re.compile(
    r"(?:多少|怎么|如何|什么|请问|您?你?好|谢谢|一年|一个月|现在|今年|可以|问一下|咨询|元|块|万|千"
    r"|[\d\s.,，。？?！!吗呢啊的了钱要几办样弄我想是在能w])*"
)
"""Words that do not say what a question is about."""
_GRADES = (
    HospitalGrade.GRADE_3A,
    HospitalGrade.GRADE_3B,
    HospitalGrade.GRADE_2A,
    HospitalGrade.GRADE_2B,
)
_SUPPOSED_AGES = {"": 40, Status.WORKING: 40, Status.RETIRED: 65}
"""The age of somebody who did not say it, by status."""
_PLAIN_TIERS = {
    "3": "1",
    "2": "2",
    "1": "3",
    "county": "2_county",
    InstitutionKind.COMMUNITY: InstitutionKind.COMMUNITY,
}


class Draft:
    """What is known of an answer so far."""

    def __init__(
        self,
        context: Context,
        read: Read,
        code: str,
        origin: str,
        calculators: Mapping[str, Calculator],
    ) -> None:
        self.context = context
        self.read = read
        self.code = code
        self.origin = origin
        self.calculators = calculators
        self.language = read.plain.language
        self.facts = dict(read.said)
        self.day = self._day()
        self.intent = "other"
        self.form: Meaning | None = None
        self.rules: RulesSaid | None = None
        self.is_of_former_year = False
        """Whether it only says what held before, beside an answer that has no figure."""
        self.province = ""
        """The province whose terms stand in for those of its city."""
        self.sentence = ""
        self.refusal: Refusal | None = None
        self.guides: list[Guide] = []
        self.sources: list[SourceSaid] = []
        self.assumptions: list[Assumption] = []
        self.missing: list[FollowUp] = []
        self.links: list[LinkSaid] = []
        self.readings: list[str] = []
        self._calculated = False
        self._disputed: dict[str, None] = {}
        self._lead: FigureSaid | None = None
        self._also: list[AmountSaid] = []
        self._branches: list[AmountSaid] = []

    def _day(self) -> datetime.date:
        """The day whose rules an answer goes by."""
        today = self.context.today
        year = self.facts.get("year")
        if year is None or year == today.year:
            return today
        return datetime.date(int(year), 12, 31) if year < today.year else datetime.date(year, 1, 1)

    # --- what is asked ---

    @property
    def text(self) -> str:
        """The question as it is read."""
        return self.read.text

    @property
    def words(self) -> dict[str, str]:
        """What statements put in the places of facts."""
        said = {name: str(value) for name, value in self.facts.items()}
        said.setdefault("status", Status.WORKING)
        if said.get("event") not in (Delivery.CAESAREAN, Delivery.MISCARRIAGE):
            said["event"] = Delivery.VAGINAL
        return {
            **said,
            "tier": self.tier() or "1",
            "year": str(self.day.year),
            "place": self.place_name(),
            "province": self.province or self.place_name(),
        }

    def tier(self) -> str | None:
        """The class of the institution that is asked about, where one is."""
        said = self.facts.get("institution")
        if said in _GRADES and self.rules is not None:
            return self.rules.tier_of(said)
        return _PLAIN_TIERS.get(str(said))

    def place_name(self) -> str:
        """The area as people call it."""
        home = self.read.where.home
        if self.language != CHINESE:
            return self.named(self.code)
        if home is not None and home.code == self.code:
            return home.full
        return name_of(self.code)

    def named(self, code: str) -> str:
        """A place by its code: its whole name, or its letters in other languages."""
        if self.language == CHINESE:
            return name_of(code)
        from yibao.policy.places import letters_of

        return letters_of(name_of(code))

    def in_language(self, chinese: str, english: str) -> str:
        """The one of two texts that the question's language asks for."""
        return english if self.language != CHINESE and english else chinese

    def is_about_insurance(self) -> bool:
        """Whether the words of the domain are in the question at all."""
        return bool(_ABOUT_INSURANCE.search(self.text))

    def says_nothing(self) -> bool:
        """Whether there is nothing but a place, an amount or words that go with everything."""
        return bool(_NOTHING.fullmatch(self.read.where.masked))

    def rule_name(self, parameter: str) -> str:
        """A rule as people call it."""
        for pack in self.context.packs.tree.packs.values():
            entry = pack.parameters.get(parameter)
            if entry is not None and (name := entry.name.text(self.language)):
                return name
        return message("这一项").text(self.language)

    def is_vouched_for(self, parameter: str) -> bool:
        """Whether the packs of the place claim this matter, or have a figure of it today."""
        packs, code = self.context.packs, self.code
        chain = [code]
        try:
            while (parent := packs.area(chain[-1]).parent) is not None:
                chain.append(parent)
        except NotFoundError:
            return False
        claimed = [topic for area in chain for topic in packs.area(area).complete]
        if any(parameter == topic or parameter.startswith(f"{topic}.") for topic in claimed):
            return True
        days = [self.context.today]
        if parameter in _YEARLY:
            # Set for each year, and often late: last year's shows that the place is known.
            days.append(datetime.date(self.context.today.year - 1, 12, 31))
        known = (rules_or_none(packs, code, day, self.language) for day in days)
        return any(rules is not None and rules.knows(parameter) for rules in known)

    def cities(self) -> tuple[str, ...]:
        """The cities with packs of a province that was named."""
        packs = self.context.packs
        return tuple(area.code for area in packs.areas() if area.parent == self.code)

    def gap_name(self) -> str:
        """What a gap is about: a year, or a place."""
        year = self.facts.get("year")
        return str(year) if year else self.place_name()

    # --- what is said ---

    def lead(self, figure: FigureSaid) -> None:
        """The figure that the question is about."""
        if self._lead is None:
            self._lead = figure

    def branch(self, label: str, text: str, figures: Sequence[FigureSaid] = ()) -> None:
        """One case of several."""
        self._branches.append(AmountSaid(label, text, _fen_of(figures)))

    def beside(self, label: str, text: str, figures: Sequence[FigureSaid] = ()) -> None:
        """Another figure that matters as much."""
        self._also.append(AmountSaid(label, text, _fen_of(figures)))

    def assume(self, fact: str, value: str, text: str) -> None:
        """What is taken for granted; each fact once."""
        if all(fact != assumption.fact for assumption in self.assumptions):
            self.assumptions.append(Assumption(fact, value, text))

    def follow_up(self, fact: str) -> None:
        """Ask for a fact, unless it is known."""
        if fact in self.facts or fact not in FOLLOW_UPS:
            return
        asked, choices = FOLLOW_UPS[fact]
        self.missing.append(
            FollowUp(
                fact, asked.text(self.language), [choice.text(self.language) for choice in choices]
            )
        )

    def refuse(self, kind: str, said: str, name: str) -> None:
        """Say why there is no answer; nothing of an answer stays."""
        self.refusal = Refusal(kind, said, name)
        self.sentence = said
        self._lead = None
        self._also, self._branches, self.missing = [], [], []

    def cite_source(self, source_id: str, checked: str) -> None:
        """Name a source by its id; ``checked``: when it was looked at, for one without a date."""
        source = cited_source(self.context.packs, source_id)
        date = source.page_date or source.effective
        if not re.search(r"\d{4}", date):
            date = checked
        self.sources.append(
            SourceSaid(
                id=source_id, title=source.title, date=date, grade=source.grade, url=source.url
            )
        )

    # --- disputes ---

    def disputed_over(self, parameters: Sequence[str]) -> None:
        """What the place and its province have on record about rules that give no figure."""
        province = f"{self.code[:2]}0000"
        for dispute in self.context.packs.disputes().values():
            about_these = any(name in dispute.parameters for name in parameters)
            if about_these and dispute.area in (self.code, province):
                self._disputed[dispute.id] = None

    def disputes(self) -> list[LinkSaid]:
        """Of a place that the question names: where sources disagree, and what was chosen."""
        if self.origin != "question":
            return []
        disputed = {**(self.rules.disputed if self.rules else {}), **self._disputed}
        texts = dispute_texts(self.context.packs, disputed, self.language)
        return [
            LinkSaid("dispute", f"/policy/dispute/{name}", name, text)
            for name, text in list(texts.items())[:_MOST_DISPUTES]
        ]

    # --- calculators ---

    def calculate(self, name: str, written: Mapping[str, Any], *, link: bool = True) -> Calculation:
        """What a calculator answers, its rules and assumptions taken over.

        Raises RefusedError, FieldsError.
        """
        calculation = self._with_age(ask_by_address, name, self._fields(written))
        self._calculated = True
        for rule in calculation.rules:
            known = {source.parameter for source in self.sources}
            if rule.parameter in known or rule.parameter.startswith("rounding."):
                continue
            first = rule.sources[0] if rule.sources else None
            self.sources.append(
                SourceSaid(
                    id=first.id if first else rule.parameter,
                    title=(first.title if first else "") or rule.name,
                    date=rule.first_day,
                    grade=rule.grade,
                    parameter=rule.parameter,
                    url=f"/policy/parameter/{rule.parameter}?area={written.get('area', self.code)}",
                )
            )
        for gap, text in calculation.basis.assumptions.items():
            self.assume(gap, "", text)
        if link:
            self.links.append(LinkSaid("calculator", calculation.page))
        return calculation

    def figures(self, name: str, written: Mapping[str, Any]) -> Any:
        """The figures alone of a calculator's answer, for a case beside the one asked about."""
        return self._with_age(figures_by_address, name, self._fields(written))

    def _fields(self, written: Mapping[str, Any]) -> dict[str, str]:
        return {"area": self._rules_code(), **{key: str(value) for key, value in written.items()}}

    def _with_age(
        self,
        ask: Callable[[Context, Calculator, Mapping[str, str]], T],
        name: str,
        fields: dict[str, str],
    ) -> T:
        """What a calculator answers, with an age taken for granted where terms go by age."""
        context = replace(self.context, language=self.language)
        calculator = self.calculators[name]
        try:
            return ask(context, calculator, fields)
        except FieldsError as error:
            if "age" in fields or {place for place, _ in error.faults} != {"age"}:
                raise
        age = _SUPPOSED_AGES.get(fields.get("status", ""), _SUPPOSED_AGES[""])
        text = message("待遇随年龄变化，没有说年龄，按 {age} 岁算", age=age).text(self.language)
        self.assume("age", str(age), text)
        self.follow_up("age")
        return ask(context, calculator, {**fields, "age": str(age)})

    def _rules_code(self) -> str:
        """Whose rules are calculated with: those of the province where they stand in."""
        return self.rules.rules.rulebook.area if self.province and self.rules else self.code

    # --- the object ---

    def all_sources(self) -> list[SourceSaid]:
        """The sources of rules and records, each once."""
        own = [] if self.rules is None else list(self.rules.used.values())
        known: dict[tuple[str, str], SourceSaid] = {}
        for source in (*own, *self.sources):
            if not self._is_of_another_scheme(source.parameter):
                known.setdefault((source.id, source.parameter), source)
        if self.rules is not None:
            for name, text in self.rules.assumed.items():
                self.assume(name, "", text)
        return list(known.values())

    def _is_of_another_scheme(self, parameter: str) -> bool:
        """Whether a rule was only looked at: the figure was calculated, for one scheme."""
        scheme = self.facts.get("scheme")
        if not self._calculated or scheme is None or len(self.read.schemes) > 1:
            return False
        own = Scheme.RESIDENT if scheme == Contributor.RESIDENT else Scheme.EMPLOYEE
        first = parameter.partition(".")[0]
        return first in tuple(Scheme) and first != own

    def answer(self) -> AnswerSaid:
        """The sentence and its figures."""
        sentence = self.sentence.strip()
        if self.language == CHINESE:
            sentence = _BETWEEN.sub("", sentence)
        else:
            sentence = sentence[:1].upper() + sentence[1:]
        said = AnswerSaid(sentence, also=self._also, branches=self._branches)
        lead = self._lead
        if lead is not None and lead.kind:
            named = (source.parameter for source in self.all_sources() if source.parameter)
            said.parameter = "" if self.rules is None else next(named, "")
            if lead.kind == "fen":
                said.amount_fen = lead.number
            elif lead.kind == "percent":
                said.value, said.unit = lead.number / 100, "percent"
            elif lead.kind == "date":
                said.value = text_of(lead.words)
            else:
                said.value, said.unit = lead.number, lead.kind
        return said


def _fen_of(figures: Sequence[FigureSaid]) -> int | None:
    return next((figure.number for figure in figures if figure.kind == "fen"), None)
