"""Bills: what periods cost if paid on a day, kept line by line with their sources."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, Role, require
from yibao.benefit.billing import Bill, BillLine, base_floor, bill_for_period
from yibao.benefit.coverage import cover_on, lapsed_years
from yibao.benefit.facts import Person
from yibao.benefit.people import enrolment_in_year, home_enrolment, pays_as_resident
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, NotFoundError, RefusedError
from yibao.insured.locks import lock_person, store_person
from yibao.insured.people.relations import require_related
from yibao.insured.states import BillStatus
from yibao.insured.tables import bill as bill_table
from yibao.insured.tables import bill_line
from yibao.messages import Listed, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import ContributionClass, Scheme, Status
from yibao.written import SourceIds


@dataclass(frozen=True, slots=True)
class Periods:
    """What a bill is for: one resident year, or months of the employee scheme in a row."""

    scheme: str
    periods: tuple[int, ...]
    base: int | None = None
    """Declared contribution base in fen; None: the lowest one."""

    @property
    def first_day(self) -> datetime.date:
        """The first day that the periods can cover."""
        first = self.periods[0]
        if self.scheme == Scheme.RESIDENT:
            return datetime.date(first, 1, 1)
        return datetime.date(first // 100, first % 100, 1)

    def price(self, library: PolicyLibrary, facts: Person, on: datetime.date) -> Bill:
        """What the periods cost if paid on a day."""
        if self.scheme == Scheme.RESIDENT:
            return bill_for_period(library, facts, on, year=self.periods[0])
        return bill_for_period(
            library,
            facts,
            on,
            month=self.periods[0],
            base=self.base,
            months=len(self.periods),
        )

    def area(self, facts: Person) -> str:
        """The pooling area whose fund the periods belong to."""
        if self.scheme == Scheme.RESIDENT:
            return enrolment_in_year(facts, Scheme.RESIDENT, self.periods[0]).area
        enrolment = facts.enrolment_in_month(self.periods[0])
        return (enrolment or home_enrolment(facts, self.first_day)).area

    def paid(self, facts: Person) -> list[int]:
        """Those of the periods that are on the person's record already."""
        known = (
            {paid.year for paid in facts.contributions_resident or ()}
            if self.scheme == Scheme.RESIDENT
            else {paid.month for paid in facts.contributions_employee or ()}
        )
        return [period for period in self.periods if period in known]


def periods_of(year: int | None, month: int | None, months: int, base: int | None) -> Periods:
    """The periods that a request names; ``InputError`` for none or both."""
    if (year is None) == (month is None):
        raise InputError(message("年度（居民）和月份（职工）写一个，也只写一个"))
    if year is not None:
        if not 1990 <= year <= 9000 or months != 1 or base is not None:
            raise InputError(message("居民医保按年度缴费，只写年度，例如 2026"))
        return Periods(Scheme.RESIDENT, (year,))
    assert month is not None
    if not (199001 <= month <= 900012 and 1 <= month % 100 <= 12 and 1 <= months <= 12):
        raise InputError(message("月份写作 yyyymm，一次缴 1 到 12 个月"))
    if base is not None and base <= 0:
        raise InputError(message("缴费基数应大于 0"))
    listed = [month]
    while len(listed) < months:
        last = listed[-1]
        listed.append(last + 1 if last % 100 < 12 else last + 89)
    return Periods(Scheme.EMPLOYEE, tuple(listed), base)


def require_payable(facts: Person, due_periods: Periods, *, priced_next: bool) -> None:
    """``RefusedError`` where nobody owes the periods, ``ConflictError`` where they are paid.

    ``priced_next``: what a retiree owes, if anything, the price says that is asked for next.
    """
    paid = due_periods.paid(facts)
    if paid:
        raise ConflictError(message("{paid} 已经缴过，不能重复缴费", paid=Listed(paid)))
    if due_periods.scheme == Scheme.RESIDENT:
        year = due_periods.periods[0]
        if not pays_as_resident(facts, year):
            raise RefusedError(
                message("{id} 在 {year} 年没有参加城乡居民医保，不必缴费", id=facts.id, year=year)
            )
        return
    for month in due_periods.periods:
        enrolment = facts.enrolment_in_month(month)
        if enrolment is None or enrolment.scheme != Scheme.EMPLOYEE:
            raise RefusedError(
                message("{id} 在 {month} 没有参加职工医保，不必缴费", id=facts.id, month=month)
            )
        if enrolment.status == Status.RETIRED and not priced_next:
            raise RefusedError(
                message("{id} 在 {month} 已经退休，不缴职工医保费", id=facts.id, month=month)
            )


def require_near(due_periods: Periods, on: datetime.date) -> None:
    """``RefusedError`` for what lies further ahead than the year after the one of ``on``."""
    last = due_periods.periods[-1]
    year = last if due_periods.scheme == Scheme.RESIDENT else last // 100
    if year > on.year + 1:
        raise RefusedError(
            message(
                "{year} 年还太远，不能现在缴；{on} 最多缴到 {last} 年",
                year=year,
                on=on,
                last=on.year + 1,
            )
        )


def require_own_months(actor: Actor, facts: Person, due_periods: Periods) -> None:
    """``RefusedError`` for months that an employer declares and pays, unless at the office."""
    if actor.role is not Role.INSURED or due_periods.scheme != Scheme.EMPLOYEE:
        return
    for month in due_periods.periods:
        enrolment = facts.enrolment_in_month(month)
        if enrolment and enrolment.contribution_class == ContributionClass.EMPLOYER:
            raise RefusedError(
                message(
                    "{id} 在 {month} 是单位职工，医保费由单位申报缴纳，个人不能自己买；"
                    "单位没有缴的，请单位补缴",
                    id=facts.id,
                    month=month,
                )
            )


def make_bill(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    on: datetime.date,
    *,
    actor: Actor,
    year: int | None = None,
    month: int | None = None,
    months: int = 1,
    base: int | None = None,
) -> Answer:
    """Make a bill for a resident year or for months, as it would be if paid on ``on``.

    Several bills for one period may stand open; the first that is paid settles it.
    """
    require(actor, "bill", person_id)
    due_periods = periods_of(year, month, months, base)
    return _make_bills(
        database,
        library,
        key,
        person_id,
        on,
        actor,
        [*due_periods.periods, due_periods.base],
        lambda facts: [due_periods],
    )


def make_back_bills(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    on: datetime.date,
    *,
    actor: Actor,
) -> Answer:
    """A bill for each missed period that may still be paid on ``on``, oldest first."""
    require(actor, "bill", person_id)

    def owed(facts: Person) -> list[Periods]:
        owed_now = owed_periods(library, facts, on)
        if not owed_now:
            raise RefusedError(
                message("{person_id} 在 {on} 没有可以补缴的断缴期", person_id=person_id, on=on)
            )
        return owed_now

    return _make_bills(database, library, key, person_id, on, actor, [on.isoformat()], owed)


def owed_periods(library: PolicyLibrary, facts: Person, on: datetime.date) -> list[Periods]:
    """What was missed and may still be paid on a day.

    Employees: the months of the latest lapse, on the last known base.  Residents: the
    years directly before, and the running year.
    """
    cover = cover_on(library, facts, on)
    if cover.enrolment is None:
        return []
    if cover.enrolment.scheme == Scheme.EMPLOYEE:
        if not cover.repairable:
            return []
        known = [paid.base for paid in facts.contributions_employee or () if paid.base]
        bases = known[-1] if known else None
        owed = [Periods(Scheme.EMPLOYEE, (month,), bases) for month in cover.lapsed]
    elif facts.contributions_resident:
        years = [*reversed(lapsed_years(facts, on.year, on)), on.year]
        owed = [Periods(Scheme.RESIDENT, (year,)) for year in years]
    else:
        return []
    return [periods for periods in owed if not periods.paid(facts)]


def _make_bills(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    person_id: str,
    on: datetime.date,
    actor: Actor,
    content: Sequence[Any],
    periods_due: Callable[[Person], list[Periods]],
) -> Answer:
    content_hash = digest([person_id, on.isoformat(), *content])

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        require_related(unit, actor, person_id, on)
        bills = []
        for periods in periods_due(person.facts):
            require_near(periods, on)
            require_payable(person.facts, periods, priced_next=True)
            require_own_months(actor, person.facts, periods)
            priced = periods.price(library, person.facts, on)
            bill_id = insert_bill(unit, person.facts, periods, priced, on)
            bills.append(bill_answer(bill_id, periods, priced))
        answer = {"person": person_id, "due": sum(bill["due"] for bill in bills), "bills": bills}
        record_message(unit, key, content_hash, person_id, answer)
        content = {"bills": [bill["bill"] for bill in bills], "due": answer["due"]}
        store_person(unit, person, actor, "make_bill", content)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def bill_answer(bill_id: str, periods: Periods, priced: Bill) -> Answer:
    """A bill as an answer."""
    return {
        "bill": bill_id,
        "scheme": periods.scheme,
        "periods": list(periods.periods),
        "due": priced.due,
        "late": priced.late,
        "base": priced.base,
        "employer": priced.employer,
        "lines": [
            {"name": line.name, "amount": line.amount, "source": str(line.source)}
            for line in priced.lines
        ],
    }


def insert_bill(
    unit: Unit,
    facts: Person,
    periods: Periods,
    priced: Bill,
    on: datetime.date,
    *,
    supplements: str | None = None,
    order_id: str | None = None,
) -> str:
    """Write a bill with its lines; with ``order_id`` it is paid from the start."""
    bill_id = new_identifier()
    unit.run(
        insert(bill_table),
        {
            "person_id": facts.id,
            "bill_id": bill_id,
            "kind": "regular" if supplements is None else "supplementary",
            "scheme": periods.scheme,
            "area": periods.area(facts),
            "periods": list(periods.periods),
            "declared_base": periods.base,
            "base": priced.base,
            "made_on": on,
            "due": priced.due,
            "employer": priced.employer,
            "late": priced.late,
            "rulebook_hash": priced.rulebook,
            "supplements": supplements,
            "status": BillStatus.OPEN if order_id is None else BillStatus.PAID,
            "order_id": order_id,
        },
    )
    if priced.lines:
        unit.run(
            insert(bill_line),
            [
                {
                    "person_id": facts.id,
                    "bill_id": bill_id,
                    "line": number,
                    "name": line.name,
                    "amount": line.amount,
                    "source": str(line.source),
                }
                for number, line in enumerate(priced.lines)
            ],
        )
    return bill_id


@dataclass(frozen=True, slots=True)
class StoredBill:
    """A bill as it stands in the database."""

    person_id: str
    bill_id: str
    kind: str
    wanted: Periods
    area: str
    base: int | None
    made_on: datetime.date
    due: int
    employer: int
    status: str
    supplements: str | None
    order_id: str | None
    lines: tuple[BillLine, ...]


def read_bill(unit: Unit, person_id: str, bill_id: str) -> StoredBill:
    """A bill with its lines; ``NotFoundError`` where there is none."""
    bills = read_bills(unit, person_id, [bill_id])
    if not bills:
        raise NotFoundError(
            message("没有 {person_id} 的账单 {bill_id}", person_id=person_id, bill_id=bill_id)
        )
    return bills[0]


def read_bills(
    unit: Unit, person_id: str, bill_ids: Sequence[str] | None = None
) -> list[StoredBill]:
    """The bills of a person in the order in which they were made; None: all of them."""
    query = select(bill_table).where(bill_table.c.person_id == person_id)
    if bill_ids is not None:
        query = query.where(bill_table.c.bill_id.in_(sorted(bill_ids)))
    rows = unit.run(query.order_by(bill_table.c.bill_id)).all()
    lines: dict[str, list[BillLine]] = {row.bill_id: [] for row in rows}
    if rows:
        for line in unit.run(
            select(bill_line)
            .where(bill_line.c.person_id == person_id, bill_line.c.bill_id.in_(sorted(lines)))
            .order_by(bill_line.c.bill_id, bill_line.c.line)
        ):
            lines[line.bill_id].append(
                BillLine(line.name, line.amount, SourceIds.read(line.source))
            )
    return [
        StoredBill(
            person_id,
            row.bill_id,
            row.kind,
            Periods(row.scheme, tuple(row.periods), row.declared_base),
            row.area,
            row.base,
            row.made_on,
            row.due,
            row.employer,
            row.status,
            row.supplements,
            row.order_id,
            tuple(lines[row.bill_id]),
        )
        for row in rows
    ]


def declared_or_floor(
    library: PolicyLibrary, facts: Person, periods: Periods, on: datetime.date
) -> int | None:
    """The base that a month's credit will be computed on: declared, else the lowest."""
    if periods.scheme == Scheme.RESIDENT or periods.base is not None:
        return periods.base
    enrolment = facts.enrolment_in_month(periods.periods[0])
    return None if enrolment is None else base_floor(library, enrolment, periods.periods[0], on)
