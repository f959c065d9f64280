"""Finding guides for a question by keywords.

A keyword inside a longer one that also matches does not count: a question about
``缴费记录`` is not one about ``缴费``.  What a question does not say is not guessed:
without an area only the guides of the root area are offered.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from yibao.errors import InputError, NotFoundError
from yibao.guide.catalogue import Catalogue, Guide, GuideTopic


class Understood(NamedTuple):
    """What a question names."""

    area: str | None
    tasks: tuple[str, ...]
    channels: tuple[str, ...]


class _Match(NamedTuple):
    key: str
    start: int
    end: int
    weight: int
    """Characters that matched."""


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _match(key: str, keyword: str, question: str) -> _Match | None:
    parts = [_plain(part) for part in keyword.split()]
    start = end = question.find(parts[0])
    for part in parts:
        at = question.find(part, end)
        if at < 0:
            return None
        end = at + len(part)
    return _Match(key, start, end, sum(map(len, parts)))


def _matches(topics: Iterable[tuple[str, Iterable[str]]], question: str) -> list[_Match]:
    matches = [
        match
        for key, keywords in topics
        for keyword in keywords
        if (match := _match(key, keyword, question)) is not None
    ]
    return [
        match
        for match in matches
        if not any(
            other.start <= match.start and match.end <= other.end and other.weight > match.weight
            for other in matches
        )
    ]


def _words(topics: Iterable[GuideTopic]) -> list[tuple[str, tuple[str, ...]]]:
    return [(topic.id, topic.keywords) for topic in topics]


def _area(catalogue: Catalogue, question: str) -> str | None:
    named = {
        match.key
        for match in _matches(
            (
                (area.code, (_plain(area.name.zh), *area.aliases))
                for area in catalogue.areas.values()
            ),
            question,
        )
    }
    lowest = [
        code
        for code in catalogue.areas
        if code in named
        and not any(other != code and code in catalogue.chain(other) for other in named)
    ]
    if len(lowest) > 1:
        names = "、".join(catalogue.areas[code].name.zh for code in lowest)
        raise InputError(f"问题里有几个地区（{names}），请用 --area 写明参保地")
    return lowest[0] if lowest else None


def understand(catalogue: Catalogue, question: str, *, area: str | None = None) -> Understood:
    """The area, tasks and channels that a question names; a given area is taken instead."""
    text = _plain(question)
    tasks = _matches(_words(catalogue.tasks.values()), text)
    best = max((match.weight for match in tasks), default=0)
    named_tasks = {match.key for match in tasks if match.weight == best}
    channels = {match.key for match in _matches(_words(catalogue.channels.values()), text)}
    for words, online in ((catalogue.online_words, True), (catalogue.offline_words, False)):
        if not channels and any(word in text for word in words):
            channels = {topic.id for topic in catalogue.channels.values() if topic.online == online}
    return Understood(
        catalogue.area(area).code if area is not None else _area(catalogue, text),
        tuple(key for key in catalogue.tasks if key in named_tasks),
        tuple(key for key in catalogue.channels if key in channels),
    )


def find(
    catalogue: Catalogue, question: str, *, area: str | None = None, channel: str | None = None
) -> tuple[Guide, ...]:
    """The guides that answer a question, nearest area first.

    Channels in the question narrow the answer where that leaves something; a given
    ``channel`` always does.  NotFoundError where the question names no task and no channel.
    """
    meant = understand(catalogue, question, area=area)
    if not meant.tasks and not meant.channels:
        known = "、".join(topic.name.zh for topic in catalogue.tasks.values())
        raise NotFoundError(f"没看懂要办什么；可以问：{known}")
    place = meant.area if meant.area is not None else catalogue.root.code
    guides = [
        guide
        for guide in catalogue.guides(place, channel=channel)
        if not meant.tasks or guide.task in meant.tasks
    ]
    if channel is None:
        guides = [guide for guide in guides if guide.channel in meant.channels] or guides
    return tuple(guides)
