"""Finding guides for a question by keywords.

A task that no character names may be named by its sound, so that pinyin is understood.
What a question does not say is not guessed: without an area only the guides of the root
area are offered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from yibao.errors import InputError, NotFoundError
from yibao.guide.catalogue import Catalogue, Guide, GuideTopic
from yibao.guide.question import Mention, NamedPlace, Places, Question, Vocabulary, uncovered
from yibao.messages import message


class Understood(NamedTuple):
    """What a question names."""

    area: str | None
    tasks: tuple[str, ...]
    channels: tuple[str, ...]


def _area(catalogue: Catalogue, question: Question) -> str | None:
    """The area that a question writes; provinces that sound alike are not the same."""
    places = Places(
        NamedPlace.named(catalogue.chain(area.code), area.name.zh, area.name.en, area.aliases)
        for area in catalogue.areas.values()
    )
    lowest = places.named(question)
    if len(lowest) > 1:
        names = "、".join(catalogue.areas[place.code].name.zh for place in lowest)
        raise InputError(
            message("问题里有几个地区（{names}），请用 --area 写明参保地", names=names)
        )
    return lowest[0].code if lowest else None


def _mentions(
    topics: Iterable[GuideTopic], question: Question, *, by_sound: bool = False
) -> list[Mention]:
    vocabulary = Vocabulary((topic.id, topic.keywords) for topic in topics)
    return uncovered(vocabulary.mentions(question, by_sound=by_sound))


def understand(catalogue: Catalogue, question: str, *, area: str | None = None) -> Understood:
    """The area, tasks and channels that a question names; an ``area`` is taken instead."""
    asked = Question(question)
    tasks = _mentions(catalogue.tasks.values(), asked)
    channels = {mention.key for mention in _mentions(catalogue.channels.values(), asked)}
    for words, online in ((catalogue.online_words, True), (catalogue.offline_words, False)):
        if not channels and asked.says(words):
            channels = {topic.id for topic in catalogue.channels.values() if topic.online == online}
    if not tasks and not channels:
        tasks = _mentions(catalogue.tasks.values(), asked, by_sound=True)
    best = max((mention.weight for mention in tasks), default=0)
    named_tasks = {mention.key for mention in tasks if mention.weight == best}
    return Understood(
        catalogue.area(area).code if area is not None else _area(catalogue, asked),
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
        raise NotFoundError(message("没看懂要办什么；可以问：{known}", known=known))
    place = meant.area if meant.area is not None else catalogue.root.code
    guides = [
        guide
        for guide in catalogue.guides(place, channel=channel)
        if not meant.tasks or guide.task in meant.tasks
    ]
    if channel is None:
        guides = [guide for guide in guides if guide.channel in meant.channels] or guides
    return tuple(guides)
