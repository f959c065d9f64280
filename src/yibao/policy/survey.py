"""Surveys for people who keep policy: what each area covers, and what should be looked at again."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from enum import StrEnum

from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.kinds import SourceGrade, ValueStatus
from yibao.policy.model import OVERLAY
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.rulebook import Citation
from yibao.written import TypedAnswer

_OLD_DAYS = 365
"""A value that stands so long without anybody having said it again should be looked at."""
_WEAK = (SourceGrade.C, SourceGrade.D, "")


class Coverage(StrEnum):
    """How much of a topic an area's packs give, with those above it."""

    COMPLETE = "complete"
    PARTLY = "partly"
    NONE = "none"


class ReviewReason(StrEnum):
    """Why a value should be looked at again."""

    OLD = "old"
    ASSUMED = "assumed_value"
    DISPUTED = "disputed"
    WEAK = "weak"


class TopicCoverage(TypedAnswer, kw_only=True):
    """One topic in one area."""

    topic: str
    state: str
    since: datetime.date | None
    """The first day of which anything is known."""
    grade_a: int
    """Dated values whose best source is of this grade."""
    grade_b: int
    grade_c: int
    assumed: int
    other: int
    """Of no grade: worked out, or a line of the articles alone."""


class AreaCoverage(TypedAnswer, kw_only=True):
    """One area, topic by topic."""

    code: str
    name: str
    topics: tuple[TopicCoverage, ...]


class ReviewItem(TypedAnswer, kw_only=True):
    """A value in force that should be looked at again."""

    area: str
    area_name: str
    parameter: str
    name: str
    keys: str
    value: str
    first_day: datetime.date
    sources: tuple[str, ...]
    grade: str
    disputes: tuple[str, ...]
    reasons: tuple[str, ...]


def all_topics() -> list[str]:
    """Every topic of the rules."""
    return sorted({name.rpartition(".")[0] for name in DECLARATIONS})


def coverage(packs: PolicyLibrary, areas: Iterable[str] = ()) -> tuple[AreaCoverage, ...]:
    """What the packs give, area by area; of all areas below the country, or of those named."""
    wanted = [packs.area(text) for text in areas] or [
        area for area in packs.areas() if area.parent is not None
    ]
    return tuple(_area(packs, area.code) for area in wanted)


def _area(packs: PolicyLibrary, code: str) -> AreaCoverage:
    claimed = {topic for area in packs.chain(code) for topic in area.complete}
    by_topic: dict[str, list[Citation]] = {}
    for citation in packs.rulebook(code).citations:
        if citation.parameter:
            by_topic.setdefault(citation.parameter.rpartition(".")[0], []).append(citation)
    topics = []
    for topic in all_topics():
        citations = by_topic.get(topic, [])
        complete = any(topic == claim or topic.startswith(f"{claim}.") for claim in claimed)
        state = Coverage.COMPLETE if complete and citations else Coverage.PARTLY
        topics.append(_topic(topic, state if citations else Coverage.NONE, citations))
    return AreaCoverage(code=code, name=packs.area(code).name.zh, topics=tuple(topics))


def _topic(topic: str, state: Coverage, citations: list[Citation]) -> TopicCoverage:
    values = {
        (citation.parameter, citation.first_day, citation.area): citation for citation in citations
    }
    grades = [
        "" if citation.status == ValueStatus.ASSUMED else citation.grade or "?"
        for citation in values.values()
    ]
    first = min((citation.first_day for citation in citations), default=None)
    counted = (SourceGrade.A, SourceGrade.B, SourceGrade.C)
    return TopicCoverage(
        topic=topic,
        state=state.value,
        since=None if first is None else to_date(first),
        grade_a=grades.count(SourceGrade.A),
        grade_b=grades.count(SourceGrade.B),
        grade_c=grades.count(SourceGrade.C),
        assumed=grades.count(""),
        other=sum(grade not in (*counted, "") for grade in grades),
    )


def review(
    packs: PolicyLibrary, on: datetime.date, areas: Iterable[str] = ()
) -> tuple[ReviewItem, ...]:
    """What is in force on a day and old, assumed, disputed or on one weak source, worst first."""
    wanted = [packs.area(text) for text in areas] or list(packs.areas())
    items = [item for area in wanted for item in _items(packs, area.code, area.name.zh, on)]
    return tuple(
        sorted(
            items,
            key=lambda item: (-len(item.reasons), item.area, item.first_day, item.parameter),
        )
    )


def _items(packs: PolicyLibrary, code: str, name: str, on: datetime.date) -> Iterable[ReviewItem]:
    book = packs.rulebook(code)
    segment = book.segment(day_number(on))
    for number in dict.fromkeys(segment.cells):
        citation = book.citations[number]
        if not citation.parameter or citation.area not in (code, OVERLAY):
            continue
        reasons = _reasons(citation, day_number(on))
        if reasons:
            yield ReviewItem(
                area=code,
                area_name=name,
                parameter=citation.parameter,
                name=citation.name,
                keys=citation.keys,
                value=citation.value,
                first_day=to_date(citation.first_day),
                sources=citation.sources,
                grade=citation.grade,
                disputes=citation.disputes,
                reasons=tuple(reason.value for reason in reasons),
            )


def _reasons(citation: Citation, today: int) -> list[ReviewReason]:
    assumed = citation.status == ValueStatus.ASSUMED
    looked_at = {
        ReviewReason.ASSUMED: assumed,
        ReviewReason.DISPUTED: bool(citation.disputes),
        ReviewReason.WEAK: not assumed and len(citation.sources) <= 1 and citation.grade in _WEAK,
        ReviewReason.OLD: citation.last_day is None and citation.first_day < today - _OLD_DAYS,
    }
    return [reason for reason, holds in looked_at.items() if holds]
