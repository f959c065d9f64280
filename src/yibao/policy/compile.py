"""The library of packs: areas, rulebooks and records, read from the cache where it is fresh."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yibao.errors import InputError
from yibao.messages import message
from yibao.policy.by_name import AreasByName
from yibao.policy.cache import Cache, content_key, program_key
from yibao.policy.cached import pack_rulebook, unpack_rulebook
from yibao.policy.days import day_number
from yibao.policy.model import Area, Dispute, Gap, Overlay, Source, Words
from yibao.policy.remembered import dispute_of, gap_of, source_of, unnamed
from yibao.policy.rulebook import Rulebook
from yibao.policy.shelves import (
    AREA_FILE,
    SOURCES_FOLDER,
    Shelf,
    contents,
    existing,
    outside_folders,
    packs_folder,
    shelves,
    tried_overlays,
)

if TYPE_CHECKING:
    from yibao.policy.model import Pack, Tree

__all__ = ["RECORD_FILES", "PolicyLibrary", "packs_folder"]

RECORD_FILES = ("disputes.yaml", "gaps.yaml")


class PolicyLibrary(AreasByName):
    """The packs below some folders, with the overlays of one run; thread-safe to read.

    An area's pack is read when something asks for it; a start reads the names of areas only.
    """

    def __init__(self, roots: Sequence[Path], overlays: Sequence[Overlay]) -> None:
        self.root = roots[0]
        self.roots = tuple(roots)
        self._overlays = tuple(overlays)
        self._cache = Cache(program_key())
        self._read_tree: Tree | None = None
        self._read_packs: dict[str, list[Pack]] = {}
        self._read_sources: dict[str, Source] | None = None
        self._read_records: dict[str, Any] | None = None
        self._rulebooks: dict[tuple[str, int | None], Rulebook] = {}
        self._areas: dict[str, Area] = {}
        self._shelves: dict[str, list[tuple[Shelf, Area]]] = {}
        """By area its own folder, then those laid over it."""
        self._keys: dict[str, str] = {}
        self._knowledge: dict[str, tuple[int, ...]] = {}
        self._chain_knowledge: dict[str, tuple[int, ...]] = {}
        self._index()
        for overlay in self._overlays:
            if overlay.area is not None and overlay.area not in self._areas:
                self._laid_on(overlay.area)

    @classmethod
    def load(cls, root: Path | None = None, overlays: Sequence[Path] = ()) -> PolicyLibrary:
        """The packs of the package and those that ``YIBAO_PACKS`` names; or those of ``root``.

        Reads YAML only where no earlier run has read the same files.  ``InputError``
        names file, line and key of the first fault.
        """
        named = [packs_folder(), *outside_folders()] if root is None else [root]
        overlays = [*(tried_overlays() if root is None else ()), *overlays]
        return cls._of([existing(folder) for folder in named], overlays)

    @classmethod
    def load_with(cls, *outside: Path) -> PolicyLibrary:
        """The packs of the package, those that the environment names and those of folders."""
        named = dict.fromkeys(map(existing, (packs_folder(), *outside_folders(), *outside)))
        return cls._of(list(named), ())

    @classmethod
    def _of(cls, roots: list[Path], overlays: Sequence[Path]) -> PolicyLibrary:
        laid: list[Overlay] = []
        if overlays:
            from yibao.policy.overlays import read_overlay

            laid = [read_overlay(path) for path in overlays]
        try:
            return cls(roots, laid)
        except OSError as error:
            raise InputError(
                message("政策包读不出来：{error}", error=str(error)), place=str(roots[-1])
            ) from None

    # --- areas ---

    def areas(self) -> tuple[Area, ...]:
        """All areas that have a pack, parents before children."""
        return tuple(self._areas.values())

    def chain(self, code: str) -> tuple[Area, ...]:
        """The areas from the top down to ``code``, or to the one whose pack speaks for it."""
        areas = []
        at: str | None = code if code in self._areas else self.area(code).code
        while at is not None:
            area = self._areas[at]
            areas.append(area)
            at = area.parent
        return tuple(reversed(areas))

    # --- rulebooks ---

    def rulebook(self, area_code: str, known_on: datetime.date | None = None) -> Rulebook:
        """The rules of an area as known on a day (None: everything known)."""
        code = self.area(area_code).code
        cut = self._cut(code, known_on)
        rulebook = self._rulebooks.get((code, cut))
        if rulebook is None:
            rulebook = self._rulebooks[(code, cut)] = self._make(code, cut)
        return rulebook

    def _cut(self, code: str, known_on: datetime.date | None) -> int | None:
        """The last day that knows what ``known_on`` knows; None if that is everything."""
        if known_on is None:
            return None
        days = self.knowledge_days(code)
        day = day_number(known_on)
        if not days or day >= days[-1]:
            return None
        return days[bisect_right(days, day)] - 1

    def knowledge_days(self, code: str) -> tuple[int, ...]:
        """The days on which a value of the chain became known after it was in force."""
        days = self._chain_knowledge.get(code)
        if days is None:
            known_days = {day for area in self.chain(code) for day in self._known_later(area.code)}
            for overlay in self._laid_over(code):
                for entry in overlay.parameters.values():
                    known_days |= {
                        block.known_from for block in entry.blocks if block.known_from is not None
                    }
            days = self._chain_knowledge[code] = tuple(sorted(known_days))
        return days

    def _known_later(self, code: str) -> tuple[int, ...]:
        days = self._knowledge.get(code)
        if days is None:
            name = f"knowledge-{code}-{self._pack_key(code)}"
            days = self._cache.read(name)
            if days is None:
                from yibao.policy.standing import knowledge_days

                days = tuple(knowledge_days(self.packs_of(code)))
                self._cache.write(name, days)
            self._knowledge[code] = days
        return days

    def _laid_over(self, code: str) -> list[Overlay]:
        chain = {area.code for area in self.chain(code)}
        return [
            overlay
            for overlay in self._overlays
            if overlay.area is None or self._laid_on(overlay.area) in chain
        ]

    def _laid_on(self, text: str) -> str:
        """The area that an overlay names: it must have a pack of its own."""
        own = self._with_pack(text)
        if own is None:
            raise self.missing_pack(self.locate(text))
        return own.code

    def _make(self, code: str, cut: int | None) -> Rulebook:
        overlays = self._laid_over(code)
        name = f"rulebook-{code}-{'all' if cut is None else cut}-{self._chain_key(code)}"
        if not overlays:
            packed = self._cache.read(name)
            if packed is not None:
                return unpack_rulebook(packed)
        from yibao.policy.resolve import compile_rulebook

        rulebook = compile_rulebook(self.chain_of(code), self.sources(), overlays, cut)
        if not overlays:
            self._cache.write(name, pack_rulebook(rulebook))
        return rulebook

    def _pack_key(self, code: str) -> str:
        """Of all files of an area's own pack and of what is laid over it."""
        key = self._keys.get(code)
        if key is None:
            key = self._keys[code] = content_key(
                (f"{shelf.folder}/{name}", content)
                for shelf, _ in self._shelves[code]
                for name, content in contents(shelf.folder)
            )
        return key

    def _chain_key(self, code: str) -> str:
        parts = [(area.code, self._pack_key(area.code).encode()) for area in self.chain(code)]
        return content_key([*parts, ("sources", self._sources_key().encode())])

    def _sources_key(self) -> str:
        key = self._keys.get(SOURCES_FOLDER)
        if key is None:
            folders = [folder for root in self.roots if (folder := root / SOURCES_FOLDER).is_dir()]
            key = self._keys[SOURCES_FOLDER] = content_key(
                (f"{folder}/{name}", content)
                for folder in folders
                for name, content in contents(str(folder))
            )
        return key

    # --- what the packs hold beside the rules ---

    @property
    def tree(self) -> Tree:
        """Everything as written; reads all the YAML there is: for whole surveys only."""
        if self._read_tree is None:
            from yibao.policy.packs import read_tree

            tree = read_tree(self.roots[0])
            for root in self.roots[1:]:
                read_tree(root, beneath=tree)
            self._read_tree = tree
        return self._read_tree

    def packs_of(self, code: str) -> list[Pack]:
        """What an area's folder holds as it is written, then what is laid over it."""
        if self._read_tree is not None:
            return [self._read_tree.packs[code], *self._read_tree.layers.get(code, ())]
        packs = self._read_packs.get(code)
        if packs is None:
            from yibao.policy.packs import read_pack

            packs = self._read_packs[code] = [
                read_pack(Path(shelf.root), Path(shelf.folder), area)
                for shelf, area in self._shelves[code]
            ]
        return packs

    def chain_of(self, code: str) -> list[Pack]:
        """The packs from the top area down to ``code``, each with what is laid over it."""
        return [pack for area in self.chain(code) for pack in self.packs_of(area.code)]

    def sources(self) -> Mapping[str, Source]:
        """All facts by id."""
        if self._read_sources is None:
            name = f"sources-{self._sources_key()}"
            rows = self._cache.read(name)
            if rows is None:
                facts = self._facts()
                self._cache.write(name, unnamed([asdict(fact) for fact in facts.values()]))
            else:
                facts = {row["id"]: source_of(row) for row in rows}
            self._read_sources = facts
        return self._read_sources

    def _facts(self) -> dict[str, Source]:
        from yibao.policy.packs import source_files
        from yibao.policy.reading import Faults
        from yibao.policy.records import read_sources

        facts: dict[str, Source] = {}
        for root in self.roots:
            for path, shown in source_files(root):
                read_sources(path, shown, facts, Faults())
        return facts

    def folders(self) -> list[str]:
        """The folders of all areas, those above before those below."""
        return [shelf.folder for entries in self._shelves.values() for shelf, _ in entries]

    def key_of(self, code: str) -> str:
        """A key that changes with any file of an area's own pack."""
        return self._pack_key(code)

    def remembered(
        self, name: str, contents: Iterable[tuple[str, bytes]], make: Callable[[], Any]
    ) -> Any:
        """Something plain that was made of some contents, from the cache where it is there."""
        entry = f"{name}-{content_key(contents)}"
        value = self._cache.read(entry)
        if value is None:
            value = make()
            self._cache.write(entry, value)
        return value

    def disputes(self) -> Mapping[str, Dispute]:
        """All recorded disputes by id."""
        disputes: Mapping[str, Dispute] = self._records()["disputes"]
        return disputes

    def gaps(self) -> Mapping[str, Gap]:
        """All recorded gaps by id."""
        gaps: Mapping[str, Gap] = self._records()["gaps"]
        return gaps

    def _records(self) -> dict[str, Any]:
        """Disputes and gaps of all areas; the files that record them are few and small."""
        if self._read_records is None:
            listed = [
                (code, shelf, area)
                for code, entries in self._shelves.items()
                for shelf, area in entries
            ]
            files = [
                (file, file.read_bytes())
                for _, shelf, _ in listed
                for name in RECORD_FILES
                if (file := Path(shelf.folder, name)).is_file()
            ]
            name = f"records-{content_key((str(file), content) for file, content in files)}"
            rows = self._cache.read(name)
            if rows is None:
                from yibao.policy.packs import read_records

                packs = [
                    read_records(Path(shelf.root), Path(shelf.folder), area)
                    for _, shelf, area in listed
                ]
                rows = unnamed(
                    {
                        "disputes": [
                            asdict(row) for pack in packs for row in pack.disputes.values()
                        ],
                        "gaps": [asdict(row) for pack in packs for row in pack.gaps.values()],
                    }
                )
                self._cache.write(name, rows)
            self._read_records = {
                "disputes": {row["id"]: dispute_of(row) for row in rows["disputes"]},
                "gaps": {row["id"]: gap_of(row) for row in rows["gaps"]},
            }
        return self._read_records

    def _index(self) -> None:
        """The areas, from their own small files or from what an earlier run read of them."""
        listed = shelves(self.roots)
        key = content_key(
            (shelf.folder, Path(shelf.folder, AREA_FILE).read_bytes()) for shelf in listed
        )
        name = f"areas-{key}"
        rows = self._cache.read(name)
        if rows is None:
            from yibao.policy.areas import read_areas

            rows = unnamed([asdict(area) for area in read_areas(listed, self.roots[0])])
            self._cache.write(name, rows)
            self._cache.prune()
        for shelf, row in zip(listed, rows, strict=True):
            area = Area(**{**row, "name": Words(*row["name"])})
            self._areas.setdefault(area.code, area)
            self._shelves.setdefault(area.code, []).append((shelf, area))
