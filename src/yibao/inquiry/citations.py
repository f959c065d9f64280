"""What stands behind a step: the rule, its value, dates, sources, assumption and disputes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from yibao.benefit.explain import Step
from yibao.inquiry.answer import together
from yibao.messages import CHINESE, Wording, message
from yibao.policy.citation import Citation
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import to_date


class CitedSource(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A source with its grade and, where one is recorded, the paper."""

    id: str
    grade: str
    title: str
    url: str
    effective: str = ""
    """When the source says that its figure holds; often a day, sometimes words."""
    page_date: str = ""
    """The date that the page bears."""

    def as_json(self, language: str = CHINESE) -> dict[str, str]:
        """The source for programs, as it was written; what is not known is left out."""
        written: dict[str, str] = msgspec.to_builtins(self)
        return written


@dataclass(frozen=True, slots=True)
class Behind:
    """Everything behind one figure."""

    parameter: str
    name: str
    area: Wording
    values: tuple[tuple[str, str], ...]
    """(keys, value)."""
    first_day: str
    last_day: str
    from_assumed: bool
    grade: str
    status: str
    basis: str
    gap: str
    note: str
    sources: tuple[CitedSource, ...]
    disputes: tuple[tuple[str, str, str], ...]
    """(id, question, choice)."""


def cited_source(packs: PolicyLibrary, name: str) -> CitedSource:
    """A source by its id; an unknown one has its id only."""
    from yibao.inquiry.source_words import named_source  # words for records, asked for seldom

    source = packs.sources().get(name)
    if source is None:
        return CitedSource(name, "", "", "")
    papers = [paper for paper in source.documents if paper.title or paper.url]
    title = named_source(packs, name).title
    url = next((paper.url for paper in papers if paper.url), "")
    dated = (dict(paper.fields).get("page_date", "") for paper in papers)
    page_date = next((text for text in dated if text), "")
    return CitedSource(name, source.grade, title, url, source.effective, page_date)


def behind(packs: PolicyLibrary, citations: Sequence[Citation]) -> Behind | None:
    """What the cells of one rule that an answer has read rest on; None for no cell."""
    if not citations:
        return None
    first = citations[0]
    known = packs.disputes()
    disputes = together(*(citation.disputes for citation in citations))
    sources = together(*(citation.sources for citation in citations))
    place = message("叠加包") if first.overlay else packs.area(first.area).name
    return Behind(
        parameter=first.parameter,
        name=first.name,
        area=place,
        values=tuple(dict.fromkeys((citation.keys, citation.value) for citation in citations)),
        first_day=str(to_date(first.first_day)),
        last_day="" if first.last_day is None else str(to_date(first.last_day)),
        from_assumed=bool(first.from_basis),
        grade=first.grade,
        status=first.status,
        basis=first.basis,
        gap=first.gap,
        note=first.note,
        sources=tuple(cited_source(packs, name) for name in sources),
        disputes=tuple(
            (name, known[name].question.zh, known[name].choice or "未决")
            for name in disputes
            if name in known
        ),
    )


def behind_step(packs: PolicyLibrary, step: Step) -> Behind | None:
    """What a step rests on; None for one that follows from others."""
    return None if step.citation is None else behind(packs, [step.citation])
