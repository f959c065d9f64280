"""Designated institutions with their facts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yibao.access.permissions import Actor
from yibao.benefit.facts import Institution
from yibao.care.institutions import (
    FIRST_DAY,
    add_institution,
    check_institution,
    known_institutions,
)
from yibao.database.gathering import Gathering
from yibao.database.unit import Unit
from yibao.importing.fields import ImportKind
from yibao.importing.reading import SourceRow
from yibao.importing.things import (
    RowError,
    SortedOut,
    Thing,
    identifier,
    require_here,
    require_text,
)
from yibao.messages import message

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Designation:
    """An institution under contract."""

    facts: Institution
    name: str
    start: datetime.date
    last_day: datetime.date | None


class InstitutionsImport:
    """Imports institutions; one that changed later is changed at the office."""

    kind = ImportKind.INSTITUTIONS

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def group(self, row: SourceRow) -> object:
        """Every row stands for itself."""
        return row.number

    def thing(self, rows: Sequence[SourceRow]) -> Thing[Designation]:
        """The institution of a row."""
        (row,) = rows
        values = row.values
        institution_id = identifier(row, "institution")
        area = values["area"]
        if len(area) != 6 or not area.isdecimal():
            raise RowError(row, "area", message("所在地写六位代码，不是 {area}", area=area))
        require_here(self._actor, row, area)
        facts = Institution(
            institution_id,
            area,
            values["institution_kind"],
            price_class=values["price_class"],
            grade=values["grade"],
            county=bool(values["county"]),
            dual_channel=bool(values["dual_channel"]),
            rank=values["rank"],
        )
        check_institution(facts)
        start, last_day = values["start_day"] or FIRST_DAY, values["end_day"]
        if last_day is not None and last_day < start:
            raise RowError(row, "end_day", message("末日早于首日"))
        designation = Designation(facts, require_text(row, "name", _LONGEST_NAME), start, last_day)
        return Thing(rows, designation, (f"institution:{institution_id}",))

    def sort_out(self, unit: Unit, things: Sequence[Thing[Designation]]) -> SortedOut[Designation]:
        """One that is here alike, whatever changed since, is here."""
        here = known_institutions(unit, [thing.content.facts.id for thing in things])
        lot: SortedOut[Designation] = SortedOut()
        for thing in things:
            wanted = thing.content
            known = here.get(wanted.facts.id)
            if known is None:
                lot.new.append(thing)
            elif any(
                (version.facts, version.start, version.name)
                == (wanted.facts, wanted.start, wanted.name)
                for version in known.versions
            ):
                lot.here.append(thing)
            else:
                lot.faults += thing.faults(
                    message("机构 {id} 已经登记，内容不同；变更请走机构变更", id=wanted.facts.id)
                )
        return lot

    def write(
        self, unit: Gathering, things: Sequence[Thing[Designation]], origin: Mapping[str, str]
    ) -> None:
        """Register them, each with its chain."""
        for thing in things:
            wanted = thing.content
            add_institution(
                unit,
                wanted.facts,
                start=wanted.start,
                name=wanted.name,
                last_day=wanted.last_day,
                by=self._actor.id,
                origin=origin,
            )
