"""What the office, the employer itself and auditors may read of an employer: never any care."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from yibao.access.permissions import MATRIX, Actor, Reach, require
from yibao.database.unit import Database, Unit
from yibao.employers.bill_rows import bill_lines, bills_of, read_bill
from yibao.employers.errors import NoTermsError
from yibao.employers.locks import employer_row, require_employer
from yibao.employers.months import CollectionTerms, month_of, terms_of
from yibao.employers.registration import EmployerDetails
from yibao.employers.roster import roster_of
from yibao.employers.settling import ToPay, to_pay
from yibao.employers.states import DueState, EmployerKind, EmployerState
from yibao.employers.tables import declaration, employer, employer_money, employer_order
from yibao.errors import NotFoundError
from yibao.insured.people.finding import details_of
from yibao.policy.compile import PolicyLibrary


@dataclass(frozen=True, slots=True)
class ListedEmployer:
    """An employer in a list."""

    employer_id: str
    name: str
    area: str
    state: str
    credit: int


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody on the roster, as the employer may see it."""

    person_id: str
    name: str
    number: str
    """Masked."""
    first_month: int
    last_month: int | None
    base: int


@dataclass(frozen=True, slots=True)
class ShownBill:
    """A bill, and what it costs if it is paid on the day of reading."""

    row: Any
    today: ToPay | None
    """None: it is not open."""


@dataclass(frozen=True, slots=True)
class EmployerPage:
    """Everything about one employer but its roster."""

    listed: ListedEmployer
    details: EmployerDetails
    told_kind: str
    """Of an earlier program, which kept free text that says no kind of today's list."""
    registered_on: datetime.date
    ended_on: datetime.date | None
    open_month: int | None
    """For which a change counts that is reported today; None: the area has laid down no days."""
    terms: CollectionTerms | None
    months: tuple[Any, ...]
    """Declarations, the latest first."""
    bills: tuple[ShownBill, ...]
    money: tuple[Any, ...]
    orders: tuple[Any, ...]


def _details(row: Any) -> EmployerDetails:
    details = {name: text for name, text in row.details.items() if name != "kind"}
    return EmployerDetails(**details, kind=None if row.kind is None else EmployerKind(row.kind))


def _listed(row: Any) -> ListedEmployer:
    return ListedEmployer(row.employer_id, row.name, row.area, row.state, row.credit)


def employers_of(
    database: Database, actor: Actor, *, text: str = "", most: int = 100
) -> list[ListedEmployer]:
    """Employers of the actor's area with ``text`` in name or code; those in arrears first."""
    reach = MATRIX["read_employer"].get(actor.role)
    require(actor, "read_employer", area=actor.area, employer_id=actor.employer_id)
    query = select(employer).order_by(employer.c.state != EmployerState.IN_ARREARS, employer.c.name)
    if reach is Reach.AREA:
        prefix = actor.area or ""
        while prefix.endswith("00"):
            prefix = prefix[:-2]
        query = query.where(employer.c.area.startswith(prefix))
    elif reach is Reach.FIRM:
        query = query.where(employer.c.employer_id == actor.employer_id)
    if text:
        query = query.where(
            employer.c.name.contains(text, autoescape=True)
            | employer.c.employer_id.contains(text.upper(), autoescape=True)
        )
    return database.read(lambda unit: [_listed(row) for row in unit.run(query.limit(most))])


def employer_page(
    database: Database,
    library: PolicyLibrary,
    actor: Actor,
    employer_id: str,
    day: datetime.date,
) -> EmployerPage:
    """Everything about an employer but its roster."""
    require_employer(database, actor, "read_employer", employer_id)

    def fetch(unit: Unit) -> EmployerPage:
        row = employer_row(unit, employer_id)
        terms = _terms(unit, row.area, day)
        months = unit.run(
            select(declaration)
            .where(declaration.c.employer_id == employer_id)
            .order_by(declaration.c.month.desc())
        ).all()
        money = unit.run(
            select(employer_money)
            .where(employer_money.c.employer_id == employer_id)
            .order_by(employer_money.c.paid_on.desc(), employer_money.c.money_id.desc())
        ).all()
        orders = unit.run(
            select(employer_order)
            .where(employer_order.c.employer_id == employer_id)
            .order_by(employer_order.c.order_id.desc())
        ).all()
        return EmployerPage(
            listed=_listed(row),
            details=_details(row),
            told_kind=row.details.get("kind", ""),
            registered_on=row.registered_on,
            ended_on=row.ended_on,
            open_month=None if terms is None else terms.open_month(day),
            terms=terms,
            months=tuple(months),
            bills=tuple(
                ShownBill(bill, _today(library, row.area, bill, day))
                for bill in bills_of(unit, employer_id)
            ),
            money=tuple(money),
            orders=tuple(orders),
        )

    return database.read(fetch, consistent=True)


def _terms(unit: Unit, area: str, day: datetime.date) -> CollectionTerms | None:
    try:
        return terms_of(unit, area, month_of(day))
    except NoTermsError:
        return None


def _today(library: PolicyLibrary, area: str, bill: Any, day: datetime.date) -> ToPay | None:
    return to_pay(library, area, bill, day) if bill.state == DueState.OPEN else None


def roster_page(
    database: Database, actor: Actor, employer_id: str, month: int
) -> list[StaffMember]:
    """Who is on the roster in a month, by name."""
    require_employer(database, actor, "read_employer", employer_id)
    secrets = database.secrets

    def fetch(unit: Unit) -> list[StaffMember]:
        members = []
        for row in roster_of(unit, employer_id, month):
            name, number = named(unit, secrets, row.person_id)
            members.append(
                StaffMember(row.person_id, name, number, row.first_month, row.last_month, row.base)
            )
        return sorted(members, key=lambda member: (member.name, member.number))

    return database.read(fetch, consistent=True)


def named(unit: Unit, secrets: Any, person_id: str) -> tuple[str, str]:
    """Name and masked number of somebody on a roster; empty for one taken over without."""
    try:
        known = details_of(unit, secrets, person_id)
    except NotFoundError:
        return "", ""
    return known[0].name, known[0].number


@dataclass(frozen=True, slots=True)
class BillPage:
    """A bill by person and by part."""

    bill: ShownBill
    names: dict[str, tuple[str, str]]
    """Name and masked number by person."""
    parts: tuple[str, ...]
    rows: Sequence[tuple[str | None, int, int | None, dict[str, int]]]
    """Person, month, base, and fen by part."""


def bill_page(
    database: Database,
    library: PolicyLibrary,
    actor: Actor,
    employer_id: str,
    bill_id: str,
    day: datetime.date,
) -> BillPage:
    """A bill line by line."""
    area = require_employer(database, actor, "read_employer", employer_id).area
    secrets = database.secrets

    def fetch(unit: Unit) -> BillPage:
        bill = read_bill(unit, employer_id, bill_id)
        by_person: dict[tuple[str | None, int], tuple[int | None, dict[str, int]]] = {}
        parts: dict[str, None] = {}
        for line in bill_lines(unit, employer_id, bill_id):
            _, sums = by_person.setdefault((line.person_id, line.month), (line.base, {}))
            sums[line.name] = sums.get(line.name, 0) + line.amount
            parts[line.name] = None
        people = {person_id for person_id, _ in by_person if person_id}
        return BillPage(
            ShownBill(bill, _today(library, area, bill, day)),
            {person_id: named(unit, secrets, person_id) for person_id in people},
            tuple(parts),
            [(who, month, base, sums) for (who, month), (base, sums) in by_person.items()],
        )

    return database.read(fetch, consistent=True)
