"""A bill that is paid: the late fee is booked, and every person has the month on record."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from yibao.access.operations import Answer
from yibao.access.permissions import Actor
from yibao.benefit.rules import day_rules
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Unit
from yibao.employers.bill_rows import bill_lines, mark_bill
from yibao.employers.late_fees import fee_of
from yibao.employers.locks import HeldEmployer
from yibao.employers.pricing import EMPLOYER_PART
from yibao.employers.states import DueKind, DueState, EmployerState, MonthState
from yibao.employers.tables import declaration, employer_bill
from yibao.insured.accounts.credits import recredit_month
from yibao.insured.locks import HeldPerson, store_person
from yibao.insured.payments.bills import Periods
from yibao.insured.payments.contributions import change_base, take_periods
from yibao.ledger import operations as ledger
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme


@dataclass(frozen=True, slots=True)
class ToPay:
    """What a bill costs if it is paid on a day, fen."""

    debt: int
    days: int
    """Late, by the area's way of counting."""
    late_fee: int

    @property
    def total(self) -> int:
        return self.debt + self.late_fee


def to_pay(library: PolicyLibrary, area: str, bill: Any, paid_on: datetime.date) -> ToPay:
    """What an open bill costs on a day; refuses a late one where no source gives the rate."""
    debt = bill.due - bill.set_off
    rules = day_rules(library, area, paid_on, paid_on)
    days, fee = fee_of(rules, debt, bill.due_on, paid_on)
    return ToPay(debt, days, fee)


def settle_bill(
    unit: Unit,
    library: PolicyLibrary,
    firm: HeldEmployer,
    bill: Any,
    people: Mapping[str, HeldPerson],
    paid_on: datetime.date,
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    """Pay a bill out of the employer's credit, which is enough; locks and event: the caller's."""
    owed = to_pay(library, firm.area, bill, paid_on)
    assert firm.credit >= owed.total, (firm.credit, owed)
    firm.credit -= owed.total
    if owed.late_fee:
        late = f"{ledger.contributions(firm.area)}:late"
        ledger.post(
            unit,
            firm.chain,
            new_identifier(),
            paid_on,
            [(ledger.employer(firm.employer_id), owed.late_fee), (late, -owed.late_fee)],
        )
    values = {"state": DueState.PAID, "late_fee": owed.late_fee, "paid_on": paid_on}
    mark_bill(unit, bill, **values)
    if bill.kind == DueKind.MONTH:
        this = (declaration.c.employer_id == firm.employer_id) & (declaration.c.month == bill.month)
        unit.run(update(declaration).where(this).values(state=MonthState.PAID))
    record_months(unit, library, firm, bill, people, paid_on, actor, at)
    firm.state = state_of(unit, firm)
    return {"bill": bill.bill_id, "debt": owed.debt, "days": owed.days, "late_fee": owed.late_fee}


def state_of(unit: Unit, firm: HeldEmployer) -> str:
    """In arrears as long as an overdue bill is open."""
    if firm.state not in (EmployerState.ACTIVE, EmployerState.IN_ARREARS):
        return firm.state
    overdue = unit.run(
        select(employer_bill.c.bill_id)
        .where(
            employer_bill.c.employer_id == firm.employer_id,
            employer_bill.c.state == DueState.OPEN,
            employer_bill.c.is_overdue.is_(True),
        )
        .limit(1)
    ).first()
    return EmployerState.ACTIVE if overdue is None else EmployerState.IN_ARREARS


def record_months(
    unit: Unit,
    library: PolicyLibrary,
    firm: HeldEmployer,
    bill: Any,
    people: Mapping[str, HeldPerson],
    paid_on: datetime.date,
    actor: Actor,
    at: datetime.datetime,
) -> None:
    """The months of a paid bill on everybody's record, as one's own payments stand there."""
    of_month: dict[tuple[str, int], Answer] = {}
    for line in bill_lines(unit, firm.employer_id, bill.bill_id):
        if line.person_id is None:
            continue
        sums = of_month.setdefault((line.person_id, line.month), {"base": line.base, "due": 0})
        if line.name != EMPLOYER_PART:
            sums["due"] += line.amount
    for (person_id, paid_month), what in of_month.items():
        person = people[person_id]
        if bill.kind == DueKind.DIFFERENCE:
            change_base(unit, person, paid_month, what["base"], more_due=what["due"])
            what["credited"] = recredit_month(unit, library, person, paid_month)
        else:
            periods = Periods(Scheme.EMPLOYEE, (paid_month,), what["base"])
            if periods.paid(person.facts):
                continue
            take_periods(
                unit,
                library,
                person,
                periods,
                paid_on,
                due=what["due"],
                bill_id=None,
                base=what["base"],
                at=at,
            )
        content = {"employer": firm.employer_id, "month": paid_month, **what}
        store_person(unit, person, actor, "contribute", content)
