"""The whole input of a settlement beside its visit and the accumulators, and settling from it.

Rulebooks are pinned by hash, so that settling again needs no pack and gives the same fen
however the packs, the person's facts or the grants have changed since.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from yibao.benefit.accounts import HeldGrant
from yibao.benefit.facts import Filing, Institution, Person, Visit
from yibao.benefit.settling import Settled, settle_visit
from yibao.benefit.state import PersonState
from yibao.errors import NotFoundError
from yibao.messages import Text, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.model import Area, Words
from yibao.policy.rulebook import Rulebook


class UsedRulebooks(PolicyLibrary):
    """A library that remembers which rulebooks a settlement asked for."""

    def __init__(self, library: PolicyLibrary) -> None:
        self._library = library
        self.used: dict[tuple[str, datetime.date | None], Rulebook] = {}

    def covering(self, code: str) -> Area | None:
        return self._library.covering(code)

    def rulebook(self, area_code: str, known_on: datetime.date | None = None) -> Rulebook:
        key = (area_code, known_on)
        rulebook = self.used.get(key)
        if rulebook is None:
            rulebook = self.used[key] = self._library.rulebook(area_code, known_on)
        return rulebook

    @property
    def pinned(self) -> list[Pinned]:
        """What was asked for; an area once where every day was answered the same."""
        by_area: dict[str, dict[datetime.date | None, str]] = {}
        for (area, known_on), rulebook in self.used.items():
            by_area.setdefault(area, {})[known_on] = rulebook.hash
        pinned = []
        for area, hashes in sorted(by_area.items()):
            if len(set(hashes.values())) == 1:
                pinned.append(Pinned(area, next(iter(hashes.values()))))
            else:
                pinned += [
                    Pinned(area, name, known_on, True)
                    for known_on, name in sorted(hashes.items(), key=lambda item: str(item[0]))
                ]
        return pinned


class Pinned(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rulebook by hash, as an area's answer to whatever day it was asked about."""

    area: str
    hash: str
    known_on: datetime.date | None = None
    exact: bool = False
    """Whether it answers ``known_on`` only."""


class Terms(msgspec.Struct, frozen=True):
    """Under which rules a settlement was made, with the kernel that made it."""

    area: str
    """The home area."""
    scheme: str
    kernel: str
    rulebook: str
    """Hash of the rulebook whose day counted."""
    rulebooks: list[Pinned]
    """All that were asked for."""


class PinnedRulebooks(PolicyLibrary):
    """A library that knows only the rulebooks pinned on one settlement."""

    def __init__(self, pinned: Iterable[Pinned], load: Callable[[str], Rulebook]) -> None:
        self._exact: dict[tuple[str, datetime.date | None], str] = {}
        self._any_day: dict[str, str] = {}
        self._areas: dict[str, Area] = {}
        for rulebook in pinned:
            self._areas[rulebook.area] = _pinned_area(rulebook.area)
            if rulebook.exact:
                self._exact[rulebook.area, rulebook.known_on] = rulebook.hash
            else:
                self._any_day[rulebook.area] = rulebook.hash
        self._load = load

    def covering(self, code: str) -> Area | None:
        candidates = (code, f"{code[:4]}00", f"{code[:2]}0000")
        return next((self._areas[area] for area in candidates if area in self._areas), None)

    def rulebook(self, area_code: str, known_on: datetime.date | None = None) -> Rulebook:
        name = self._exact.get((area_code, known_on)) or self._any_day.get(area_code)
        if name is None:
            day: Text = message("全部") if known_on is None else known_on.isoformat()
            raise NotFoundError(
                message(
                    "这笔结算没有留存 {area_code} 在 {day} 所知的规则书",
                    area_code=area_code,
                    day=day,
                )
            )
        return self._load(name)


def _pinned_area(code: str) -> Area:
    return Area(code, Words(code), "", None, (), False, "", 0)


@dataclass(frozen=True, slots=True)
class KnownInput:
    """Everything beside visit and state that a settlement was made from."""

    people: Mapping[str, Person]
    filings: Sequence[Filing]
    institution: Institution
    balances: Mapping[str, int]
    grants: Sequence[HeldGrant]
    versions: Mapping[str, bytes] = field(default_factory=dict)
    """The versions of people's facts that are kept already."""
    revision: int | None = None
    """Of the institution; None where the first form did not say."""

    def settle(
        self,
        library: PolicyLibrary,
        visit: Visit,
        state: PersonState,
        balances: Mapping[str, int] | None = None,
    ) -> Settled:
        """Settle ``visit`` from this input; nothing is written."""
        return settle_visit(
            library,
            self.people[visit.person],
            self.institution,
            visit,
            self.filings,
            state,
            dict(self.balances if balances is None else balances),
            self.people,
            self.grants,
        )
