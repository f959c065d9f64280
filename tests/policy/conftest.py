"""A made-up tree of packs: a land, its province 990000 and the city 990100."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number
from yibao.policy.keys import COUNTED, KEYS
from yibao.policy.parameters import DECLARATIONS
from yibao.policy.rulebook import Rulebook


class PackTree:
    """Writes pack files below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("land/area.yaml", 'code: "900000"\nname: {zh: 某国, en: Land}\n')
        self.write(
            "land/province/area.yaml",
            'code: "990000"\nname: {zh: 某省, en: Province}\nassumptions: true\n',
        )
        self.write(
            "land/province/city/area.yaml",
            'code: "990100"\nname: {zh: 某市, en: City}\nassumptions: true\n',
        )
        self.write(
            "sources/facts.yaml",
            """
            facts:
            - {id: S-1, region: {name: 某省, code: '990000'}, topic: t, param: p, value: 1,
               unit: yuan, grade: B, source: {title: 通知, url: 'https://example.org/1', line: 3}}
            - {id: S-2, grade: A}
            - {id: S-3}
            """,
        )

    def write(self, path: str, text: str) -> Path:
        """Write a file; the text may be indented."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def land(self, path: str, text: str) -> Path:
        return self.write(f"land/{path}", text)

    def province(self, path: str, text: str) -> Path:
        return self.write(f"land/province/{path}", text)

    def city(self, path: str, text: str) -> Path:
        return self.write(f"land/province/city/{path}", text)

    def load(self, *overlays: Path) -> PolicyLibrary:
        return PolicyLibrary.load(self.root, overlays)

    def rulebook(self, *overlays: Path) -> Rulebook:
        """The city's rulebook with everything known."""
        return self.load(*overlays).rulebook("990100")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIBAO_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def packs(tmp_path: Path) -> PackTree:
    return PackTree(tmp_path / "packs")


def cell_at(book: Rulebook, name: str, *positions: int) -> int:
    """The cell of a parameter at the positions of its keys as declared."""
    declaration = DECLARATIONS[name]
    members = {}
    for key, position in zip(declaration.keys, positions, strict=True):
        if KEYS[key].kind == COUNTED:
            members[key] = str(position + 1)
        else:
            members[key] = (KEYS[key].members or book.layout.slots[key])[position]
    return book.layout.cell(declaration, members)


@pytest.fixture
def cell() -> Callable[..., int]:
    """The cell of a parameter in a rulebook at the positions of its keys as declared."""
    return cell_at


@pytest.fixture
def value() -> Callable[..., int]:
    """The value of a parameter on a day (ISO), at the positions of its keys."""

    def read(rulebook: Rulebook, day: str, name: str, *positions: int) -> int:
        number = day_number(datetime.date.fromisoformat(day))
        return rulebook.segment(number).rules[cell_at(rulebook, name, *positions)]

    return read
