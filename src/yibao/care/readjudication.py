"""Proposals that an officer takes or drops: settling later visits anew after a refund.

Taken ones are a reversal and a new settlement each, in the person's own order, each seeing
those before it; what is not taken stays as it was settled.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import insert

from yibao.access.operations import Answer, Key, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.access.trail import read_record
from yibao.benefit.answers import PAID
from yibao.care import proposals
from yibao.care.history import (
    Change,
    again,
    base_state,
    in_order,
    place_of,
    read_rows,
    relived,
    settled_on,
    standing,
    state_after,
    sum_of,
)
from yibao.care.inputs import Pinned, UsedRulebooks
from yibao.care.memory import Memory
from yibao.care.reversal import Reversals, write_reversal
from yibao.care.rows import pointer_to, post_settlement, taken_by
from yibao.care.stored import StoredSettlement
from yibao.care.tables import proposal, settlement
from yibao.care.writing import UnwrittenSettlement, settlement_of
from yibao.database.unit import Unit
from yibao.errors import ConflictError, InputError, NotFoundError
from yibao.insured.locks import HeldPerson, lock_people, store_person
from yibao.insured.people.merged import TakenOver
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount, lock_accounts
from yibao.messages import Listed, message
from yibao.policy.rulebook import Rulebook

Corrected = Callable[[Unit, StoredSettlement, StoredSettlement], None]
"""Told of a correction in its transaction: the reversal and what stands now, money moved."""


class Readjudications:
    """``readjudicate``: list what is open, take it or drop it."""

    def __init__(self, reversals: Reversals, corrected: Corrected) -> None:
        self.corrected = corrected
        self.memory = reversals.memory
        self.database = reversals.database

    def list_open(self, *, actor: Actor, person_id: str | None = None) -> list[dict[str, Any]]:
        """Open proposals: ``proposal``, ``person``, ``visit``, ``settlement``, and fen by fund
        and person ``before``, ``after`` and their ``difference``."""
        if person_id is None:
            require(actor, "readjudicate")
            return self.database.read(lambda unit: _listed(proposals.read_open(unit)))
        return read_record(
            self.database,
            actor,
            "readjudicate",
            person_id,
            lambda unit: _listed(proposals.read_open(unit, proposal.c.person_id == person_id)),
        )

    def take(
        self, key: Key, person_id: str, proposal_ids: Sequence[str], *, actor: Actor
    ) -> Answer:
        """Settle anew what was proposed, in one transaction.

        What was settled since on the sums over what stood, and comes out otherwise now, is
        proposed in its turn.  The accounts pay from what is on them now.
        ``NotFoundError`` where one is not open, ``ConflictError`` where one before it is.
        """
        require(actor, "readjudicate", person_id)
        content_hash = digest([person_id, "take", sorted(proposal_ids)])

        def operation(unit: Unit) -> Answer:
            locked, accounts, chosen, rest = self._chosen(unit, person_id, proposal_ids)
            first = [row for row in rest if row.position < chosen[-1].position]
            if first:
                raise ConflictError(
                    message(
                        "请先处理更早的建议：{proposals}",
                        proposals=Listed(row.proposal_id for row in first),
                    )
                )
            corrections = []
            for row in chosen:
                corrections.append(self._settle_anew(unit, row, locked, accounts, actor))
            answer: Answer = {"person": person_id, "corrections": corrections}
            self._finish(unit, locked[person_id], rest, actor, answer, taken=chosen)
            record_message(unit, key, content_hash, person_id, answer)
            return answer

        return write_once(self.database, key, content_hash, operation)

    def drop(
        self, key: Key, person_id: str, proposal_id: str, reason: str, *, actor: Actor
    ) -> Answer:
        """Leave a settlement as it stands; ``reason`` is kept."""
        require(actor, "readjudicate", person_id)
        if not reason.strip() or len(reason) > 400:
            raise InputError(message("要写明不采纳的理由，不超过 400 字"), place="reason")
        content_hash = digest([person_id, "drop", proposal_id, reason])

        def operation(unit: Unit) -> Answer:
            locked, _, (row,), rest = self._chosen(unit, person_id, [proposal_id])
            proposals.decide(unit, row, proposals.DROPPED, actor, reason=reason)
            answer: Answer = {"person": person_id, "dropped": proposal_id, "reason": reason}
            self._finish(unit, locked[person_id], rest, actor, answer)
            record_message(unit, key, content_hash, person_id, answer)
            return answer

        return write_once(self.database, key, content_hash, operation)

    def _chosen(
        self, unit: Unit, person_id: str, proposal_ids: Sequence[str]
    ) -> tuple[dict[str, HeldPerson], dict[str, HeldAccount], list[Any], list[Any]]:
        """Everybody locked, the proposals that were named and the other open ones, in order."""
        grantors = {
            row["grantor_id"]
            for row in read_rows(unit, settlement.c.person_id == person_id)
            if row["grantor_id"] is not None
        }
        locked = lock_people(unit, {person_id, *grantors})
        accounts = lock_accounts(unit, locked)
        rows = proposals.read_open(unit, proposal.c.person_id == person_id)
        missing = set(proposal_ids) - {row.proposal_id for row in rows}
        if missing or not proposal_ids:
            raise NotFoundError(
                message("没有这些待处理的建议：{proposals}", proposals=Listed(sorted(missing)))
            )
        chosen = [row for row in rows if row.proposal_id in proposal_ids]
        return locked, accounts, chosen, [row for row in rows if row not in chosen]

    def _settle_anew(
        self,
        unit: Unit,
        row: Any,
        locked: dict[str, HeldPerson],
        accounts: dict[str, HeldAccount],
        actor: Actor,
    ) -> dict[str, Any]:
        rows = read_rows(unit, settlement.c.person_id == row.person_id)
        left = standing(rows)
        stands = next((old for old in left if old["settlement_id"] == row.settlement_id), None)
        if stands is None or not set(taken_by(stands)) <= set(locked):
            raise ConflictError(message("结算正在变动，请重新列出再处理"))
        before = sum_of(
            unit,
            self.memory,
            base_state(rows),
            [old for old in in_order(unit, rows) if place_of(old) < stands["position"]],
        )
        balances = balances_without(stands, accounts)
        settled = again(unit, self.memory, stands, before.copy(), balances)
        change = Change(stands, settled, before, balances)
        mirror, correction = correct(unit, self.memory, change, None, locked, accounts, actor)
        moved = moved_by(stands, correction, accounts)
        ledger.change_balances(unit, moved)
        for name, amount in moved.items():
            accounts[name] = replace(accounts[name], balance=accounts[name].balance + amount)
        self.corrected(unit, mirror, correction)
        new_id = str(correction["settlement_id"])
        proposals.decide(unit, row, proposals.TAKEN, actor, settlement_id=new_id)
        return {"proposal": row.proposal_id, **correction_of(change), "new_settlement_id": new_id}

    def _finish(
        self,
        unit: Unit,
        person: HeldPerson,
        rest: Sequence[Any],
        actor: Actor,
        answer: Answer,
        *,
        taken: Sequence[Any] = (),
    ) -> None:
        """The sums over what stands, what is open now with its amounts, and the event."""
        rows = read_rows(unit, settlement.c.person_id == person.facts.id)
        person.state = state_after(unit, self.memory, rows)
        still_open = {row.settlement_id for row in rest}
        dropped = proposals.dropped(unit, person.facts.id)
        changes: list[Change] = []
        lived = base_state(rows)
        for row in in_order(unit, rows) if rest or taken else ():
            if isinstance(row, TakenOver):
                row.apply(lived)
                continue
            later = bool(taken) and row["position"] > taken[0].position
            if row["settlement_id"] in still_open or (
                later and row["settlement_id"] not in dropped
            ):
                changes += relived(unit, self.memory, lived, [row])
                settled_on(unit, self.memory, row, lived).adjudication.apply(lived)
            else:
                again(unit, self.memory, row, row.state).adjudication.apply(lived)
        cause = taken[-1].reversal_id if taken else ""
        proposals.repropose(unit, person.facts.id, changes, rest, cause, actor)
        store_person(unit, person, actor, "readjudicate", answer)


def balances_without(
    stands: StoredSettlement, accounts: Mapping[str, HeldAccount]
) -> dict[str, int]:
    """What the accounts of a settlement hold with what it took given back; closed ones nothing."""
    returned = taken_by(stands)
    return {
        name: accounts[name].balance + returned.get(name, 0) if name in accounts else 0
        for name in stands.known.balances
    }


def moved_by(
    undone: StoredSettlement, correction: StoredSettlement, open_accounts: Container[str]
) -> dict[str, int]:
    """What a reversal with its correction gives to each open account; less: takes."""
    moved = {name: amount for name, amount in taken_by(undone).items() if name in open_accounts}
    for name, taken in taken_by(correction).items():
        if taken:
            moved[name] = moved.get(name, 0) - taken
    return moved


def correct(
    unit: Unit,
    memory: Memory,
    change: Change,
    used: UsedRulebooks | None,
    people: dict[str, HeldPerson],
    open_accounts: Container[str],
    actor: Actor,
) -> tuple[StoredSettlement, StoredSettlement]:
    """A reversal and its correction, in the place of what they correct; balances are the
    caller's.  ``used``: the rulebooks that the correction was settled with, None: the pinned ones.
    """
    person = people[change.row["person_id"]]
    mirror = write_reversal(unit, memory, change.row, people, open_accounts, actor)
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
    return mirror, correction


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


def _listed(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [_shown(row) for row in rows]


def _shown(row: Any) -> dict[str, Any]:
    before, after = row.document["before"], row.document["after"]
    return {
        "proposal": row.proposal_id,
        "person": row.person_id,
        "visit": row.visit_id,
        "settlement_id": row.settlement_id,
        "reversal_id": row.reversal_id,
        "before": before,
        "after": after,
        "difference": {name: after[name] - before[name] for name in after},
    }
