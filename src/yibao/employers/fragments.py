"""What rooms above may read of employers' bills beside their own rows."""

from __future__ import annotations

import datetime

from sqlalchemy import and_, exists, func, or_, select

from yibao.database.unit import Unit
from yibao.employers.states import DueKind, DueState
from yibao.employers.tables import employer, employer_bill, employer_bill_line, employment


def billed_unpaid(unit: Unit, area: str, day: datetime.date) -> dict[str, int]:
    """What stood on bills of an area's employers at the end of a day and was not paid yet, by
    the name of the line, in fen.

    An assessment that was replaced is off the books from the day on which the month was billed.
    """
    replacing = employer_bill.alias("replacing")
    is_replaced_later = exists().where(
        replacing.c.employer_id == employer_bill.c.employer_id,
        replacing.c.month == employer_bill.c.month,
        replacing.c.kind == DueKind.MONTH,
        replacing.c.made_on > day,
    )
    is_open = or_(
        employer_bill.c.state == DueState.OPEN,
        and_(employer_bill.c.state == DueState.PAID, employer_bill.c.paid_on > day),
        and_(
            employer_bill.c.state == DueState.REPLACED,
            or_(employer_bill.c.paid_on.is_(None), employer_bill.c.paid_on > day),
            is_replaced_later,
        ),
    )
    total = func.sum(employer_bill_line.c.amount).label("total")
    rows = unit.run(
        select(employer_bill_line.c.name, total)
        .select_from(
            employer_bill.join(
                employer, employer.c.employer_id == employer_bill.c.employer_id
            ).join(
                employer_bill_line,
                and_(
                    employer_bill_line.c.employer_id == employer_bill.c.employer_id,
                    employer_bill_line.c.bill_id == employer_bill.c.bill_id,
                ),
            )
        )
        .where(employer.c.area == area, employer_bill.c.made_on <= day, is_open)
        .group_by(employer_bill_line.c.name)
        .order_by(employer_bill_line.c.name)
    )
    return {str(row.name): int(row.total) for row in rows}


def employers_of(unit: Unit, person_id: str, month: int) -> list[str]:
    """A read fragment: who declares somebody in a month (yyyymm), by name."""
    query = (
        select(employer.c.name)
        .join(employment, employment.c.employer_id == employer.c.employer_id)
        .where(
            employment.c.person_id == person_id,
            or_(employment.c.last_month.is_(None), employment.c.last_month >= month),
        )
    )
    return sorted(unit.run(query).scalars())
