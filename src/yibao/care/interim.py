"""A stay settled in parts: each settlement is of the whole stay so far.

What stood of the stay is taken back in the same transaction, so that there is one deductible
and one admission, and all parts together are what one settlement would have been.  What the
institution is told is the difference.  Where a settlement is reversed, the one that it went
on from stands again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from yibao.access.operations import Answer, Key, Then
from yibao.access.permissions import Actor, require
from yibao.benefit.facts import Visit
from yibao.benefit.settling import Settled
from yibao.care import proposals
from yibao.care.history import around, sum_of
from yibao.care.reversal import Reversals, returned_by, until_locked, write_reversal
from yibao.care.settling import TakenBack, people_of
from yibao.care.stored import StoredSettlement, WrittenSettlement
from yibao.database.unit import Unit
from yibao.ledger import operations as ledger
from yibao.ledger.locks import HeldAccount
from yibao.sanctions.providers import Provider


class InterimSettlements:
    """Settling a stay of which an interim settlement stands."""

    def __init__(self, reversals: Reversals) -> None:
        self.reversals = reversals
        self.settlements = reversals.settlements
        self.memory = reversals.memory

    def settle(
        self,
        key: Key,
        visit: Visit,
        *,
        actor: Actor,
        then: Then[WrittenSettlement] | None = None,
        providers: Collection[Provider] = (),
    ) -> Answer:
        """Settle the whole of a stay in place of its interim settlement.

        The answer is of the whole; ``then`` is told both.  ``ConflictError`` where none stands.
        """

        def after(unit: Unit) -> TakenBack:
            return self._taken_back(unit, visit, actor)

        return until_locked(
            lambda: self.settlements.settle(
                key, visit, actor=actor, then=then, after=after, providers=providers
            )
        )

    def quote(
        self, visit: Visit, *, actor: Actor, providers: Collection[Provider] = ()
    ) -> tuple[Settled, StoredSettlement | None]:
        """What settling the whole now would give, and the interim one; nothing is written."""
        return self.settlements.quote_after(
            lambda unit: self._before(unit, visit)[0], visit, actor=actor, providers=providers
        )

    def _taken_back(self, unit: Unit, visit: Visit, actor: Actor) -> TakenBack:
        taken, open_accounts = self._before(unit, visit)
        interim = taken.settlement
        require(actor, "settle", visit.person, interim["institution_id"])
        write_reversal(unit, self.memory, interim, taken.people, open_accounts, actor)
        ledger.change_balances(unit, returned_by([interim], open_accounts))
        proposals.close(unit, visit.person, interim["settlement_id"], actor)
        return taken

    def _before(self, unit: Unit, visit: Visit) -> tuple[TakenBack, dict[str, HeldAccount]]:
        """Everybody locked, as if the interim settlement had not been made; the open accounts."""
        interim, people, accounts = self.reversals.lock(
            unit, visit.person, visit.id, also=people_of(visit)
        )
        state, later = around(unit, self.memory, interim)
        people[visit.person].state = sum_of(unit, self.memory, state, later)
        returned = returned_by([interim], accounts)
        drawn = people_of(visit) if visit.draw else set()
        without = {
            name: replace(account, balance=account.balance + returned.get(name, 0))
            for name, account in accounts.items()
            if name in drawn
        }
        return TakenBack(interim, people, without), accounts
