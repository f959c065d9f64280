"""From a question to its answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property

from yibao.benefit.rules import lies_in
from yibao.errors import InputError, NotFoundError, RefusedError
from yibao.guide.catalogue import Catalogue
from yibao.guide.reading import load as load_guide
from yibao.inquiry.ask.computed import COMPUTED
from yibao.inquiry.ask.directory import say_level
from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.drugs import asks_class, drug_said
from yibao.inquiry.ask.facts import Read, read_facts
from yibao.inquiry.ask.forms import Branch, Meaning, nearest, ranked
from yibao.inquiry.ask.guides import COUNTRY, guides_of, link_guide, say_guide
from yibao.inquiry.ask.normalise import plain
from yibao.inquiry.ask.places import above, names_of_places, where_of
from yibao.inquiry.ask.reply import AreaSaid, Assumption, QuestionAnswer
from yibao.inquiry.ask.rules import GapError, RulesSaid, rules_or_none
from yibao.inquiry.ask.unverified import said_of_place
from yibao.inquiry.ask.wording import REFUSALS, read_as
from yibao.inquiry.basis import REFERENCE_ONLY
from yibao.inquiry.calculators import Calculator, Context, all_calculators
from yibao.inquiry.calculators.base import area_choices
from yibao.messages import CHINESE, Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.places import place_named

MOST_QUESTION = 200
"""Characters of a question that a road takes."""
_WITHOUT_FIGURE = ("place", "no_source")
_OUTSIDE = ("domain", "medical", "private", "illegal")
_MOST_COUNTIES = 4
_FORMER_YEARS = 2
"""Years before the one asked about in which a figure is looked for."""
_CATALOGUE = "catalogue"
"""The intent of questions about classes of drugs and items."""
_TASKS = {
    "aid": "mutual_aid_bind",
    "account": "query_account",
    "contribution": "pay_resident",
    "crossing": "filing",
    "manual_claim": "manual_claim",
}
"""Intent -> the task whose guides help where a place has no rules here."""


class Asker:
    """What answers questions: packs, guides and calculators behind one sentence."""

    def __init__(
        self, catalogue: Catalogue, calculators: Mapping[str, Calculator], home: str
    ) -> None:
        self._catalogue = catalogue
        self._calculators = calculators
        self._home = home
        """The area where a question names none."""

    @cached_property
    def _checked(self) -> str:
        """The day on which the sources of the records were last looked at."""
        return max(guide.last_checked for guide in self._catalogue.all_guides).isoformat()

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return names_of_places()

    def ask(self, context: Context, question: str, area: str = "") -> QuestionAnswer:
        """The answer to a question; ``area``: of somebody who has said it before.

        ``InputError`` for an empty or overlong one.
        """
        written = question.strip()
        if not written:
            raise InputError(message("请写一个问题"), place="q")
        if len(written) > 2 * MOST_QUESTION:
            raise InputError(message("问题太长了，最多 {most} 个字", most=MOST_QUESTION), place="q")
        area = _code_of(context.packs, area) if area else ""
        understood = plain(written, self._names)
        where = where_of(understood.text, context.packs)
        read = read_facts(understood, where, context.today)
        draft = self._draft(context, read, area)
        fitting = ranked(read)
        if not fitting or draft.says_nothing():
            self._not_understood(draft)
            return self._reply(draft)
        # Where a figure is missing, a plainer reading of the same matter may do without it.
        same = [form for form in fitting if form.about and form.about == fitting[0].about]
        refused: Draft | None = None
        for form in same or fitting[:1]:
            draft = self._draft(context, read, area)
            self._answer(draft, form)
            if form.refuse or draft.refusal is None:
                return self._reply(draft)
            if draft.refusal.kind not in _WITHOUT_FIGURE:
                return self._reply(draft)
            if refused is None or (
                refused.refusal is not None
                and refused.refusal.kind == _WITHOUT_FIGURE[0] != draft.refusal.kind
            ):
                refused = draft
        return self._reply(refused or draft)

    def _draft(self, context: Context, read: Read, area: str) -> Draft:
        named = read.where.home
        code = named.code if named else area or self._home
        origin = "question" if named else "session" if area else "assumed"
        draft = Draft(context, read, code, origin, self._calculators)
        if read.supposed.get("scheme") == "work":
            text = message("没有单位的按灵活就业算").text(draft.language)
            draft.assume("scheme", str(draft.facts["scheme"]), text)
        return draft

    # --- the roads of an answer ---

    def _answer(self, draft: Draft, form: Meaning) -> None:
        draft.form = form
        draft.intent = form.intent
        if form.refuse in _OUTSIDE:
            self._refuse(draft, form.refuse, form.say, form.en)
            return
        if draft.read.where.unclear and not form.national:
            self._refuse_unclear(draft)
            return
        if form.guide:
            draft.guides = guides_of(self._catalogue, draft.code, form.guide)
            if draft.guides:
                say_guide(draft, self._catalogue, form)
                return
        if form.calc == "directory":
            say_level(draft, self._catalogue)
            return
        if form.intent == _CATALOGUE and asks_class(draft) and self._say_drug(draft, form):
            return
        rules = self._rules_of(draft, form)
        if rules is None:
            if form.national and draft.origin != "question":
                rules = RulesSaid(draft.context.packs, self._home, draft.day, draft.language)
            else:
                self._no_pack(draft, form)
                return
        draft.rules = rules
        rules.age = draft.facts.get("age")
        if form.area and not any(lies_in(draft.code, area) for area in form.area.split()):
            self._gap(draft, form, "")
            return
        try:
            if form.uncapped and rules.figure(form.uncapped[0], form.uncapped[1:]).kind:
                raise GapError(form.uncapped[0])
            if form.refuse:
                if self._is_beyond(draft, form):
                    self._no_pack(draft, form)
                    return
                said, _ = rules.said(draft.in_language(form.say, form.en), draft.words)
                self._cite(draft, form)
                if form.intent == _CATALOGUE and (drug := drug_said(draft)):
                    how_much = message(
                        "报多少还看参保类型和怎么看病；甲类全额纳入，乙类先自付一部分。"
                    )
                    said = drug + how_much.text(draft.language)
                if draft.origin == "question":
                    named = message("{place}：{said}", place=draft.place_name(), said=said)
                    said = named.text(draft.language)
                draft.refuse(form.refuse, said, form.name or draft.gap_name())
            elif form.calc:
                COMPUTED[form.calc](draft)
                self._cite(draft, form)
            elif form.say:
                self._say(draft, form)
            else:  # a guide that is not written for where somebody is insured
                self._no_pack(draft, form)
            self._name_province(draft)
        except GapError as gap:
            self._gap(draft, form, gap.parameter)
        except RefusedError as refusal:
            self._gap(draft, form, getattr(refusal, "parameter", ""))
        except InputError:
            # An amount beyond all bills, an age beyond all lives: nothing to work out.
            self._not_understood(draft)
        if not draft.sentence:
            self._not_understood(draft)

    def _rules_of(self, draft: Draft, form: Meaning) -> RulesSaid | None:
        rules = rules_or_none(draft.context.packs, draft.code, draft.day, draft.language)
        if rules is None or draft.context.packs.area(rules.rules.rulebook.area).code == draft.code:
            return rules
        # A city whose province has a pack: what holds in the whole province, and says so.
        draft.province = draft.named(rules.rules.rulebook.area)
        return rules

    def _is_beyond(self, draft: Draft, form: Meaning) -> bool:
        """Whether a place that was named has no rules here of what has no source."""
        named = draft.origin == "question" and form.parameters and not form.national
        return bool(named) and not draft.is_vouched_for(form.parameters[0])

    def _name_province(self, draft: Draft) -> None:
        """Say whose terms an answer goes by, where they are not those of a place itself."""
        if not draft.province or draft.refusal is not None or draft.province in draft.sentence:
            return
        draft.sentence = message(
            "{place}按{province}的规定：{said}",
            place=draft.place_name(),
            province=draft.province,
            said=draft.sentence,
        ).text(draft.language)

    def _say_drug(self, draft: Draft, form: Meaning) -> bool:
        """Answer what class the drug is that the question names, if it names one; what a class
        means follows where the place has figures for it."""
        drug = drug_said(draft)
        if not drug:
            return False
        draft.rules = None if form.refuse else self._rules_of(draft, form)
        if draft.rules is not None and form.say:
            with suppress(GapError, RefusedError):
                self._say(draft, form)
        draft.sentence = f"{drug}{draft.sentence}"
        return True

    def _say(self, draft: Draft, form: Meaning) -> None:
        assert draft.rules is not None
        words = draft.words
        sentence, figures = draft.rules.said(draft.in_language(form.say, form.en), words)
        draft.sentence = sentence
        if figures:
            draft.lead(figures[0])
        for branch in form.branches:
            draft.branch(
                self._label(draft, branch),
                *draft.rules.said(draft.in_language(branch.say, branch.say_en), words),
            )
        for beside in form.also:
            draft.beside(
                self._label(draft, beside),
                *draft.rules.said(draft.in_language(beside.say, beside.say_en), words),
            )
        if form.ask:
            draft.follow_up(form.ask)
        self._cite(draft, form)
        if not draft.rules.used and not draft.sources:
            raise GapError(next(iter(form.parameters), ""))  # said of other places only

    def _cite(self, draft: Draft, form: Meaning) -> None:
        assert draft.rules is not None
        for name in form.parameters:
            draft.rules.cite(name)
        for fact, text in form.assumes.items():
            draft.assume(fact, "", text)
        for source in form.sources:
            draft.cite_source(source, self._checked)

    def _label(self, draft: Draft, branch: Branch) -> str:
        return branch.label if draft.language == CHINESE else branch.label_en

    # --- no answer ---

    def _refuse(self, draft: Draft, kind: str, say: str, en: str) -> None:
        draft.refuse(kind, draft.in_language(say, en) or REFUSALS[kind].text(draft.language), "")

    def _no_pack(self, draft: Draft, form: Meaning) -> None:
        name = draft.place_name()
        said = message(
            "{place}还没有完整的政策包，答不了，也不拿别处的数代替；请咨询当地医保 12393。",
            place=name,
        )
        self._refuse_place(draft, form, said.text(draft.language))

    def _refuse_unclear(self, draft: Draft) -> None:
        """Say that several places are called so, and which."""
        counties = draft.read.where.unclear
        said = message(
            "叫{name}的地方有 {count} 处（{places}），各处的规定不同，请写明在哪个市。",
            name=counties[0].full,
            count=len(counties),
            places=Listed(draft.named(above(county.code)) for county in counties[:_MOST_COUNTIES]),
        )
        draft.refuse("place", said.text(draft.language), counties[0].full)

    def _refuse_place(self, draft: Draft, form: Meaning, said: str) -> None:
        """Say that a place, or a matter of a place, has no rules here, and what sources say."""
        cities = draft.cities()
        if cities:
            text = message("{place}各市不同，请写明在哪个市参保。", place=draft.place_name())
            said = f"{text.text(draft.language)}{said}"
        draft.refuse("place", said, draft.place_name())
        draft.sources += said_of_place(draft.context.packs, draft.code, draft.facts, draft.language)
        task = _TASKS.get(form.intent, "")
        for guide in guides_of(self._catalogue, draft.code, task) if task else ():
            if guide.area != COUNTRY:
                link_guide(draft, guide)

    def _gap(self, draft: Draft, form: Meaning, parameter: str) -> None:
        parameter = parameter or next(iter(form.parameters), "")
        about = form.matter(draft.language) or draft.rule_name(parameter)
        year = draft.facts.get("year")
        draft.disputed_over((parameter, *form.parameters))
        if draft.is_vouched_for(parameter) and (unknown := self._former_year(draft, form)):
            draft.refuse("no_source", draft.sentence, str(unknown))
            return
        if draft.province or not draft.is_vouched_for(parameter):
            said = message(
                "{place}的{about}没有找到来源，也不拿别处的数代替；请咨询当地医保 12393。",
                place=draft.place_name(),
                about=about,
            )
            self._refuse_place(draft, form, said.text(draft.language))
            return
        if year and draft.day.year != draft.context.today.year:
            said = message(
                "{place} {year} 年的{about}没有找到来源，不能代为估计；请咨询 12393。",
                place=draft.place_name(),
                year=year,
                about=about,
            )
            draft.refuse("no_source", said.text(draft.language), str(year))
            return
        said = message(
            "{place}的{about}没有找到来源，不能代为估计；请咨询 12393。",
            place=draft.place_name(),
            about=about,
        )
        draft.refuse("no_source", said.text(draft.language), draft.place_name())

    def _former_year(self, draft: Draft, form: Meaning) -> int:
        """Say what held in the latest year with a source, where this or the next has none.

        The year that has none, and the sentence in the draft; 0 where no year is known.
        """
        today = draft.context.today
        asked = int(draft.facts.get("year") or today.year)
        if draft.is_of_former_year or asked < today.year or draft.province:
            return 0
        for year in range(min(asked - 1, today.year), asked - _FORMER_YEARS - 1, -1):
            said = {**draft.read.said, "year": year}
            said.pop("paid_on", None)
            older = self._draft(draft.context, replace(draft.read, said=said), draft.code)
            older.is_of_former_year, older.origin = True, draft.origin
            self._answer(older, form)
            if older.refusal is None and older.sentence:
                sentence = message(
                    "{place} {asked} 年的{about}还没有来源，不能代为估计；{year} 年的是：{said}",
                    place=draft.place_name(),
                    asked=asked,
                    about=form.matter(draft.language) or draft.rule_name(form.parameters[0]),
                    year=year,
                    said=older.sentence,
                )
                draft.sentence = sentence.text(draft.language)
                draft.rules, draft.sources = older.rules, older.sources
                draft.assumptions, draft.links = older.assumptions, older.links
                return asked
        return 0

    def _not_understood(self, draft: Draft) -> None:
        draft.intent = "other"
        near = [form.titled(draft.language) for form in nearest(draft.read)]
        if not draft.is_about_insurance() and not draft.says_nothing():
            draft.intent = "out_of_domain"
            draft.refuse("domain", REFUSALS["domain"].text(draft.language), "")
            return
        said = message(
            "没有看懂这个问题，不乱答。您是不是想问：{readings}？也可以打 12393。",
            readings=Listed(near),
        )
        draft.refuse("no_source", said.text(draft.language), "")
        draft.readings = near

    # --- the object ---

    def _reply(self, draft: Draft) -> QuestionAnswer:
        language = draft.language
        place = draft.place_name()
        area = AreaSaid(draft.code, place, draft.origin)
        if draft.read.where.unclear and draft.refusal is not None:
            area = AreaSaid("", draft.refusal.name, "question")
            draft.origin = area.origin
        outside = draft.refusal is not None and draft.refusal.kind in _OUTSIDE
        if draft.origin == "assumed" and not outside:
            text = message("没有说在哪里参保，按{place}算", place=place).text(language)
            draft.assumptions.insert(0, Assumption("area", draft.code, text))
        return QuestionAnswer(
            question=draft.read.plain.written,
            read_as=read_as(draft.facts, place, draft.day, language),
            intent=draft.intent,
            covered=draft.refusal is None,
            refusal=draft.refusal,
            area=area,
            facts=draft.facts,
            answer=draft.answer(),
            sources=draft.all_sources(),
            assumptions=draft.assumptions,
            missing=draft.missing[:1],
            links=[*draft.links, *draft.disputes()],
            readings=draft.readings,
            notice=REFERENCE_ONLY.text(language),
        )


def _code_of(packs: PolicyLibrary, area: str) -> str:
    """The code of an area by code or name, with a pack or without; NotFoundError."""
    try:
        return packs.area(area).code
    except NotFoundError:
        place = place_named(area)
        if place is None:
            raise
        return place.code


def asker(packs: PolicyLibrary) -> Asker:
    """What answers questions with these packs; the first area stands where none is named."""
    return Asker(load_guide(), all_calculators(packs), area_choices(packs)[0].code)
