"""What a tree of packs holds, as it is written, with the file and line of everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from yibao.messages import CHINESE
from yibao.policy.kinds import ValueStatus

if TYPE_CHECKING:
    from yibao.policy.document import Node
    from yibao.policy.parameters import Declaration

SOURCED, ASSUMED, QUARANTINED = STATUSES = tuple(status.value for status in ValueStatus)
"""Plain texts, because rulebooks are cached through ``marshal``, which knows no enum."""

OVERLAY = "overlay"
"""Stands for the area of a value that an overlay gives."""


class Words(NamedTuple):
    """A text of the packs in two languages; ``en`` may be empty."""

    zh: str
    en: str = ""

    def text(self, language: str = CHINESE) -> str:
        """The text in a language; Chinese where there is no other."""
        return self.zh if language == CHINESE or not self.en else self.en


@dataclass(frozen=True, slots=True)
class AssumedPart:
    """The part of a block's keys that no source gives: ``members`` all lead to it."""

    members: frozenset[str]
    basis: str
    gap: str

    def covers(self, members: tuple[tuple[str, str], ...]) -> bool:
        """Whether a value with these (key, member) belongs to the part."""
        return self.members <= {member for _, member in members}


@dataclass(frozen=True, slots=True)
class About:
    """What a source or dispute of a block is about, where it is not about all of its values."""

    id: str
    members: frozenset[str]
    """Of one key: any of them; of several keys: one of each."""

    def covers(self, members: tuple[tuple[str, str], ...], keys: Set[str]) -> bool:
        """Whether it stands behind a value with these (key, member).

        ``keys``: those to which the members of this belong.
        """
        return all(member in self.members for key, member in members if key in keys)


@dataclass(frozen=True, slots=True)
class Block:
    """One dated value of a parameter in one area."""

    first_day: int
    last_day: int | None
    """As written in ``to``; a later block of the same parameter may end it sooner."""
    value: Node
    sources: tuple[str, ...]
    status: str
    basis: str
    gap: str
    disputes: tuple[str, ...]
    from_basis: str
    known_from: int | None
    note: Words
    confirmed_over: tuple[str, ...]
    assumed: tuple[AssumedPart, ...]
    about: tuple[About, ...]
    partial: bool
    """Keys that it leaves out keep what an area above gives."""
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ParameterEntry:
    """One parameter as one area (or overlay) writes it; blocks in the order of their days."""

    declaration: Declaration
    name: Words
    description: Words
    keys: tuple[str, ...]
    blocks: tuple[Block, ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Side:
    """What one side of a dispute says, and the facts that say it."""

    says: Words
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two or more sources that disagree, and the reasoned choice."""

    id: str
    area: str
    topic: str
    parameters: tuple[str, ...]
    question: Words
    sides: tuple[Side, ...]
    choice: str | None
    reason: Words
    confidence: str
    facts: tuple[str, ...]
    decided: int | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A figure that the first sources do not give."""

    id: str
    area: str
    parameters: tuple[str, ...]
    missing: Words
    found: tuple[str, ...]
    handled: str
    note: Words
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """Where a fact was read."""

    title: str
    url: str
    doc_no: str
    line: str
    fields: tuple[tuple[str, str], ...]
    """Everything that the record says about the place, as text."""


@dataclass(frozen=True, slots=True)
class Source:
    """One fact of one source, with its grade."""

    id: str
    region_name: str
    region_code: str
    scheme: str
    topic: str
    parameter: str
    value: str
    unit: str
    grade: str
    effective: str
    documents: tuple[Document, ...]
    note: str
    fields: Mapping[str, Any]
    """Everything else that the record holds, as plain text, lists and mappings."""
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Area:
    """One area that has a pack."""

    code: str
    name: Words
    folder: str
    """Path below the root of the tree, with slashes."""
    parent: str | None
    """Code of the area above."""
    complete: tuple[str, ...]
    """Topics that the pack claims to hold completely."""
    assumptions: bool
    """Whether a value without a source may be assumed here."""
    file: str
    line: int
    complete_lines: tuple[int, ...] = ()
    refuse_after: int | None = None
    """Day after which nothing of the pack holds; None: what stands is taken for later years."""


@dataclass(slots=True)
class Pack:
    """Everything in one area's folder."""

    area: Area
    groups: dict[str, str] = field(default_factory=dict)
    diseases: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, ParameterEntry] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    gaps: dict[str, Gap] = field(default_factory=dict)


@dataclass(slots=True)
class Overlay:
    """A small pack laid over an area's own for one run."""

    name: str
    area: str | None
    groups: dict[str, str]
    diseases: dict[str, str]
    parameters: dict[str, ParameterEntry]


@dataclass(slots=True)
class Tree:
    """All packs below one folder, parents before their children."""

    packs: dict[str, Pack] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    layers: dict[str, list[Pack]] = field(default_factory=dict)
    """Packs from elsewhere that lie over the one of the same area, the lowest first."""

    def chain(self, code: str) -> list[Pack]:
        """The packs from the top area down to ``code``, each with what is laid over it."""
        packs: list[Pack] = []
        at: str | None = code
        while at is not None:
            pack = self.packs[at]
            packs += [*reversed(self.layers.get(at, ())), pack]
            at = pack.area.parent
        return packs[::-1]

    def every(self) -> Iterator[Pack]:
        """All packs, each with what is laid over it."""
        for code, pack in self.packs.items():
            yield pack
            yield from self.layers.get(code, ())

    def disputes(self) -> Iterator[Dispute]:
        """All recorded disputes, in the order of the packs."""
        for pack in self.every():
            yield from pack.disputes.values()

    def gaps(self) -> Iterator[Gap]:
        """All recorded gaps, in the order of the packs."""
        for pack in self.every():
            yield from pack.gaps.values()
