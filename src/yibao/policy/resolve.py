"""Compiling of a chain of packs to a rulebook: the lowest area with a value in force wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from yibao.messages import message
from yibao.money import ROUND_HALF_UP, ratio_amount
from yibao.policy.days import LATEST
from yibao.policy.declarations import Declaration
from yibao.policy.keys import COUNTED, FIXED, KEYS
from yibao.policy.labels import member_label
from yibao.policy.layout import Members, default_of, positions
from yibao.policy.model import (
    ASSUMED,
    OVERLAY,
    QUARANTINED,
    Block,
    Overlay,
    Pack,
    ParameterEntry,
    Source,
)
from yibao.policy.named import NamedRules, Span, Value, figure_of
from yibao.policy.parameters import DECLARATIONS, MISSING, NONE
from yibao.policy.records import GRADES
from yibao.policy.rulebook import NO_CITATION, Citation, Rulebook, rulebook_of
from yibao.policy.segments import counted_slots
from yibao.policy.values import Formula, Leaf, formula_text, number_text, read_leaves


class Interval(NamedTuple):
    """The days on which one block stands in its own area, as known on a day."""

    first_day: int
    last_day: int | None
    block: Block


def intervals(entry: ParameterEntry, known_on: int | None) -> list[Interval]:
    """The blocks of ``entry`` that were known on a day, each up to the next one."""
    known = [
        block
        for block in entry.blocks
        if block.status != QUARANTINED
        and (known_on is None or block.known_from is None or block.known_from <= known_on)
    ]
    spans = []
    for at, block in enumerate(known):
        last = block.last_day
        if at + 1 < len(known):
            before_next = known[at + 1].first_day - 1
            last = before_next if last is None else min(last, before_next)
        spans.append(Interval(block.first_day, last, block))
    return spans


def knowledge_days(chain: Iterable[Pack]) -> list[int]:
    """The days on which something in the chain became known after it was in force."""
    return sorted(
        {
            block.known_from
            for pack in chain
            for entry in pack.parameters.values()
            for block in entry.blocks
            if block.known_from is not None
        }
    )


@dataclass(slots=True, eq=False)
class _Stand:
    """One block as it stands in one layer, with its values read."""

    entry: ParameterEntry
    interval: Interval
    area: str
    leaves: list[Leaf]
    citations: list[int]
    """For each leaf the number of its citation; 0 for a formula, which has one a day."""


class _Fill(NamedTuple):
    """A number that is written over what stands above it."""

    members: Members
    number: int
    citation: int


class _Names(NamedTuple):
    positions: dict[str, dict[str, int]]
    texts: dict[str, dict[str, str]]


def number_names(
    chain: Iterable[Pack], overlays: Iterable[Overlay]
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, str]]]:
    """Positions and Chinese names of groups and diseases, from the top area down."""
    positions: dict[str, dict[str, int]] = {"group": {}, "disease": {}}
    texts: dict[str, dict[str, str]] = {"group": {}, "disease": {}}
    layers: list[Pack | Overlay] = [*chain, *overlays]
    for layer in layers:
        for key, named in (("group", layer.groups), ("disease", layer.diseases)):
            for name, text in named.items():
                positions[key].setdefault(name, len(positions[key]))
                texts[key][name] = text
    return positions, texts


class _Grid:
    """The combinations of members that a parameter of these packs may have a value for."""

    def __init__(
        self, declaration: Declaration, names: Mapping[str, Mapping[str, int]], leaves: list[Leaf]
    ) -> None:
        slots: dict[str, tuple[str, ...]] = {}
        for key in declaration.keys:
            if KEYS[key].kind == COUNTED:
                named = {text for leaf in leaves for text in leaf.holds_for.get(key, ())}
                slots[key] = counted_slots(named)
            else:
                slots[key] = tuple(names.get(key, KEYS[key].members))
        self.slots = slots
        self.keys = [KEYS[key] for key in declaration.keys]
        self.size = 1
        for of_key in slots.values():
            self.size *= len(of_key)

    def cells(self, members: Members) -> list[int]:
        """The combinations that a value with these members holds for."""
        cells = [0]
        for key in self.keys:
            slots = self.slots[key.name]
            at_key = positions(key, slots, members.get(key.name))
            cells = [cell * len(slots) + position for cell in cells for position in at_key]
        return cells

    def stated(self, fills: Iterable[_Fill]) -> list[_Fill | None]:
        """What holds for each combination; None where nothing is stated."""
        stated: list[_Fill | None] = [None] * self.size
        for fill in fills:
            for cell in self.cells(fill.members):
                stated[cell] = fill
        return stated


class _Compiler:
    def __init__(
        self,
        chain: Sequence[Pack],
        sources: Mapping[str, Source],
        overlays: Sequence[Overlay],
        known_on: int | None,
    ) -> None:
        self.chain = chain
        self.sources = sources
        self.known_on = known_on
        self.names = _Names(*number_names(chain, overlays))
        self.layers = [(pack.area.code, pack.parameters) for pack in chain]
        self.layers += [(OVERLAY, overlay.parameters) for overlay in overlays]
        self.titles = {
            name: entry.name.zh
            for _, entries in self.layers
            for name, entry in entries.items()
            if entry.name.zh
        }
        self.numbers: dict[Citation, int] = {NO_CITATION: 0}
        self.citations = [NO_CITATION]
        self.grids: dict[str, _Grid] = {}
        self.current: dict[str, tuple[_Stand, ...]] = {}
        """What stands of each parameter on the day that has been reached."""
        self.fills: dict[str, tuple[_Fill, ...]] = {}
        """The same as numbers; of a parameter with formulas only once they are worked out."""
        self.spans: dict[str, list[Span]] = {}

    # --- timelines ---

    def timeline(self, name: str) -> list[tuple[int, tuple[_Stand, ...]]]:
        """What stands for a parameter from each day on which that changes, top area first."""
        stacked: list[list[_Stand]] = []
        for area, entries in self.layers:
            if name in entries:
                entry = entries[name]
                stacked.append(
                    [
                        self.stand(entry, interval, area)
                        for interval in intervals(entry, self.known_on)
                    ]
                )
        leaves = [leaf for layer in stacked for stand in layer for leaf in stand.leaves]
        self.grids[name] = _Grid(DECLARATIONS[name], self.names.positions, leaves)
        days = set()
        for layer in stacked:
            for stand in layer:
                days.add(stand.interval.first_day)
                if stand.interval.last_day is not None:
                    days.add(stand.interval.last_day + 1)
        changes: list[tuple[int, tuple[_Stand, ...]]] = []
        before: tuple[_Stand, ...] = ()
        for day in sorted(days):
            standing = _in_force(stacked, day)
            if standing != before:
                changes.append((day, standing))
            before = standing
        return changes

    def stand(self, entry: ParameterEntry, interval: Interval, area: str) -> _Stand:
        leaves = read_leaves(entry, interval.block, self.names.positions)
        stand = _Stand(entry, interval, area, leaves, [])
        for leaf in leaves:
            citation = 0
            if leaf.formula is None:
                text = number_text(entry.declaration, leaf.number)
                citation = self.cite(self.citation(stand, leaf, text))
            stand.citations.append(citation)
        return stand

    # --- citations ---

    def cite(self, citation: Citation) -> int:
        number = self.numbers.get(citation)
        if number is None:
            number = self.numbers[citation] = len(self.citations)
            self.citations.append(citation)
        return number

    def citation(self, stand: _Stand, leaf: Leaf, text: str) -> Citation:
        block = stand.interval.block
        name = stand.entry.declaration.name
        part = next((each for each in block.assumed if each.covers(leaf.members)), None)
        return Citation(
            parameter=name,
            area=stand.area,
            keys=" · ".join(self.label(key, member) for key, member in leaf.members),
            value=text,
            first_day=stand.interval.first_day,
            last_day=stand.interval.last_day,
            sources=() if part else block.sources,
            grade="" if part else self.grade(block.sources),
            status=ASSUMED if part else block.status,
            basis=part.basis if part else block.basis,
            gap=part.gap if part else block.gap,
            disputes=block.disputes,
            from_basis=block.from_basis,
            note=block.note.zh,
            name=self.titles.get(name, name),
            overlay=stand.area == OVERLAY,
        )

    def label(self, key: str, member: str) -> str:
        position = KEYS[key].members.index(member) if KEYS[key].kind == FIXED else 0
        return member_label(key, position, member, self.names.texts)

    def grade(self, sources: Iterable[str]) -> str:
        """The best grade among sources; empty where none is known."""
        grades = {self.sources[source].grade for source in sources if source in self.sources}
        return next((grade for grade in GRADES if grade in grades), "")

    # --- spans ---

    def build(self) -> NamedRules:
        changes: dict[int, list[tuple[str, tuple[_Stand, ...]]]] = {}
        for name in sorted({name for _, entries in self.layers for name in entries}):
            for day, standing in self.timeline(name):
                changes.setdefault(day, []).append((name, standing))
        for day in sorted(changes):
            if day > LATEST:
                break
            self.advance(day, changes[day])
        used = dict.fromkeys(
            value.citation
            for name in sorted(self.spans)
            for span in self.spans[name]
            for value in span.values
        )
        ordered = [0, *(number for number in used if number)]
        renumbered = {old: new for new, old in enumerate(ordered)}
        return NamedRules(
            area=self.chain[-1].area.code,
            parameters={
                name: tuple(_renumbered(span, renumbered) for span in self.spans[name])
                for name in sorted(self.spans)
                if self.spans[name]
            },
            citations=tuple(self.citations[old] for old in ordered),
            groups=self.names.texts["group"],
            diseases=self.names.texts["disease"],
        )

    def advance(self, day: int, changes: list[tuple[str, tuple[_Stand, ...]]]) -> None:
        """Go on to the next day on which something changes."""
        changed = [name for name, _ in changes]
        for name, standing in changes:
            self.fills.pop(name, None)
            self.current[name] = standing
        # A formula is worked out anew whenever anything changes: it may hang on what did.
        for name, standing in self.current.items():
            if any(leaf.formula is not None for stand in standing for leaf in stand.leaves):
                self.fills.pop(name, None)
                changed.append(name)
        for name in dict.fromkeys(changed):
            self.work_out(name, ())
            self.extend(name, day)

    def extend(self, name: str, day: int) -> None:
        """Begin a new span where the parameter says something else than until now."""
        declaration = DECLARATIONS[name]
        spans = self.spans.setdefault(name, [])
        values = []
        stated = self.grids[name].stated(self.fills[name])
        seen = {id(fill) for fill in stated}
        for fill in self.fills[name]:
            if id(fill) in seen:
                figure = figure_of(declaration, fill.number)
                values.append(Value(fill.members, figure, fill.citation))
        open_span = spans[-1] if spans and spans[-1].last_day is None else None
        if open_span is not None:
            if self.same(name, open_span, stated):
                return
            spans[-1] = open_span._replace(last_day=day - 1)
        if values:
            spans.append(Span(day, None, tuple(values)))

    def same(self, name: str, span: Span, stated: list[_Fill | None]) -> bool:
        """Whether a span says for each combination what is stated now."""
        declaration = DECLARATIONS[name]
        grid = self.grids[name]
        said: list[tuple[int | str, int] | None] = [None] * grid.size
        for value in span.values:
            for cell in grid.cells(value.members):
                said[cell] = (value.figure, value.citation)
        return said == [
            (figure_of(declaration, fill.number), fill.citation) if fill is not None else None
            for fill in stated
        ]

    def work_out(self, name: str, asking: tuple[str, ...]) -> None:
        """The fills of a parameter: each layer over those above it."""
        if name in self.fills or name not in self.grids:
            return
        grid = self.grids[name]
        standing = self.current.get(name, ())
        fills: list[_Fill] = []
        for at, stand in enumerate(standing):
            # A formula that a lower area covers in full may refer to what that area gave up.
            covered = {
                cell
                for lower in standing[at + 1 :]
                for leaf in lower.leaves
                for cell in grid.cells(leaf.holds_for)
            }
            for leaf, citation in zip(stand.leaves, stand.citations, strict=True):
                if leaf.formula is None:
                    fills.append(_Fill(leaf.holds_for, leaf.number, citation))
                elif not covered.issuperset(grid.cells(leaf.holds_for)):
                    fills.append(self.work_out_leaf(name, stand, leaf, leaf.formula, asking))
        self.fills[name] = tuple(fills)

    def work_out_leaf(
        self, name: str, stand: _Stand, leaf: Leaf, formula: Formula, asking: tuple[str, ...]
    ) -> _Fill:
        if name in asking:
            raise leaf.node.fault(
                message("公式互相引用：{names}", names=" → ".join((*asking, name))), "formula"
            )
        behind: list[Citation] = []
        amounts = []
        for reference in (formula.of, formula.minus):
            if reference:
                self.work_out(reference, (*asking, name))
                amounts.append(self.amount(reference, leaf, behind))
        result = MISSING
        if MISSING not in amounts:
            result = ratio_amount(amounts[0], formula.ratio, ROUND_HALF_UP)
            result -= amounts[1] if len(amounts) > 1 else 0
            if result < 0:
                raise leaf.node.fault(message("{name} 的公式算出负数", name=name), "formula")
        text = number_text(stand.entry.declaration, result)
        text = f"{text}（{formula_text(formula)}）"
        citation = self.cite(self.combine(stand, leaf, text, behind))
        return _Fill(leaf.holds_for, result, citation)

    def amount(self, name: str, leaf: Leaf, behind: list[Citation]) -> int:
        """What a formula refers to, in fen; MISSING where nothing is in force."""
        default = default_of(DECLARATIONS[name].table)
        stated: list[_Fill | None] = [None]
        if name in self.grids:
            stated = self.grids[name].stated(self.fills[name])
        numbers = {fill.number if fill is not None else default for fill in stated}
        if len(numbers) > 1:
            raise leaf.node.fault(
                message("公式引用的 {name} 随键变化，不能当作一个数", name=name), "formula"
            )
        amount = numbers.pop()
        if amount == NONE:
            # Nothing to work out from: who needs the result is refused, the rest goes on.
            return MISSING
        cited = dict.fromkeys(fill.citation if fill is not None else 0 for fill in stated)
        behind += (self.citations[number] for number in cited)
        return amount

    def combine(self, stand: _Stand, leaf: Leaf, text: str, behind: list[Citation]) -> Citation:
        """The citation of a formula: its own block, and all that it was worked out from."""
        own = self.citation(stand, leaf, text)
        sources = tuple(
            dict.fromkeys(source for citation in (own, *behind) for source in citation.sources)
        )
        disputes = tuple(
            dict.fromkeys(dispute for citation in (own, *behind) for dispute in citation.disputes)
        )
        own = own._replace(sources=sources, grade=self.grade(sources), disputes=disputes)
        # What is worked out from an assumed figure is itself assumed.
        assumed = next((citation for citation in behind if citation.status == ASSUMED), None)
        if own.status != ASSUMED and assumed is not None:
            own = own._replace(status=ASSUMED, basis=assumed.basis, gap=assumed.gap)
        return own


def _in_force(stacked: list[list[_Stand]], day: int) -> tuple[_Stand, ...]:
    """The block of each layer that holds on a day, top area first."""
    return tuple(
        stand
        for layer in stacked
        for stand in layer
        if stand.interval.first_day <= day
        and (stand.interval.last_day is None or day <= stand.interval.last_day)
    )


def _renumbered(span: Span, numbers: Mapping[int, int]) -> Span:
    values = (value._replace(citation=numbers[value.citation]) for value in span.values)
    return span._replace(values=tuple(values))


def compile_rulebook(
    chain: Sequence[Pack],
    sources: Mapping[str, Source],
    overlays: Sequence[Overlay] = (),
    known_on: int | None = None,
) -> Rulebook:
    """The rulebook of the lowest area of ``chain``; ``InputError`` for a value that is wrong.

    ``known_on`` is a day number: what became known later does not exist for it.
    """
    return rulebook_of(_Compiler(chain, sources, overlays, known_on).build(), known_on)
