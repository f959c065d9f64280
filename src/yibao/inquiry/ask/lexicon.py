"""The words of the domain, from ``data/words.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yibao.policy.document import Mapping as Document
from yibao.policy.document import Node, read_file

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True, eq=False)
class Lexicon:
    """What the program knows of how people speak."""

    words: tuple[str, ...]
    """Words of the domain: pinyin and wrong characters are read as them."""
    spoken: tuple[str, ...]
    """Words around them, known by their pinyin only."""
    other: tuple[str, ...]
    """Words that sound like one of the domain and mean something else."""
    dialect: tuple[tuple[re.Pattern[str], str], ...]
    """(pattern, the usual words) of what is said so in some places only."""
    english: tuple[tuple[str, str], ...]
    """(phrase, what it means), the longer ones first."""
    english_marks: frozenset[str]
    """Words by which English is known."""
    no_places: frozenset[str]
    """Names of counties that mean something else in a question."""
    hotlines: tuple[str, ...]
    """Numbers of telephones, which are no amounts."""
    facts: Mapping[str, tuple[tuple[str, str], ...]]
    """Fact -> (pattern, value), the first that is found holds."""


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    document = read_file(DATA / "words.yaml", "words.yaml").mapping()
    sections = "words spoken other dialect english english_marks no_places hotlines facts"
    document.only(sections.split())
    english = [
        (phrase, node.text()) for phrase, node in document.require("english").mapping().items()
    ]
    return Lexicon(
        _split(document.require("words")),
        _split(document.require("spoken")),
        _split(document.require("other")),
        tuple(
            (re.compile(pattern), meaning)
            for pattern, meaning in _patterns(document.require("dialect").mapping())
        ),
        tuple(sorted(english, key=lambda pair: -len(pair[0]))),
        frozenset(_split(document.require("english_marks"))),
        frozenset(_split(document.require("no_places"))),
        _split(document.require("hotlines")),
        {
            name: _patterns(node.mapping())
            for name, node in document.require("facts").mapping().items()
        },
    )


def _split(node: Node) -> tuple[str, ...]:
    return tuple(node.text().split())


def _patterns(values: Document) -> tuple[tuple[str, str], ...]:
    return tuple((node.text(), value) for value, node in values.items())
