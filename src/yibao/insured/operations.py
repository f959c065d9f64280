"""Registering people and taking their contributions."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from yibao.access.operations import (
    START,
    Answer,
    Key,
    digest,
    record_event,
    record_message,
    write_once,
)
from yibao.benefit.accounts import Payment, credit_for_month, pay_bill
from yibao.benefit.billing import Bill, bill_for_period
from yibao.benefit.facts import EmployeeContribution, Filing, Person, ResidentContribution
from yibao.benefit.people import home_enrolment
from yibao.benefit.state import PersonState
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, RefusedError
from yibao.insured.grants import held_grants
from yibao.insured.locks import HeldPerson, lock_people
from yibao.insured.profile import profile_of, state_document
from yibao.insured.tables import contribution, enrolment, group_membership, person
from yibao.ledger import operations as ledger
from yibao.ledger.locks import lock_accounts
from yibao.policy.compile import PolicyLibrary


def register(
    database: Database,
    facts: Person,
    *,
    actor: str,
    filings: Sequence[Filing] = (),
    state: PersonState | None = None,
    balance: int = 0,
    day: datetime.date,
) -> None:
    """Register a person with enrolments, groups, contributions so far and a personal account.

    ``state`` and ``balance`` are what was used and held before this store began.
    """

    def operation(unit: Unit) -> None:
        document = profile_of(facts, tuple(filings))
        head = record_event(unit, facts.id, 1, START, actor, "register", document)
        try:
            unit.run(
                insert(person),
                {
                    "person_id": facts.id,
                    "sex": facts.sex,
                    "birth": facts.birth,
                    "profile": document,
                    "state": state_document(state or PersonState()),
                    "sequence": 1,
                    "head": head,
                },
            )
        except IntegrityError:
            raise ConflictError(f"参保人 {facts.id} 已经登记") from None
        _insert_facts(unit, facts)
        ledger.open_account(unit, facts.id, balance, day, new_identifier())

    database.write(operation)


def _insert_facts(unit: Unit, facts: Person) -> None:
    unit.run(
        insert(enrolment),
        [
            {
                "person_id": facts.id,
                "start": held.start,
                "end": held.end,
                "scheme": held.scheme,
                "status": held.status,
                "area": held.area,
                "contribution_class": held.contribution_class,
            }
            for held in facts.enrolments
        ],
    )
    if facts.groups:
        unit.run(
            insert(group_membership),
            [
                {
                    "person_id": facts.id,
                    "group_name": held.group,
                    "start": held.start,
                    "end": held.end,
                }
                for held in facts.groups
            ],
        )
    rows = [
        {
            "person_id": facts.id,
            "scheme": "resident",
            "period": year.year,
            "base": None,
            "paid_on": year.paid_on,
            "due": None,
        }
        for year in facts.contributions_resident or ()
    ] + [
        {
            "person_id": facts.id,
            "scheme": "employee",
            "period": month.month,
            "base": month.base,
            "paid_on": month.paid_on,
            "due": None,
        }
        for month in facts.contributions_employee or ()
    ]
    if rows:
        unit.run(insert(contribution), rows)


def store_person(unit: Unit, held: HeldPerson, actor: str, operation: str, content: Answer) -> None:
    """Extend the person's chain and write the row back; the caller holds its lock."""
    sequence = held.sequence + 1
    head = record_event(unit, held.facts.id, sequence, held.head, actor, operation, content)
    unit.run(
        update(person)
        .where(person.c.person_id == held.facts.id)
        .values(
            profile=profile_of(held.facts, held.filings),
            state=state_document(held.state),
            sequence=sequence,
            head=head,
        )
    )


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
) -> tuple[Bill, Payment | None]:
    """Post a paid resident year or the ``months`` of the employee scheme, once.

    ``draw`` names personal accounts that pay the bill; the rest came in through the
    channel.  A period that is already paid is a ``ConflictError`` with no effect.
    """
    done: list[tuple[Bill, Payment | None]] = []
    content = [person_id, paid_on.isoformat(), year, list(months), base, list(draw)]

    def operation(unit: Unit) -> Answer:
        relatives = [name for name in draw if name != "own"]
        people = lock_people(unit, {person_id, *relatives})
        held = people[person_id]
        bill = bill_for_period(
            library,
            held.facts,
            paid_on,
            year=year,
            month=month,
            base=base,
            months=max(len(months), 1),
        )
        payment = None
        if draw:
            accounts = lock_accounts(unit, people)
            balances = {name: account.balance for name, account in accounts.items()}
            payment = pay_bill(
                library,
                held.facts,
                bill.due,
                draw,
                balances,
                {name: one.facts for name, one in people.items()},
                held_grants(accounts),
                paid_on,
            )
        _insert_periods(unit, held.facts.id, bill, paid_on, year, months, base)
        held.facts = _with_periods(held.facts, paid_on, year, months, base)
        area = home_enrolment(held.facts, paid_on).area
        if payment is not None:
            transfer = new_identifier()
            taken = {person_id: -payment.draw.account}
            if payment.grantor is not None:
                taken[payment.grantor] = -payment.draw.mutual_aid
            paid = payment.draw.account + payment.draw.mutual_aid
            lines = [(ledger.personal(name), -amount) for name, amount in taken.items()]
            ledger.post(
                unit, person_id, transfer, paid_on, [*lines, (ledger.contributions(area), -paid)]
            )
            ledger.change_balances(unit, taken)
        answer = {"person": person_id, "due": bill.due}
        record_message(unit, key, digest(content), person_id, answer)
        store_person(unit, held, actor, "contribute", answer)
        done[:] = [(bill, payment)]
        return answer

    write_once(database, key, digest(content), operation)
    if not done:
        raise ConflictError("这份缴费报文已经入账过")
    return done[0]


def _insert_periods(
    unit: Unit,
    person_id: str,
    bill: Bill,
    paid_on: datetime.date,
    year: int | None,
    months: Sequence[int],
    base: int | None,
) -> None:
    scheme = "resident" if year is not None else "employee"
    periods = [year] if year is not None else list(months)
    unit.run(
        insert(contribution),
        [
            {
                "person_id": person_id,
                "scheme": scheme,
                "period": period,
                "base": base,
                "paid_on": paid_on,
                "due": bill.due if number == 0 else 0,
            }
            for number, period in enumerate(periods)
        ],
    )


def _with_periods(
    facts: Person,
    paid_on: datetime.date,
    year: int | None,
    months: Sequence[int],
    base: int | None,
) -> Person:
    if year is not None:
        paid = ResidentContribution(year, paid_on)
        years = sorted((*(facts.contributions_resident or ()), paid), key=lambda each: each.year)
        return replace(facts, contributions_resident=tuple(years))
    added = [EmployeeContribution(month, base, paid_on) for month in months]
    every = sorted((*(facts.contributions_employee or ()), *added), key=lambda each: each.month)
    return replace(facts, contributions_employee=tuple(every))


def credit(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    month: int,
    *,
    actor: str,
    pension: int | None = None,
) -> Answer:
    """The monthly credit to a personal account; the same message never credits twice."""
    content = [person_id, month, pension]

    def operation(unit: Unit) -> Answer:
        held = lock_people(unit, [person_id])[person_id]
        account = lock_accounts(unit, [person_id])[person_id]
        base = next(
            (paid.base for paid in held.facts.contributions_employee or () if paid.month == month),
            None,
        )
        done = credit_for_month(library, held.facts, month, base, pension)
        day = datetime.date(month // 100, month % 100, 1)
        area = home_enrolment(held.facts, day).area
        ledger.post(
            unit,
            person_id,
            new_identifier(),
            day,
            [(ledger.credits(area), done.amount), (ledger.personal(person_id), -done.amount)],
        )
        ledger.change_balances(unit, {person_id: done.amount})
        answer = {"amount": done.amount, "balance": account.balance + done.amount}
        record_message(unit, key, digest(content), person_id, answer)
        store_person(unit, held, actor, "credit", answer)
        return answer

    return write_once(database, key, digest(content), operation)


def transfer(
    database: Database,
    key: Key,
    source: str,
    target: str,
    amount: int,
    day: datetime.date,
    *,
    actor: str,
) -> Answer:
    """A wallet transfer between personal accounts; never more than the balance."""
    content = [source, target, amount, day.isoformat()]

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, [source, target])
        accounts = lock_accounts(unit, people)
        if amount > accounts[source].balance:
            raise RefusedError("账户余额不足，不能转出，没有写入任何内容")
        ledger.post(
            unit,
            source,
            new_identifier(),
            day,
            [(ledger.personal(source), amount), (ledger.personal(target), -amount)],
        )
        ledger.change_balances(unit, {source: -amount, target: amount})
        answer = {"amount": amount, "balance": accounts[source].balance - amount}
        record_message(unit, key, digest(content), source, answer)
        store_person(unit, people[source], actor, "transfer", answer)
        store_person(unit, people[target], actor, "transfer", answer)
        return answer

    return write_once(database, key, digest(content), operation)
