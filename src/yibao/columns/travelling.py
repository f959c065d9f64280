"""A library that travels: its rules as bytes, without a path to any pack, overlays included.

A process elsewhere settles by exactly these rules: what the packs of its own machine say plays
no part, and no file has to lie there.
"""

from __future__ import annotations

import datetime
import json
import zlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from yibao.benefit import KERNEL_VERSION
from yibao.errors import InputError, MissingPackError
from yibao.messages import message
from yibao.policy.by_name import covering_codes, no_pack
from yibao.policy.compile import PolicyLibrary
from yibao.policy.days import day_number, to_date
from yibao.policy.rulebook import Rulebook

_MARK = b"yibao-rules-1\n"
"""What the bytes begin with; the number is that of their form."""


class HasCode(Protocol):
    """An area as the columns ask for it."""

    @property
    def code(self) -> str: ...


class RulesLibrary(Protocol):
    """What the columns ask of a library: packs on disk, or rules that travelled."""

    def covering(self, code: str) -> HasCode | None: ...
    def knowledge_days(self, code: str) -> tuple[int, ...]: ...
    def rulebook(self, area_code: str, known_on: datetime.date | None = None) -> Rulebook: ...
    def missing_pack(self, code: str) -> MissingPackError: ...


class _Area(NamedTuple):
    """An area with a pack: its rulebooks by what was known."""

    code: str
    days: tuple[int, ...]
    """Days on which something became known after it was in force."""
    hashes: tuple[str, ...]
    """Of the rulebook before each of these days, and after the last."""


class TravellingLibrary:
    """The rules of a library by area and state of knowledge."""

    def __init__(
        self,
        areas: Mapping[str, _Area],
        forms: Mapping[str, Mapping[str, Any]],
        records: Sequence[tuple[str, str]],
    ) -> None:
        """``forms``: stored rulebooks by hash; ``records``: (place, id) of facts of sources."""
        self._areas = areas
        self._forms = forms
        self._records = records
        self._rulebooks: dict[str, Rulebook] = {}

    @classmethod
    def of(cls, library: PolicyLibrary, areas: Sequence[str] = ()) -> TravellingLibrary:
        """The rules of a library; ``areas``: of these codes alone, else of all that have a pack."""
        wanted = set(areas)
        taken: dict[str, _Area] = {}
        forms: dict[str, Mapping[str, Any]] = {}
        for area in library.areas():
            if area.parent is None or (wanted and area.code not in wanted):
                continue
            days = library.knowledge_days(area.code)
            known: list[datetime.date | None] = [to_date(day - 1) for day in days]
            books = [library.rulebook(area.code, known_on) for known_on in (*known, None)]
            forms |= {book.hash: book.to_canonical() for book in books}
            taken[area.code] = _Area(area.code, days, tuple(book.hash for book in books))
        sources = library.sources().values()
        records = [(source.region_code, source.id) for source in sources if source.region_code]
        return cls(taken, forms, records)

    def to_bytes(self) -> bytes:
        """The rules as bytes, for :meth:`from_bytes` of the same version of the kernel."""
        content = {
            "kernel": KERNEL_VERSION,
            "areas": list(self._areas.values()),
            "rulebooks": self._forms,
            "records": self._records,
        }
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return _MARK + zlib.compress(text.encode(), 6)

    @classmethod
    def from_bytes(cls, content: bytes) -> TravellingLibrary:
        """The library of such bytes; ``InputError`` for others, or of another kernel."""
        try:
            if not content.startswith(_MARK):
                raise ValueError
            read = json.loads(zlib.decompress(content[len(_MARK) :]))
        except (ValueError, zlib.error):
            raise InputError(message("这不是 yibao 的规则，或者不完整")) from None
        if read["kernel"] != KERNEL_VERSION:
            raise InputError(
                message(
                    "规则由计算函数第 {kernel} 版写出，本程序是第 {version} 版",
                    kernel=read["kernel"],
                    version=KERNEL_VERSION,
                )
            )
        areas = {
            code: _Area(code, tuple(days), tuple(hashes)) for code, days, hashes in read["areas"]
        }
        records = [(place, record) for place, record in read["records"]]
        return cls(areas, read["rulebooks"], records)

    def covering(self, code: str) -> HasCode | None:
        """The nearest area with a pack for a GB/T 2260 code; never a whole country alone."""
        codes = (candidate for candidate in covering_codes(code) if candidate in self._areas)
        nearest = next(codes, None)
        return None if nearest is None else self._areas[nearest]

    def knowledge_days(self, code: str) -> tuple[int, ...]:
        """The days on which a value became known after it was in force."""
        return self._areas[code].days

    def rulebook(self, area_code: str, known_on: datetime.date | None = None) -> Rulebook:
        """The rules of an area as known on a day (None: everything known)."""
        area = self._areas[area_code]
        at = -1 if known_on is None else bisect_right(area.days, day_number(known_on))
        name = area.hashes[at]
        rulebook = self._rulebooks.get(name)
        if rulebook is None:
            rulebook = Rulebook.from_canonical(self._forms[name])
            if rulebook.hash != name:
                raise InputError(message("规则书的内容与它的校验值不符，可能被改动过"), place=name)
            self._rulebooks[name] = rulebook
        return rulebook

    def missing_pack(self, code: str) -> MissingPackError:
        """The error for a place without a pack."""
        wanted = {code, f"{code[:4]}00"}
        return no_pack(code, [record for place, record in self._records if place in wanted])

    def rulebook_table(self) -> pa.Table:
        """The rulebooks beside the data: ``hash`` as rows name it, ``area``, ``form`` (JSON)."""
        rows = [
            {"hash": name, "area": form["area"], "form": json.dumps(form, ensure_ascii=False)}
            for name, form in sorted(self._forms.items())
        ]
        schema = pa.schema([(name, pa.string()) for name in ("hash", "area", "form")])
        return pa.Table.from_pylist(rows, schema=schema)
