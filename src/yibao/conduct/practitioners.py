"""A practitioner whose points of a year come to it is suspended, or ended for years.

What the points come to is said by the place; where it has set nothing, nobody is suspended.
"""

from __future__ import annotations

import datetime

from sqlalchemy import func, select

from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor
from yibao.conduct.acts import point_terms
from yibao.conduct.cases import ConductState
from yibao.conduct.points import year_of
from yibao.conduct.sheets import ConductSheet
from yibao.conduct.sums import last_day
from yibao.conduct.tables import conduct_points
from yibao.conduct.writes import write_case
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.messages import message
from yibao.sanctions.providers import ProviderSuspension, suspend_provider_within
from yibao.sanctions.states import ProviderKind

_LONGEST = 500
_MONTHS_OF_A_YEAR = 12


def suspend_practitioner(
    database: Database,
    key: Key,
    case_id: str,
    staff_id: str,
    months: int | None,
    start: datetime.date,
    reason: str,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Suspend whom a case gave points, from ``start`` on: what the points of the year come to.

    ``months``: within the range of the place; None where the points end it for whole years.
    ``RefusedError`` where the place has set nothing, ``ConflictError`` where the points do not
    come to it.
    """
    instant, staff, why = at or now(), staff_id.strip(), reason.strip()
    if start < civil_day(instant):
        raise InputError(message("只能从今天或以后的一天起暂停"), place="day")
    if not staff or not why or len(why) > _LONGEST:
        raise InputError(message("请写医护人员的国家编码和理由"), place="staff")

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        length = _months(unit, sheet, staff, months)
        last = last_day(start, length)
        suspension = ProviderSuspension(
            sheet.subject_id, ProviderKind.PRACTITIONER, staff, start, last, case_id
        )
        suspend_provider_within(unit, suspension, actor=actor, at=instant)
        return {"staff": staff, "suspended_to": last.isoformat()}

    return write_case(
        database,
        key,
        case_id,
        "suspend_practitioner",
        [staff, months, start.isoformat(), why],
        work,
        actor=actor,
        at=instant,
        duty_of="penalise",
        states=(ConductState.DECIDED, ConductState.EXECUTING, ConductState.CLOSED),
    )


def _months(unit: Unit, sheet: ConductSheet, staff: str, months: int | None) -> int:
    """For how many months the points of the year suspend or end somebody."""
    columns = conduct_points.c
    mine = (columns.case_id == sheet.case_id, columns.staff_id == staff)
    day = unit.run(select(func.max(columns.day)).where(*mine)).scalar_one()
    if day is None:
        raise NotFoundError(message("这件案件没有给 {staff} 记过分", staff=staff))
    if point_terms(sheet.area) is None:
        raise RefusedError(message("本地没有规定记分累计到几分暂停，不能按记分暂停"))
    year = year_of(unit, staff, day.year, sheet.area)
    if year.out_years is not None:
        if months is not None:
            raise InputError(
                message(
                    "满 {points} 分是终止 {years} 年，不写月数",
                    points=year.points,
                    years=year.out_years,
                ),
                place="months",
            )
        return year.out_years * _MONTHS_OF_A_YEAR
    if year.suspend_months is None:
        raise ConflictError(
            message(
                "{year} 年累计 {points} 分，还不到暂停的分数，没有做任何改动",
                year=day.year,
                points=year.points,
            )
        )
    least, most = year.suspend_months
    if months is None or not least <= months <= most:
        raise InputError(
            message("暂停 {least} 到 {most} 个月", least=least, most=most), place="months"
        )
    return months
