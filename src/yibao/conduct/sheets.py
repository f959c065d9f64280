"""The sheet of a case: what is proposed, told, decided, served and has come in."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import func, select, update

from yibao.access.names import EMPLOYER, INSTITUTION
from yibao.conduct.acts import SubjectKind, act_of, limits
from yibao.conduct.forms import SheetDocument
from yibao.conduct.sums import Sanction, sanction_of, surcharge
from yibao.conduct.tables import conduct_payment, conduct_sheet
from yibao.database.unit import Unit
from yibao.errors import ConflictError
from yibao.messages import message

_CHAINS = {
    SubjectKind.PERSON: "",
    SubjectKind.INSTITUTION: INSTITUTION,
    SubjectKind.EMPLOYER: EMPLOYER,
}


@dataclass(frozen=True, slots=True)
class ConductSheet:
    """A case's sheet as it stands; amounts in fen."""

    case_id: str
    subject_kind: SubjectKind
    subject_id: str
    area: str
    document: SheetDocument
    returned: int
    fine: int
    returned_paid: int
    fine_paid: int
    surcharge_paid: int
    served_on: datetime.date | None

    @property
    def debtor(self) -> str:
        """The chain of whom it is about, on which what is owed stands."""
        return f"{_CHAINS[self.subject_kind]}{self.subject_id}"

    @property
    def people(self) -> set[str]:
        """Whose row is locked for what is posted."""
        is_person = self.subject_kind is SubjectKind.PERSON and self.subject_id
        return {self.subject_id} if is_person else set()

    @property
    def sanction(self) -> Sanction:
        """What the proposal comes to; ``ConflictError`` where there is none."""
        proposal = self.document.proposal
        if proposal is None:
            raise ConflictError(message("还没有处理意见，请执法人员先填"))
        return sanction_of(
            act_of(proposal.act),
            proposal.obtained,
            times=proposal.times,
            fine=proposal.fine,
            months=proposal.months,
            start=proposal.start,
        )

    @property
    def serve_by(self) -> datetime.date | None:
        """The last day to serve the decision."""
        return _after(self.document.decided_on, limits().serve_days)

    @property
    def decide_by(self) -> datetime.date | None:
        """The last day to decide."""
        return _after(self.document.opened_on, limits().decide_days)

    @property
    def pay_by(self) -> datetime.date | None:
        """The last day to pay without a surcharge."""
        return _after(self.served_on, limits().pay_days)

    @property
    def owed(self) -> int:
        """Of what was decided, without a surcharge."""
        return self.returned - self.returned_paid + self.fine - self.fine_paid

    def overdue_on(self, day: datetime.date) -> int:
        """Fen of instalments whose day is past and that have not come in."""
        document = self.document
        due = sum(part.amount for part in document.instalments if part.day < day)
        return max(due - (self.returned_paid - document.returned_before), 0)

    def surcharge_on(self, day: datetime.date) -> int:
        """What is owed on top on a day, for what of the fine is not paid."""
        if self.served_on is None:
            return 0
        left = self.fine - self.fine_paid
        return max(surcharge(left, self.served_on, day) - self.surcharge_paid, 0)


def returns_due(unit: Unit, person_id: str) -> int:
    """A read fragment: what decided cases still ask of a person for the fund, fen."""
    column = conduct_sheet.c
    left = func.coalesce(func.sum(column.returned - column.returned_paid), 0)
    mine = (column.subject_kind == SubjectKind.PERSON.value, column.subject_id == person_id)
    return int(unit.run(select(left.label("due")).where(*mine)).scalar_one())


def _after(day: datetime.date | None, days: int) -> datetime.date | None:
    return None if day is None else day + datetime.timedelta(days=days)


def sheet_row(case_id: str, kind: SubjectKind, subject_id: str, area: str) -> dict[str, Any]:
    """A new sheet."""
    return {
        "case_id": case_id,
        "subject_kind": kind.value,
        "subject_id": subject_id,
        "area": area,
        "document": msgspec.to_builtins(SheetDocument()),
        **dict.fromkeys(("returned", "fine", "returned_paid", "fine_paid", "surcharge_paid"), 0),
        "served_on": None,
    }


def sheet_of(unit: Unit, case_id: str) -> ConductSheet:
    """A read fragment: the sheet of a case."""
    row = unit.run(select(conduct_sheet).where(conduct_sheet.c.case_id == case_id)).one()
    document = msgspec.convert(row.document, SheetDocument)
    values = {**row._mapping, "document": document, "subject_kind": SubjectKind(row.subject_kind)}
    return ConductSheet(**values)


def people_of(unit: Unit, case_id: str) -> set[str]:
    """A read fragment: the person whom a case is about; empty: it is about none."""
    columns = conduct_sheet.c
    query = select(columns.subject_id).where(
        columns.case_id == case_id, columns.subject_kind == SubjectKind.PERSON.value
    )
    return {person for person in unit.run(query).scalars() if person}


def store_sheet(unit: Unit, case_id: str, **values: Any) -> None:
    """Write some columns; ``document`` as its struct."""
    if "document" in values:
        values["document"] = msgspec.to_builtins(values["document"])
    unit.run(update(conduct_sheet).where(conduct_sheet.c.case_id == case_id).values(**values))


@dataclass(frozen=True, slots=True)
class BookedRecovery:
    """Something that came in."""

    number: int
    part: str
    amount: int
    day: datetime.date
    reference: str


def recoveries_of(unit: Unit, case_id: str) -> list[BookedRecovery]:
    """A read fragment: what came in, in its order."""
    columns = conduct_payment.c
    query = select(conduct_payment).where(columns.case_id == case_id).order_by(columns.number)
    return [
        BookedRecovery(row.number, row.part, row.amount, row.day, row.reference)
        for row in unit.run(query)
    ]
