"""Paid periods on a person's record, and bills paid from personal accounts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import insert, select, update

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.benefit.accounts import Payment, pay_bill
from yibao.benefit.billing import Bill, BillLine
from yibao.benefit.facts import EmployeeContribution, Person, ResidentContribution
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.insured.bills import KeptBill, Periods, insert_bill, read_bills
from yibao.insured.channels import require_channel
from yibao.insured.cover import now, update_cover
from yibao.insured.grants import held_grants
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.payment_tables import bill as bill_table
from yibao.insured.payment_tables import channel_payment, order_, receipt
from yibao.insured.receipts import issue_receipt
from yibao.insured.rows import Paid, contribution_row, delete_contributions
from yibao.insured.tables import contribution
from yibao.ledger import operations as ledger
from yibao.ledger.locks import lock_accounts
from yibao.policy.compile import PolicyLibrary

# --- the record ----------------------------------------------------------------------------------


def take_periods(
    unit: Unit,
    library: PolicyLibrary | None,
    held: HeldPerson,
    wanted: Periods,
    paid_on: datetime.date,
    *,
    due: int,
    bill_id: str | None,
    base: int | None,
    at: datetime.datetime,
) -> None:
    """Put paid periods on the record: rows, profile and cover, under the person's lock."""
    facts = held.facts
    paid: list[Paid] = [
        ResidentContribution(period, paid_on)
        if wanted.scheme == "resident"
        else EmployeeContribution(period, base, paid_on)
        for period in wanted.periods
    ]
    unit.run(
        insert(contribution),
        [
            contribution_row(facts.id, each, due=0 if number else due, bill_id=bill_id)
            for number, each in enumerate(paid)
        ],
    )
    years = [*(facts.contributions_resident or ())]
    months = [*(facts.contributions_employee or ())]
    for each in paid:
        if isinstance(each, ResidentContribution):
            years.append(each)
        else:
            months.append(each)
    held.facts = _with(facts, years, months)
    if library is not None:
        update_cover(unit, library, held.facts, min(wanted.first_day, paid_on), at)


def drop_periods(
    unit: Unit,
    library: PolicyLibrary,
    held: HeldPerson,
    wanted: Periods,
    paid_on: datetime.date,
    at: datetime.datetime,
) -> None:
    """Take refunded periods off the record; what was known of the cover stays."""
    facts = held.facts
    gone = set(wanted.periods)
    delete_contributions(unit, facts.id, wanted.scheme, gone)
    years = [*(facts.contributions_resident or ())]
    months = [*(facts.contributions_employee or ())]
    if wanted.scheme == "resident":
        years = [paid for paid in years if paid.year not in gone]
    else:
        months = [paid for paid in months if paid.month not in gone]
    held.facts = _with(facts, years, months)
    update_cover(unit, library, held.facts, min(wanted.first_day, paid_on), at)


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
    wanted: Periods, area: str, lines: Sequence[BillLine], sign: int = 1
) -> list[ledger.Line]:
    """A bill's lines as the credits of a transfer, each on an account of its own.

    A subsidy stands on the other side: somebody else owes it.
    """
    account = ledger.contributions(area)
    return [(f"{account}:{wanted.scheme}:{line.name}", -sign * line.amount) for line in lines]


# --- paying from personal accounts ---------------------------------------------------------------


def contribute(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    paid_on: datetime.date,
    *,
    actor: str,
    year: int | None = None,
    month: int | None = None,
    base: int | None = None,
    months: Sequence[int] = (),
    draw: Sequence[str] = (),
    channel: str = "counter_slip",
    at: datetime.datetime | None = None,
) -> tuple[Bill, Payment | None]:
    """Bill and post a paid resident year or the ``months`` of the employee scheme, once.

    ``draw`` names personal accounts that pay the bill; the rest came in through
    ``channel``.  A period that is already paid is a ``ConflictError`` with no effect.
    """
    done: list[tuple[Bill, Payment | None]] = []
    content = [person_id, paid_on.isoformat(), year, list(months), base, list(draw)]
    require_channel(channel)
    wanted = Periods(
        "resident" if year is not None else "employee",
        (year,) if year is not None else tuple(months) or (month or 0,),
        base,
    )
    relatives = [name for name in draw if name != "own"]

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, {person_id, *relatives})
        held = people[person_id]
        paid = wanted.paid(held.facts)
        if paid:
            raise ConflictError(f"{'、'.join(map(str, paid))} 已经缴过，不能重复缴费")
        priced = wanted.price(library, held.facts, paid_on)
        payment = None
        taken: dict[str, int] = {}
        if draw:
            payment = _from_accounts(unit, library, people, held, priced.due, draw, paid_on)
            taken = {person_id: payment.draw.account}
            if payment.grantor is not None:
                taken[payment.grantor] = payment.draw.mutual_aid
        instant = at or now()
        answer = _post_paid(unit, library, held, wanted, priced, paid_on, taken, channel, instant)
        record_message(unit, key, digest(content), person_id, answer)
        store_person(unit, held, actor, "contribute", answer)
        for name, amount in taken.items():
            if name != person_id and amount:
                drawn = {"for": person_id, "amount": amount, "order": answer["order"]}
                store_person(unit, people[name], actor, "contribute", drawn)
        done[:] = [(priced, payment)]
        return answer

    write_once(database, key, digest(content), operation, people={person_id, *relatives})
    if not done:
        raise ConflictError("这份缴费报文已经入账过")
    return done[0]


def _from_accounts(
    unit: Unit,
    library: PolicyLibrary,
    people: Mapping[str, HeldPerson],
    held: HeldPerson,
    due: int,
    draw: Sequence[str],
    paid_on: datetime.date,
) -> Payment:
    accounts = lock_accounts(unit, people)
    return pay_bill(
        library,
        held.facts,
        due,
        draw,
        {name: account.balance for name, account in accounts.items()},
        {name: one.facts for name, one in people.items()},
        held_grants(accounts),
        paid_on,
    )


def _post_paid(
    unit: Unit,
    library: PolicyLibrary,
    held: HeldPerson,
    wanted: Periods,
    priced: Bill,
    paid_on: datetime.date,
    taken: Mapping[str, int],
    channel: str,
    at: datetime.datetime,
) -> Answer:
    """Bill, order, receipt, entries and periods of a payment that has been made."""
    person_id = held.facts.id
    order_id = new_identifier()
    area = wanted.area(held.facts)
    bill_id = insert_bill(unit, held.facts, wanted, priced, paid_on, order_id=order_id)
    receipt_no = issue_receipt(unit, person_id, order_id, bill_id, area, priced.due, paid_on)
    rest = priced.due - sum(taken.values())
    unit.run(
        insert(order_),
        {
            "person_id": person_id,
            "order_id": order_id,
            "bill_id": bill_id,
            "channel": channel,
            "payer_id": person_id,
            "amount": rest,
            "taken": [[name, amount] for name, amount in taken.items() if amount],
            "status": "posted",
            "reason": "",
            "receipt_no": receipt_no,
            "created_at": at,
            "changed_at": at,
        },
    )
    if rest:
        unit.run(
            insert(channel_payment),
            {
                "person_id": person_id,
                "order_id": order_id,
                "payment_id": f"recorded-{order_id}",
                "channel": channel,
                "amount": rest,
                "paid_on": paid_on,
                "status": "posted",
                "reason": "",
            },
        )
    take_periods(
        unit,
        library,
        held,
        wanted,
        paid_on,
        due=priced.due,
        bill_id=bill_id,
        base=wanted.base,
        at=at,
    )
    debits = [(ledger.personal(name), amount) for name, amount in taken.items()]
    debits.append((ledger.channel(channel), rest))
    ledger.post(
        unit,
        person_id,
        new_identifier(),
        paid_on,
        [*debits, *income_lines(wanted, area, priced.lines)],
    )
    ledger.change_balances(unit, {name: -amount for name, amount in taken.items()})
    return {
        "person": person_id,
        "due": priced.due,
        "bill": bill_id,
        "order": order_id,
        "receipt": receipt_no,
    }


# --- reading -------------------------------------------------------------------------------------


def contribution_records(
    database: Database,
    person_id: str,
    since: datetime.date = datetime.date.min,
    until: datetime.date = datetime.date.max,
) -> list[Answer]:
    """What was paid from ``since`` to ``until`` (day of payment), by scheme and period.

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
        rows = [row for row in paid if row.paid_on is None or since <= row.paid_on <= until]
        wanted = sorted({row.bill_id for row in rows if row.bill_id is not None})
        bills = {one.bill_id: one for one in read_bills(unit, person_id, wanted)}
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

    return database.read(operation)


def _lines(kept: KeptBill | None) -> list[Answer]:
    lines = () if kept is None else kept.lines
    return [{"name": line.name, "amount": line.amount, "source": line.source} for line in lines]


def mark_bill(unit: Unit, kept: KeptBill, status: str, order_id: str | None) -> None:
    """Set what became of a bill."""
    unit.run(
        update(bill_table)
        .where(bill_table.c.person_id == kept.person_id, bill_table.c.bill_id == kept.bill_id)
        .values(status=status, order_id=order_id)
    )
