"""The yearly base (年度基数): last year's mean monthly wage of everybody, and paid months rated
again with it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from yibao.access.chains import lock_ends
from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.employers.bill_rows import read_bill
from yibao.employers.bills import insert_bill
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.lines import DeclaredLine
from yibao.employers.locks import HeldEmployer, lock_employer, require_employer
from yibao.employers.months import check_month, month_of, terms_of
from yibao.employers.pricing import PricedLine, price_person
from yibao.employers.settling import record_months, settle_bill
from yibao.employers.states import ChangeKind, DueKind, DueState
from yibao.employers.tables import employer_bill, employer_bill_line, employment
from yibao.errors import RefusedError, YibaoError
from yibao.insured.locks import HeldPerson, lock_people
from yibao.insured.people.certificates import RESIDENT
from yibao.insured.people.finding import people_with_numbers
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Other bases from a month on."""

    employer_id: str
    since: int
    lines: tuple[DeclaredLine, ...]


class _UndoneError(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def adjust_bases(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    adjustment: Adjustment,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Set bases from a month on; months that are paid already are rated again.

    ``difference`` above 0 is billed (``bill``), below 0 it stands to the employer's credit.
    ``FaultyLinesError`` names every line that cannot be; then nothing is written.
    """
    content = [adjustment.employer_id, adjustment.since]
    content += [[line.number, line.base] for line in adjustment.lines]
    content_hash = database.secrets.lasting_hash(digest(content))
    prepared = _Prepared.of(database, adjustment, actor)

    def operation(unit: Unit) -> Answer:
        firm, answer = prepared.write(unit, library, actor, at or now())
        record_message(unit, key, content_hash, key.sender, answer)
        firm.store(unit, actor, "adjust_bases", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=prepared.people)


def preview_bases(
    database: Database,
    library: PolicyLibrary,
    adjustment: Adjustment,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """What :func:`adjust_bases` would answer; nothing is written."""
    prepared = _Prepared.of(database, adjustment, actor)

    def operation(unit: Unit) -> Answer:
        raise _UndoneError(prepared.write(unit, library, actor, at or now())[1])

    try:
        database.write_alone(operation)
    except _UndoneError as undone:
        return undone.answer
    raise AssertionError("a preview is always undone")


@dataclass(frozen=True, slots=True)
class _Prepared:
    adjustment: Adjustment
    registered: Mapping[str, tuple[str, str]]
    people: frozenset[str]

    @classmethod
    def of(cls, database: Database, adjustment: Adjustment, actor: Actor) -> _Prepared:
        require_employer(database, actor, "declare", adjustment.employer_id)
        check_month(adjustment.since)
        numbers = [line.number for line in adjustment.lines]

        def looked_up(unit: Unit) -> tuple[Mapping[str, tuple[str, str]], frozenset[str]]:
            registered = people_with_numbers(unit, database.secrets, RESIDENT, numbers)
            return registered, frozenset(person_id for person_id, _ in registered.values())

        registered, people = database.read(looked_up, consistent=True)
        return cls(adjustment, registered, people)

    def write(
        self, unit: Unit, library: PolicyLibrary, actor: Actor, at: datetime.datetime
    ) -> tuple[HeldEmployer, Answer]:
        employer_id, since = self.adjustment.employer_id, self.adjustment.since
        lock_ends(unit, self.people)
        firm = lock_employer(unit, employer_id)
        firm.require_open()
        day = civil_day(at)
        if since > month_of(day):
            raise RefusedError(message("基数从 {month} 起，还没有到", month=since))
        months = _paid_months(unit, employer_id, since)
        people = lock_people(unit, self.people)
        lines: list[PricedLine] = []
        faults: list[LineFault] = []
        for line in self.adjustment.lines:
            try:
                person_id = self._person(unit, line)
                self._set_base(unit, person_id, line)
                for month in months:
                    lines += _difference(
                        unit, library, employer_id, people[person_id], month, line.base or 0, day
                    )
            except YibaoError as error:
                faults.append(LineFault(line.line, error.said))
        if faults:
            raise FaultyLinesError(faults)
        difference = sum(line.amount for line in lines)
        answer: Answer = {
            "employer": employer_id,
            "since": since,
            "people": len(self.adjustment.lines),
            "months": months,
            "difference": difference,
            "bill": None,
        }
        if lines:
            answer["bill"] = self._bill(unit, library, firm, lines, people, actor, at)
        return firm, answer | {"credit": firm.credit}

    def _person(self, unit: Unit, line: DeclaredLine) -> str:
        person_id, name = self.registered.get(line.number, ("", ""))
        if not person_id:
            raise RefusedError(message("这个人没有登记"))
        if name and name != line.name:
            raise RefusedError(message("姓名与证件号码登记的不一致，请核对"))
        if line.kind is not ChangeKind.BASE:
            raise RefusedError(message("基数调整只写基数，增员、减员请走月度申报"))
        return person_id

    def _set_base(self, unit: Unit, person_id: str, line: DeclaredLine) -> None:
        this = (
            (employment.c.employer_id == self.adjustment.employer_id)
            & (employment.c.person_id == person_id)
            & employment.c.last_month.is_(None)
        )
        if unit.run(select(employment.c.base).where(this)).first() is None:
            raise RefusedError(message("不在名册上；新来的人变动写“增员”"))
        unit.run(update(employment).where(this).values(base=line.base))

    def _bill(
        self,
        unit: Unit,
        library: PolicyLibrary,
        firm: HeldEmployer,
        lines: Sequence[PricedLine],
        people: Mapping[str, HeldPerson],
        actor: Actor,
        at: datetime.datetime,
    ) -> str:
        day = civil_day(at)
        month = month_of(day)
        due_on = terms_of(unit, firm.area, month).due_on(month)
        since = self.adjustment.since
        bill_id = insert_bill(unit, firm, DueKind.DIFFERENCE, since, lines, day, due_on)
        bill = read_bill(unit, firm.employer_id, bill_id)
        if bill.state == DueState.PAID:
            # It is owed to the employer, and stands to its credit: what people have on record
            # changes at once.
            record_months(unit, library, firm, bill, people, day, actor, at)
        elif bill.set_off == bill.due:
            settle_bill(unit, library, firm, bill, people, day, actor, at)
        return bill_id


def _paid_months(unit: Unit, employer_id: str, since: int) -> list[int]:
    """Months from ``since`` on that are paid; one that is billed and not paid is in the way."""
    bills = unit.run(
        select(employer_bill.c.month, employer_bill.c.state).where(
            employer_bill.c.employer_id == employer_id,
            employer_bill.c.kind == DueKind.MONTH,
            employer_bill.c.month >= since,
            employer_bill.c.state != DueState.REPLACED,
        )
    ).all()
    unpaid = sorted(row.month for row in bills if row.state == DueState.OPEN)
    if unpaid:
        raise RefusedError(
            message("{month} 已经出账、还没有缴，缴清以后再调整基数", month=unpaid[0])
        )
    return sorted(row.month for row in bills)


def _difference(
    unit: Unit,
    library: PolicyLibrary,
    employer_id: str,
    person: HeldPerson,
    month: int,
    base: int,
    day: datetime.date,
) -> list[PricedLine]:
    """What a paid month of somebody costs more or less with another base."""
    earlier = unit.run(
        select(employer_bill_line.c.name, employer_bill_line.c.amount)
        .join(
            employer_bill,
            (employer_bill.c.employer_id == employer_bill_line.c.employer_id)
            & (employer_bill.c.bill_id == employer_bill_line.c.bill_id),
        )
        .where(
            employer_bill_line.c.employer_id == employer_id,
            employer_bill_line.c.person_id == person.facts.id,
            employer_bill_line.c.month == month,
            employer_bill.c.state != DueState.REPLACED,
        )
    ).all()
    if not earlier:
        return []
    before: dict[str, int] = {}
    for row in earlier:
        before[row.name] = before.get(row.name, 0) + row.amount
    after = price_person(library, person.facts, month, base, day)
    priced = {line.name: line for line in after}
    limited = after[0].base if after else None
    return [
        PricedLine(
            person.facts.id,
            month,
            name,
            amount,
            priced[name].source if name in priced else "",
            limited,
        )
        for name in dict.fromkeys([*priced, *before])
        if (amount := (priced[name].amount if name in priced else 0) - before.get(name, 0))
    ]
