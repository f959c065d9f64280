"""A question in everyday words, taken apart: the parser behind the guides and the search.

A word counts where its characters stand in the question, and, where that is asked for, where
it only sounds so: a wrong character that sounds right, or pinyin, then says the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

LEAST_LETTERS = 4
"""Fewer letters of pinyin sound like too much."""
_EMPTY_PAIRS = frozenset("多少 怎么 什么 几个 可以 能不 不能 哪里 一个 么办 少钱 报多".split())
"""Pairs that say nothing about what a question is about."""


def plain(text: str) -> str:
    """Without width, case, blanks and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def letters(text: str) -> str:
    """The pinyin of a text, joined; Latin letters stay."""
    # Its tables take half a second to load; a question in the right characters needs none.
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(plain(text)))


def bigrams(text: str) -> set[str]:
    """Pairs of neighbouring characters; a lone one stands for itself."""
    return {text[at : at + 2] for at in range(len(text) - 1)} or ({text} if text else set())


class Question:
    """What somebody asks, in the forms that are looked at."""

    def __init__(self, text: str) -> None:
        self.plain = plain(text)

    @cached_property
    def letters(self) -> str:
        """Its pinyin, joined."""
        return letters(self.plain)

    @cached_property
    def pairs(self) -> set[str]:
        """Its pairs of neighbouring characters that say what it is about."""
        return bigrams(self.plain) - _EMPTY_PAIRS

    def says(self, words: Iterable[str]) -> bool:
        """Whether one of these words stands in it, in these characters."""
        return any(word in self.plain for word in words)


class Mention(NamedTuple):
    """A place of a question that names something."""

    key: str
    start: int
    end: int
    """In characters, or, of a sound, in letters of pinyin."""
    weight: int
    """Characters of the word."""
    by_sound: bool


class _Keyword:
    """A word to look for; parts apart by a space have to appear in this order."""

    def __init__(self, text: str) -> None:
        self.parts = tuple(plain(part) for part in text.split())
        self.weight = sum(map(len, self.parts))

    @cached_property
    def sounds(self) -> tuple[str, ...]:
        return tuple(letters(part) for part in self.parts)


class Vocabulary:
    """Things, each by its key, and the words that name them."""

    def __init__(self, words: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._keywords = [(key, _Keyword(text)) for key, texts in words for text in texts]

    def mentions(self, question: Question, *, by_sound: bool = False) -> list[Mention]:
        """Every word that stands in a question, in the order of the vocabulary.

        ``by_sound``: also those that are not written there and sound so.
        """
        mentions = []
        for key, keyword in self._keywords:
            span, sounded = _span(question.plain, keyword.parts), False
            if span is None and by_sound and sum(map(len, keyword.sounds)) >= LEAST_LETTERS:
                span, sounded = _span(question.letters, keyword.sounds), True
            if span is not None:
                mentions.append(Mention(key, *span, keyword.weight, sounded))
        return mentions


def _span(text: str, parts: Sequence[str]) -> tuple[int, int] | None:
    start = end = text.find(parts[0])
    for part in parts:
        at = text.find(part, end) if end >= 0 else -1
        if at < 0:
            return None
        end = at + len(part)
    return start, end


def uncovered(mentions: Sequence[Mention]) -> list[Mention]:
    """Without those that stand inside a longer one: ``缴费记录`` is not about ``缴费``."""
    return [
        mention
        for mention in mentions
        if not any(
            other.by_sound == mention.by_sound
            and other.start <= mention.start
            and mention.end <= other.end
            and other.weight > mention.weight
            for other in mentions
        )
    ]


class NamedPlace(NamedTuple):
    """An area that a question may name."""

    code: str
    above: tuple[str, ...]
    """The codes of the areas that it lies in."""
    words: tuple[str, ...]

    @classmethod
    def named(
        cls, chain: Sequence[str], zh: str, en: str, aliases: Iterable[str] = ()
    ) -> NamedPlace:
        """An area by its names; ``chain``: its code and those above it."""
        short = zh.removesuffix("省").removesuffix("市")
        return cls(chain[0], tuple(chain[1:]), tuple(dict.fromkeys((zh, short, en, *aliases))))


class Places:
    """The areas that questions name."""

    def __init__(self, places: Iterable[NamedPlace]) -> None:
        self._places = tuple(places)
        self._words = Vocabulary((place.code, place.words) for place in self._places)

    def named(self, question: Question, *, by_sound: bool = False) -> list[NamedPlace]:
        """Those that a question names, without the ones in which another of them lies."""
        mentions = uncovered(self._words.mentions(question, by_sound=by_sound))
        codes = {mention.key for mention in mentions}
        above = {code for place in self._places if place.code in codes for code in place.above}
        return [place for place in self._places if place.code in codes - above]
