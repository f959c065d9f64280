"""Reversing a settlement together with the later ones that hang on it: pairs, all or none."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import insert

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.benefit.answers import PAID
from yibao.care.errors import MorePeopleError
from yibao.care.history import Change, Otherwise, without
from yibao.care.inputs import Pinned, UsedRulebooks
from yibao.care.memory import Memory
from yibao.care.reversal import Reversals, returned_by, with_growing_locks, write_reversal
from yibao.care.rows import pointer_to, post_settlement
from yibao.care.stored import StoredSettlement
from yibao.care.tables import settlement
from yibao.care.writing import UnwrittenSettlement, settlement_of
from yibao.database.unit import Unit
from yibao.errors import ConflictError, RefusedError
from yibao.insured.locks import HeldPerson, store_person
from yibao.ledger import operations as ledger
from yibao.messages import message
from yibao.policy.rulebook import Rulebook


class Readjudications:
    """``readjudicate``: propose, then apply what was proposed."""

    def __init__(self, reversals: Reversals) -> None:
        self.reversals = reversals
        self.database = reversals.database

    def propose(self, person_id: str, visit_id: str, *, actor: Actor) -> Answer:
        """What reversing a visit would change later on; nothing is written but the reading.

        ``proposal`` is the hash to approve it by.
        """
        require(actor, "readjudicate", person_id)

        def run(people: set[str]) -> Answer:
            def operation(unit: Unit) -> Answer:
                undone, otherwise, _, _ = self._locked(unit, person_id, visit_id, people)
                return _proposal(undone, otherwise)

            return self.database.read(operation)

        # In a transaction of its own: the proposal takes more locks than one person's.
        read_record(self.database, actor, "readjudicate", person_id, lambda _: None)
        return with_growing_locks(run)

    def apply(
        self, key: Key, person_id: str, visit_id: str, proposal: str, *, actor: Actor
    ) -> Answer:
        """Reverse the visit and correct what hangs on it, in one transaction.

        ``ConflictError`` where something has happened since it was proposed.
        """
        require(actor, "readjudicate", person_id)
        content_hash = digest([person_id, visit_id, proposal])

        def run(people: set[str]) -> Answer:
            def operation(unit: Unit) -> Answer:
                undone, otherwise, locked, accounts = self._locked(
                    unit, person_id, visit_id, people
                )
                answer = _proposal(undone, otherwise)
                if answer["proposal"] != proposal:
                    raise ConflictError(message("提出方案之后又有变动，请重新提出方案再批准"))
                changed = [undone, *(change.row for change in otherwise.changes)]
                moved = returned_by(changed, accounts)
                write_reversal(unit, self.reversals.memory, undone, locked, accounts, actor)
                for change in otherwise.changes:
                    correct(unit, self.reversals.memory, change, None, locked, accounts, actor)
                    for name, taken in _drawn(change).items():
                        if name not in accounts:
                            raise RefusedError(
                                message(
                                    "{name} 的个人账户已经注销，不能更正从它支付的结算", name=name
                                )
                            )
                        moved[name] = moved.get(name, 0) - taken
                locked[person_id].state = otherwise.state
                ledger.change_balances(unit, moved)
                store_person(unit, locked[person_id], actor, "readjudicate", answer)
                record_message(unit, key, content_hash, person_id, answer)
                return answer

            return write_once(self.database, key, content_hash, operation)

        return with_growing_locks(run)

    def _locked(
        self, unit: Unit, person_id: str, visit_id: str, people: set[str]
    ) -> tuple[StoredSettlement, Otherwise, dict[str, HeldPerson], dict[str, Any]]:
        undone, locked, accounts = self.reversals.lock(unit, person_id, visit_id, people)
        otherwise = without(unit, self.reversals.memory, undone)
        needed = otherwise.people | otherwise.owners
        if not needed <= set(locked):
            raise MorePeopleError(needed)
        return undone, otherwise, locked, accounts


def correct(
    unit: Unit,
    memory: Memory,
    change: Change,
    used: UsedRulebooks | None,
    people: dict[str, HeldPerson],
    open_accounts: Container[str],
    actor: Actor,
) -> StoredSettlement:
    """A reversal and its correction, in the place of what they correct; balances are the
    caller's.  ``used``: the rulebooks that the correction was settled with, None: the pinned ones.
    """
    person = people[change.row["person_id"]]
    write_reversal(unit, memory, change.row, people, open_accounts, actor)
    known = replace(change.row.known, balances=change.balances)
    pinned: Sequence[Pinned] = change.row.terms.rulebooks
    rulebooks: Sequence[Rulebook] = ()
    if used is not None:
        pinned, rulebooks = used.pinned, tuple(used.used.values())
    correction = settlement_of(
        unit,
        memory,
        UnwrittenSettlement(change.settled, people, known, pinned, rulebooks),
        round_=change.row["round"] + 1,
        state=change.state_in,
        corrects=change.row,
    )
    unit.run(insert(settlement), correction.columns)
    post_settlement(unit, correction)
    store_person(unit, person, actor, "correct", pointer_to(correction.columns))
    return correction


def _drawn(change: Change) -> dict[str, int]:
    paid = change.settled.payment
    taken = {change.row["person_id"]: paid.draw.account}
    if paid.grantor is not None:
        taken[paid.grantor] = paid.draw.mutual_aid
    return {name: amount for name, amount in taken.items() if amount}


def _proposal(undone: StoredSettlement, otherwise: Otherwise) -> Answer:
    content = {
        "reverse": undone["visit_id"],
        "person": undone["person_id"],
        "settlement_id": undone["settlement_id"],
        "corrections": [correction_of(change) for change in otherwise.changes],
    }
    return {**content, "proposal": digest(content)}


def correction_of(change: Change) -> dict[str, Any]:
    """What a corrected settlement was and becomes."""
    amounts, paid = change.settled.adjudication.settlement, change.settled.payment.draw
    return {
        "person": change.row["person_id"],
        "visit": change.row["visit_id"],
        "settlement_id": change.row["settlement_id"],
        "before": {name: change.row[name] for name in PAID},
        "after": {
            "fund": amounts.fund,
            "own": amounts.own,
            "account": paid.account,
            "mutual_aid": paid.mutual_aid,
            "cash": paid.cash,
        },
    }
