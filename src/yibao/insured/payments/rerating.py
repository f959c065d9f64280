"""A floor that is published late: paid months are rated again.

A difference that is owed is billed; one that was paid too much goes back as the pack says
(``employee.contribution.overpaid``): through the channel that took it, or to the person's
account.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import insert, select

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.billing import Bill, BillLine
from yibao.benefit.rules import day_rules
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, RefusedError, YibaoError
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.payments.bills import StoredBill, bill_answer, insert_bill, read_bills
from yibao.insured.payments.contributions import income_lines
from yibao.insured.payments.jobs import Chunk, JobResult, run_job
from yibao.insured.payments.orders import Order, read_order
from yibao.insured.states import BillStatus, OrderStatus, PaymentStatus
from yibao.insured.tables import bill as bill_table
from yibao.insured.tables import channel_payment, order_
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.messages import message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import Scheme

JOB = "job"
"""Who sends the messages of a job."""
TO_ACCOUNT = 1
"""Position of ``account`` among the choices of ``employee.contribution.overpaid``."""


def rerate_bill(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    bill_id: str,
    on: datetime.date,
    *,
    actor: Actor,
) -> Answer:
    """Rate a paid bill of months again with what is known on ``on``.

    The answer's ``difference`` is 0 where nothing changed or the difference is settled
    already; above 0 it is billed, below 0 it has been given back.
    """
    require(actor, "rerate", person_id)
    content_hash = digest([person_id, bill_id, on.isoformat()])
    owners = database.read(lambda unit: _owners(unit, [person_id]))

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, {person_id, *owners})
        accounts = lock_accounts(unit, people)
        person = people[person_id]
        bills = read_bills(unit, person_id)
        bill = next((candidate for candidate in bills if candidate.bill_id == bill_id), None)
        if bill is None or not _may_change(bill):
            raise RefusedError(
                message("账单 {bill_id} 不是已缴的职工医保账单，不能补差", bill_id=bill_id)
            )
        answer = _rerate(unit, library, person, bill, bills, on, accounts)
        record_message(unit, key, content_hash, person_id, answer)
        _store(unit, people, person, answer, [answer], actor)
        return answer

    return write_once(database, key, content_hash, operation, people={person_id, *owners})


def _owners(unit: Unit, ids: Iterable[str]) -> set[str]:
    """Whose accounts paid something for these people, and may get it back."""
    taken = unit.run(
        select(order_.c.taken).where(
            order_.c.person_id.in_(sorted(ids)), order_.c.status == OrderStatus.POSTED
        )
    ).scalars()
    return {name for shares in taken for name, _ in shares}


def _store(
    unit: Unit,
    people: dict[str, HeldPerson],
    person: HeldPerson,
    content: Answer,
    answers: Iterable[Answer],
    actor: Actor,
) -> None:
    """The event of the person, and of whoever's account got something back."""
    store_person(unit, person, actor, "rerate", content)
    for answer in answers:
        for name, amount in answer.get("to_accounts", {}).items():
            if name != person.facts.id:
                received = {"from": person.facts.id, "amount": amount}
                store_person(unit, people[name], actor, "rerate", received)


def _may_change(bill: StoredBill) -> bool:
    return (
        bill.kind == "regular"
        and bill.wanted.scheme == Scheme.EMPLOYEE
        and bill.status == BillStatus.PAID
    )


def _rerate(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    bill: StoredBill,
    bills: list[StoredBill],
    on: datetime.date,
    accounts: dict[str, HeldAccount],
) -> Answer:
    """The difference billed or given back; the caller holds the locks."""
    priced = bill.wanted.price(library, person.facts, on)
    billed = [
        earlier
        for earlier in bills
        if earlier is bill
        or (earlier.supplements == bill.bill_id and earlier.status != BillStatus.REFUNDED)
    ]
    before: dict[str, int] = {}
    for earlier in billed:
        for line in earlier.lines:
            before[line.name] = before.get(line.name, 0) + line.amount
    sources = {line.name: line.source for earlier in billed for line in earlier.lines}
    sources |= {line.name: line.source for line in priced.lines}
    after = {line.name: line.amount for line in priced.lines}
    lines = tuple(
        BillLine(name, after.get(name, 0) - before.get(name, 0), source)
        for name, source in sources.items()
        if after.get(name, 0) != before.get(name, 0)
    )
    difference = sum(line.amount for line in lines)
    answer: Answer = {"person": person.facts.id, "of": bill.bill_id, "difference": difference}
    if not difference:
        return answer
    rest: Bill = replace(
        priced,
        due=difference,
        lines=lines,
        late=False,
        employer=max(0, priced.employer - sum(earlier.employer for earlier in billed)),
    )
    paid_by = bill.order_id if difference < 0 else None
    bill_id = insert_bill(
        unit, person.facts, bill.wanted, rest, on, supplements=bill.bill_id, order_id=paid_by
    )
    answer |= bill_answer(bill_id, bill.wanted, rest)
    if paid_by is not None:
        order = read_order(unit, person.facts.id, paid_by)
        answer |= _give_back(unit, library, bill, order, bill_id, lines, on, accounts)
    return answer


def _give_back(
    unit: Unit,
    library: PolicyLibrary,
    bill: StoredBill,
    order: Order,
    bill_id: str,
    lines: tuple[BillLine, ...],
    on: datetime.date,
    accounts: dict[str, HeldAccount],
) -> Answer:
    """Send what was paid too much back: what came through a channel first, then accounts."""
    person_id, amount = bill.person_id, -sum(line.amount for line in lines)
    through, returned = 0, {person_id: amount}
    if day_rules(library, bill.area, on, on).need(p.OVERPAID) != TO_ACCOUNT:
        through, returned = min(amount, order.amount), {}
        left = amount - through
        for name, taken in order.taken:
            returned[name] = min(left, taken)
            left -= returned[name]
    returned = {name: part for name, part in returned.items() if part}
    if through:
        unit.run(
            insert(channel_payment),
            {
                "person_id": person_id,
                "order_id": order.order_id,
                "payment_id": f"back-{bill_id}",
                "channel": order.channel,
                "amount": through,
                "paid_on": on,
                "status": PaymentStatus.REFUND_DUE,
                "reason": str(message("重算后多缴，退回差额")),
            },
        )
    ledger.post(
        unit,
        person_id,
        new_identifier(),
        on,
        [
            *income_lines(bill.wanted, bill.area, lines),
            (ledger.suspense(person_id), -through),
            *(
                (ledger.personal(name) if name in accounts else ledger.suspense(name), -part)
                for name, part in returned.items()
            ),
        ],
    )
    ledger.change_balances(
        unit, {name: part for name, part in returned.items() if name in accounts}
    )
    return {"through_channel": through, "to_accounts": returned}


def rerate_area(
    database: Database,
    library: PolicyLibrary,
    area: str,
    on: datetime.date,
    *,
    actor: Actor,
    chunk: int = 100,
    again: bool = False,
) -> JobResult:
    """Rate every paid month of an area again; one job per area and month of ``on``."""
    require(actor, "rerate", area=area)
    period = on.year * 100 + on.month

    def candidates(unit: Unit, after: str, limit: int) -> list[str]:
        query = (
            select(bill_table.c.person_id)
            .where(
                bill_table.c.area == area,
                bill_table.c.scheme == Scheme.EMPLOYEE,
                bill_table.c.kind == "regular",
                bill_table.c.status == BillStatus.PAID,
                bill_table.c.person_id > after,
            )
            .distinct()
            .order_by(bill_table.c.person_id)
            .limit(limit)
        )
        return list(unit.run(query).scalars())

    def work(unit: Unit, ids: list[str]) -> Chunk:
        people = lock_people(unit, {*ids, *_owners(unit, ids)}, closed_too=True)
        accounts = lock_accounts(unit, people)
        outcome = Chunk()
        for name in ids:
            person = people[name]
            if person.merged_into is not None:
                continue
            bills = read_bills(unit, name)
            try:
                if not _owners(unit, [name]) <= set(people):
                    raise ConflictError(message("缴费正在变动，请再运行一次"))
                with unit.connection.begin_nested():  # all of a person's bills, or none
                    answers = [
                        _rerate(unit, library, person, bill, bills, on, accounts)
                        for bill in bills
                        if _may_change(bill) and bill.area == area
                    ]
            except YibaoError as error:
                outcome.skipped[name] = str(error)
                continue
            changed = [answer for answer in answers if answer["difference"]]
            if not changed:
                continue
            outcome.served += 1
            outcome.amount += sum(answer["difference"] for answer in changed)
            for answer in changed:
                key = Key(JOB, "rerate", f"{period}:{answer['bill']}")
                record_message(unit, key, digest([answer["of"], on.isoformat()]), name, answer)
            content = {"bills": [answer["bill"] for answer in changed]}
            _store(unit, people, person, content, changed, actor)
        return outcome

    return run_job(
        database, "rerate", area, period, candidates=candidates, work=work, chunk=chunk, again=again
    )
