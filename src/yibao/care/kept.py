"""What a process keeps of the database: revisions of institutions, pinned rulebooks.

Rulebooks never change.  An institution can: the statement that writes a settlement says
which revision is the latest, and a settlement made from an older one begins again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from yibao.care import tables
from yibao.care.inputs import PinnedRulebooks
from yibao.care.institutions import KnownInstitution, read_institution
from yibao.care.records import Row
from yibao.database.unit import Unit
from yibao.errors import NotFoundError
from yibao.policy.rulebook import Rulebook


class Kept:
    """The memory of one process; any of it may be forgotten."""

    def __init__(self) -> None:
        self.institutions: dict[str, KnownInstitution] = {}
        self.pinned: set[str] = set()
        """Hashes of rulebooks that are committed in the database."""
        self.rulebooks: dict[str, Rulebook] = {}

    def institution(self, unit: Unit, institution_id: str) -> KnownInstitution:
        """All revisions of an institution, read once."""
        known = self.institutions.get(institution_id)
        if known is None:
            known = self.institutions[institution_id] = read_institution(unit, institution_id)
        return known

    def pin(self, unit: Unit, used: Iterable[Rulebook]) -> list[str]:
        """Write rulebooks that are not known to be in the database; their hashes.

        The caller adds them to ``pinned`` once the unit is committed.
        """
        fresh = {one.hash: one for one in used if one.hash not in self.pinned}
        for name, rulebook in fresh.items():
            self.rulebooks[name] = rulebook
            values = {"hash": name, "canonical": rulebook.to_canonical()}
            make = postgresql.insert if unit.is_postgresql else sqlite.insert
            unit.run(make(tables.rulebook).values(values).on_conflict_do_nothing())
        return list(fresh)

    def library_of(self, unit: Unit, row: Row) -> PinnedRulebooks:
        """The library as a settlement saw it."""
        return PinnedRulebooks(row["known"]["rulebooks"], lambda name: self._rulebook(unit, name))

    def _rulebook(self, unit: Unit, name: str) -> Rulebook:
        found = self.rulebooks.get(name)
        if found is None:
            form = unit.run(
                select(tables.rulebook.c.canonical).where(tables.rulebook.c.hash == name)
            ).scalar_one_or_none()
            if form is None:
                raise NotFoundError(f"数据库里没有规则书 {name}")
            found = self.rulebooks[name] = Rulebook.from_canonical(form)
        return found
