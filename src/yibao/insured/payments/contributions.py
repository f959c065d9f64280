"""Paid periods on a person's record: put there, taken off, read."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import func, insert, select, update

from yibao.access.operations import Answer
from yibao.access.permissions import Actor
from yibao.access.trail import read_record
from yibao.benefit.billing import BillLine
from yibao.benefit.facts import EmployeeContribution, Person, ResidentContribution
from yibao.database.unit import Database, Unit
from yibao.errors import RefusedError
from yibao.insured.enrolment.cover import update_cover
from yibao.insured.fragments import opening_periods
from yibao.insured.locks import HeldPerson
from yibao.insured.payments.bills import Periods, StoredBill, read_bills
from yibao.insured.stored.rows import Paid, contribution_row, delete_contributions
from yibao.insured.tables import bill as bill_table
from yibao.insured.tables import contribution, receipt
from yibao.ledger import operations as ledger
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

# --- the record ----------------------------------------------------------------------------------


def take_periods(
    unit: Unit,
    library: PolicyLibrary | None,
    person: HeldPerson,
    periods: Periods,
    paid_on: datetime.date,
    *,
    due: int,
    bill_id: str | None,
    base: int | None,
    at: datetime.datetime,
) -> None:
    """Put paid periods on the record: rows, profile and cover, under the person's lock."""
    facts = person.facts
    paid: list[Paid] = [
        ResidentContribution(period, paid_on)
        if periods.scheme == Scheme.RESIDENT
        else EmployeeContribution(period, base, paid_on)
        for period in periods.periods
    ]
    unit.run(
        insert(contribution),
        [
            contribution_row(facts.id, payment, due=0 if number else due, bill_id=bill_id)
            for number, payment in enumerate(paid)
        ],
    )
    person.facts = with_contributions(facts, paid)
    if library is not None:
        update_cover(unit, library, person.facts, min(periods.first_day, paid_on), at)


def with_contributions(facts: Person, paid: Iterable[Paid]) -> Person:
    """The facts with more periods paid."""
    years = [*(facts.contributions_resident or ())]
    months = [*(facts.contributions_employee or ())]
    for payment in paid:
        if isinstance(payment, ResidentContribution):
            years.append(payment)
        else:
            months.append(payment)
    return _with(facts, years, months)


def add_periods(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    paid: Sequence[Paid],
    at: datetime.datetime,
) -> int:
    """Put periods that were paid elsewhere on the record, under the person's lock; how many.

    One that is there counts once.  ``RefusedError`` where the record lists no payments of an
    enrolment: every period counts as paid there, and a list would say otherwise.
    """
    facts = person.facts
    opening = opening_periods(unit, facts.id)
    added: list[Paid] = []
    for payment in paid:
        scheme, period = _scheme_and_period(payment)
        listed = (
            facts.contributions_resident
            if scheme == Scheme.RESIDENT
            else facts.contributions_employee
        )
        enrolled = any(spell.scheme == scheme for spell in facts.enrolments)
        if listed is None and enrolled:
            raise RefusedError(message("这个人在本地的缴费没有逐期登记，不能与外地的合并"))
        known = {_scheme_and_period(earlier) for earlier in listed or ()}
        if (scheme, period) in opening:
            delete_contributions(unit, facts.id, scheme, [period])
        elif (scheme, period) in known:
            continue
        added.append(payment)
    if not added:
        return 0
    unit.run(insert(contribution), [contribution_row(facts.id, payment) for payment in added])
    replaced = {_scheme_and_period(payment) for payment in added}
    years = [
        *(
            earlier
            for earlier in facts.contributions_resident or ()
            if _scheme_and_period(earlier) not in replaced
        ),
        *(payment for payment in added if isinstance(payment, ResidentContribution)),
    ]
    months = [
        *(
            earlier
            for earlier in facts.contributions_employee or ()
            if _scheme_and_period(earlier) not in replaced
        ),
        *(payment for payment in added if isinstance(payment, EmployeeContribution)),
    ]
    person.facts = _with(facts, years, months)
    # A longer past may end a waiting period from the first day of the cover on.
    update_cover(unit, library, person.facts, facts.enrolments[0].start, at)
    return len(added)


def _scheme_and_period(paid: Paid) -> tuple[str, int]:
    if isinstance(paid, ResidentContribution):
        return Scheme.RESIDENT, paid.year
    return Scheme.EMPLOYEE, paid.month


def change_base(
    unit: Unit, person: HeldPerson, month: int, base: int | None, *, more_due: int
) -> None:
    """Another base of a paid month, and what it cost more: under the person's lock."""
    facts = person.facts
    this = (contribution.c.person_id == facts.id) & (contribution.c.period == month)
    of_months = contribution.c.scheme == Scheme.EMPLOYEE
    values = {"base": base, "due": func.coalesce(contribution.c.due, 0) + more_due}
    unit.run(update(contribution).where(this, of_months).values(**values))
    months = [
        replace(paid, base=base) if paid.month == month else paid
        for paid in facts.contributions_employee or ()
    ]
    person.facts = _with(facts, [*(facts.contributions_resident or ())], months)


def drop_periods(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    periods: Periods,
    paid_on: datetime.date,
    at: datetime.datetime,
) -> None:
    """Take refunded periods off the record; what was known of the cover stays."""
    facts = person.facts
    gone = set(periods.periods)
    delete_contributions(unit, facts.id, periods.scheme, gone)
    years = [*(facts.contributions_resident or ())]
    months = [*(facts.contributions_employee or ())]
    if periods.scheme == Scheme.RESIDENT:
        years = [payment for payment in years if payment.year not in gone]
    else:
        months = [payment for payment in months if payment.month not in gone]
    person.facts = _with(facts, years, months)
    update_cover(unit, library, person.facts, min(periods.first_day, paid_on), at)


def _with(
    facts: Person, years: list[ResidentContribution], months: list[EmployeeContribution]
) -> Person:
    return replace(
        facts,
        contributions_resident=tuple(sorted(years, key=lambda paid: paid.year)) or None,
        contributions_employee=tuple(sorted(months, key=lambda paid: paid.month)) or None,
    )


# --- the ledger ----------------------------------------------------------------------------------


def income_lines(
    periods: Periods, area: str, lines: Sequence[BillLine], sign: int = 1
) -> list[ledger.Line]:
    """A bill's lines as the credits of a transfer, each on an account of its own.

    A subsidy stands on the other side: somebody else owes it.
    """
    account = ledger.contributions(area)
    return [(f"{account}:{periods.scheme}:{line.name}", -sign * line.amount) for line in lines]


# --- reading -------------------------------------------------------------------------------------


def contribution_records(
    database: Database,
    person_id: str,
    since: datetime.date = datetime.date.min,
    until: datetime.date = datetime.date.max,
    *,
    actor: Actor,
) -> list[Answer]:
    """What was paid for the periods that begin from ``since`` to ``until``, in their order.

    Periods that only open the record are no payments and are left out.
    """

    def operation(unit: Unit) -> list[Answer]:
        paid = unit.run(
            select(contribution, receipt.c.receipt_no)
            .outerjoin(
                bill_table,
                (bill_table.c.person_id == contribution.c.person_id)
                & (bill_table.c.bill_id == contribution.c.bill_id),
            )
            .outerjoin(receipt, receipt.c.order_id == bill_table.c.order_id)
            .where(contribution.c.person_id == person_id, contribution.c.opening.is_(False))
            .order_by(contribution.c.scheme, contribution.c.period)
        ).all()
        rows = [
            row for row in paid if since <= Periods(row.scheme, (row.period,)).first_day <= until
        ]
        bill_ids = sorted({row.bill_id for row in rows if row.bill_id is not None})
        bills = {bill.bill_id: bill for bill in read_bills(unit, person_id, bill_ids)}
        return [
            {
                "scheme": row.scheme,
                "period": row.period,
                "paid_on": None if row.paid_on is None else row.paid_on.isoformat(),
                "base": row.base,
                "amount": row.due,
                "bill": row.bill_id,
                "receipt": row.receipt_no,
                "lines": _lines(bills.get(row.bill_id)) if row.due else [],
            }
            for row in rows
        ]

    return read_record(database, actor, "read_contributions", person_id, operation)


def _lines(bill: StoredBill | None) -> list[Answer]:
    lines = () if bill is None else bill.lines
    return [line.as_json() for line in lines]


def mark_bill(unit: Unit, bill: StoredBill, status: str, order_id: str | None) -> None:
    """Set what became of a bill."""
    unit.run(
        update(bill_table)
        .where(bill_table.c.person_id == bill.person_id, bill_table.c.bill_id == bill.bill_id)
        .values(status=status, order_id=order_id)
    )
