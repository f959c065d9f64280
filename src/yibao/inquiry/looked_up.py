"""What looking into the packs answers to programs: the API and the assistant's tools, as types."""

from __future__ import annotations

import datetime

from yibao.inquiry.basis import NOTICE
from yibao.inquiry.calculators import Context
from yibao.inquiry.citations import CitedSource, cited_source
from yibao.inquiry.search import Findings, Search
from yibao.messages import text_of
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.gleaned import first_areas
from yibao.policy.reported import (
    AreaCounts,
    AreaRules,
    Cited,
    DatedValue,
    DisputeAnswer,
    DisputeTold,
    GapAnswer,
    StatedRule,
    StatedValue,
)
from yibao.written import UNSET, TypedAnswer, UnsetType, as_kind, members_of

RULE_PAGE = "/policy/parameter/"


class AreasListed(TypedAnswer):
    """The areas with packs."""

    areas: tuple[AreaCounts, ...]
    notice: str = NOTICE


class RulesShown(AreaRules, kw_only=True):
    """What is in force in an area on a day."""

    notice: str = NOTICE


class HistoryShown(TypedAnswer):
    """All dated values of a parameter."""

    parameter: str
    values: tuple[DatedValue, ...]
    notice: str = NOTICE


class DisputesListed(TypedAnswer):
    """The recorded disputes."""

    disputes: tuple[DisputeAnswer, ...]
    notice: str = NOTICE


class GapsListed(TypedAnswer):
    """What no source gives."""

    gaps: tuple[GapAnswer, ...]
    notice: str = NOTICE


class PageLink(TypedAnswer):
    """A page of a calculator."""

    title: str
    page: str


class EntryLink(TypedAnswer):
    """A page of something that was looked for."""

    kind: str
    title: str
    page: str


class FigureLink(TypedAnswer, kw_only=True):
    """A figure that answers a question, and its page."""

    title: str
    value: str
    since: str
    page: str


class Searched(TypedAnswer, kw_only=True):
    """What a question leads to."""

    area: str
    """Its code."""
    topics: tuple[str, ...]
    figures: tuple[FigureLink, ...]
    calculators: tuple[PageLink, ...]
    entries: tuple[EntryLink, ...]
    refusal: str | UnsetType = UNSET
    """Why there is nothing: the place that is named has no pack."""
    notice: str = NOTICE


class SourcedRule(StatedRule, kw_only=True):
    """A rule in force with its sources in full."""

    sources: tuple[CitedSource, ...]


class SourcedValue(StatedValue, kw_only=True):
    """A dated value with its sources in full."""

    sources: tuple[CitedSource, ...]


class RuleOfArea(SourcedRule, kw_only=True):
    """A rule in force for those who are insured in an area."""

    json_names = {"insured_in": "for"}  # noqa: RUF012
    insured_in: str


class FigureOfRule(FigureLink, kw_only=True):
    """A figure, the area that gives it and its rule."""

    area: str
    parameter: str | UnsetType = UNSET


class PolicySearched(TypedAnswer, kw_only=True):
    """What a question leads to, with the rules behind the figures."""

    question: str
    area: str
    """Its name."""
    on: datetime.date
    figures: tuple[FigureOfRule, ...]
    rules: tuple[SourcedRule, ...]
    calculators: tuple[PageLink, ...]
    entries: tuple[EntryLink, ...]
    refusal: str | UnsetType = UNSET
    notice: str = NOTICE


class ParameterShown(TypedAnswer, kw_only=True):
    """One parameter: in force on a day, all its values, sources, disputes and gaps."""

    parameter: str
    name: str
    on: datetime.date
    in_force: tuple[RuleOfArea, ...]
    history: tuple[SourcedValue, ...]
    disputes: tuple[DisputeTold, ...]
    gaps: dict[str, str]
    notice: str = NOTICE


def rules_shown(
    packs: PolicyLibrary, area: str, topic: str | None, on: datetime.date
) -> RulesShown:
    """What is in force in an area on a day; ``NotFoundError``."""
    return RulesShown(**members_of(report.show(packs, area, topic, on)))


def history_shown(packs: PolicyLibrary, name: str) -> HistoryShown:
    """All dated values of a parameter; ``NotFoundError``."""
    dated = report.history(packs, name)
    return HistoryShown(name, tuple(as_kind(value, DatedValue) for value in dated))


def disputes_listed(packs: PolicyLibrary) -> DisputesListed:
    """All recorded disputes."""
    return DisputesListed(
        tuple(as_kind(dispute, DisputeAnswer) for dispute in report.disputes(packs))
    )


def gaps_listed(packs: PolicyLibrary) -> GapsListed:
    """All recorded gaps."""
    return GapsListed(tuple(as_kind(gap, GapAnswer) for gap in report.gaps(packs)))


def _calculators(answer: Findings) -> tuple[PageLink, ...]:
    return tuple(PageLink(title.text(), page) for title, page in answer.calculators)


def _entries(answer: Findings) -> tuple[EntryLink, ...]:
    return tuple(
        EntryLink(entry.kind, entry.title.text(), entry.address) for entry in answer.entries
    )


def searched(search: Search, question: str, today: datetime.date) -> Searched:
    """What a question leads to."""
    answer = search.find(question, today)
    return Searched(
        area=answer.area,
        topics=tuple(topic.id for topic in answer.topics),
        figures=tuple(
            FigureLink(
                title=figure.title, value=figure.value, since=figure.since, page=figure.address
            )
            for figure in answer.figures
        ),
        calculators=_calculators(answer),
        entries=_entries(answer),
        refusal=text_of(answer.refusal) if answer.refusal else UNSET,
    )


def _in_full(packs: PolicyLibrary, sources: tuple[Cited, ...]) -> tuple[CitedSource, ...]:
    return tuple(cited_source(packs, source.id) for source in sources)


def _rules_in_force(
    packs: PolicyLibrary, area: str, name: str, day: datetime.date
) -> tuple[SourcedRule, ...]:
    return tuple(
        SourcedRule(**members_of(as_kind(rule, StatedRule)), sources=_in_full(packs, rule.sources))
        for rule in report.show(packs, area, name, day).parameters
    )


def policy_searched(
    context: Context, search: Search, question: str, area: str, day: datetime.date
) -> PolicySearched:
    """What a question leads to; ``area``: its code, or empty where the question names it."""
    answer = search.find(question, day, area)
    rules: dict[str, SourcedRule] = {}
    figures = []
    for hit in answer.figures:
        path = hit.address.partition("?")[0]
        name: str | UnsetType = UNSET
        if path.startswith(RULE_PAGE):
            name = path.removeprefix(RULE_PAGE)
            if name not in rules:
                shown = _rules_in_force(context.packs, answer.area, name, day)
                rules |= {rule.parameter: rule for rule in shown}
        figures.append(
            FigureOfRule(
                title=hit.title,
                value=hit.value,
                area=hit.area.text(),
                since=hit.since,
                parameter=name,
                page=hit.address,
            )
        )
    return PolicySearched(
        question=answer.question,
        area=context.place(answer.area).text(),
        on=day,
        figures=tuple(figures),
        rules=tuple(rules.values()),
        calculators=_calculators(answer),
        entries=_entries(answer),
        refusal=text_of(answer.refusal) if answer.refusal else UNSET,
    )


def parameter_shown(context: Context, name: str, area: str, day: datetime.date) -> ParameterShown:
    """One parameter, in one area (its code) or in all; ``NotFoundError``."""
    packs = context.packs
    covering = packs.covering(area) if area else None
    above = packs.chain(covering.code) if covering is not None else first_areas(packs)
    areas = {area.code for area in above}
    history = tuple(
        SourcedValue(
            **members_of(as_kind(value, StatedValue)), sources=_in_full(packs, value.sources)
        )
        for value in report.history(packs, name, areas=areas)
    )
    in_force = tuple(
        RuleOfArea(**members_of(rule), insured_in=place.name.zh)
        for place in ([covering] if covering is not None else first_areas(packs))
        if place.parent is not None
        for rule in _rules_in_force(packs, place.code, name, day)
        if rule.parameter == name
    )
    every: list[StatedRule | StatedValue] = [*in_force, *history]
    disputed = {dispute for stated in every for dispute in stated.disputes}
    open_ends = {stated.gap for stated in every if stated.gap}
    return ParameterShown(
        parameter=name,
        name=next((rule.name for rule in in_force), name),
        on=day,
        in_force=in_force,
        history=history,
        disputes=tuple(
            as_kind(dispute, DisputeTold)
            for dispute in report.disputes(packs)
            if dispute.id in disputed
        ),
        gaps={
            gap.id: "；".join(text for text in (gap.missing, gap.note) if text)
            for gap in report.gaps(packs)
            if gap.id in open_ends
        },
    )
