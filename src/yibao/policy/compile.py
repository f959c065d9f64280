"""The library of packs: areas, rulebooks and records, read from the cache where it is fresh."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yibao.errors import InputError, NotFoundError
from yibao.messages import Listed, message
from yibao.policy.cache import Cache, content_key
from yibao.policy.cached import pack_rulebook, unpack_rulebook
from yibao.policy.days import day_number
from yibao.policy.model import Area, Dispute, Document, Gap, Overlay, Side, Source, Words
from yibao.policy.rulebook import Rulebook

if TYPE_CHECKING:
    from yibao.policy.model import Tree

_INDEX = "areas"
_RECORDS = "records"


def packs_folder() -> Path:
    """The packs that come with the package."""
    return Path(__file__).resolve().parent.parent / "packs"


def pack_files(root: Path) -> list[str]:
    """All YAML files below ``root``, as sorted paths with slashes."""
    return sorted(
        path.relative_to(root).as_posix()
        for pattern in ("*.yaml", "*.yml")
        for path in root.rglob(pattern)
    )


class PolicyLibrary:
    """All packs of one tree, with the overlays of one run; thread-safe to read."""

    def __init__(self, root: Path, overlays: Sequence[Overlay], cache: Cache) -> None:
        self.root = root
        self._overlays = tuple(overlays)
        self._cache = cache
        self._read_tree: Tree | None = None
        self._read_records: dict[str, Any] | None = None
        self._rulebooks: dict[tuple[str, int | None], Rulebook] = {}
        self._areas: dict[str, Area] = {}
        self._knowledge: dict[str, tuple[int, ...]] = {}
        self._chain_knowledge: dict[str, tuple[int, ...]] = {}
        self._index()
        for overlay in self._overlays:
            if overlay.area is not None and overlay.area not in self._areas:
                self.area(overlay.area)

    @classmethod
    def load(cls, root: Path | None = None, overlays: Sequence[Path] = ()) -> PolicyLibrary:
        """The packs below ``root`` (those of the package by default).

        Reads YAML only where no earlier run has read the same files.  ``InputError``
        names file, line and key of the first fault.
        """
        folder = (root or packs_folder()).resolve()
        if not folder.is_dir():
            raise InputError(message("没有这个政策包文件夹"), place=str(folder))
        laid: list[Overlay] = []
        if overlays:
            from yibao.policy.packs import read_overlay

            laid = [read_overlay(path) for path in overlays]
        try:
            key = content_key(folder, pack_files(folder))
        except OSError as error:
            raise InputError(
                message("政策包读不出来：{error}", error=str(error)), place=str(folder)
            ) from None
        return cls(folder, laid, Cache(key))

    # --- areas ---

    def areas(self) -> tuple[Area, ...]:
        """All areas that have a pack, parents before children."""
        return tuple(self._areas.values())

    def area(self, text: str) -> Area:
        """The area with this code, Chinese or English name; ``NotFoundError`` lists what exists."""
        if text in self._areas:
            return self._areas[text]
        plain = text.strip().casefold()
        for area in self._areas.values():
            short = area.name.zh.removesuffix("省").removesuffix("市")
            if plain in (area.name.zh, short, area.name.en.casefold()):
                return area
        known = Listed(
            message("{code} {name}", code=area.code, name=area.name)
            for area in self._areas.values()
        )
        raise NotFoundError(
            message(
                "没有 {text} 的政策包；现有：{known}", text=text, known=known or message("（无）")
            )
        )

    def covering(self, code: str) -> Area | None:
        """The nearest area with a pack for a GB/T 2260 code; never a whole country alone."""
        for candidate in (code, f"{code[:4]}00", f"{code[:2]}0000"):
            area = self._areas.get(candidate)
            if area is not None and area.parent is not None:
                return area
        return None

    def chain(self, code: str) -> tuple[Area, ...]:
        """The areas from the top down to ``code``."""
        areas = []
        at: str | None = code
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
            known_days = {day for area in self.chain(code) for day in self._knowledge[area.code]}
            for overlay in self._laid_over(code):
                for entry in overlay.parameters.values():
                    known_days |= {
                        block.known_from for block in entry.blocks if block.known_from is not None
                    }
            days = self._chain_knowledge[code] = tuple(sorted(known_days))
        return days

    def _laid_over(self, code: str) -> list[Overlay]:
        chain = {area.code for area in self.chain(code)}
        return [
            overlay
            for overlay in self._overlays
            if overlay.area is None or self.area(overlay.area).code in chain
        ]

    def _make(self, code: str, cut: int | None) -> Rulebook:
        overlays = self._laid_over(code)
        name = f"rulebook-{code}-{'all' if cut is None else cut}"
        if not overlays:
            packed = self._cache.read(name)
            if packed is not None:
                return unpack_rulebook(packed)
        from yibao.policy.resolve import compile_rulebook

        tree = self.tree
        rulebook = compile_rulebook(tree.chain(code), tree.sources, overlays, cut)
        if not overlays:
            self._cache.write(name, pack_rulebook(rulebook))
        return rulebook

    # --- what the packs hold beside the rules ---

    @property
    def tree(self) -> Tree:
        """Everything as written; reads the YAML."""
        if self._read_tree is None:
            from yibao.policy.packs import read_tree

            self._read_tree = read_tree(self.root)
        return self._read_tree

    def sources(self) -> Mapping[str, Source]:
        """All facts by id."""
        sources: Mapping[str, Source] = self._records()["sources"]
        return sources

    def disputes(self) -> Mapping[str, Dispute]:
        """All recorded disputes by id."""
        disputes: Mapping[str, Dispute] = self._records()["disputes"]
        return disputes

    def gaps(self) -> Mapping[str, Gap]:
        """All recorded gaps by id."""
        gaps: Mapping[str, Gap] = self._records()["gaps"]
        return gaps

    def _records(self) -> dict[str, Any]:
        if self._read_records is None:
            records = self._cache.read(_RECORDS)
            if records is None:
                tree = self.tree
                records = {
                    "sources": [asdict(source) for source in tree.sources.values()],
                    "disputes": [asdict(dispute) for dispute in tree.disputes()],
                    "gaps": [asdict(gap) for gap in tree.gaps()],
                }
                records = _unnamed(records)
                self._cache.write(_RECORDS, records)
            self._read_records = {
                "sources": {row["id"]: _source(row) for row in records["sources"]},
                "disputes": {row["id"]: _dispute(row) for row in records["disputes"]},
                "gaps": {row["id"]: _gap(row) for row in records["gaps"]},
            }
        return self._read_records

    def _index(self) -> None:
        rows = self._cache.read(_INDEX)
        if rows is None:
            from yibao.policy.standing import knowledge_days

            packs = self.tree.packs.values()
            rows = _unnamed([[asdict(pack.area), knowledge_days([pack])] for pack in packs])
            self._cache.write(_INDEX, rows)
            self._cache.prune()
        for row, knowledge in rows:
            area = Area(**{**row, "name": Words(*row["name"])})
            self._areas[area.code] = area
            self._knowledge[area.code] = tuple(knowledge)


def _unnamed(value: Any) -> Any:
    """Named tuples as plain ones, which is what the cache can hold."""
    if isinstance(value, dict):
        return {key: _unnamed(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(_unnamed(item) for item in value)
    if isinstance(value, list):
        return [_unnamed(item) for item in value]
    return value


def _source(row: dict[str, Any]) -> Source:
    return Source(
        **{**row, "documents": tuple(Document(**document) for document in row["documents"])}
    )


def _dispute(row: dict[str, Any]) -> Dispute:
    sides = tuple(Side(Words(*side["says"]), side["facts"]) for side in row["sides"])
    return Dispute(
        **{
            **row,
            "question": Words(*row["question"]),
            "reason": Words(*row["reason"]),
            "sides": sides,
        }
    )


def _gap(row: dict[str, Any]) -> Gap:
    return Gap(**{**row, "missing": Words(*row["missing"]), "note": Words(*row["note"])})
