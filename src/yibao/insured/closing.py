"""Closing a personal account: death, settling abroad, the end of the insurance here.

What becomes of the balance is the pack's (``personal_account.closing``).  The account's row
goes, and with it what draws and grants would lock; the closing itself is kept.  Money that
comes back later waits in suspense.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert

from yibao.access.operations import Answer, Key, canonical, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.people import home_enrolment
from yibao.benefit.rules import day_rules
from yibao.database.identifiers import new_identifier
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.insured.channels import require_channel
from yibao.insured.cover import now
from yibao.insured.documents import Proof, catalogue, insert_proofs, proof_content, require_one
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.payment_tables import account_closing
from yibao.insured.relations import relation_on
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.ledger.tables import account
from yibao.money.text import format_yuan
from yibao.policy import parameters as p
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import CLOSINGS

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


def close_account(
    database: Database,
    library: PolicyLibrary,
    key: Key,
    given: Closing,
    *,
    actor: Actor,
    proofs: Sequence[Proof],
    at: datetime.datetime | None = None,
) -> Answer:
    """Close a personal account and send its balance where the pack says.

    An account that is closed already is a ``ConflictError`` with no effect.
    """
    require(actor, "close_account", given.person_id)
    if given.reason not in CLOSINGS:
        raise InputError(f"销户原因写 {'、'.join(CLOSINGS)}，不是 {given.reason}")
    require_channel(given.channel)
    require_one(catalogue()["closings"][given.reason], proofs, "注销个人账户")
    content_hash = database.secrets.search_hash(
        canonical([str(given), [str(one) for one in proofs]])
    )
    concerned = {given.person_id, *([given.heir_id] if given.heir_id else [])}

    def operation(unit: Unit) -> Answer:
        people = lock_people(unit, concerned)
        accounts = lock_accounts(unit, concerned)
        held = people[given.person_id]
        if given.person_id not in accounts:
            raise ConflictError(f"{given.person_id} 的个人账户已经注销，或没有个人账户")
        balance = accounts[given.person_id].balance
        target, where = _target(unit, library, held, given, accounts)
        transfer_id = new_identifier()
        ledger.post(
            unit,
            given.person_id,
            transfer_id,
            given.on,
            [(ledger.personal(given.person_id), balance), (target, -balance)],
        )
        moved = {given.person_id: -balance}
        if where == "heir" and given.heir_id:
            moved[given.heir_id] = balance
        ledger.change_balances(unit, moved)
        unit.run(delete(account).where(account.c.person_id == given.person_id))
        unit.run(
            insert(account_closing),
            {
                "person_id": given.person_id,
                "closed_on": given.on,
                "reason": given.reason,
                "amount": balance,
                "target": target,
                "transfer_id": transfer_id,
            },
        )
        insert_proofs(unit, database.secrets, given.person_id, "close_account", proofs, at or now())
        answer: Answer = {
            "person": given.person_id,
            "on": given.on.isoformat(),
            "reason": given.reason,
            "amount": balance,
            "to": where,
        }
        record_message(unit, key, content_hash, given.person_id, answer)
        store_person(
            unit, held, actor, "close_account", {**answer, "proofs": proof_content(proofs)}
        )
        if given.heir_id in moved and balance:
            received = {"from": given.person_id, "amount": balance}
            store_person(unit, people[given.heir_id], actor, "inherit", received)
        return answer

    return write_once(database, key, content_hash, operation, people=concerned)


def _target(
    unit: Unit,
    library: PolicyLibrary,
    held: HeldPerson,
    given: Closing,
    accounts: dict[str, HeldAccount],
) -> tuple[str, str]:
    """The account of the ledger that gets the balance, and what that is called."""
    area = home_enrolment(held.facts, given.on).area
    rules = day_rules(library, area, given.on, given.on)
    choice = rules.need(rules.cell(p.ACCOUNT_CLOSING, CLOSINGS.index(given.reason)))
    if choice != HEIR and given.heir_id is not None:
        raise RefusedError(f"按 {area} 的规定，这种销户的余额不转给继承人")
    if choice != MOVE and given.to_area is not None:
        raise RefusedError(f"按 {area} 的规定，这种销户的余额不转往别的统筹区")
    if choice == MOVE:
        if given.to_area is None or len(given.to_area) != 6 or not given.to_area.isdigit():
            raise InputError("余额随人转出，请写明转往的统筹区（六位区划代码）")
        return ledger.moved(given.to_area), "move"
    if choice == HEIR and given.heir_id is not None:
        if relation_on(unit, given.person_id, given.heir_id, given.on) is None:
            raise RefusedError(f"没有登记 {given.heir_id} 与 {given.person_id} 的亲属关系")
        if given.heir_id not in accounts:
            raise RefusedError(
                f"{given.heir_id} 没有个人账户，余额 "
                f"{format_yuan(accounts[given.person_id].balance)} 元请改为支付"
            )
        return ledger.personal(given.heir_id), "heir"
    return ledger.channel(given.channel), "pay_out"
