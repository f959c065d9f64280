"""The catalogue of service guides and institutions, typed.  ``reading`` fills it from YAML.

A guide holds in its own area and in the areas below it, unless a lower area has
a guide for the same task and channel.  The directory keeps every statement with
its article, line and day, also where two of them disagree; it ranks nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping as MappingType
from dataclasses import dataclass

from yibao.errors import NotFoundError
from yibao.messages import CHINESE, Listed, message

WARNING_KINDS = ("other_area", "dispute", "gap", "caution")
"""Another area's entry; a dispute; what no source says; something to mind."""
INSTITUTION_FIELDS = (
    "level",
    "department",
    "district",
    "address",
    "designated",
    "phone",
    "founded",
    "departments_count",
    "doctors_count",
    "mention",
)


@dataclass(frozen=True)
class Name:
    """A name in two languages."""

    zh: str
    en: str

    def text(self, language: str = CHINESE) -> str:
        """The name in a language."""
        return self.zh if language == CHINESE else self.en


@dataclass(frozen=True)
class GuideArea:
    """A place that guides or institutions belong to."""

    code: str
    name: Name
    aliases: tuple[str, ...]
    parent: str | None


@dataclass(frozen=True)
class GuideTopic:
    """A task or a channel, with the words that a question may use for it."""

    id: str
    name: Name
    keywords: tuple[str, ...]
    """Words apart by a space have to appear in this order."""
    online: bool = False


@dataclass(frozen=True)
class Notice:
    """What every answer carries."""

    reference: str
    hotline: str
    hotline_note: str
    checked: str
    sources: tuple[str, ...]
    disputes: tuple[str, ...]


@dataclass(frozen=True)
class Warn:
    """Something to mind in a guide, with its sources."""

    kind: str
    text: str
    sources: tuple[str, ...]
    area: str | None = None
    """For ``other_area``: where the entries in ``names`` belong."""
    names: tuple[str, ...] = ()
    dispute: str | None = None


@dataclass(frozen=True)
class Guide:
    """How to do one task through one channel in one area."""

    id: str
    task: str
    channel: str
    area: str
    entry: str
    url: str | None
    title: Name
    audience: tuple[str, ...]
    steps: tuple[str, ...]
    prepare: tuple[str, ...]
    check: tuple[str, ...]
    """What to check before paying or submitting."""
    result: str
    warnings: tuple[Warn, ...]
    sources: tuple[str, ...]
    first_seen: datetime.date
    last_checked: datetime.date


@dataclass(frozen=True)
class InstitutionFact:
    """One statement about an institution, as one line of one article or a list makes it."""

    field: str
    value: str
    said: str | None
    article: str
    line: int
    seen: datetime.date


@dataclass(frozen=True)
class ListedInstitution:
    """A hospital that the sources name."""

    name: str
    area: str
    kind: str
    dispute: str | None
    facts: tuple[InstitutionFact, ...]

    def values(self, field: str) -> tuple[str, ...]:
        """The different values that the sources give, in their order."""
        return tuple(dict.fromkeys(fact.value for fact in self.facts if fact.field == field))

    @property
    def level_conflict(self) -> bool:
        """Whether the sources disagree about the level."""
        return len(self.values("level")) > 1


@dataclass(frozen=True)
class Catalogue:
    """Everything that the guide room knows."""

    areas: MappingType[str, GuideArea]
    tasks: MappingType[str, GuideTopic]
    channels: MappingType[str, GuideTopic]
    audiences: MappingType[str, str]
    online_words: tuple[str, ...]
    offline_words: tuple[str, ...]
    notice: Notice
    all_guides: tuple[Guide, ...]
    all_institutions: tuple[ListedInstitution, ...]

    @property
    def root(self) -> GuideArea:
        """The area above all others."""
        return next(area for area in self.areas.values() if area.parent is None)

    def area(self, text: str) -> GuideArea:
        """The area with this code, name or alias; NotFoundError with those that exist."""
        for area in self.areas.values():
            if text in (area.code, area.name.zh, *area.aliases):
                return area
        served = {guide.area for guide in self.all_guides}
        known = "、".join(f"{self.areas[code].name.zh} {code}" for code in sorted(served))
        raise NotFoundError(
            message(
                "指南里没有地区 {text}；有办事指南的地区：{known}", text=repr(text), known=known
            )
        )

    def topic(self, kind: str, text: str) -> GuideTopic:
        """The task or channel with this id or Chinese name; NotFoundError with all of them."""
        topics, word = (self.tasks, "事项") if kind == "task" else (self.channels, "渠道")
        for topic in topics.values():
            if text in (topic.id, topic.name.zh):
                return topic
        known = "、".join(f"{topic.name.zh} {topic.id}" for topic in topics.values())
        raise NotFoundError(
            message("没有{word} {text}；可以写：{known}", word=word, text=repr(text), known=known)
        )

    def chain(self, code: str) -> tuple[str, ...]:
        """The area and those above it, the lowest first."""
        codes = [code]
        while (parent := self.areas[codes[-1]].parent) is not None:
            codes.append(parent)
        return tuple(codes)

    def guides(
        self, area: str, task: str | None = None, channel: str | None = None
    ) -> tuple[Guide, ...]:
        """The guides that hold in an area: nearest area first, then by task and channel.

        For one task and channel only the nearest area's guides; never another area's.
        NotFoundError for an unknown area, task or channel; () where nothing is recorded.
        """
        chain = self.chain(self.area(area).code)
        wanted_task = None if task is None else self.topic("task", task).id
        wanted_channel = None if channel is None else self.topic("channel", channel).id
        nearest: dict[tuple[str, str], int] = {}
        in_reach = [guide for guide in self.all_guides if guide.area in chain]
        for guide in in_reach:
            place = (guide.task, guide.channel)
            distance = chain.index(guide.area)
            nearest[place] = min(nearest.get(place, distance), distance)
        tasks, channels = list(self.tasks), list(self.channels)
        chosen = [
            guide
            for guide in in_reach
            if chain.index(guide.area) == nearest[guide.task, guide.channel]
            and wanted_task in (None, guide.task)
            and wanted_channel in (None, guide.channel)
        ]
        chosen.sort(
            key=lambda guide: (
                chain.index(guide.area),
                tasks.index(guide.task),
                channels.index(guide.channel),
            )
        )
        return tuple(chosen)

    def warnings(self, guide: Guide, area: str) -> tuple[Warn, ...]:
        """The warnings for somebody insured in ``area``: its own entries are not another's."""
        chain = self.chain(self.area(area).code)
        return tuple(warn for warn in guide.warnings if warn.area not in chain)

    def institutions(
        self, area: str | None = None, level: str | None = None, department: str | None = None
    ) -> tuple[ListedInstitution, ...]:
        """Institutions in an area and below it, by area and name: an order, not a ranking.

        ``level`` is ``3A``, ``三甲``, ``三级``...: any statement that begins so counts.
        NotFoundError for an unknown area and for a level that no source states.
        """
        code = None if area is None else self.area(area).code
        grade = None if level is None else level_code(level)
        stated = {
            value for institution in self.all_institutions for value in institution.values("level")
        }
        if grade is not None and not any(value.startswith(grade) for value in stated):
            raise NotFoundError(
                message(
                    "名录里没有等级 {level}；有：{stated}",
                    level=repr(level),
                    stated=Listed(sorted(stated)),
                )
            )
        matching = [
            institution
            for institution in self.all_institutions
            if (code is None or code in self.chain(institution.area))
            and (
                grade is None
                or any(value.startswith(grade) for value in institution.values("level"))
            )
            and (
                department is None
                or any(department in value for value in institution.values("department"))
            )
        ]
        return tuple(sorted(matching, key=lambda institution: (institution.area, institution.name)))


def level_code(text: str) -> str:
    """``三级甲等``, ``三甲`` and ``3a`` as ``3A``; ``三级`` as ``3``."""
    digits = str.maketrans("一二三甲乙丙", "123ABC", "级等")
    return text.strip().upper().translate(digits)
