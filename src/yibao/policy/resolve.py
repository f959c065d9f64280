"""Compiling of a chain of packs to a rulebook: the lowest area with a value in force wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from yibao.messages import message
from yibao.money import ratio_amount
from yibao.policy.about import not_about
from yibao.policy.combinations import Fill, Grid
from yibao.policy.days import LATEST
from yibao.policy.keys import FIXED, KEYS
from yibao.policy.labels import member_label
from yibao.policy.layout import default_of
from yibao.policy.model import (
    ASSUMED,
    OVERLAY,
    Overlay,
    Pack,
    ParameterEntry,
    Source,
)
from yibao.policy.named import NamedRules, Span, Value, figure_of
from yibao.policy.parameters import DECLARATIONS, MISSING, NONE
from yibao.policy.records import GRADES
from yibao.policy.rulebook import NO_CITATION, Citation, Rulebook, rulebook_of
from yibao.policy.standing import Interval, Stand, in_force, intervals, number_names
from yibao.policy.values import Formula, Leaf, formula_text, number_text, read_leaves


class _Names(NamedTuple):
    positions: dict[str, dict[str, int]]
    texts: dict[str, dict[str, str]]


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
        self.grids: dict[str, Grid] = {}
        self.current: dict[str, tuple[Stand, ...]] = {}
        """What stands of each parameter on the day that has been reached."""
        self.fills: dict[str, tuple[Fill, ...]] = {}
        """The same as numbers; of a parameter with formulas only once they are worked out."""
        self.spans: dict[str, list[Span]] = {}

    # --- timelines ---

    def timeline(self, name: str) -> list[tuple[int, tuple[Stand, ...]]]:
        """What stands for a parameter from each day on which that changes, top area first."""
        stacked: list[list[Stand]] = []
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
        self.grids[name] = Grid(DECLARATIONS[name], self.names.positions, leaves)
        days = set()
        for layer in stacked:
            for stand in layer:
                days.add(stand.interval.first_day)
                if stand.interval.last_day is not None:
                    days.add(stand.interval.last_day + 1)
        changes: list[tuple[int, tuple[Stand, ...]]] = []
        before: tuple[Stand, ...] = ()
        for day in sorted(days):
            standing = in_force(stacked, day)
            if standing != before:
                changes.append((day, standing))
            before = standing
        return changes

    def stand(self, entry: ParameterEntry, interval: Interval, area: str) -> Stand:
        leaves = read_leaves(entry, interval.block, self.names.positions)
        stand = Stand(entry, interval, area, leaves, [])
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

    def citation(self, stand: Stand, leaf: Leaf, text: str) -> Citation:
        block = stand.interval.block
        name = stand.entry.declaration.name
        assumed = next((part for part in block.assumed if part.covers(leaf.members)), None)
        others = not_about(block, stand.leaves, leaf)
        sources = tuple(name for name in block.sources if name not in others)
        return Citation(
            parameter=name,
            area=stand.area,
            keys=" · ".join(self.label(key, member) for key, member in leaf.members),
            value=text,
            first_day=stand.interval.first_day,
            last_day=stand.interval.last_day,
            sources=() if assumed else sources,
            grade="" if assumed else self.grade(sources),
            status=ASSUMED if assumed else block.status,
            basis=assumed.basis if assumed else block.basis,
            gap=assumed.gap if assumed else block.gap,
            disputes=tuple(name for name in block.disputes if name not in others),
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
        changes: dict[int, list[tuple[str, tuple[Stand, ...]]]] = {}
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

    def advance(self, day: int, changes: list[tuple[str, tuple[Stand, ...]]]) -> None:
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

    def same(self, name: str, span: Span, stated: list[Fill | None]) -> bool:
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
        fills: list[Fill] = []
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
                    fills.append(Fill(leaf.holds_for, leaf.number, citation))
                elif not covered.issuperset(grid.cells(leaf.holds_for)):
                    fills.append(self.work_out_leaf(name, stand, leaf, leaf.formula, asking))
        self.fills[name] = tuple(fills)

    def work_out_leaf(
        self, name: str, stand: Stand, leaf: Leaf, formula: Formula, asking: tuple[str, ...]
    ) -> Fill:
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
            result = ratio_amount(amounts[0], formula.ratio, formula.rounding)
            result -= amounts[1] if len(amounts) > 1 else 0
            if result < 0:
                raise leaf.node.fault(message("{name} 的公式算出负数", name=name), "formula")
            result = max(result, formula.at_least)
        text = number_text(stand.entry.declaration, result)
        text = f"{text}（{formula_text(formula)}）"
        citation = self.cite(self.combine(stand, leaf, text, behind))
        return Fill(leaf.holds_for, result, citation)

    def amount(self, name: str, leaf: Leaf, behind: list[Citation]) -> int:
        """What a formula refers to, in fen; MISSING where nothing is in force."""
        default = default_of(DECLARATIONS[name].table)
        stated: list[Fill | None] = [None]
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

    def combine(self, stand: Stand, leaf: Leaf, text: str, behind: list[Citation]) -> Citation:
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
