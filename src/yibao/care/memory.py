"""What a process remembers of the database: revisions of institutions, rulebooks, terms.

Rulebooks and terms never change.  An institution can: the statement that writes a settlement
says which revision is the latest, and a settlement made from an older one begins again.  The
same statement says which suspensions of departments and practitioners are the latest.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from yibao.care import tables
from yibao.care.inputs import PinnedRulebooks, Terms
from yibao.care.institutions import KnownInstitution, read_institution
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.insured.stored.versions import Version, keep_versions, stored_versions
from yibao.messages import message
from yibao.policy.rulebook import Rulebook
from yibao.sanctions.providers import SuspendedProviders, read_providers


class Memory:
    """The memory of one process; any of it may be forgotten."""

    def __init__(self) -> None:
        self.institutions: dict[str, KnownInstitution] = {}
        self.rulebooks: dict[str, Rulebook] = {}
        self._providers: SuspendedProviders | None = None
        self._pinned: set[str] = set()
        """Hashes of rulebooks that are committed in the database."""
        self._kept: set[bytes] = set()
        """Hashes of terms that are committed in the database."""
        self._written_rulebooks: set[str] = set()
        self._written_terms: set[bytes] = set()
        """Written by a unit that may not be committed yet."""

    def institution(self, unit: Unit, institution_id: str) -> KnownInstitution:
        """All revisions of an institution, read once."""
        known = self.institutions.get(institution_id)
        if known is None:
            known = self.institutions[institution_id] = read_institution(unit, institution_id)
        return known

    def suspended_providers(self, unit: Unit, revision: int) -> SuspendedProviders:
        """Suspended departments and practitioners, read once for each ``revision`` of them."""
        known = self._providers
        if known is None or known.revision != revision:
            known = self._providers = read_providers(unit)
        return known

    def pin(self, unit: Unit, used: Iterable[Rulebook]) -> None:
        """Write rulebooks that are not known to be in the database."""
        fresh = {rulebook.hash: rulebook for rulebook in used if rulebook.hash not in self._pinned}
        make = postgresql.insert if unit.is_postgresql else sqlite.insert
        for name, rulebook in sorted(fresh.items()):
            self.rulebooks[name] = rulebook
            values = {"hash": name, "canonical": rulebook.to_canonical()}
            unit.run(make(tables.rulebook).values(values).on_conflict_do_nothing())
            self._written_rulebooks.add(name)

    def keep_terms(self, unit: Unit, version: Version) -> None:
        """Write terms that are not known to be in the database."""
        if version.hash not in self._kept:
            keep_versions(unit, [version])
            self._written_terms.add(version.hash)

    def confirm(self, database: Database) -> None:
        """Remember what was written and is committed, after a unit is."""
        rulebooks, terms = set(self._written_rulebooks), set(self._written_terms)
        if not rulebooks and not terms:
            return

        def committed(unit: Unit) -> tuple[set[str], set[bytes]]:
            hashes = select(tables.rulebook.c.hash).where(tables.rulebook.c.hash.in_(rulebooks))
            return set(unit.run(hashes).scalars()), stored_versions(unit, terms)

        pinned, stored = database.read(committed)
        self._pinned |= pinned
        self._kept |= stored
        self._written_rulebooks -= rulebooks
        self._written_terms -= terms

    def library_of(self, unit: Unit, terms: Terms) -> PinnedRulebooks:
        """The library as a settlement saw it."""
        return PinnedRulebooks(terms.rulebooks, lambda name: self._rulebook(unit, name))

    def _rulebook(self, unit: Unit, name: str) -> Rulebook:
        rulebook = self.rulebooks.get(name)
        if rulebook is None:
            form = unit.run(
                select(tables.rulebook.c.canonical).where(tables.rulebook.c.hash == name)
            ).scalar_one_or_none()
            if form is None:
                raise NotFoundError(message("数据库里没有规则书 {name}", name=name))
            rulebook = self.rulebooks[name] = Rulebook.from_canonical(form)
        return rulebook
