"""Part of a settled visit is given back: the rest is settled anew in its place, as it was known.

A reversal and a new settlement in one transaction, at the old date, under the rules and the
facts of then; what comes later is proposed to be settled anew where it would come out otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from yibao.access.operations import Answer, Key, Then, digest, record_message, write_once
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Item
from yibao.care import proposals
from yibao.care.errors import DependentError
from yibao.care.history import Change, around, relived, sum_of
from yibao.care.readjudication import balances_without, correct, moved_by
from yibao.care.reversal import Reversals, until_locked
from yibao.care.rows import answer_of, read_settlement
from yibao.care.stored import StoredSettlement, visit_content
from yibao.database.unit import Unit
from yibao.ledger import operations as ledger


@dataclass(frozen=True, slots=True)
class PartialRefund:
    """What a message that a part is given back for may use."""

    reversal: StoredSettlement
    """Of the whole; none of its amounts is positive."""
    rest: StoredSettlement
    """What stands now."""
    proposals: int
    """Later settlements that would come out otherwise."""


class PartialRefunds:
    """Giving back part of a settlement."""

    def __init__(self, reversals: Reversals) -> None:
        self.reversals = reversals
        self.database = reversals.database
        self.memory = reversals.memory

    def refund(
        self,
        key: Key,
        person_id: str,
        visit_id: str,
        left: Sequence[Item],
        *,
        actor: Actor,
        then: Then[PartialRefund] | None = None,
    ) -> Answer:
        """Settle what is ``left`` of a settled visit in place of it.

        The answer is of what stands then.  ``DependentError`` where the pack refuses it for
        later settlements; ``ConflictError`` where nothing stands.
        """
        require(actor, "reverse", person_id, actor.institution_id)

        def run() -> Answer:
            def operation(unit: Unit) -> Answer:
                part = self._refund(unit, person_id, visit_id, left, actor)
                answer = answer_of(part.rest)
                record_message(unit, key, content_hash, person_id, answer)
                return answer if then is None else then.answer(unit, person_id, part)

            return write_once(self.database, key, content_hash, operation, then=then)

        stands = self.database.read(lambda unit: read_settlement(unit, person_id, visit_id))
        content = visit_content(replace(stands.visit, items=tuple(left)))
        content_hash = digest([person_id, visit_id, content["items"]])
        return until_locked(run)

    def _refund(
        self, unit: Unit, person_id: str, visit_id: str, left: Sequence[Item], actor: Actor
    ) -> PartialRefund:
        payers = read_settlement(unit, person_id, visit_id).known.balances
        undone, locked, accounts = self.reversals.lock(unit, person_id, visit_id, also=payers)
        require(actor, "reverse", person_id, undone["institution_id"])
        before, later = around(unit, self.memory, undone)
        balances = balances_without(undone, accounts)
        settled = undone.known.settle(
            self.memory.library_of(unit, undone.terms),
            replace(undone.visit, items=tuple(left)),
            before.copy(),
            balances,
        )
        state = before.copy()
        settled.adjudication.apply(state)
        changes = relived(unit, self.memory, state, later)
        if self.reversals.refused(undone, len(changes)):
            dependent = [
                (str(change.row["visit_id"]), str(change.row["settlement_id"]))
                for change in changes
            ]
            raise DependentError(visit_id, dependent)
        locked[person_id].state = sum_of(unit, self.memory, state, later)
        change = Change(undone, settled, before, balances)
        mirror, rest = correct(unit, self.memory, change, None, locked, accounts, actor)
        ledger.change_balances(unit, moved_by(undone, rest, accounts))
        proposals.close(unit, person_id, undone["settlement_id"], actor)
        proposals.propose(unit, mirror, changes, actor)
        return PartialRefund(mirror, rest, len(changes))
