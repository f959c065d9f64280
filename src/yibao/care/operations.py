"""The operations of this room that need no settlement: reading a person as committed."""

from __future__ import annotations

from yibao.benefit.facts import Person
from yibao.benefit.state import PersonState
from yibao.database.unit import Database, Unit
from yibao.insured.locks import lock_people
from yibao.ledger.locks import lock_accounts


def known_person(database: Database, person_id: str) -> tuple[Person, PersonState, int]:
    """A person's facts, accumulators and balance as committed."""

    def operation(unit: Unit) -> tuple[Person, PersonState, int]:
        held = lock_people(unit, [person_id])[person_id]
        account = lock_accounts(unit, [person_id]).get(person_id)
        return held.facts, held.state, account.balance if account else 0

    return database.read(operation)
