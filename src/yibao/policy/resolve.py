"""Compiling of a chain of packs to a rulebook: the lowest area with a value in force wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from yibao.money import ROUND_HALF_UP, ratio_amount
from yibao.policy.days import LATEST
from yibao.policy.document import DocumentError
from yibao.policy.keys import KEYS
from yibao.policy.labels import member_label
from yibao.policy.layout import default_rules, no_cells, slice_cells
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
from yibao.policy.parameters import DECLARATIONS, MISSING, NONE
from yibao.policy.records import GRADES
from yibao.policy.rulebook import NO_CITATION, Citation, Rulebook
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
    found = []
    for at, block in enumerate(known):
        last = block.last_day
        if at + 1 < len(known):
            before_next = known[at + 1].first_day - 1
            last = before_next if last is None else min(last, before_next)
        found.append(Interval(block.first_day, last, block))
    return found


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
    """One block as it stands in one layer, with its cells read."""

    entry: ParameterEntry
    interval: Interval
    area: str
    leaves: list[Leaf]
    citations: list[int]
    """For each leaf the number of its citation; 0 for a formula, which has one a day."""
    formulas: bool


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
                if positions[key][name] >= KEYS[key].size:
                    raise DocumentError(
                        f"{KEYS[key].meaning}超过 {KEYS[key].size} 个：{name}",
                        file=layer.area.file if isinstance(layer, Pack) else layer.name,
                        line=1,
                    )
    return positions, texts


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
        self.rules = list(default_rules())
        self.cells = list(no_cells())
        self.current: dict[str, tuple[_Stand, ...]] = {}

    # --- timelines ---

    def timeline(self, name: str) -> list[tuple[int, tuple[_Stand, ...]]]:
        """What stands for a parameter from each day on which that changes, top area first."""
        stacked: list[list[_Stand]] = []
        for area, entries in self.layers:
            if name in entries:
                entry = entries[name]
                stacked.append(
                    [self.stand(entry, one, area) for one in intervals(entry, self.known_on)]
                )
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
        stand = _Stand(entry, interval, area, leaves, [], False)
        for leaf in leaves:
            if leaf.formula is None:
                text = number_text(entry.declaration, leaf.number)
                stand.citations.append(self.cite(self.citation(stand, leaf, text)))
            else:
                stand.citations.append(0)
                stand.formulas = True
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
        named = self.names.positions.get(key)
        at = named[member] if named is not None else KEYS[key].members.index(member)
        return member_label(key, at, member, self.names.texts)

    def grade(self, sources: Iterable[str]) -> str:
        """The best grade among sources; empty where none is known."""
        grades = {self.sources[one].grade for one in sources if one in self.sources}
        return next((grade for grade in GRADES if grade in grades), "")

    # --- segments ---

    def build(self) -> Rulebook:
        changes: dict[int, list[tuple[str, tuple[_Stand, ...]]]] = {}
        for name in sorted({name for _, entries in self.layers for name in entries}):
            for day, stand in self.timeline(name):
                changes.setdefault(day, []).append((name, stand))
        days: list[int] = []
        segments: list[tuple[int, ...]] = []
        cells: list[tuple[int, ...]] = []
        for day in sorted(changes):
            if day > LATEST:
                break
            self.advance(changes[day])
            rules, behind = tuple(self.rules), tuple(self.cells)
            if segments and rules == segments[-1] and behind == cells[-1]:
                continue
            days.append(day)
            segments.append(rules)
            cells.append(behind)
        ordered = list(dict.fromkeys([0, *(cell for row in cells for cell in row)]))
        renumbered = {old: new for new, old in enumerate(ordered)}
        return Rulebook(
            area=self.chain[-1].area.code,
            known_on=self.known_on,
            days=tuple(days),
            segments=tuple(segments),
            cells=tuple(tuple(map(renumbered.__getitem__, row)) for row in cells),
            citations=tuple(self.citations[old] for old in ordered),
            groups=self.names.positions["group"],
            diseases=self.names.positions["disease"],
            group_names=self.names.texts["group"],
            disease_names=self.names.texts["disease"],
        )

    def advance(self, changes: list[tuple[str, tuple[_Stand, ...]]]) -> None:
        """Go on to the next day on which something changes."""
        for name, standing in changes:
            for cell in slice_cells(DECLARATIONS[name]):
                self.rules[cell] = default_rules()[cell]
                self.cells[cell] = 0
            if not standing:
                self.current.pop(name, None)
                continue
            self.current[name] = standing
            for stand in standing:
                self.fill_stand(stand)
        # A formula is worked out anew whenever anything changes: it may hang on what did.
        done: set[str] = set()
        for name, standing in self.current.items():
            if any(stand.formulas for stand in standing):
                self.work_out(name, done, ())

    def fill_stand(self, stand: _Stand) -> None:
        """Per key the lowest area wins: each fills over what stands above it."""
        for leaf, citation in zip(stand.leaves, stand.citations, strict=True):
            if leaf.formula is None:
                self.fill(leaf, leaf.number, citation)

    def fill(self, leaf: Leaf, number: int, citation: int) -> None:
        for cell in leaf.cells:
            self.rules[cell] = number
            self.cells[cell] = citation

    def work_out(self, name: str, done: set[str], asking: tuple[str, ...]) -> None:
        standing = self.current.get(name, ())
        if name in done or not any(stand.formulas for stand in standing):
            return
        for at, stand in enumerate(standing):
            # A formula that a lower area covers in full may refer to what that area gave up.
            covered = {
                cell for lower in standing[at + 1 :] for leaf in lower.leaves for cell in leaf.cells
            }
            for leaf in stand.leaves:
                if leaf.formula is not None and not covered.issuperset(leaf.cells):
                    self.work_out_leaf(name, stand, leaf, leaf.formula, done, asking)
            self.fill_stand(stand)
        done.add(name)

    def work_out_leaf(
        self,
        name: str,
        stand: _Stand,
        leaf: Leaf,
        formula: Formula,
        done: set[str],
        asking: tuple[str, ...],
    ) -> None:
        if name in asking:
            raise leaf.node.fault(f"公式互相引用：{' → '.join((*asking, name))}", "formula")
        behind: list[Citation] = []
        amounts = []
        for reference in (formula.of, formula.minus):
            if reference:
                self.work_out(reference, done, (*asking, name))
                amounts.append(self.amount(reference, leaf, behind))
        result = MISSING
        if MISSING not in amounts:
            result = ratio_amount(amounts[0], formula.ratio, ROUND_HALF_UP)
            result -= amounts[1] if len(amounts) > 1 else 0
            if result < 0:
                raise leaf.node.fault(f"{name} 的公式算出负数", "formula")
        text = number_text(stand.entry.declaration, result)
        text = f"{text}（{formula_text(formula)}）"
        self.fill(leaf, result, self.cite(self.combine(stand, leaf, text, behind)))

    def amount(self, name: str, leaf: Leaf, behind: list[Citation]) -> int:
        """What a formula refers to, in fen; MISSING where nothing is in force."""
        own = slice_cells(DECLARATIONS[name])
        found = {self.rules[cell] for cell in own}
        if len(found) > 1:
            raise leaf.node.fault(f"公式引用的 {name} 随键变化，不能当作一个数", "formula")
        amount = found.pop()
        if amount == NONE:
            # Nothing to work out from: who needs the result is refused, the rest goes on.
            return MISSING
        behind += (self.citations[one] for one in dict.fromkeys(self.cells[cell] for cell in own))
        return amount

    def combine(self, stand: _Stand, leaf: Leaf, text: str, behind: list[Citation]) -> Citation:
        """The citation of a formula: its own block, and all that it was worked out from."""
        own = self.citation(stand, leaf, text)
        sources = tuple(
            dict.fromkeys(one for citation in (own, *behind) for one in citation.sources)
        )
        disputes = tuple(
            dict.fromkeys(one for citation in (own, *behind) for one in citation.disputes)
        )
        own = own._replace(sources=sources, grade=self.grade(sources), disputes=disputes)
        # What is worked out from an assumed figure is itself assumed.
        assumed = next((one for one in behind if one.status == ASSUMED), None)
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


def compile_rulebook(
    chain: Sequence[Pack],
    sources: Mapping[str, Source],
    overlays: Sequence[Overlay] = (),
    known_on: int | None = None,
) -> Rulebook:
    """The rulebook of the lowest area of ``chain``; ``InputError`` for a value that is wrong.

    ``known_on`` is a day number: what became known later does not exist for it.
    """
    return _Compiler(chain, sources, overlays, known_on).build()
