"""The readings that a question may have, from ``data/*.yaml``, and which one fits it best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from yibao.inquiry.ask.facts import Read
from yibao.inquiry.ask.lexicon import DATA
from yibao.messages import CHINESE
from yibao.policy.document import Node, read_file

ANY, NONE = "any", "none"
_OF_GROUP, _OF_FACT = 10, 6
_ANYWHERE = {"医保", "多少", "怎么", "什么", "能报"}
"""Pairs of characters that say nothing of what a question is about."""
_MEMBERS = (
    "id intent words not facts weight about title calc national say en ask branches also "
    "parameters sources guide refuse name cases day area assumes uncapped"
).split()


@dataclass(frozen=True, slots=True)
class Branch:
    """One case of an answer, or another figure of it."""

    label: str
    label_en: str
    say: str
    say_en: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """One way to read a question, and what is said to it."""

    id: str
    intent: str
    words: tuple[re.Pattern[str], ...]
    """Each has to be in the question."""
    without: re.Pattern[str] | None
    facts: Mapping[str, tuple[str, ...]]
    """What facts have to be: values, ``any`` or ``none``."""
    weight: int
    title: str
    """What one would ask, for a question that was not understood."""
    about: str
    """What the figures are, for a gap."""
    calc: str
    national: bool
    say: str
    en: str
    ask: str
    branches: tuple[Branch, ...]
    also: tuple[Branch, ...]
    parameters: tuple[str, ...]
    sources: tuple[str, ...]
    guide: str
    refuse: str
    name: str
    area: str
    """Where what it says holds, codes with a space between; everywhere where it is empty."""
    assumes: Mapping[str, str]
    uncapped: tuple[str, ...]
    """A rule and members that have to be without limit."""

    def titled(self, language: str) -> str:
        """What one would ask, in a language."""
        return _in(language, self.title)

    def matter(self, language: str) -> str:
        """What the figures are, in a language."""
        return _in(language, self.about)

    def holds(self, read: Read) -> bool:
        """Whether the facts are as they have to be."""
        return all(_is_one_of(read, name, values) for name, values in self.facts.items())

    def score(self, read: Read) -> int | None:
        """How well it fits; None where it does not."""
        if self.without is not None and self.without.search(read.text):
            return None
        if not self.holds(read):
            return None
        length = 0
        for pattern in self.words:
            match = pattern.search(read.text)
            if match is None:
                return None
            length += min(len(match[0]), 8)
        facts = sum(NONE not in values for values in self.facts.values())
        return self.weight + _OF_GROUP * len(self.words) + length + _OF_FACT * facts

    def nearness(self, read: Read) -> float:
        """How much of its title a question shares, and of its words, where no form fits."""
        pairs = {read.text[at : at + 2] for at in range(len(read.text) - 1)}
        titled = {self.title[at : at + 2] for at in range(len(self.title) - 1)}
        words = sum(bool(pattern.search(read.text)) for pattern in self.words) / len(self.words)
        return words + 2 * len((pairs & titled) - _ANYWHERE) + self.holds(read) / 2


def _is_one_of(read: Read, name: str, values: Sequence[str]) -> bool:
    if name == "schemes":
        return (len(read.schemes) > 1) == (values[0] == "several")
    if name == "cares":
        return (len(read.cares) > 1) == (values[0] == "several")
    if name == "places":
        return (len(read.where.named) > 1) == (values[0] == "several")
    if name == "place":
        return (read.where.home is not None) == (values[0] == ANY)
    said = read.said.get(name)
    if said is None:
        return NONE in values
    return ANY in values or str(said) in values


@cache
def in_english() -> Mapping[str, str]:
    """Titles and matters, Chinese -> English."""
    document = read_file(DATA / "english.yaml", "english.yaml").mapping()
    return {chinese: node.text() for chinese, node in document.items()}


def _in(language: str, chinese: str) -> str:
    return chinese if language == CHINESE else in_english().get(chinese, "")


@cache
def forms() -> tuple[Meaning, ...]:
    """All readings."""
    read: list[Meaning] = []
    for path in sorted(DATA.glob("form_*.yaml")):
        for node in read_file(path, path.name).sequence():
            read += _forms(node)
    names = [form.id for form in read]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"readings with one id: {sorted(twice)}")
    return tuple(read)


def _forms(node: Node) -> Iterator[Meaning]:
    entry = node.mapping()
    entry.only(_MEMBERS)
    members = dict(entry.items())
    cases = members.pop("cases", None)
    if cases is None:
        yield _form(members)
        return
    for number, case in enumerate(cases.sequence()):
        own = case.mapping()
        own.only(_MEMBERS)
        said = dict(own.items())
        merged = {**members, **said}
        if "say" in said and "en" not in said:
            merged.pop("en", None)
        facts = {**_facts(members.get("facts")), **_facts(dict(own.items()).get("facts"))}
        form_id = members["id"].text() + ("" if number == 0 else f"_{number + 1}")
        yield _form(merged, form_id, facts)


def _form(
    members: Mapping[str, Node], form_id: str = "", facts: Mapping[str, Any] | None = None
) -> Meaning:
    def text(name: str) -> str:
        return members[name].text() if name in members else ""

    def texts(name: str) -> tuple[str, ...]:
        return tuple(item.text() for item in members[name].sequence()) if name in members else ()

    return Meaning(
        id=form_id or text("id"),
        intent=text("intent"),
        words=tuple(re.compile(word) for word in texts("words")),
        without=re.compile(text("not")) if "not" in members else None,
        facts=_facts(members.get("facts")) if facts is None else facts,
        weight=int(text("weight") or 0),
        title=text("title"),
        about=text("about"),
        calc=text("calc"),
        national=text("national") == "yes",
        say=text("say"),
        en=text("en"),
        ask=text("ask"),
        branches=_branches(members.get("branches")),
        also=_branches(members.get("also")),
        parameters=texts("parameters"),
        sources=texts("sources"),
        guide=text("guide"),
        refuse=text("refuse"),
        name=text("name"),
        area=text("area"),
        uncapped=tuple(text("uncapped").split()),
        assumes={name: node.text() for name, node in members["assumes"].mapping().items()}
        if "assumes" in members
        else {},
    )


def _facts(node: Node | None) -> dict[str, tuple[str, ...]]:
    if node is None:
        return {}
    return {name: tuple(value.text().split()) for name, value in node.mapping().items()}


def _branches(node: Node | None) -> tuple[Branch, ...]:
    if node is None:
        return ()
    read = []
    for item in node.sequence():
        entry = item.mapping()
        entry.only(("label", "en", "say", "say_en"))
        label, said = entry.require("label").text(), entry.require("say").text()
        label_en, said_en = entry.get("en"), entry.get("say_en")
        read.append(
            Branch(
                label,
                label if label_en is None else label_en.text(),
                said,
                said if said_en is None else said_en.text(),
            )
        )
    return tuple(read)


def ranked(read: Read) -> list[Meaning]:
    """The readings that fit a question, the best first; the earlier one of two that fit alike."""
    scored = [(form.score(read), form) for form in forms()]
    fitting = [(score, form) for score, form in scored if score is not None]
    fitting.sort(key=lambda pair: -pair[0])
    return [form for _, form in fitting]


def nearest(read: Read, count: int = 2) -> list[Meaning]:
    """Readings that have most in common with a question that none fits."""
    titled = {form.title: form for form in reversed(forms()) if form.title}
    return sorted(titled.values(), key=lambda form: -form.nearness(read))[:count]
