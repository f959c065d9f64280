"""Closing a personal account: death, settling abroad, the end of the insurance here.

What becomes of the balance is the pack's (``personal_account.closing``).  The account's row
goes, and with it what draws and grants would lock; the closing itself is kept.  Money that
comes back later waits in suspense.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured.enrolment.cover import now
from yibao.insured.enrolment.documents import (
    Proof,
    catalogue,
    insert_proofs,
    proof_content,
    require_one,
)
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.payments.channels import require_channel
from yibao.insured.people.relations import relation_on
from yibao.insured.stored.contents import content_text
from yibao.insured.tables import account_closing
from yibao.ledger import operations as ledger
from yibao.ledger.fragments import drop_account
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.messages import Fen, Listed, message
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import CLOSINGS
from yibao.policy.kinds import Scheme

PAY_OUT, HEIR, MOVE = range(3)
"""Positions of the choices of ``personal_account.closing``."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Whose account is closed from a day on, why, and where the balance may go."""

    person_id: str
    reason: str
    """``death``, ``abroad`` or ``ended``."""
    on: datetime.date
    """The last day of the account."""
    heir_id: str | None = None
    """Where the pack leaves it to an heir: the relative whose account gets it; None: an heir
    without one, who is paid."""
    to_area: str | None = None
    """Where it moves with the person: the area that takes it."""
    channel: str = "bank"
    """Through which channel a balance is paid out."""
    waits: bool = False
    """Whether a balance that is paid out waits in suspense for a payment order."""
    heirless: bool = False
    """Whether nobody inherits: the pack says what becomes of the balance then."""


def close_account(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    closing: Closing,
    *,
    actor: Actor,
    proofs: Sequence[Proof],
    at: datetime.datetime | None = None,
) -> Answer:
    """Close a personal account and send its balance where the pack says.

    An account that is closed already is a ``ConflictError`` with no effect.
    """
    require(actor, "close_account", closing.person_id)
    if closing.reason not in CLOSINGS:
        raise InputError(
            message(
                "销户原因写 {closings}，不是 {reason}",
                closings=Listed(CLOSINGS),
                reason=closing.reason,
            )
        )
    require_channel(closing.channel)
    require_one(catalogue()["closings"][closing.reason], proofs, message("注销个人账户"))
    content_hash = database.secrets.lasting_hash(
        canonical([content_text(closing), [content_text(proof) for proof in proofs]])
    )
    concerned = {closing.person_id, *([closing.heir_id] if closing.heir_id else [])}

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, concerned)
        accounts = lock_accounts(unit, concerned)
        person = people[closing.person_id]
        if closing.person_id not in accounts:
            raise ConflictError(
                message(
                    "{person_id} 的个人账户已经注销，或没有个人账户", person_id=closing.person_id
                )
            )
        balance = accounts[closing.person_id].balance
        target, where = _target(unit, library, person, closing, accounts)
        transfer_id = new_identifier()
        ledger.post(
            unit,
            closing.person_id,
            transfer_id,
            closing.on,
            [(ledger.personal(closing.person_id), balance), (target, -balance)],
        )
        moved = {closing.person_id: -balance}
        if where == "heir" and closing.heir_id:
            moved[closing.heir_id] = balance
        ledger.change_balances(unit, moved)
        drop_account(unit, closing.person_id)
        unit.run(
            insert(account_closing),
            {
                "person_id": closing.person_id,
                "closed_on": closing.on,
                "reason": closing.reason,
                "amount": balance,
                "target": target,
                "transfer_id": transfer_id,
            },
        )
        insert_proofs(
            unit, database.secrets, closing.person_id, "close_account", proofs, at or now()
        )
        answer: Answer = {
            "person": closing.person_id,
            "on": closing.on.isoformat(),
            "reason": closing.reason,
            "amount": balance,
            "to": where,
        }
        record_message(unit, key, content_hash, closing.person_id, answer)
        store_person(
            unit, person, actor, "close_account", {**answer, "proofs": proof_content(proofs)}
        )
        if closing.heir_id in moved and balance:
            received = {"from": closing.person_id, "amount": balance}
            store_person(unit, people[closing.heir_id], actor, "inherit", received)
        return answer

    return write_once(database, key, content_hash, operation, people=concerned)


def _target(
    unit: Unit,
    library: PolicyLibrary,
    person: HeldPerson,
    closing: Closing,
    accounts: dict[str, HeldAccount],
) -> tuple[str, str]:
    """The account of the ledger that gets the balance, and what that is called."""
    area = home_enrolment(person.facts, closing.on).area
    rules = day_rules(library, area, closing.on, closing.on)
    choice = rules.need(rules.cell(p.ACCOUNT_CLOSING, CLOSINGS.index(closing.reason)))
    if choice != HEIR and closing.heir_id is not None:
        raise RefusedError(message("按 {area} 的规定，这种销户的余额不转给继承人", area=area))
    if choice != MOVE and closing.to_area is not None:
        raise RefusedError(message("按 {area} 的规定，这种销户的余额不转往别的统筹区", area=area))
    if choice == MOVE:
        if closing.to_area is None or len(closing.to_area) != 6 or not closing.to_area.isdigit():
            raise InputError(message("余额随人转出，请写明转往的统筹区（六位区划代码）"))
        return ledger.moved(closing.to_area), "move"
    if choice == HEIR and closing.heir_id is not None:
        if relation_on(unit, closing.person_id, closing.heir_id, closing.on) is None:
            raise RefusedError(
                message(
                    "没有登记 {heir_id} 与 {person_id} 的亲属关系",
                    heir_id=closing.heir_id,
                    person_id=closing.person_id,
                )
            )
        if closing.heir_id not in accounts:
            raise RefusedError(
                message(
                    "{heir_id} 没有个人账户，余额 {balance}请改为支付",
                    heir_id=closing.heir_id,
                    balance=Fen(accounts[closing.person_id].balance),
                )
            )
        return ledger.personal(closing.heir_id), "heir"
    if closing.heirless:
        if choice != HEIR:
            raise RefusedError(message("按 {area} 的规定，这种销户的余额付给本人", area=area))
        rules.need(p.ACCOUNT_HEIRLESS)
        return ledger.fund(area, Scheme.EMPLOYEE, "pooled"), "fund"
    if closing.waits:
        return ledger.suspense(closing.person_id), "pay_out"
    return ledger.channel(closing.channel), "pay_out"
