"""Visits that another system settled: history, without any movement of money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from yibao.access.permissions import Actor
from yibao.care.past import PastVisit, visits_before, write_past_visits
from yibao.database.gathering import Gathering
from yibao.database.unit import Unit
from yibao.importing.fields import ImportKind
from yibao.importing.reading import SourceRow
from yibao.importing.things import (
    RowError,
    SortedOut,
    Thing,
    identifier,
    require_text,
    unknown_person,
)
from yibao.insured.fragments import home_areas
from yibao.insured.locks import lock_people, store_person
from yibao.messages import message

_LONGEST_NAME, _LONGEST_DIAGNOSIS = 200, 500


class VisitsImport:
    """Imports the history of visits."""

    kind = ImportKind.VISITS

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def group(self, row: SourceRow) -> object:
        """Every row stands for itself."""
        return row.number

    def thing(self, rows: Sequence[SourceRow]) -> Thing[PastVisit]:
        """The visit of a row."""
        (row,) = rows
        visit = _visit(row)
        keys = (f"visit:{visit.person_id}:{visit.visit_id}",)
        return Thing(rows, visit, keys, {"total": visit.total, "fund": visit.fund})

    def sort_out(self, unit: Unit, things: Sequence[Thing[PastVisit]]) -> SortedOut[PastVisit]:
        """A visit that is here alike is here; another one of its number is a fault."""
        people = {thing.content.person_id for thing in things}
        areas = home_areas(unit, people)
        if not unit.reads_only:
            lock_people(unit, areas)
        here = {(visit.person_id, visit.visit_id): visit for visit in visits_before(unit, areas)}
        lot: SortedOut[PastVisit] = SortedOut()
        for thing in things:
            visit = thing.content
            there = here.get((visit.person_id, visit.visit_id))
            problem = unknown_person(self._actor, visit.person_id, areas)
            if problem is None and there is not None and there != visit:
                problem = message("这个就诊编号已经导入过，内容不同，没有改动，请核对")
            if problem is not None:
                lot.faults += thing.faults(problem)
            elif there is not None:
                lot.here.append(thing)
            else:
                lot.new.append(thing)
        return lot

    def write(
        self, unit: Gathering, things: Sequence[Thing[PastVisit]], origin: Mapping[str, str]
    ) -> None:
        """Write them down; one event for each person."""
        visits: defaultdict[str, list[PastVisit]] = defaultdict(list)
        for thing in things:
            visits[thing.content.person_id].append(thing.content)
        people = lock_people(unit, visits)
        for person_id, some in visits.items():
            write_past_visits(unit, some)
            content = {"visits": len(some), **origin}
            store_person(unit, people[person_id], self._actor, "import_visits", content)


def _visit(row: SourceRow) -> PastVisit:
    values = row.values
    start, end = values["start_day"] or values["end_day"], values["end_day"]
    if end < start:
        raise RowError(row, "end_day", message("末日早于首日"))
    total, fund, account = values["total_fen"], values["fund_fen"], values["account_fen"] or 0
    rest = total - fund - account
    cash = rest if values["cash_fen"] is None else values["cash_fen"]
    if rest < 0 or cash != rest:
        raise RowError(row, "total_fen", message("基金、个人账户与现金相加不等于总费用"))
    institution_id = None
    if values["institution"] is not None:
        institution_id = identifier(row, "institution")
    elif values["institution_name"] is None:
        raise RowError(row, "institution", message("机构编号和名称至少写一个"))
    name = values["institution_name"]
    return PastVisit(
        identifier(row, "person"),
        identifier(row, "visit"),
        institution_id,
        "" if name is None else require_text(row, "institution_name", _LONGEST_NAME),
        values["kind"],
        start,
        end,
        total,
        fund,
        account,
        cash,
        "" if values["diagnosis"] is None else require_text(row, "diagnosis", _LONGEST_DIAGNOSIS),
    )
