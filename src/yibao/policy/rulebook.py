"""The compiled rules of one area: flat integer segments, and what stands behind each cell."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from yibao.errors import InputError
from yibao.policy.days import EARLIEST, LATEST
from yibao.policy.layout import default_rules, no_cells, numbered_cells
from yibao.policy.parameters import LAYOUT_VERSION


class Citation(NamedTuple):
    """What stands behind a cell: the value as written, where it holds and who says so."""

    parameter: str
    area: str
    """Code of the area whose pack gives it, or ``overlay``."""
    keys: str
    """Members that lead to the value, in Chinese; empty where it does not vary."""
    value: str
    """The value as people read it."""
    first_day: int
    last_day: int | None
    """Last day on which this value stands in its area; None while it is open."""
    sources: tuple[str, ...]
    grade: str
    """Best grade among the sources; empty where none is known."""
    status: str
    basis: str
    gap: str
    disputes: tuple[str, ...]
    from_basis: str
    note: str
    name: str
    """Chinese name of the parameter."""
    overlay: bool = False


NO_CITATION = Citation("", "", "", "", 0, None, (), "", "", "", "", (), "", "", "")
"""Stands at position 0: a documented default, or nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The rules from one day to another, in which nothing changes."""

    rules: tuple[int, ...]
    cells: tuple[int, ...]
    """For each rule the position of its citation; 0 for a default or nothing."""
    first_day: int
    last_day: int
    index: int
    """Position in the rulebook; -1 before its first day."""


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All dates of one area and its parents, as known on a day; ``hash`` tells two apart."""

    area: str
    known_on: int | None
    """Last day on which this is what was known; None: everything known."""
    days: tuple[int, ...]
    """First day of each segment."""
    segments: tuple[tuple[int, ...], ...]
    cells: tuple[tuple[int, ...], ...]
    citations: tuple[Citation, ...]
    groups: Mapping[str, int]
    diseases: Mapping[str, int]
    group_names: Mapping[str, str]
    disease_names: Mapping[str, str]
    hash: str = field(default="")
    _segments: tuple[Segment, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        ends = [*(day - 1 for day in self.days[1:]), LATEST][: len(self.days)]
        segments = tuple(
            Segment(rules, cells, first, last, index)
            for index, (rules, cells, first, last) in enumerate(
                zip(self.segments, self.cells, self.days, ends, strict=True)
            )
        )
        object.__setattr__(self, "_segments", segments)
        if not self.hash:
            object.__setattr__(self, "hash", content_hash(self._content()))

    def segment(self, day: int) -> Segment:
        """The rules of ``day``; before the first segment only documented defaults stand."""
        index = bisect_right(self.days, day) - 1
        if index < 0:
            last = self.days[0] - 1 if self.days else LATEST
            return Segment(default_rules(), no_cells(), EARLIEST, last, -1)
        return self._segments[index]

    def _content(self) -> dict[str, Any]:
        """What the hash covers; cells by difference from the segment before."""
        changes = []
        before = default_rules()
        before_cells = no_cells()
        order = numbered_cells()
        for rules, cells in zip(self.segments, self.cells, strict=True):
            change: list[int] = []
            for number, cell in enumerate(order):
                if rules[cell] != before[cell] or cells[cell] != before_cells[cell]:
                    change += (number, rules[cell], cells[cell])
            changes.append(change)
            before, before_cells = rules, cells
        return {
            "layout": LAYOUT_VERSION,
            "area": self.area,
            "days": list(self.days),
            "defaults": [default_rules()[cell] for cell in order],
            "changes": changes,
            "citations": [
                [list(item) if isinstance(item, tuple) else item for item in citation]
                for citation in self.citations
            ],
            "groups": [[name, self.group_names[name]] for name in self.groups],
            "diseases": [[name, self.disease_names[name]] for name in self.diseases],
        }

    def to_canonical(self) -> dict[str, Any]:
        """The form that a store keeps: JSON-able, and enough for a replay without any pack."""
        return {**self._content(), "hash": self.hash, "known_on": self.known_on}

    @classmethod
    def from_canonical(cls, form: Mapping[str, Any], *, check: bool = True) -> Rulebook:
        """The rulebook of a stored form; ``InputError`` if it was changed or fits no more."""
        if form["layout"] != LAYOUT_VERSION or len(form["defaults"]) > len(numbered_cells()):
            raise InputError(
                f"规则书的版式是第 {form['layout']} 版，本程序是第 {LAYOUT_VERSION} 版"
            )
        if check:
            content = {key: form[key] for key in form if key not in ("hash", "known_on")}
            if content_hash(content) != form["hash"]:
                raise InputError("规则书的内容与它的校验值不符，可能被改动过", place=form["hash"])
        # Tables that were added since stand at the end: an old rulebook holds their defaults.
        order = numbered_cells()
        rules = list(default_rules())
        cells = list(no_cells())
        for cell, value in zip(order, form["defaults"], strict=False):
            rules[cell] = value
        segments: list[tuple[int, ...]] = []
        cell_rows: list[tuple[int, ...]] = []
        for change in form["changes"]:
            for start in range(0, len(change), 3):
                number, value, citation = change[start : start + 3]
                rules[order[number]] = value
                cells[order[number]] = citation
            segments.append(tuple(rules))
            cell_rows.append(tuple(cells))
        return cls(
            area=form["area"],
            known_on=form["known_on"],
            days=tuple(form["days"]),
            segments=tuple(segments),
            cells=tuple(cell_rows),
            citations=tuple(_citation(row) for row in form["citations"]),
            groups={name: at for at, (name, _) in enumerate(form["groups"])},
            diseases={name: at for at, (name, _) in enumerate(form["diseases"])},
            group_names=dict(form["groups"]),
            disease_names=dict(form["diseases"]),
            hash=form["hash"],
        )


def _citation(row: Sequence[Any]) -> Citation:
    fields: list[Any] = [tuple(item) if isinstance(item, list) else item for item in row]
    return Citation(*fields)


def content_hash(content: Mapping[str, Any]) -> str:
    """sha256 of the canonical form."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
