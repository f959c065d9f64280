"""What the steps of a case do: two inspectors, the right to be heard, the decision, its service."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from yibao.access.chains import extend_any_chain
from yibao.access.errors import DeniedError
from yibao.access.operations import Answer
from yibao.access.permissions import Role
from yibao.conduct.acts import SubjectKind, hearing_from, limits
from yibao.conduct.forms import ConductProposal
from yibao.conduct.sheets import ConductSheet, sheet_of, store_sheet
from yibao.conduct.sums import last_day
from yibao.database.unit import Database
from yibao.errors import ConflictError, InputError
from yibao.ledger.operations import fund
from yibao.ledger.recovering import open_recovery
from yibao.messages import Fen, message
from yibao.office.history import moves_of
from yibao.office.kinds import Decided
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import TextEnum
from yibao.sanctions.operations import Suspension, suspend_within
from yibao.sanctions.providers import ProviderSuspension, suspend_provider_within
from yibao.sanctions.states import ProviderKind, SuspensionKind

_LAYER = "pooled"


class ConductMove(TextEnum):
    """Steps that look at what was done before."""

    INSPECT = "inspect"
    COUNTERSIGN = "countersign"


def _sheet(database: Database, decided: Decided) -> ConductSheet:
    return database.read(lambda unit: sheet_of(unit, decided.case_id))


def _document(database: Database, sheet: ConductSheet, **values: Any) -> None:
    document = msgspec.structs.replace(sheet.document, **values)
    database.write(lambda unit: store_sheet(unit, sheet.case_id, document=document))


def opened(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The ninety days begin, against somebody who is known."""
    sheet = _sheet(database, decided)
    if not sheet.subject_id:
        raise ConflictError(message("还没有写明是谁，请执法人员先写明当事人的编号"))
    if sheet.document.opened_on is None:
        _document(database, sheet, opened_on=decided.day)
    return {}


def inspected(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The first inspector hands over what is proposed, in time and within the law."""
    sheet = _sheet(database, decided)
    proposal = sheet.document.proposal
    total = sheet.sanction.total
    assert proposal is not None
    return {"total": total}


def countersigned(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Never fewer than two inspectors: another one than the first."""
    steps = database.read(lambda unit: moves_of(unit, decided.case_id))
    first = next(step for step in reversed(steps) if step.move == ConductMove.INSPECT)
    if first.actor == decided.actor.id:
        raise DeniedError(message("要另一位执法人员共同签，执法人员不得少于两人，没有做任何改动"))
    return {}


def told(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The subject is told facts, grounds and what is proposed, and that it may be heard."""
    sheet = _sheet(database, decided)
    offered = is_hearing_offered(sheet)
    by = decided.day + datetime.timedelta(days=limits().ask_hearing_days) if offered else None
    _document(database, sheet, told_on=decided.day, hearing_by=by)
    return {"hearing_by": None if by is None else by.isoformat()}


def is_hearing_offered(sheet: ConductSheet) -> bool:
    """Whether what is proposed is so much that the subject may ask for a hearing.

    Where the place has set no sum, whoever is fined or suspended may.
    """
    proposal, sanction = sheet.document.proposal, sheet.sanction
    assert proposal is not None
    if proposal.months or proposal.department_months:
        return True
    least = hearing_from(sheet.area, sheet.subject_kind)
    return sanction.fine > 0 if least is None else sanction.fine >= least


def hearing_asked(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """In time: within five days after it was told."""
    by = _sheet(database, decided).document.hearing_by
    if by is None:
        raise ConflictError(message("这件案件的处理不到听证的数额，可以陈述、申辩"))
    if decided.day > by:
        raise ConflictError(message("申请听证的期限 {day} 已过，没有做任何改动", day=by))
    return {}


def heard(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The chair, who had no part in the case, writes down how it went."""
    if not decided.reason:
        raise InputError(message("请写听证记录的要点"), place="reason")
    return {}


def penalised(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """What is to be returned becomes a receivable of the fund; nothing before the time to ask
    for a hearing is over."""
    sheet = _sheet(database, decided)
    document, sanction = sheet.document, sheet.sanction
    steps = database.read(lambda unit: moves_of(unit, decided.case_id))
    was_heard = any(step.move == "hold_hearing" for step in steps)
    if document.hearing_by is not None and not was_heard and decided.day <= document.hearing_by:
        raise ConflictError(
            message("还在申请听证的期限内，到 {day} 以后才能决定", day=document.hearing_by)
        )
    proposal = document.proposal
    assert proposal is not None

    def work(unit: Any) -> Answer:
        done = msgspec.structs.replace(document, decided_on=decided.day)
        store_sheet(
            unit, sheet.case_id, document=done, returned=sanction.returned, fine=sanction.fine
        )
        answer = {"returned": sanction.returned, "fine": sanction.fine}
        if sanction.returned:
            parts = [(fund(sheet.area, proposal.scheme, _LAYER), sanction.returned)]
            open_recovery(unit, sheet.debtor, decided.day, parts)
            told_debtor = {"case": sheet.case_id, **answer}
            extend_any_chain(unit, sheet.debtor, decided.actor.id, "penalise", told_debtor)
        return answer

    return database.write(work)


def served(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The time to pay begins, and the suspension of a person, or of a department of the
    institution: never before it was served."""
    sheet = _sheet(database, decided)
    proposal = sheet.document.proposal
    assert proposal is not None
    first = max(proposal.start or decided.day, decided.day)
    months = proposal.months if sheet.subject_kind is SubjectKind.PERSON else None
    suspensions = []
    if months:
        kinds = (SuspensionKind.DIRECT, *((SuspensionKind.AID,) if proposal.aid_too else ()))
        last = last_day(first, months)
        suspensions = [Suspension(kind, first, last, sheet.case_id) for kind in kinds]
    department = _department(sheet, proposal, first)

    def work(unit: Any) -> Answer:
        store_sheet(unit, sheet.case_id, served_on=decided.day)
        suspend_within(unit, sheet.subject_id, suspensions, actor=decided.actor, at=decided.at)
        if department is not None:
            suspend_provider_within(unit, department, actor=decided.actor, at=decided.at)
        ends = [suspension.end for suspension in (*suspensions, department) if suspension]
        return {"suspended_to": ends[0].isoformat()} if ends else {}

    return database.write(work)


def _department(
    sheet: ConductSheet, proposal: ConductProposal, first: datetime.date
) -> ProviderSuspension | None:
    """What the decision suspends of an institution."""
    months = proposal.department_months
    if not months or sheet.subject_kind is not SubjectKind.INSTITUTION:
        return None
    return ProviderSuspension(
        sheet.subject_id,
        ProviderKind.DEPARTMENT,
        proposal.department.strip(),
        first,
        last_day(first, months),
        sheet.case_id,
    )


def executed(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Nothing is owed any more."""
    sheet = _sheet(database, decided)
    left = sheet.owed + sheet.surcharge_on(decided.day)
    if left:
        raise ConflictError(message("还欠 {amount}，不能结案", amount=Fen(left)))
    return {}


CHAIR = Role.SECOND
"""Chairs a hearing: a post that has no other part in such a case."""
