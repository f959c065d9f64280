"""Points of practitioners: given by a case, added up within a calendar year."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import func, insert, select

from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor
from yibao.conduct.acts import SubjectKind, point_terms, points_of_an_act
from yibao.conduct.cases import ConductState
from yibao.conduct.effects import ConductMove
from yibao.conduct.sheets import ConductSheet
from yibao.conduct.sums import YearOfPoints, points_in_year
from yibao.conduct.tables import conduct_points
from yibao.conduct.writes import write_case
from yibao.database.instants import now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError
from yibao.messages import message

_LONGEST = 500


def give_points(
    database: Database,
    key: Key,
    case_id: str,
    staff_id: str,
    points: int,
    day: datetime.date,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Give a practitioner points by a decided case of an institution; 0: an activity of repair.

    The answer says what the year comes to now; what follows is decided by somebody.
    """
    least, most = points_of_an_act()
    if points and not least <= points <= most:
        raise InputError(
            message("一次记 {least} 到 {most} 分", least=least, most=most), place="points"
        )
    staff, why = staff_id.strip(), reason.strip()
    if not staff or len(staff) > 40 or not why or len(why) > _LONGEST:
        raise InputError(message("请写医护人员的国家编码和记分的理由"), place="staff")

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        if sheet.subject_kind is not SubjectKind.INSTITUTION:
            raise ConflictError(message("只有处理了机构的案件才记分"))
        mine = (conduct_points.c.case_id == case_id) & (conduct_points.c.staff_id == staff)
        number = int(unit.run(select(func.count()).where(mine)).scalar_one()) + 1
        unit.run(
            insert(conduct_points),
            {
                "case_id": case_id,
                "staff_id": staff,
                "number": number,
                "day": day,
                "points": points,
                "reason": why,
                "given_by": actor.id,
            },
        )
        year = year_of(unit, staff, day.year, sheet.area)
        return {
            "staff": staff,
            "points": year.points,
            "talks": year.talks,
            "suspend_months": year.suspend_months,
            "out_years": year.out_years,
        }

    return write_case(
        database,
        key,
        case_id,
        "give_points",
        [staff, points, day.isoformat(), why],
        work,
        actor=actor,
        at=at or now(),
        duty_of=ConductMove.INSPECT,
        states=(ConductState.DECIDED, ConductState.EXECUTING),
    )


def year_of(unit: Unit, staff_id: str, year: int, area: str) -> YearOfPoints:
    """A read fragment: a practitioner's points of a year, at every institution."""
    columns = conduct_points.c
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    query = select(columns.points).where(
        columns.staff_id == staff_id, columns.day.between(first, last)
    )
    scores: list[Any] = list(unit.run(query).scalars())
    return points_in_year(
        point_terms(area), [points for points in scores if points], scores.count(0)
    )
