"""The whole input of a settlement, kept with it, and settling again from what was kept.

Rulebooks are pinned by hash, so that settling again needs no pack and gives the same fen
however the packs, the person's facts or the grants have changed since.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yibao.benefit.accounts import HeldGrant
from yibao.benefit.facts import Filing, Grant, Institution, Person, Visit
from yibao.benefit.settling import Settled, settle_visit
from yibao.benefit.state import PersonState
from yibao.errors import NotFoundError
from yibao.insured.grants import grant_row
from yibao.insured.profile import filings_of, person_of, profile_of
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import HospitalGrade, InstitutionKind, RelationKind, Sex
from yibao.policy.model import Area, Words
from yibao.policy.rulebook import Rulebook

Document = dict[str, Any]


class UsedRulebooks(PolicyLibrary):
    """A library that remembers which rulebooks a settlement asked for."""

    def __init__(self, library: PolicyLibrary) -> None:
        self._library = library
        self.used: dict[tuple[str, datetime.date | None], Rulebook] = {}

    def covering(self, code: str) -> Area | None:
        return self._library.covering(code)

    def rulebook(self, area_code: str, known_on: datetime.date | None = None) -> Rulebook:
        key = (area_code, known_on)
        found = self.used.get(key)
        if found is None:
            found = self.used[key] = self._library.rulebook(area_code, known_on)
        return found


class PinnedRulebooks(PolicyLibrary):
    """A library that knows only the rulebooks pinned on one settlement."""

    def __init__(self, pinned: Sequence[Sequence[Any]], load: Callable[[str], Rulebook]) -> None:
        self._pinned = {(area, known): found for area, known, found in pinned}
        self._areas = {area: _pinned_area(area) for area, _, _ in pinned}
        self._load = load

    def covering(self, code: str) -> Area | None:
        candidates = (code, f"{code[:4]}00", f"{code[:2]}0000")
        return next((self._areas[one] for one in candidates if one in self._areas), None)

    def rulebook(self, area_code: str, known_on: datetime.date | None = None) -> Rulebook:
        known = None if known_on is None else known_on.isoformat()
        pinned = self._pinned.get((area_code, known))
        if pinned is None:
            raise NotFoundError(f"这笔结算没有留存 {area_code} 在 {known or '全部'} 所知的规则书")
        return self._load(pinned)


def _pinned_area(code: str) -> Area:
    return Area(code, Words(code), "", None, (), False, "", 0)


@dataclass(frozen=True, slots=True)
class KnownInput:
    """Everything beside visit and state that a settlement was made from."""

    people: Mapping[str, Person]
    filings: tuple[Filing, ...]
    institution: Institution
    balances: Mapping[str, int]
    grants: tuple[HeldGrant, ...]

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

    def document(self, used: UsedRulebooks, person_id: str) -> Document:
        """The input as the settlement row keeps it, with the rulebooks that were asked for."""
        return {
            "people": {
                name: [
                    one.sex,
                    one.birth.isoformat(),
                    profile_of(one, self.filings if name == person_id else ()),
                ]
                for name, one in self.people.items()
            },
            "institution": [
                self.institution.id,
                self.institution.area,
                self.institution.kind,
                self.institution.price_class,
                self.institution.grade,
                self.institution.county,
                self.institution.dual_channel,
            ],
            "balances": dict(self.balances),
            "grants": [
                [held.grant.grantor, *grant_row(held)]
                for held in self.grants
                if held.grant.grantee == person_id
            ],
            "rulebooks": [
                [area, None if known is None else known.isoformat(), rulebook.hash]
                for (area, known), rulebook in used.used.items()
            ],
        }

    @classmethod
    def of(cls, document: Document, person_id: str) -> KnownInput:
        """The input of a stored document."""
        people = {
            name: person_of(name, Sex(sex), datetime.date.fromisoformat(birth), profile)
            for name, (sex, birth, profile) in document["people"].items()
        }
        return cls(
            people=people,
            filings=filings_of(person_id, document["people"][person_id][2]),
            institution=_institution(*document["institution"]),
            balances=document["balances"],
            grants=tuple(_held_grant(row) for row in document["grants"]),
        )


def _institution(
    code: str, area: str, kind: str, price_class: Any, grade: Any, *rest: Any
) -> Institution:
    grade = None if grade is None else HospitalGrade(grade)
    return Institution(code, area, InstitutionKind(kind), price_class, grade, *rest)


def _held_grant(row: Sequence[Any]) -> HeldGrant:
    grantor, grantee, relation, start, end, limit, revoked_on = row
    return HeldGrant(
        Grant(grantor, grantee, RelationKind(relation), _day(start), _perhaps(end), limit),
        _perhaps(revoked_on),
    )


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def _perhaps(text: str | None) -> datetime.date | None:
    return None if text is None else _day(text)
