"""Leaving for good: the cover ends, and the personal account is closed for heir, person or fund."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.access.operations import Answer, Key
from yibao.claims.forms import MANUAL_CLAIM
from yibao.database.unit import Database, Unit
from yibao.disbursement.operations import cancel_payment, order_payment
from yibao.disbursement.orders import ordered_of
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.exchange.stays import stays_of
from yibao.insured.accounts.closing import HEIR, MOVE, Closing, close_account
from yibao.insured.accounts.departures import record_departure
from yibao.insured.enrolment.documents import Proof, catalogue
from yibao.insured.enrolment.enrolments import end_enrolment
from yibao.insured.locks import lock_person
from yibao.ledger.fragments import own_balance
from yibao.ledger.operations import suspense
from yibao.ledger.recovering import outstanding
from yibao.messages import Fen, Text, message
from yibao.moving.applications import LEAVING, Leaving
from yibao.moving.terms import rule_of
from yibao.moving.transfers import person_in
from yibao.office.documents import document_rows
from yibao.office.kinds import Decided, NeededPaper
from yibao.office.reading import open_cases
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import CLOSINGS
from yibao.policy.kinds import ClosingReason

_KINSHIP = ("household_book", "kinship_certificate", "marriage_certificate", "birth_certificate")
_WHERE = {
    "heir": message("余额转入继承人的个人账户"),
    "pay_out": message("余额付到写明的银行账户"),
    "fund": message("没有继承人，余额归入统筹基金"),
    "move": message("余额随人转往转入地"),
}


def papers_of(data: Leaving) -> tuple[NeededPaper, ...]:
    """The proof of why, who applies, and of a death that the heir is one."""
    titles = catalogue()["kinds"]

    def needed(kinds: Sequence[str], group: str) -> list[NeededPaper]:
        return [NeededPaper(kind, titles[kind], group=group) for kind in kinds]

    papers = [*needed(catalogue()["closings"][data.reason], "reason")]
    papers += needed(("identity_card",), "identity")
    if data.reason == ClosingReason.DEATH and not data.heirless:
        papers += needed(_KINSHIP, "kinship")
    return tuple(papers)


def accept(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """Of a death the cover ends at once; otherwise with the decision."""
    data: Leaving = decided.data
    if data.last_day > decided.day:
        raise RefusedError(message("终止的日期还没有到"))
    return _stop(database, library, decided) if data.reason == ClosingReason.DEATH else {}


def close(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """End the cover where it still runs, and close the account as the area's rules say."""
    person_id = person_in(decided)
    database.read(lambda unit: _require_settled(unit, person_id))
    ended = _stop(database, library, decided)
    balance = database.read(lambda unit: own_balance(unit, person_id))
    if balance is None:
        return {**ended, "person": person_id, "amount": 0, "to": None, "notes": []}
    answer = close_account(
        database,
        library,
        decided.key,
        _closing(database, library, decided, balance),
        actor=decided.actor,
        proofs=_proofs(database, decided),
        at=decided.at,
    )
    told = {**ended, **answer}
    if answer["to"] == "pay_out" and answer["amount"]:
        told["order"] = database.write(lambda unit: _order(unit, decided, int(answer["amount"])))
    said: list[Text] = [message("个人账户注销，余额 {amount}", amount=Fen(int(answer["amount"])))]
    if answer["amount"]:
        said.append(_WHERE[str(answer["to"])])
    return {**told, "notes": [str(text) for text in said]}


def then_finish(database: Database, library: PolicyLibrary, decided: Decided) -> str | None:
    """Where nothing is to be paid, it is over."""
    owed = suspense(person_in(decided))
    return None if database.read(lambda unit: ordered_of(unit, owed)) else "finish"


def leave_in_suspense(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """The bank sent it back and nobody knows another account: a cashier hands it out later."""

    def work(unit: Unit) -> Answer:
        if not cancel_payment(unit, LEAVING, decided.case_id):
            raise ConflictError(message("钱已经付出，没有退回"))
        return {}

    return database.write(work)


def _require_settled(unit: Unit, person_id: str) -> None:
    if open_cases(unit, MANUAL_CLAIM, person_id):
        raise ConflictError(message("还有手工报销没有办完，办完再销户"))
    if any(stay.end is None for stay in stays_of(unit, person_id)):
        raise ConflictError(message("还有住院没有结算，结算以后再销户"))
    owed = outstanding(unit, person_id)
    if owed:
        raise ConflictError(message("还有 {amount} 应追回，收回以后再销户", amount=Fen(owed)))


def _stop(database: Database, library: PolicyLibrary, decided: Decided) -> Answer:
    """End the enrolment that still runs after the last day, once."""
    data: Leaving = decided.data
    person_id = person_in(decided)

    def is_running(unit: Unit) -> bool:
        record_departure(unit, person_id, data.last_day, data.reason, decided.case_id, decided.at)
        enrolment = lock_person(unit, person_id).facts.enrolment_on(data.last_day)
        return enrolment is not None and enrolment.end != data.last_day

    if not database.write(is_running):
        return {}
    key = Key(decided.key.sender, "stop_cover", decided.key.message_id)
    end_enrolment(
        database,
        library,
        key,
        person_id,
        data.last_day,
        data.reason,
        actor=decided.actor,
        proofs=_proofs(database, decided),
        at=decided.at,
    )
    return {"cover_until": data.last_day.isoformat()}


def _closing(database: Database, library: PolicyLibrary, decided: Decided, balance: int) -> Closing:
    data: Leaving = decided.data
    position = CLOSINGS.index(ClosingReason(data.reason))
    choice = rule_of(library, decided.area, data.last_day, p.ACCOUNT_CLOSING, position)
    heir = data.heir
    has_account = heir is not None and (
        database.read(lambda unit: own_balance(unit, str(heir))) is not None
    )
    inherits = choice == HEIR and has_account and data.payee is None
    if choice == MOVE and data.to_area is None and not balance:
        choice = None
    return Closing(
        person_in(decided),
        data.reason,
        data.last_day,
        heir_id=heir if inherits else None,
        to_area=data.to_area if choice == MOVE else None,
        waits=choice != MOVE and not data.heirless and not inherits,
        heirless=data.heirless,
    )


def _order(unit: Unit, decided: Decided, amount: int) -> str:
    data: Leaving = decided.data
    if data.payee is None:
        raise InputError(message("余额要付出去，请写明收款账户"), place="account")
    person_id = person_in(decided)
    return order_payment(
        unit,
        LEAVING,
        decided.case_id,
        chain=person_id,
        area=decided.area,
        liability=suspense(person_id),
        amount=amount,
        payee=data.payee,
        actor=decided.actor,
        at=decided.at,
    )


def _proofs(database: Database, decided: Decided) -> list[Proof]:
    """The documents of the case; in a rehearsal, which has no case yet, those that it needs."""
    known = catalogue()["kinds"]
    if not decided.case_id:
        return [Proof(paper.kind) for paper in papers_of(decided.data)]
    rows = database.read(lambda unit: document_rows(unit, decided.case_id))
    return [Proof(row.kind, digest=row.digest) for row in rows if row.kind in known]
