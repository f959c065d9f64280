"""T7, clearing with institutions; T8, supervision; T9, manual claims."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from yibao.care.tables import institution, settlement
from yibao.claims.cases import ClaimState
from yibao.claims.coded import refusals
from yibao.claims.forms import MANUAL_CLAIM
from yibao.clearing.states import ClearingState
from yibao.clearing.tables import clearing_application, clearing_move
from yibao.conduct.acts import SUBJECT_WORDS, SubjectKind
from yibao.conduct.cases import ConductState
from yibao.conduct.tables import conduct_points, conduct_sheet
from yibao.database.instants import civil_day, day_begins
from yibao.database.unit import Unit
from yibao.messages import Text, message, message_in
from yibao.money import half_up
from yibao.office.flows import CaseState
from yibao.office.tables import case_move, office_case
from yibao.sanctions.tables import person_suspension
from yibao.statistics.shapes import (
    Measure,
    StatCell,
    StatColumn,
    StatRow,
    StatTable,
    TableCode,
)

_TENTHS = 10

# --- T7 ------------------------------------------------------------------------------------------

_T7 = (
    StatColumn("applications", message("申报"), Measure.COUNT),
    StatColumn("applied", message("申报的基金"), Measure.FEN),
    StatColumn("deducted", message_in("statistics", "扣减"), Measure.FEN),
    StatColumn("retained", message_in("statistics", "留存"), Measure.FEN),
    StatColumn("paid", message_in("statistics", "已付"), Measure.FEN),
    StatColumn("days", message("平均用了几天"), Measure.TENTHS),
    StatColumn("overdue", message("过期未付"), Measure.COUNT),
)
_PAID = (ClearingState.PAID_OUT, ClearingState.CLEARED)


def clearing_table(
    unit: Unit, area: str, first: datetime.date, last: datetime.date, today: datetime.date
) -> StatTable:
    """T7: applications for a month by institution, and how long it took to pay them.

    An institution where few people were settled in the month is a small number too.
    """
    columns = clearing_application.c
    month = first.year * 100 + first.month
    paid_at = (
        select(clearing_move.c.application_id, func.min(clearing_move.c.at).label("paid_at"))
        .where(clearing_move.c.state.in_([int(state) for state in _PAID]))
        .group_by(clearing_move.c.application_id)
        .subquery()
    )
    is_open = columns.state.not_in([int(state) for state in _PAID])
    rows = unit.run(
        select(
            columns.institution_id,
            columns.fund,
            columns.deducted,
            columns.retained,
            columns.paid,
            columns.applied_at,
            columns.state,
            paid_at.c.paid_at,
            case((and_(is_open, columns.due_on < today), 1), else_=0).label("overdue"),
        )
        .select_from(
            clearing_application.outerjoin(
                paid_at, paid_at.c.application_id == columns.application_id
            )
        )
        .where(
            columns.area == area,
            columns.month == month,
            columns.state != int(ClearingState.CANCELLED),
        )
        .order_by(columns.institution_id)
    ).all()
    ids = sorted({row.institution_id for row in rows})
    names, people = _names(unit, ids), _people_at(unit, ids, first, last)
    parts = tuple(
        _cleared(
            names.get(place, place),
            [row for row in rows if row.institution_id == place],
            people.get(place, 0),
        )
        for place in ids
    )
    if not parts:
        return StatTable(TableCode.T7, _T7, ())
    whole = _cleared(message("全部机构"), rows, sum(people.values()))
    return StatTable(TableCode.T7, _T7, (StatRow(whole.label, whole.cells, (parts,)),))


def _cleared(label: Text | str, rows: Sequence[Any], people: int) -> StatRow:
    took = [
        (civil_day(row.paid_at) - civil_day(row.applied_at)).days
        for row in rows
        if row.paid_at is not None
    ]
    numbers: dict[str, int | None] = {
        "applications": len(rows),
        "applied": sum(row.fund for row in rows),
        "deducted": sum(row.deducted for row in rows),
        "retained": sum(row.retained for row in rows),
        "paid": sum(row.paid for row in rows if row.state in _PAID),
        "days": _mean_days(took),
        "overdue": sum(row.overdue for row in rows),
    }
    return StatRow(label, {name: StatCell(value, people) for name, value in numbers.items()})


def _mean_days(took: Sequence[int]) -> int | None:
    """In tenths, rounded to the nearest."""
    return half_up(sum(took) * _TENTHS, len(took)) if took else None


def _names(unit: Unit, ids: Sequence[str]) -> dict[str, str]:
    columns = institution.c
    query = select(columns.institution_id, columns.name).where(columns.institution_id.in_(ids))
    return {row.institution_id: row.name for row in unit.run(query.order_by(columns.revision))}


def _people_at(
    unit: Unit, ids: Sequence[str], first: datetime.date, last: datetime.date
) -> dict[str, int]:
    columns = settlement.c
    query = (
        select(columns.institution_id, func.count(columns.person_id.distinct()).label("people"))
        .where(columns.institution_id.in_(ids), columns.end.between(first, last))
        .group_by(columns.institution_id)
    )
    return {row.institution_id: int(row.people) for row in unit.run(query)}


# --- T8 ------------------------------------------------------------------------------------------

_T8 = (
    StatColumn("leads", message_in("statistics", "线索"), Measure.COUNT),
    StatColumn("opened", message_in("statistics", "立案"), Measure.COUNT),
    StatColumn("decided", message_in("statistics", "处理决定"), Measure.COUNT),
    StatColumn("returned", message("退回基金"), Measure.FEN),
    StatColumn("fined", message_in("statistics", "罚款"), Measure.FEN),
    StatColumn("suspended", message("暂停联网结算的人"), Measure.PEOPLE),
    StatColumn("points", message_in("statistics", "记分"), Measure.COUNT),
)


def supervision_table(
    unit: Unit, area: str, first: datetime.date, last: datetime.date
) -> StatTable:
    """T8: what was done in a month, by whom it was about; nothing adds them up.

    ``points``: of practitioners, in the line of their institutions.
    """
    reached = _reached(unit, area, first, last)
    suspended = _suspended(unit, area, first, last)
    points, practitioners = _points(unit, area, first, last)
    rows = []
    for kind in SubjectKind:
        is_person = kind is SubjectKind.PERSON

        def cell(
            state: str, column: int, kind: SubjectKind = kind, is_person: bool = is_person
        ) -> StatCell:
            numbers = reached.get((kind.value, state), (0, 0, 0, 0))
            return StatCell(numbers[column], numbers[3] if is_person else None)

        cells = {
            "leads": cell(ConductState.LEAD, 0),
            "opened": cell(ConductState.OPENED, 0),
            "decided": cell(ConductState.DECIDED, 0),
            "returned": cell(ConductState.DECIDED, 1),
            "fined": cell(ConductState.DECIDED, 2),
        }
        if is_person:
            cells["suspended"] = StatCell(suspended, suspended)
        if kind is SubjectKind.INSTITUTION:
            cells["points"] = StatCell(points, practitioners)
        if any(of_cell.value for of_cell in cells.values()):
            rows.append(StatRow(SUBJECT_WORDS[kind], cells))
    return StatTable(TableCode.T8, _T8, tuple(rows))


def _in_days(
    column: ColumnElement[Any], first: datetime.date, last: datetime.date
) -> ColumnElement[bool]:
    end = day_begins(last + datetime.timedelta(days=1))
    return and_(column >= day_begins(first), column < end)


def _reached(
    unit: Unit, area: str, first: datetime.date, last: datetime.date
) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """(subject kind, state) → cases that first came to it, returned, fine, subjects."""
    moves = (
        select(case_move.c.case_id, case_move.c.after, func.min(case_move.c.at).label("at"))
        .group_by(case_move.c.case_id, case_move.c.after)
        .subquery()
    )
    sheet = conduct_sheet.c
    rows = unit.run(
        select(
            sheet.subject_kind,
            moves.c.after,
            func.count().label("cases"),
            func.sum(sheet.returned).label("returned"),
            func.sum(sheet.fine).label("fine"),
            func.count(sheet.subject_id.distinct()).label("subjects"),
        )
        .select_from(conduct_sheet.join(moves, moves.c.case_id == sheet.case_id))
        .where(sheet.area == area, _in_days(moves.c.at, first, last))
        .group_by(sheet.subject_kind, moves.c.after)
    )
    return {
        (row.subject_kind, row.after): (row.cases, int(row.returned), int(row.fine), row.subjects)
        for row in rows
    }


def _suspended(unit: Unit, area: str, first: datetime.date, last: datetime.date) -> int:
    columns = person_suspension.c
    cases = select(conduct_sheet.c.case_id).where(conduct_sheet.c.area == area)
    query = select(func.count(columns.person_id.distinct())).where(
        columns.start.between(first, last), columns.decision_id.in_(cases)
    )
    return int(unit.run(query).scalar_one())


def _points(unit: Unit, area: str, first: datetime.date, last: datetime.date) -> tuple[int, int]:
    columns = conduct_points.c
    cases = select(conduct_sheet.c.case_id).where(conduct_sheet.c.area == area)
    row = unit.run(
        select(
            func.coalesce(func.sum(columns.points), 0).label("points"),
            func.count(columns.staff_id.distinct()).label("practitioners"),
        ).where(columns.day.between(first, last), columns.case_id.in_(cases))
    ).one()
    return int(row.points), int(row.practitioners)


# --- T9 ------------------------------------------------------------------------------------------

_T9 = (
    StatColumn("people", message("人数"), Measure.PEOPLE),
    StatColumn("claims", message_in("statistics", "件"), Measure.COUNT),
    StatColumn("days", message("平均用了几天"), Measure.TENTHS),
)
_GRANTED = (
    ClaimState.SETTLED,
    ClaimState.SENT,
    ClaimState.RETURNED,
    ClaimState.PAID,
    ClaimState.CLOSED,
    ClaimState.REVERSED,
)
_DECIDED = (ClaimState.SETTLED, CaseState.REFUSED, CaseState.NOT_ACCEPTED)


def claims_table(
    unit: Unit, area: str, first: datetime.date, last: datetime.date, today: datetime.date
) -> StatTable:
    """T9: claims filed in a month, what became of them, and how long it took to decide.

    Refusals are split by the ground that was chosen; earlier programs kept it as text alone.
    """
    columns = office_case.c
    decided = (
        select(case_move.c.case_id, func.min(case_move.c.at).label("at"))
        .where(case_move.c.after.in_([str(state) for state in _DECIDED]))
        .group_by(case_move.c.case_id)
        .subquery()
    )
    last_move = (case_move.c.case_id == columns.case_id) & (case_move.c.number == columns.moves)
    rows = unit.run(
        select(
            columns.person_id,
            columns.state,
            columns.due_on,
            columns.opened_at,
            decided.c.at,
            case_move.c.basis,
        )
        .select_from(
            office_case.outerjoin(decided, decided.c.case_id == columns.case_id).outerjoin(
                case_move, last_move
            )
        )
        .where(
            columns.kind == MANUAL_CLAIM,
            columns.area == area,
            _in_days(columns.opened_at, first, last),
        )
    ).all()
    if not rows:
        return StatTable(TableCode.T9, _T9, ())

    def is_open(row: Any) -> bool:
        ended = (*_GRANTED, CaseState.REFUSED, CaseState.NOT_ACCEPTED, CaseState.WITHDRAWN)
        return row.state not in ended

    def is_late(row: Any) -> bool:
        return is_open(row) and row.due_on is not None and row.due_on < today

    def by_ground(state: str) -> list[StatRow | None]:
        grounds: list[tuple[str | None, Text]] = [
            (ground.code, ground.label) for ground in refusals()
        ]

        def part(code: str | None, label: Text) -> StatRow | None:
            return of(label, lambda row: row.state == state and row.basis == code)

        return [
            part(code, label) for code, label in [*grounds, (None, message("没有记下依据的代码"))]
        ]

    def of(label: Text, belongs: Callable[[Any], bool], *parts: StatRow | None) -> StatRow | None:
        matching = [row for row in rows if belongs(row)]
        if not matching:
            return None
        present = tuple(part for part in parts if part is not None)
        return StatRow(label, _claimed(matching), (present,) if present else ())

    whole = of(
        message("收到"),
        lambda row: True,
        of(message("同意支付"), lambda row: row.state in _GRANTED),
        of(
            message("没有同意"),
            lambda row: row.state in (CaseState.REFUSED, CaseState.NOT_ACCEPTED),
            of(
                message("不予支付"),
                lambda row: row.state == CaseState.REFUSED,
                *by_ground(CaseState.REFUSED),
            ),
            of(
                message_in("statistics", "不予受理"),
                lambda row: row.state == CaseState.NOT_ACCEPTED,
                *by_ground(CaseState.NOT_ACCEPTED),
            ),
        ),
        of(message("撤回"), lambda row: row.state == CaseState.WITHDRAWN),
        of(
            message("还在办"),
            is_open,
            of(message_in("statistics", "过了期限"), is_late),
            of(message("在期限内"), lambda row: is_open(row) and not is_late(row)),
        ),
    )
    assert whole is not None
    return StatTable(TableCode.T9, _T9, (whole,))


def _claimed(rows: Sequence[Any]) -> Mapping[str, StatCell]:
    people = len({row.person_id for row in rows})
    decided = len({row.person_id for row in rows if row.at is not None})
    took = [
        (civil_day(row.at) - civil_day(row.opened_at)).days for row in rows if row.at is not None
    ]
    return {
        "people": StatCell(people, people),
        "claims": StatCell(len(rows), people),
        "days": StatCell(_mean_days(took), decided),
    }
