"""Settled care that does not fit a stay of the same person: another stay, or care beside it.

The pack's ``stay.overlap`` says whether it is let pass, told with the settlement's answer and
listed for the office, or refused.  A day of admission (an emergency before it) and a day of
discharge (a transfer) fit; so does dialysis, which goes on wherever the person lies.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select

from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.benefit.facts import Visit
from yibao.benefit.rules import day_rules
from yibao.benefit.state import PersonState
from yibao.care.history import read_rows
from yibao.care.stored import SettledDays, StoredSettlement
from yibao.care.tables import settlement
from yibao.database.unit import Database, Unit
from yibao.errors import RefusedError
from yibao.messages import Message, message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import VisitKind

KINDS = {
    VisitKind.OUTPATIENT: message("门诊"),
    VisitKind.INPATIENT: message("住院"),
    VisitKind.CHRONIC: message("门诊慢特病"),
    VisitKind.MATERNITY: message("生育"),
    VisitKind.PHARMACY: message("购药"),
}
DIALYSIS = "dialysis"
"""The disease whose care goes on during a stay, as packs name it."""


def days_of(visit: Visit) -> SettledDays:
    """Of a visit that is being settled."""
    return SettledDays(
        visit.person, "", visit.id, visit.institution, visit.kind, visit.start, visit.end
    )


def does_not_fit(settled: SettledDays, visit: Visit | SettledDays) -> bool:
    """Whether one of the two is a stay that the other begins inside of."""
    return _is_stay_around(settled, visit) or _is_stay_around(visit, settled)


def _is_stay_around(stay: Visit | SettledDays, other: Visit | SettledDays) -> bool:
    return stay.kind == VisitKind.INPATIENT and lies_inside(stay.start, stay.end, other.start)


def lies_inside(begin: datetime.date, end: datetime.date | None, day: datetime.date) -> bool:
    """Whether the person is in hospital all of a day; ``end`` None: still there."""
    return begin < day and (end is None or day < end)


def may_overlap(visit: Visit, state: PersonState) -> bool:
    """Whether there can be anything to look for: the visit is a stay, or one was settled."""
    if visit.kind == VisitKind.INPATIENT:
        return True
    years = (visit.start.year - 1, visit.start.year)
    return any(count and year in years for (_, year), count in state.admissions.items())


def settled_days(
    unit: Unit, people: Iterable[str], first: datetime.date, last: datetime.date
) -> list[SettledDays]:
    """What stands of these people and touches the days from ``first`` to ``last``."""
    columns = settlement.c
    query = select(*_days_of(settlement)).where(
        columns.person_id.in_(list(people)),
        columns.start <= last,
        columns.end >= first,
        _stands(settlement),
    )
    return [_settled_days(row) for row in unit.run(query)]


def _days_of(rows: Any) -> list[Any]:
    names = SettledDays.__dataclass_fields__
    return [rows.c[name] for name in names]


def _settled_days(cells: Sequence[Any]) -> SettledDays:
    return SettledDays(*cells)


_WIDTH = len(SettledDays.__dataclass_fields__)


def _stands(rows: Any) -> ColumnElement[bool]:
    """Whether a row is a settlement that was not reversed."""
    reversal = settlement.alias(f"reversal_of_{rows.name}")
    is_reversed = exists().where(
        reversal.c.person_id == rows.c.person_id, reversal.c.reversal_of == rows.c.settlement_id
    )
    return and_(rows.c.round > 0, ~is_reversed)


def find_overlaps(unit: Unit, visit: Visit) -> list[SettledDays]:
    """What stands of the visit's person and does not fit with it, or it with that."""
    if visit.kind != VisitKind.INPATIENT and visit.disease == DIALYSIS:
        return []
    beside = [
        settled
        for settled in settled_days(unit, [visit.person], visit.start, visit.end)
        if settled.visit_id != visit.id and does_not_fit(settled, visit)
    ]
    return _without_dialysis(unit, beside)


def _without_dialysis(unit: Unit, beside: Sequence[SettledDays]) -> list[SettledDays]:
    """Those of ``beside`` that are no dialysis; what a visit was for stands in its document."""
    care = {settled.settlement_id for settled in beside if settled.kind != VisitKind.INPATIENT}
    if not care:
        return list(beside)
    whose = {settled.person_id for settled in beside}
    rows = read_rows(unit, settlement.c.person_id.in_(whose), settlement.c.settlement_id.in_(care))
    dialysis = {row["settlement_id"] for row in rows if row.visit.disease == DIALYSIS}
    return [settled for settled in beside if settled.settlement_id not in dialysis]


def overlaps_told(unit: Unit, visit: Visit, state: PersonState, rule: int) -> list[SettledDays]:
    """What a settlement's answer tells of; ``RefusedError`` where the pack refuses it.

    ``state`` is the person's before the visit, ``rule`` the pack's ``stay.overlap``.
    """
    if rule == p.OVERLAP_UNCHECKED or not may_overlap(visit, state):
        return []
    beside = find_overlaps(unit, visit)
    if beside and rule == p.OVERLAP_REFUSE:
        raise RefusedError(overlap_message(visit, beside[0]))
    return beside


def overlap_message(visit: Visit, settled: SettledDays) -> Message:
    """What does not fit, in words."""
    return message(
        "就诊 {visit}（{start} 至 {end}）与已结算的 {other}（{kind}，{other_start} 至 {other_end}）"
        "有一次在住院期间，请核对",
        visit=visit.id,
        start=visit.start,
        end=visit.end,
        other=settled.visit_id,
        kind=KINDS[VisitKind(settled.kind)],
        other_start=settled.start,
        other_end=settled.end,
    )


def told(beside: Iterable[SettledDays]) -> list[dict[str, str]]:
    """As an answer has them."""
    return [
        {
            "visit": settled.visit_id,
            "institution": settled.institution_id,
            "kind": settled.kind,
            "start": settled.start.isoformat(),
            "end": settled.end.isoformat(),
        }
        for settled in beside
    ]


# --- what the office looks at --------------------------------------------------------------------


def list_overlaps(
    database: Database, library: PolicyLibrary, *, actor: Actor, person_id: str | None = None
) -> list[dict[str, Any]]:
    """Settlements that stand and begin inside a stay that stands, where the pack looks for it.

    ``person``, ``stay`` and ``beside``: visit, institution, kind, start, end of both.
    """

    def fetch(unit: Unit) -> list[dict[str, Any]]:
        return _listed(unit, library, person_id)

    if person_id is None:
        require(actor, "readjudicate")
        return database.read(fetch)
    return read_record(database, actor, "readjudicate", person_id, fetch)


def _listed(unit: Unit, library: PolicyLibrary, person_id: str | None) -> list[dict[str, Any]]:
    stay, other = settlement.alias("stay"), settlement.alias("other")
    query = (
        select(*_days_of(stay), *_days_of(other))
        .join(
            other,
            and_(
                other.c.person_id == stay.c.person_id,
                other.c.visit_id != stay.c.visit_id,
                other.c.start > stay.c.start,
                other.c.start < stay.c.end,
            ),
        )
        .where(stay.c.kind == VisitKind.INPATIENT, _stands(stay), _stands(other))
        .order_by(stay.c.person_id, stay.c.start, other.c.start, other.c.settlement_id)
    )
    if person_id is not None:
        query = query.where(stay.c.person_id == person_id)
    pairs = [
        (_settled_days(row[:_WIDTH]), _settled_days(row[_WIDTH:])) for row in unit.run(query).all()
    ]
    fits = {settled.settlement_id for _, settled in pairs} - {
        settled.settlement_id
        for settled in _without_dialysis(unit, [settled for _, settled in pairs])
    }
    left = [(around, beside) for around, beside in pairs if beside.settlement_id not in fits]
    areas = _areas(unit, left)
    return [
        {"person": around.person_id, "stay": told([around])[0], "beside": told([beside])[0]}
        for around, beside in left
        if _is_looked_for(library, areas[beside.settlement_id], beside.start)
    ]


def _areas(unit: Unit, pairs: Sequence[tuple[SettledDays, SettledDays]]) -> dict[str, str]:
    """The home area by settlement."""
    names = {beside.settlement_id for _, beside in pairs}
    if not names:
        return {}
    whose = {beside.person_id for _, beside in pairs}
    rows: list[StoredSettlement] = read_rows(
        unit, settlement.c.person_id.in_(whose), settlement.c.settlement_id.in_(names)
    )
    return {row["settlement_id"]: row.terms.area for row in rows}


def _is_looked_for(library: PolicyLibrary, area: str, on: datetime.date) -> bool:
    if library.covering(area) is None:
        return False
    return day_rules(library, area, on, on).rules[p.STAY_OVERLAP] != p.OVERLAP_UNCHECKED
