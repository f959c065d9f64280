"""Monthly credits to personal accounts: one person, or an area's month as a job."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

from sqlalchemy import insert, or_, select, update

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.accounts import credit_for_month
from yibao.benefit.people import home_enrolment, month_end
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, NotFoundError, YibaoError
from yibao.insured.accounts.carrying import carried_through
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.payments.jobs import Chunk, JobResult, run_job
from yibao.insured.tables import enrolment, monthly_credit
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

JOB = "job"
"""Who sends the messages of a job."""


def credit(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    month: int,
    *,
    actor: Actor,
    pension: int | None = None,
) -> Answer:
    """The monthly credit to a personal account; a month that is credited is a ``ConflictError``."""
    require(actor, "credit", person_id)
    content_hash = digest([person_id, month, pension])

    def operation(unit: Unit) -> Answer:
        person = lock_people(unit, [person_id])[person_id]
        accounts = lock_accounts(unit, [person_id])
        if _credited(unit, [person_id], month):
            raise ConflictError(
                message(
                    "{person_id} 的 {month} 已经划入过个人账户", person_id=person_id, month=month
                )
            )
        if month <= carried_through(unit, [person_id]).get(person_id, 0):
            raise ConflictError(message("{month} 的划入已经在导入的余额里，没有再划", month=month))
        answer = _credit(unit, library, person, accounts.get(person_id), month, pension)
        ledger.change_balances(unit, {person_id: answer["amount"]})
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "credit", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def _credited(unit: Unit, ids: list[str], month: int) -> set[str]:
    return set(
        unit.run(
            select(monthly_credit.c.person_id).where(
                monthly_credit.c.person_id.in_(ids), monthly_credit.c.month == month
            )
        ).scalars()
    )


def _credit(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    account: HeldAccount | None,
    month: int,
    pension: int | None,
) -> Answer:
    """Entries and record of one credit; the balance is the caller's to change."""
    person_id = person.facts.id
    base = next(
        (paid.base for paid in person.facts.contributions_employee or () if paid.month == month),
        None,
    )
    credited = credit_for_month(library, person.facts, month, base, pension)
    if account is None:
        raise NotFoundError(message("{person_id} 没有个人账户", person_id=person_id))
    day = datetime.date(month // 100, month % 100, 1)
    area = home_enrolment(person.facts, day).area
    transfer_id = new_identifier()
    ledger.post(
        unit,
        person_id,
        transfer_id,
        day,
        [(ledger.credits(area), credited.amount), (ledger.personal(person_id), -credited.amount)],
    )
    unit.run(
        insert(monthly_credit),
        {
            "person_id": person_id,
            "month": month,
            "area": area,
            "amount": credited.amount,
            "base": base,
            "transfer_id": transfer_id,
            "rulebook_hash": credited.rulebook,
        },
    )
    return {"amount": credited.amount, "balance": account.balance + credited.amount}


def recredit_month(unit: Unit, library: PolicyLibrary, person: HeldPerson, month: int) -> int:
    """What a month that was credited comes to more or less with the base on record now, fen.

    0 where it was not credited yet: the job will.  Nobody's account goes below nothing: what is
    not there is not taken back.  The caller holds the person's lock and writes the event.
    """
    person_id = person.facts.id
    this = (monthly_credit.c.person_id == person_id) & (monthly_credit.c.month == month)
    before = unit.run(select(monthly_credit).where(this)).one_or_none()
    account = lock_accounts(unit, [person_id]).get(person_id)
    if before is None or account is None:
        return 0
    payments = person.facts.contributions_employee or ()
    base = next((paid.base for paid in payments if paid.month == month), None)
    credited = credit_for_month(library, person.facts, month, base, None)
    difference: int = max(credited.amount - before.amount, -account.balance)
    if not difference:
        return 0
    day = datetime.date(month // 100, month % 100, 1)
    lines = [
        (ledger.credits(before.area), difference),
        (ledger.personal(person_id), -difference),
    ]
    ledger.post(unit, person_id, new_identifier(), day, lines)
    ledger.change_balances(unit, {person_id: difference})
    amounts = {"amount": before.amount + difference, "base": base}
    unit.run(update(monthly_credit).where(this).values(**amounts))
    return difference


def run_credits(
    database: Database,
    library: PolicyLibrary,
    area: str,
    month: int,
    *,
    actor: Actor,
    pensions: Mapping[str, int] | None = None,
    chunk: int = 100,
    again: bool = False,
    pause: Callable[[], None] | None = None,
) -> JobResult:
    """Credit a month to everybody whom the employee scheme of an area covers in it.

    Whoever cannot be credited (no base, no pension, a missing figure) is listed with the
    reason and served by ``again``.  ``pensions``: fen a month, where the pack asks for it.
    """
    require(actor, "credit", area=area)
    first, last = datetime.date(month // 100, month % 100, 1), month_end(month)

    def candidates(unit: Unit, after: str, limit: int) -> list[str]:
        query = (
            select(enrolment.c.person_id)
            .where(
                enrolment.c.area == area,
                enrolment.c.scheme == Scheme.EMPLOYEE,
                enrolment.c.start <= last,
                or_(enrolment.c.end.is_(None), enrolment.c.end >= first),
                enrolment.c.person_id > after,
            )
            .distinct()
            .order_by(enrolment.c.person_id)
            .limit(limit)
        )
        return list(unit.run(query).scalars())

    def work(unit: Unit, ids: list[str]) -> Chunk:
        people = lock_people(unit, ids, closed_too=True)
        accounts = lock_accounts(unit, ids)
        before = _credited(unit, ids, month)
        carried = carried_through(unit, ids)
        outcome = Chunk()
        changes: dict[str, int] = {}
        for name in ids:
            person = people[name]
            of_month = person.facts.enrolment_in_month(month)
            if name in before or month <= carried.get(name, 0):
                continue
            if of_month is None or of_month.area != area or person.merged_into is not None:
                continue
            pension = (pensions or {}).get(name)
            try:
                answer = _credit(unit, library, person, accounts.get(name), month, pension)
            except YibaoError as error:
                outcome.skipped[name] = str(error)
                continue
            changes[name] = answer["amount"]
            key = Key(JOB, "credit", f"{area}:{month}:{name}")
            record_message(unit, key, digest([name, month, pension]), name, answer)
            store_person(unit, person, actor, "credit", answer)
            outcome.served += 1
            outcome.amount += answer["amount"]
        ledger.change_balances(unit, changes)
        return outcome

    return run_job(
        database,
        "credit",
        area,
        month,
        candidates=candidates,
        work=work,
        chunk=chunk,
        again=again,
        pause=pause,
    )
