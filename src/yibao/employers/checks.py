"""What must hold of employers at any time, beyond what the chains vouch for."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from yibao.database.unit import Unit
from yibao.employers.states import DueState
from yibao.employers.tables import employer, employer_bill, employer_bill_line
from yibao.ledger import operations as ledger
from yibao.ledger.balances import total
from yibao.messages import Message, message


def employer_faults(unit: Unit) -> Iterator[Message]:
    """Employers whose account is not what their bills and their credit come to, and bills that
    their lines do not add up to."""
    owed = (
        select(
            employer_bill.c.employer_id,
            func.sum(employer_bill.c.due - employer_bill.c.set_off).label("owed"),
        )
        .where(employer_bill.c.state == DueState.OPEN)
        .group_by(employer_bill.c.employer_id)
        .subquery()
    )
    rows = unit.run(
        select(
            employer.c.employer_id, employer.c.credit, func.coalesce(owed.c.owed, 0).label("owed")
        )
        .outerjoin(owed, owed.c.employer_id == employer.c.employer_id)
        .order_by(employer.c.employer_id)
    ).all()
    for row in rows:
        booked = total(unit, ledger.employer(row.employer_id))
        if booked != int(row.owed) - row.credit:
            yield message(
                "单位 {code} 的账是 {booked} 分，账单和余额合计是 {owed} 分",
                code=row.employer_id,
                booked=booked,
                owed=int(row.owed) - row.credit,
            )
    lines = (
        select(
            employer_bill_line.c.employer_id,
            employer_bill_line.c.bill_id,
            func.sum(employer_bill_line.c.amount).label("total"),
        )
        .group_by(employer_bill_line.c.employer_id, employer_bill_line.c.bill_id)
        .subquery()
    )
    together = (lines.c.employer_id == employer_bill.c.employer_id) & (
        lines.c.bill_id == employer_bill.c.bill_id
    )
    for bill in unit.run(
        select(
            employer_bill.c.bill_id,
            employer_bill.c.due,
            func.coalesce(lines.c.total, 0).label("total"),
        )
        .outerjoin(lines, together)
        .where(employer_bill.c.due != func.coalesce(lines.c.total, 0))
    ):
        yield message(
            "单位账单 {bill_id} 是 {due} 分，各行合计 {total} 分",
            bill_id=bill.bill_id,
            due=bill.due,
            total=int(bill.total),
        )
