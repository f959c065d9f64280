"""Filing a claim, changing what it says, and naming another account."""

from __future__ import annotations

import datetime

import msgspec
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from yibao.access.chains import extend_any_chain
from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor
from yibao.benefit.people import home_enrolment
from yibao.claims.forms import MANUAL_CLAIM, ManualClaim, check_claim
from yibao.claims.owing import RESEND
from yibao.claims.recovering import collect_recovery
from yibao.claims.sheets import decide_lines, put_lines
from yibao.claims.tables import claim_sheet, claim_voucher
from yibao.database.instants import civil_day, now
from yibao.database.joined import JoinedDatabase
from yibao.database.unit import Database, Unit
from yibao.disbursement.payees import Payee
from yibao.errors import ConflictError, RefusedError
from yibao.insured.locks import lock_person, store_person
from yibao.messages import message
from yibao.office.flows import CaseState
from yibao.office.history import moves_of
from yibao.office.kinds import kind_of
from yibao.office.locks import case_row, lock_case
from yibao.office.operations import Subject, amend_within, move_case, open_within
from yibao.office.rights import require_case, require_move
from yibao.policy.compile import PolicyLibrary

__all__ = [
    "amend_claim",
    "collect_recovery",
    "decide_lines",
    "file_claim",
    "put_lines",
    "resend_payment",
]


def file_claim(
    database: Database,
    key: Key,
    person_id: str,
    claim: ManualClaim,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Open the case: ``case``, ``kind`` and ``state``.

    ``ConflictError`` where one of the receipts is in another claim that was not refused,
    withdrawn or reversed.
    """
    check_claim(claim)
    instant = at or now()
    if claim.end > civil_day(instant):
        raise RefusedError(message("还没有出院或看完，不能报销"))
    content = [person_id, msgspec.to_builtins(claim)]
    content_hash = database.secrets.lasting_hash(canonical(content))

    def operation(unit: Unit) -> Answer:
        person = lock_person(unit, person_id)
        area = home_enrolment(person.facts, claim.start).area
        subject = Subject(area, person_id)
        require_case(actor, "open_case", subject)
        answer = open_within(unit, MANUAL_CLAIM, subject, claim, actor=actor, at=instant)
        _keep_vouchers(unit, database, subject.case_id, person_id, claim)
        row = {"case_id": subject.case_id, "person_id": person_id, "lines": [], "quote": {}}
        unit.run(insert(claim_sheet), {**row, "visit_id": None})
        record_message(unit, key, content_hash, person_id, answer)
        store_person(unit, person, actor, "open_case", answer)
        return answer

    return write_once(database, key, content_hash, operation, people=[person_id])


def amend_claim(
    database: Database,
    key: Key,
    case_id: str,
    claim: ManualClaim,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Say it otherwise before it is entered: by a clerk, or by whoever applied while it waits.

    The receipts are those that the claim names now.
    """
    check_claim(claim)
    instant = at or now()
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "move_case", row)
    kind = kind_of(row.kind)
    content_hash = database.secrets.lasting_hash(
        canonical([case_id, "amend", msgspec.to_builtins(claim)])
    )

    def operation(unit: Unit) -> Answer:
        case = lock_case(unit, case_id, [row.person_id])
        by_applicant = actor.person_id is not None
        move = kind.move("supplement" if by_applicant else "enter")
        duty = require_move(actor, kind, case, move, moves_of(unit, case_id))
        open_states = {CaseState.FILED, CaseState.TO_SUPPLEMENT}
        if not by_applicant:
            open_states.add(CaseState.ACCEPTED)
        if case.state not in open_states:
            raise ConflictError(message("现在不能再改申请的内容"))
        mine = claim_voucher.c.case_id == case_id
        unit.run(update(claim_voucher).where(mine).values(is_live=False))
        _keep_vouchers(unit, database, case_id, row.person_id, claim)
        amend_within(unit, case_id, claim, actor=actor, at=instant, role=duty.value)
        answer = {"case": case_id, "state": case.state}
        record_message(unit, key, content_hash, row.person_id, answer)
        extend_any_chain(unit, case.chain, actor.id, "move_case", {"move": "amend", **answer})
        return answer

    return write_once(database, key, content_hash, operation, people=[row.person_id])


def resend_payment(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    case_id: str,
    payee: Payee,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Name another account for a payment that came back; it waits to be paid again."""
    instant = at or now()
    row = database.read(lambda unit: case_row(unit, case_id))
    require_case(actor, "move_case", row)
    content_hash = database.secrets.lasting_hash(
        canonical([case_id, "account", msgspec.to_builtins(payee)])
    )

    def operation(unit: Unit) -> Answer:
        case = lock_case(unit, case_id, [row.person_id])
        kind = kind_of(case.kind)
        require_move(actor, kind, case, kind.move(RESEND), moves_of(unit, case_id))
        claim = msgspec.structs.replace(kind.read(case.data), payee=payee)
        amend_within(unit, case_id, claim, actor=actor, at=instant)
        joined = JoinedDatabase(database, unit)
        inner = Key(key.sender, RESEND, key.message_id)
        answer = move_case(joined, library, inner, case_id, RESEND, actor=actor, at=instant)
        told = {"case": case_id, "state": answer["state"]}
        record_message(unit, key, content_hash, row.person_id, told)
        return told

    return write_once(database, key, content_hash, operation, people=[row.person_id])


def _keep_vouchers(
    unit: Unit, database: Database, case_id: str, person_id: str, claim: ManualClaim
) -> None:
    """One row for each receipt; the database lets one claim have it at a time."""
    for voucher in claim.vouchers:
        voucher_hash = database.secrets.lasting_hash(f"voucher:{voucher.identity}")
        same = (claim_voucher.c.case_id == case_id) & (claim_voucher.c.voucher_hash == voucher_hash)
        try:
            if unit.run(update(claim_voucher).where(same).values(is_live=True)).rowcount:
                continue
            unit.run(
                insert(claim_voucher),
                {
                    "case_id": case_id,
                    "voucher_hash": voucher_hash,
                    "person_id": person_id,
                    "is_live": True,
                },
            )
        except IntegrityError:
            raise ConflictError(
                message("票据 {number} 已经报销过，或正在报销，不能再报", number=voucher.number)
            ) from None
