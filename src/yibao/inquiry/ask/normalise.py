"""A question as it is written becomes plain simplified Chinese.

Full width, traditional characters, pinyin, English words of the domain and wrong characters that
sound right are turned into the words of the domain; what is not known stays as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from yibao.inquiry.ask.lexicon import Lexicon, lexicon
from yibao.inquiry.ask.places import names_of_places
from yibao.messages import CHINESE

MOST_LETTERS = 400
"""Of a question; 200 characters of Chinese, or a long sentence of another language."""
_LATIN = re.compile(r"[a-z][a-z'’\- ]*[a-z]|[a-z]")
_SPACES = re.compile(r"\s+")
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff，。？！；：、])\s+|\s+(?=[\u4e00-\u9fff，。？！；：、])")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ENGLISH = "en"
_LEAST_ENGLISH = 2
"""English words that make a question English."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A question, ready to be read."""

    written: str
    text: str
    """Simplified Chinese, lower case, without spaces beside characters."""
    language: str
    """Which language is answered in."""
    corrected: tuple[tuple[str, str], ...]
    """(as written, as read) of what was taken for another word."""


def plain(question: str, places: Iterable[str] = ()) -> Plain:
    """A question in the form that facts and readings look at; ``places`` are names to know."""
    folded = unicodedata.normalize("NFKC", question).strip()[:MOST_LETTERS].lower()
    text = _SPACES.sub(" ", _simplified(folded))
    words = lexicon()
    for said, meaning in words.dialect:
        text = said.sub(meaning, text)
    latin = re.search("[a-z]{2}", text)
    known = _sounds(words, tuple(places) if latin else ())
    language = CHINESE
    if not _HAN.search(text) and _count_english(words, text) >= _LEAST_ENGLISH:
        language = _ENGLISH
        text = _from_english(words, known, text)
    elif latin:
        text = _LATIN.sub(lambda match: _from_pinyin(known, match[0]), text)
    text, corrected = _corrected(words, _sounds(words, ()), _BETWEEN.sub("", text))
    return Plain(question.strip(), text, language, corrected)


@cache
def _converter() -> object:
    from opencc import OpenCC

    return OpenCC("t2s")


def _simplified(text: str) -> str:
    return str(_converter().convert(text)) if _HAN.search(text) else text  # type: ignore[attr-defined]


# --- letters ---


@dataclass(frozen=True, slots=True)
class _Sounds:
    by_letters: dict[str, str]
    """The word that some letters of pinyin mean."""
    by_sound: dict[tuple[str, ...], str]
    """The word that some syllables mean."""
    longest: int


def letters_of(text: str) -> list[str]:
    """The syllables of a text, one for each character."""
    from pypinyin import lazy_pinyin

    return list(lazy_pinyin(list(text)))


@cache
def _sounds(words: Lexicon, places: tuple[str, ...]) -> _Sounds:
    from pypinyin import lazy_pinyin

    by_letters: dict[str, str] = {}
    by_sound: dict[tuple[str, ...], str] = {}
    for word in (*words.words, *words.spoken, *places):
        syllables = tuple(lazy_pinyin(word))
        by_letters.setdefault("".join(syllables), word)
        if len(word) > 1 and word in words.words:
            by_sound.setdefault(syllables, word)
    return _Sounds(by_letters, by_sound, max(map(len, by_letters)))


def _from_pinyin(known: _Sounds, written: str) -> str:
    """Letters as the words that they spell; as they are where most of them spell none."""
    letters = re.sub("[^a-z]", "", written)
    best: list[tuple[int, int, str]] = [(0, 0, "")]
    # (letters that no word spells, words, text) of every beginning: the fewer the better.
    for end in range(1, len(letters) + 1):
        lost, used, text = best[end - 1]
        choice = (lost + 1, used, text + letters[end - 1])
        for start in range(max(0, end - known.longest), end):
            word = known.by_letters.get(letters[start:end])
            if word is not None:
                lost, used, text = best[start]
                choice = min(choice, (lost, used + 1, text + word), key=lambda way: way[:2])
        best.append(choice)
    lost, _, text = best[-1]
    return text if lost * 3 <= len(letters) else written


def _count_english(words: Lexicon, text: str) -> int:
    return sum(word in words.english_marks for word in re.findall("[a-z]+", text))


def _from_english(words: Lexicon, known: _Sounds, text: str) -> str:
    for phrase, meaning in words.english:
        text = re.sub(rf"\b(?:{phrase})\b", f" {meaning} ", text)
    return re.sub(
        r"[a-z]['’a-z]{2,}[a-z]",
        lambda match: (
            match[0]
            if match[0] in words.english_marks
            else known.by_letters.get(re.sub("['’]", "", match[0]), match[0])
        ),
        text,
    )


# --- wrong characters ---


def _corrected(
    words: Lexicon, known: _Sounds, text: str
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text with words that sound like, or nearly look like, one of the domain."""
    said = list(text)
    syllables = letters_of(text)
    taken = _written_words(words, text)
    for place in names_of_places():
        if (at := text.find(place)) >= 0:
            taken.update(range(at, at + len(place)))
    corrected = []
    for length in (6, 5, 4, 3, 2):
        for start in range(len(said) - length + 1):
            here = range(start, start + length)
            written = "".join(said[start : start + length])
            if not _HAN.match(written) or all(at in taken for at in here):
                continue
            word = known.by_sound.get(tuple(syllables[start : start + length]))
            if word is None and length > 3:
                word = _one_wrong(words, written)
            if word is None or written in words.other or word == written:
                continue
            # What stands there as a word of its own stays.
            if any(at in taken and said[at] != word[at - start] for at in here):
                continue
            said[start : start + length] = word
            taken.update(here)
            corrected.append((written, word))
    return "".join(said), tuple(corrected)


def _written_words(words: Lexicon, text: str) -> set[int]:
    """The places of a text at which a known word stands as it should."""
    taken: set[int] = set()
    for word in (*words.words, *words.other, *words.spoken):
        if len(word) == 1:
            continue
        at = text.find(word)
        while at >= 0:
            taken.update(range(at, at + len(word)))
            at = text.find(word, at + 1)
    return taken


def _one_wrong(words: Lexicon, written: str) -> str | None:
    for word in words.words:
        if len(word) == len(written):
            same = sum(left == right for left, right in zip(word, written, strict=True))
            if same == len(word) - 1:
                return word
    return None
