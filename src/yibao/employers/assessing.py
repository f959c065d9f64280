"""What happens by itself when a month's last day has passed: overdue bills, and months that
nobody declared, assessed at a share of the month before."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select

from yibao.access.chains import lock_ends
from yibao.access.permissions import Actor, require
from yibao.benefit.rules import day_rules
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers.bill_rows import mark_bill, open_bills
from yibao.employers.bills import bill_within, insert_bill
from yibao.employers.locks import HeldEmployer, lock_employer
from yibao.employers.months import first_day_of, month_before, terms_of
from yibao.employers.pricing import ASSESSED_PART, PricedLine
from yibao.employers.roster import staff_ids
from yibao.employers.settling import settle_bill, state_of
from yibao.employers.states import DueKind, DueState, EmployerState, MonthState
from yibao.employers.tables import declaration, employer, employer_bill
from yibao.errors import RefusedError, YibaoError
from yibao.messages import message
from yibao.money import ROUND_HALF_UP, ratio_amount
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary


@dataclass(slots=True)
class Assessed:
    """What a run over an area's employers did, by code."""

    assessed: dict[str, int] = field(default_factory=dict)
    """Fen of the months that nobody declared."""
    billed: dict[str, int] = field(default_factory=dict)
    """Fen of the months that were declared and not billed yet."""
    overdue: dict[str, int] = field(default_factory=dict)
    """How many bills became overdue."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Whom somebody has to look at, and why."""


def undeclared_amount(library: PolicyLibrary, area: str, month: int, last_month: int) -> int:
    """What a month costs that nobody declared, fen; refuses where no source gives the share."""
    day = first_day_of(month)
    rules = day_rules(library, area, day, day)
    share = rules.rules[p.UNDECLARED_RATIO]
    if share < 0:
        raise rules.refusal(-2 - p.UNDECLARED_RATIO)
    return ratio_amount(last_month, share, ROUND_HALF_UP)


def assess_area(
    database: Database,
    library: PolicyLibrary,
    area: str,
    month: int,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Assessed:
    """After a month's last day: bill what was declared, assess what was not, mark what is
    overdue; each employer in a transaction of its own, and none of it twice.

    ``RefusedError`` before that day is over.
    """
    require(actor, "assess", area=area)
    instant = at or now()
    day = civil_day(instant)
    due_on = database.read(lambda unit: terms_of(unit, area, month)).due_on(month)
    if day <= due_on:
        raise RefusedError(
            message("{month} 的最后一天是 {due_on}，还没有过，不能核定", month=month, due_on=due_on)
        )
    outcome = Assessed()
    known = (EmployerState.ACTIVE, EmployerState.IN_ARREARS)
    codes = database.read(
        lambda unit: list(
            unit.run(
                select(employer.c.employer_id)
                .where(employer.c.area == area, employer.c.state.in_(known))
                .order_by(employer.c.employer_id)
            ).scalars()
        )
    )
    for code in codes:
        try:
            _assess(database, library, code, month, due_on, actor, instant, outcome)
        except YibaoError as error:
            outcome.skipped[code] = str(error)
    return outcome


def _assess(
    database: Database,
    library: PolicyLibrary,
    code: str,
    month: int,
    due_on: datetime.date,
    actor: Actor,
    at: datetime.datetime,
    outcome: Assessed,
) -> None:
    people = database.read(lambda unit: staff_ids(unit, code, [month]))
    day = civil_day(at)

    def operation(unit: Unit) -> tuple[str, int, int]:
        lock_ends(unit, people)
        firm = lock_employer(unit, code)
        this = (declaration.c.employer_id == code) & (declaration.c.month == month)
        row = unit.run(select(declaration).where(this)).one_or_none()
        what, amount = "", 0
        if row is not None and row.state == MonthState.DECLARED:
            billed = bill_within(unit, library, firm, month, people, actor, at)
            what, amount = "billed", int(billed["due"])
        elif row is None and people:
            what, amount = "assessed", _assess_month(unit, library, firm, month, due_on, actor, at)
        overdue = _mark_overdue(unit, firm, day)
        firm.state = state_of(unit, firm)
        if what or overdue:
            content = {"month": month, "what": what, "amount": amount, "overdue": overdue}
            firm.store(unit, actor, "assess", content)
        return what, amount, overdue

    what, amount, overdue = database.write(operation, people=people)
    if what == "billed":
        outcome.billed[code] = amount
    elif what == "assessed":
        outcome.assessed[code] = amount
    if overdue:
        outcome.overdue[code] = overdue


def _assess_month(
    unit: Unit,
    library: PolicyLibrary,
    firm: HeldEmployer,
    month: int,
    due_on: datetime.date,
    actor: Actor,
    at: datetime.datetime,
) -> int:
    last_month = unit.run(
        select(employer_bill.c.due).where(
            employer_bill.c.employer_id == firm.employer_id,
            employer_bill.c.month == month_before(month),
            employer_bill.c.kind.in_((DueKind.MONTH, DueKind.ASSESSED)),
            employer_bill.c.state != DueState.REPLACED,
        )
    ).scalar_one_or_none()
    if last_month is None:
        raise RefusedError(message("没有上月的缴费额，不能按上月核定；按行业、人数核定要由人办"))
    amount = undeclared_amount(library, firm.area, month, last_month)
    unit.run(
        insert(declaration),
        {
            "employer_id": firm.employer_id,
            "month": month,
            "state": MonthState.ASSESSED,
            "declared_at": None,
            "declared_by": None,
            "due_on": due_on,
        },
    )
    lines = [
        PricedLine(None, month, ASSESSED_PART, amount, "employee.contribution.undeclared_ratio")
    ]
    bill_id = insert_bill(unit, firm, DueKind.ASSESSED, month, lines, civil_day(at), due_on)
    bill = next((row for row in open_bills(unit, firm.employer_id) if row.bill_id == bill_id), None)
    if bill is not None and bill.set_off == bill.due:
        settle_bill(unit, library, firm, bill, {}, due_on, actor, at)
    return amount


def _mark_overdue(unit: Unit, firm: HeldEmployer, day: datetime.date) -> int:
    """Open bills whose last day is over; the month that they are for is overdue too."""
    count = 0
    for bill in open_bills(unit, firm.employer_id):
        if bill.due_on < day and not bill.is_overdue:
            mark_bill(unit, bill, is_overdue=True)
            _set_month(unit, bill)
            count += 1
    return count


def _set_month(unit: Unit, bill: Any) -> None:
    this = (
        (declaration.c.employer_id == bill.employer_id)
        & (declaration.c.month == bill.month)
        & (declaration.c.state == MonthState.BILLED)
    )
    unit.run(declaration.update().where(this).values(state=MonthState.OVERDUE))


def as_answer(outcome: Assessed) -> Mapping[str, Mapping[str, Any]]:
    """A run as an answer tells it."""
    return {
        "assessed": outcome.assessed,
        "billed": outcome.billed,
        "overdue": outcome.overdue,
        "skipped": outcome.skipped,
    }
