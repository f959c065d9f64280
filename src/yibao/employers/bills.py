"""Bills of employers: made of a declared month, kept line by line, and read."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from sqlalchemy import insert, select, update

from yibao.access.chains import lock_ends
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor
from yibao.database.identifiers import new_identifier
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers.bill_rows import mark_bill, read_bill
from yibao.employers.locks import HeldEmployer, lock_employer, require_employer
from yibao.employers.months import check_month
from yibao.employers.pricing import ASSESSED_PART, PricedLine, income_lines, price_month
from yibao.employers.roster import roster_of, staff_ids
from yibao.employers.settling import settle_bill
from yibao.employers.states import DueKind, DueState, MonthState
from yibao.employers.tables import declaration, employer_bill, employer_bill_line
from yibao.errors import ConflictError, RefusedError
from yibao.insured.locks import lock_people
from yibao.ledger import operations as ledger
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary

_LONGEST_SOURCE = 200


def bill_month(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    employer_id: str,
    month: int,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Bill a declared month: ``bill``, ``due``, what the employer's credit paid (``set_off``).

    A month that was assessed meanwhile is billed as declared: what was assessed goes back
    (``given_back``), first into this bill.
    """
    require_employer(database, actor, "declare", employer_id)
    check_month(month)
    content_hash = digest([employer_id, month])
    people = database.read(lambda unit: staff_ids(unit, employer_id, [month]))

    def operation(unit: Unit) -> Answer:
        lock_ends(unit, people)
        firm = lock_employer(unit, employer_id)
        answer = bill_within(unit, library, firm, month, people, actor, at or now())
        record_message(unit, key, content_hash, key.sender, answer)
        firm.store(unit, actor, "bill_month", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=people)


def bill_within(
    unit: Unit,
    library: PolicyLibrary,
    firm: HeldEmployer,
    month: int,
    people: Iterable[str],
    actor: Actor,
    at: datetime.datetime,
) -> Answer:
    """:func:`bill_month` for a caller that holds the locks of these people and the employer."""
    day = civil_day(at)
    this = (declaration.c.employer_id == firm.employer_id) & (declaration.c.month == month)
    row = unit.run(select(declaration).where(this)).one_or_none()
    if row is None or row.declared_at is None:
        raise RefusedError(message("{month} 还没有申报，不能出账", month=month))
    if row.state not in (MonthState.DECLARED, MonthState.ASSESSED):
        raise ConflictError(message("{month} 已经出过账，没有再出一次", month=month))
    roster = roster_of(unit, firm.employer_id, month)
    if not {employed.person_id for employed in roster} <= set(people):
        raise ConflictError(message("名册正在变动，请再办一次；没有写入任何内容"))
    persons = lock_people(unit, [employed.person_id for employed in roster])
    facts = {name: person.facts for name, person in persons.items()}
    priced = price_month(library, facts, roster, month, day)
    given_back, paid_on = 0, day
    if row.state == MonthState.ASSESSED:
        given_back, paid_on = _replace_assessed(unit, firm, month, day)
    unit.run(update(declaration).where(this).values(state=MonthState.BILLED))
    bill_id = insert_bill(unit, firm, DueKind.MONTH, month, priced.lines, day, row.due_on)
    bill = read_bill(unit, firm.employer_id, bill_id)
    if not bill.due:
        unit.run(update(declaration).where(this).values(state=MonthState.PAID))
    elif bill.set_off == bill.due:
        # It paid before the bill was made: nothing of it is late.
        in_time = min(paid_on, bill.due_on)
        settle_bill(unit, library, firm, bill, persons, in_time, actor, at)
    return {
        "employer": firm.employer_id,
        "month": month,
        "bill": bill_id,
        "set_off": bill.set_off,
        "given_back": given_back,
        "credit": firm.credit,
        "due_on": row.due_on.isoformat(),
        **priced.answer(),
    }


def _replace_assessed(
    unit: Unit, firm: HeldEmployer, month: int, day: datetime.date
) -> tuple[int, datetime.date]:
    """Undo what was assessed for a month: what was paid of it is credit now, and since when."""
    bill = unit.run(
        select(employer_bill).where(
            employer_bill.c.employer_id == firm.employer_id,
            employer_bill.c.month == month,
            employer_bill.c.kind == DueKind.ASSESSED,
            employer_bill.c.state != DueState.REPLACED,
        )
    ).one()
    paid = bill.due if bill.state == DueState.PAID else bill.set_off
    firm.credit += paid
    mark_bill(unit, bill, state=DueState.REPLACED)
    lines = [PricedLine(None, month, ASSESSED_PART, bill.due, "")]
    reversed_income = income_lines(firm.area, lines, -1)
    post_bill(unit, firm, -bill.due, reversed_income, day)
    return paid, bill.paid_on or day


def post_bill(
    unit: Unit, firm: HeldEmployer, due: int, income: Sequence[ledger.Line], day: datetime.date
) -> None:
    """A bill in the books: the employer owes it, the area's contributions have it."""
    lines = [(ledger.employer(firm.employer_id), due), *income]
    ledger.post(unit, firm.chain, new_identifier(), day, lines)


def insert_bill(
    unit: Unit,
    firm: HeldEmployer,
    kind: DueKind,
    month: int,
    lines: Sequence[PricedLine],
    day: datetime.date,
    due_on: datetime.date,
) -> str:
    """Write and post a bill; what the employer has to its credit pays of it at once."""
    bill_id = new_identifier()
    due = sum(line.amount for line in lines)
    set_off = min(firm.credit, due) if due > 0 else 0
    firm.credit += max(-due, 0) - set_off
    unit.run(
        insert(employer_bill),
        {
            "employer_id": firm.employer_id,
            "bill_id": bill_id,
            "month": month,
            "kind": kind,
            "state": DueState.OPEN if due > 0 else DueState.PAID,
            "made_on": day,
            "due_on": due_on,
            "due": due,
            "set_off": set_off,
            "late_fee": 0,
            "paid_on": None if due > 0 else day,
            "is_overdue": False,
        },
    )
    rows = [
        {
            "employer_id": firm.employer_id,
            "bill_id": bill_id,
            "line": number,
            "person_id": line.person_id,
            "month": line.month,
            "name": line.name,
            "base": line.base,
            "amount": line.amount,
            "source": line.source[:_LONGEST_SOURCE],
        }
        for number, line in enumerate(lines)
    ]
    if rows:
        unit.run(insert(employer_bill_line), rows)
    post_bill(unit, firm, due, income_lines(firm.area, lines), day)
    return bill_id
