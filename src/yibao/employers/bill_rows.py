"""Bills as they stand, for whoever writes or reads them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from yibao.database.unit import Unit
from yibao.employers.states import DueState
from yibao.employers.tables import employer_bill, employer_bill_line
from yibao.errors import NotFoundError
from yibao.messages import message


def read_bill(unit: Unit, employer_id: str, bill_id: str) -> Any:
    """A bill; ``NotFoundError`` where there is none."""
    row = unit.run(
        select(employer_bill).where(
            employer_bill.c.employer_id == employer_id, employer_bill.c.bill_id == bill_id
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(message("没有单位账单 {bill_id}", bill_id=bill_id))
    return row


def bill_lines(unit: Unit, employer_id: str, bill_id: str) -> list[Any]:
    """The lines of a bill, in their order."""
    return list(
        unit.run(
            select(employer_bill_line)
            .where(
                employer_bill_line.c.employer_id == employer_id,
                employer_bill_line.c.bill_id == bill_id,
            )
            .order_by(employer_bill_line.c.line)
        )
    )


def bills_of(unit: Unit, employer_id: str) -> list[Any]:
    """All bills of an employer, the latest month first."""
    return list(
        unit.run(
            select(employer_bill)
            .where(employer_bill.c.employer_id == employer_id)
            .order_by(employer_bill.c.month.desc(), employer_bill.c.bill_id.desc())
        )
    )


def open_bills(unit: Unit, employer_id: str) -> list[Any]:
    """Bills that are still to be paid, the earliest first."""
    return list(
        unit.run(
            select(employer_bill)
            .where(
                employer_bill.c.employer_id == employer_id,
                employer_bill.c.state == DueState.OPEN,
            )
            .order_by(employer_bill.c.due_on, employer_bill.c.bill_id)
        )
    )


def people_of_bill(unit: Unit, employer_id: str, bill_id: str) -> set[str]:
    """Everybody who stands on a bill; that never changes."""
    return {line.person_id for line in bill_lines(unit, employer_id, bill_id) if line.person_id}


def mark_bill(unit: Unit, bill: Any, **values: Any) -> None:
    """What became of a bill."""
    this = (employer_bill.c.employer_id == bill.employer_id) & (
        employer_bill.c.bill_id == bill.bill_id
    )
    unit.run(update(employer_bill).where(this).values(**values))
