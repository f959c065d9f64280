"""New staff whose documents the office sees first, as a case that the employer asked for."""

from __future__ import annotations

from sqlalchemy import select

from yibao.access.operations import Answer
from yibao.database.unit import Database, Unit
from yibao.employers.hiring import STAFF_REGISTRATION, NewStaff, register_staff
from yibao.employers.locks import lock_employer
from yibao.employers.months import month_after
from yibao.employers.roster import RosterChange
from yibao.employers.states import MonthState
from yibao.employers.tables import declaration
from yibao.insured.cases import papers_of_route, proofs_of_case
from yibao.insured.terms import registration_days
from yibao.messages import message
from yibao.office.flows import ONE_REVIEW_STATES, one_review
from yibao.office.kinds import CaseKind, Decided, NeededPaper, register_kind
from yibao.policy.compile import PolicyLibrary

_ROUTE = "workplace"


def _papers(new: NewStaff) -> tuple[NeededPaper, ...]:
    return papers_of_route(_ROUTE)


def _hire(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Register the person, and put it on the roster of the first month that can still have it."""
    asked: NewStaff = decided.data
    proofs = tuple(proofs_of_case(database, decided, papers_of_route(_ROUTE)))

    def operation(unit: Unit) -> Answer:
        firm = lock_employer(unit, asked.employer)
        firm.require_open()
        month = _open_month(unit, asked)
        new = NewStaff(
            employer=asked.employer,
            month=month,
            number=asked.number,
            name=asked.name,
            base=asked.base,
        )
        person_id = register_staff(
            database,
            library,
            unit,
            new,
            firm.area,
            route=_ROUTE,
            proofs=proofs,
            actor=decided.actor,
            at=decided.at,
        )
        change = RosterChange(database, library, firm, month, decided.actor, decided.at)
        change.apply(unit, person_id, new.line())
        answer = {"person": person_id, "month": month}
        firm.store(unit, decided.actor, "hire", answer)
        return answer

    return database.write(operation)


def _open_month(unit: Unit, asked: NewStaff) -> int:
    """The month that was declared; where it is billed already, the one after the last bill."""
    billed = unit.run(
        select(declaration.c.month)
        .where(
            declaration.c.employer_id == asked.employer,
            declaration.c.state.not_in((MonthState.DECLARED, MonthState.ASSESSED)),
        )
        .order_by(declaration.c.month.desc())
        .limit(1)
    ).scalar_one_or_none()
    return asked.month if billed is None else max(asked.month, month_after(billed))


register_kind(
    CaseKind(
        name=STAFF_REGISTRATION,
        label=message("单位新增人员的参保登记"),
        forms={1: NewStaff},
        states=ONE_REVIEW_STATES,
        moves=one_review(_hire),
        papers_by_data=_papers,
        working_days=registration_days,
        summary=lambda data: message(
            "{name}，从 {month} 起，{employer}",
            name=data.name,
            month=data.month,
            employer=data.employer,
        ),
    )
)
