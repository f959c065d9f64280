"""What pages and searches need of many packs at once, read once and kept in the cache.

Packs are read when something asks for them; what every start or every question needs of all of
them comes from small files, or from the first of them only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Area

MOST_AREAS = 60
"""Areas whose packs a survey of everything reads; of further ones it reads what is asked."""


def first_areas(packs: PolicyLibrary) -> tuple[Area, ...]:
    """The areas that a survey of everything looks at."""
    return packs.areas()[:MOST_AREAS]


def pack_names(packs: PolicyLibrary, kind: str) -> dict[str, str]:
    """The ``groups`` or ``diseases`` that any area below the country names: code to name."""
    files = [
        (file, file.read_bytes())
        for folder in packs.folders()
        if (file := Path(folder, f"{kind}.yaml")).is_file()
    ]

    def read() -> dict[str, str]:
        from yibao.policy.reading import Faults
        from yibao.policy.records import read_names

        named: dict[str, str] = {}
        for file, _ in files:
            read_names(file, str(file), named, Faults())
        return named

    contents = ((str(file), content) for file, content in files)
    named: dict[str, str] = packs.remembered(kind, contents, read)
    return dict(named)


class RuleText(NamedTuple):
    """What packs call a rule, and what they say of it."""

    name: str
    title: str
    text: str


def rule_texts(packs: PolicyLibrary) -> list[RuleText]:
    """The rules that the first areas write down, with their names, descriptions and notes."""
    areas = [area.code for area in first_areas(packs)]

    def read() -> list[list[str]]:
        texts: dict[str, dict[str, None]] = {}
        for code in areas:
            for pack in packs.packs_of(code):
                for name, entry in pack.parameters.items():
                    said = texts.setdefault(name, {})
                    notes = (block.note.zh for block in entry.blocks)
                    for text in (entry.name.zh, entry.description.zh, *notes):
                        if text:
                            said[text] = None
        return [[name, next(iter(said), name), "；".join(said)] for name, said in texts.items()]

    keys = ((code, packs.key_of(code).encode()) for code in areas)
    rows: list[Any] = packs.remembered("texts", keys, read)
    return [RuleText(*row) for row in rows]
