"""The compiled rules of one area: flat integer segments, and what stands behind each cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from yibao.errors import InputError
from yibao.messages import Listed, message
from yibao.policy.citation import NO_CITATION, Citation
from yibao.policy.days import EARLIEST, LATEST, to_date
from yibao.policy.declarations import Declarations
from yibao.policy.layout import Layout
from yibao.policy.parameters import DECLARED

if TYPE_CHECKING:
    from yibao.policy.named import NamedRules

__all__ = ["NO_CITATION", "Citation", "Rulebook", "Segment"]

_YEARLY = ".contribution."
FORMS = (1, 2)
"""Stored forms that this program reads; it writes the last one."""


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
    layout: Layout
    days: tuple[int, ...]
    """First day of each segment."""
    segments: Sequence[tuple[int, ...]]
    cells: Sequence[tuple[int, ...]]
    citations: Sequence[Citation]
    group_names: Mapping[str, str]
    disease_names: Mapping[str, str]
    hash: str
    """Of the content by name; of a book that the first version stored as it was stored."""
    content: Callable[[], Mapping[str, Any]]
    """What the hash covers."""

    @cached_property
    def groups(self) -> Mapping[str, int]:
        """Positions of groups by name."""
        return {name: position for position, name in enumerate(self.group_names)}

    @cached_property
    def diseases(self) -> Mapping[str, int]:
        """Positions of diseases by name."""
        return {name: position for position, name in enumerate(self.disease_names)}

    @cached_property
    def known_year(self) -> int:
        """The last year for which something is laid down: what follows goes by what stands.

        What changes every year (contributions and their bases) says it where there is such a
        thing: a rule that is laid down long before says little about its year.
        """
        days = [(citation.parameter, citation.first_day) for citation in self.citations]
        yearly = [day for parameter, day in days if _YEARLY in parameter]
        latest = max(yearly or [day for parameter, day in days if parameter], default=0)
        return to_date(latest).year

    def segment(self, day: int) -> Segment:
        """The rules of ``day``; before the first segment only documented defaults stand."""
        index = bisect_right(self.days, day) - 1
        segment = self._made.get(index)
        if segment is None:
            segment = self._made[index] = self._segment(index)
        return segment

    @cached_property
    def _made(self) -> dict[int, Segment]:
        """The segments that somebody asked for, by their position."""
        return {}

    def _segment(self, index: int) -> Segment:
        last = self.days[index + 1] - 1 if index + 1 < len(self.days) else LATEST
        if index < 0:
            return Segment(self.layout.defaults, self.layout.no_cells, EARLIEST, last, -1)
        return Segment(self.segments[index], self.cells[index], self.days[index], last, index)

    def to_canonical(self) -> dict[str, Any]:
        """The form that a store keeps: JSON-able, and enough for a replay without any pack."""
        return {**self.content(), "hash": self.hash, "known_on": self.known_on}

    @classmethod
    def from_canonical(
        cls, form: Mapping[str, Any], *, check: bool = True, declared: Declarations = DECLARED
    ) -> Rulebook:
        """The rulebook of a stored form; ``InputError`` if it was changed or fits no more."""
        from yibao.policy.form_1 import is_form_1, read_form_1
        from yibao.policy.named import FORM, content_hash, read_content

        if not is_form_1(form) and form.get("form") != FORM:
            shown = form.get("form", form.get("layout"))
            raise InputError(
                message(
                    "规则书的版式是第 {written} 版，本程序能读的有：{known}",
                    written=shown,
                    known=Listed(FORMS),
                )
            )
        content = {key: form[key] for key in form if key not in ("hash", "known_on")}
        if check and content_hash(content) != form["hash"]:
            raise InputError(
                message("规则书的内容与它的校验值不符，可能被改动过"), place=form["hash"]
            )
        rules = read_form_1(form) if is_form_1(form) else read_content(form)
        return _compiled(rules, form["known_on"], content, form["hash"], declared)


def rulebook_of(rules: NamedRules, known_on: int | None) -> Rulebook:
    """The rulebook of rules by name, as known on a day."""
    from yibao.policy.named import content_hash, content_of

    content = content_of(rules)
    return _compiled(rules, known_on, content, content_hash(content), DECLARED)


def _compiled(
    rules: NamedRules,
    known_on: int | None,
    content: Mapping[str, Any],
    name: str,
    declared: Declarations,
) -> Rulebook:
    from yibao.policy.segments import compile_segments

    segments = compile_segments(rules, declared)
    return Rulebook(
        area=rules.area,
        known_on=known_on,
        layout=segments.layout,
        days=segments.days,
        segments=segments.rules,
        cells=segments.cells,
        citations=rules.citations,
        group_names=rules.groups,
        disease_names=rules.diseases,
        hash=name,
        content=lambda: content,
    )
