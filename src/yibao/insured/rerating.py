"""A floor that is published late: paid months are rated again, the difference is billed."""

from __future__ import annotations

import datetime
from dataclasses import replace

from sqlalchemy import select

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.billing import Bill, BillLine
from yibao.database.unit import Database, Unit
from yibao.errors import RefusedError, YibaoError
from yibao.insured.bills import KeptBill, bill_answer, insert_bill, read_bills
from yibao.insured.jobs import Chunk, JobResult, run_job
from yibao.insured.locks import HeldPerson, lock_people, lock_person, store_person
from yibao.insured.payment_tables import bill as bill_table
from yibao.policy.compile import PolicyLibrary

JOB = "job"
"""Who sends the messages of a job."""


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

    The answer's ``difference`` is 0 where nothing changed or the difference is billed
    already; below 0 nothing is billed, because no source says how it is given back.
    """
    require(actor, "rerate", person_id)
    content_hash = digest([person_id, bill_id, on.isoformat()])

    def operation(unit: Unit) -> Answer:
        held = lock_person(unit, person_id)
        bills = read_bills(unit, person_id)
        kept = next((one for one in bills if one.bill_id == bill_id), None)
        if kept is None or not _may_change(kept):
            raise RefusedError(f"账单 {bill_id} 不是已缴的职工医保账单，不能补差")
        answer = _rerate(unit, library, held, kept, bills, on)
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, held, actor, "rerate", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def _may_change(kept: KeptBill) -> bool:
    return kept.kind == "regular" and kept.wanted.scheme == "employee" and kept.status == "paid"


def _rerate(
    unit: Unit,
    library: PolicyLibrary,
    held: HeldPerson,
    kept: KeptBill,
    bills: list[KeptBill],
    on: datetime.date,
) -> Answer:
    """The bill of the difference, written; the caller holds the person's lock."""
    priced = kept.wanted.price(library, held.facts, on)
    billed = [
        one
        for one in bills
        if one is kept or (one.supplements == kept.bill_id and one.status != "refunded")
    ]
    before: dict[str, int] = {}
    for one in billed:
        for line in one.lines:
            before[line.name] = before.get(line.name, 0) + line.amount
    sources = {line.name: line.source for one in billed for line in one.lines}
    sources |= {line.name: line.source for line in priced.lines}
    after = {line.name: line.amount for line in priced.lines}
    lines = tuple(
        BillLine(name, after.get(name, 0) - before.get(name, 0), source)
        for name, source in sources.items()
        if after.get(name, 0) != before.get(name, 0)
    )
    difference = sum(line.amount for line in lines)
    answer: Answer = {"person": held.facts.id, "of": kept.bill_id, "difference": difference}
    if difference <= 0:
        return answer
    rest: Bill = replace(
        priced,
        due=difference,
        lines=lines,
        late=False,
        employer=max(0, priced.employer - sum(one.employer for one in billed)),
    )
    bill_id = insert_bill(unit, held.facts, kept.wanted, rest, on, supplements=kept.bill_id)
    return {**answer, **bill_answer(bill_id, kept.wanted, rest)}


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
    require(actor, "rerate")
    period = on.year * 100 + on.month

    def candidates(unit: Unit, after: str, limit: int) -> list[str]:
        query = (
            select(bill_table.c.person_id)
            .where(
                bill_table.c.area == area,
                bill_table.c.scheme == "employee",
                bill_table.c.kind == "regular",
                bill_table.c.status == "paid",
                bill_table.c.person_id > after,
            )
            .distinct()
            .order_by(bill_table.c.person_id)
            .limit(limit)
        )
        return list(unit.run(query).scalars())

    def work(unit: Unit, ids: list[str]) -> Chunk:
        people = lock_people(unit, ids)
        done = Chunk()
        for name in ids:
            held = people[name]
            bills = read_bills(unit, name)
            try:
                made = [
                    _rerate(unit, library, held, kept, bills, on)
                    for kept in bills
                    if _may_change(kept) and kept.area == area
                ]
            except YibaoError as error:
                done.skipped[name] = str(error)
                continue
            billed = [answer for answer in made if answer["difference"] > 0]
            if not billed:
                continue
            done.served += 1
            done.amount += sum(answer["difference"] for answer in billed)
            for answer in billed:
                key = Key(JOB, "rerate", f"{period}:{answer['bill']}")
                record_message(unit, key, digest([answer["of"], on.isoformat()]), name, answer)
            content = {"bills": [answer["bill"] for answer in billed]}
            store_person(unit, held, actor, "rerate", content)
        return done

    return run_job(
        database, "rerate", area, period, candidates=candidates, work=work, chunk=chunk, again=again
    )
