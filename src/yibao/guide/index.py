"""An index in memory over titled texts: by pairs of characters, and by the pinyin of titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import fsum, log
from typing import Generic, TypeVar

from yibao.guide.question import LEAST_LETTERS, Question, bigrams, letters, plain

Item = TypeVar("Item")

_TITLE_WEIGHT = 3
_SOUND_SCORE = 12
_LEAST_SCORE = 4
_FARTHEST = 5
"""An item with less than this part of the best score is left out."""


@dataclass(frozen=True, slots=True)
class _Indexed(Generic[Item]):
    item: Item
    title: set[str]
    text: set[str]
    letters: str


class Index(Generic[Item]):
    """What can be found, each with its title and its text."""

    def __init__(self, items: Iterable[tuple[Item, str, str]]) -> None:
        self._items = [
            _Indexed(item, bigrams(plain(title)), bigrams(plain(text)), letters(title))
            for item, title, text in items
        ]
        counts = Counter(pair for indexed in self._items for pair in indexed.title | indexed.text)
        size = len(self._items)
        self._weight = {pair: log(1 + size / count) for pair, count in counts.items()}

    def best(self, question: Question, most: int, bonus: Callable[[Item], int]) -> list[Item]:
        """The items nearest to a question, the nearest first; ``bonus`` is added to a score."""
        scored = []
        for at, indexed in enumerate(self._items):
            score = self._score(question, indexed) + bonus(indexed.item)
            if score > _LEAST_SCORE:
                scored.append((-score, at))
        scored.sort()
        top = -scored[0][0] if scored else 0
        return [self._items[at].item for score, at in scored[:most] if -score * _FARTHEST >= top]

    def _score(self, question: Question, indexed: _Indexed[Item]) -> float:
        # A set has no order: only an exact sum is the same in every process.
        score = fsum(
            self._weight[pair] * (_TITLE_WEIGHT if pair in indexed.title else 1)
            for pair in question.pairs & (indexed.title | indexed.text)
        )
        sounded = question.letters
        if len(sounded) >= LEAST_LETTERS and (
            sounded in indexed.letters
            or (len(indexed.letters) >= 2 * LEAST_LETTERS and indexed.letters in sounded)
        ):
            score += _SOUND_SCORE
        return score
