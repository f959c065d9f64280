"""The operations of this room that need no settlement: reading a person as committed."""

from __future__ import annotations

from yibao.access.permissions import Actor
from yibao.access.trail import read_record
from yibao.benefit.facts import Person
from yibao.benefit.state import PersonState
from yibao.database.unit import Database, Unit
from yibao.insured.locks import lock_people
from yibao.ledger.locks import lock_accounts


def read_person(
    database: Database, person_id: str, *, actor: Actor
) -> tuple[Person, PersonState, int]:
    """A person's facts, accumulators and balance as committed."""
    return read_record(
        database,
        actor,
        "read_person",
        person_id,
        lambda unit: known_person(unit, person_id),
        institution_id=actor.institution_id,
    )


def known_person(unit: Unit, person_id: str) -> tuple[Person, PersonState, int]:
    """A read fragment: :func:`read_person` within an operation that has checked who reads."""
    person = lock_people(unit, [person_id], closed_too=True)[person_id]
    account = lock_accounts(unit, [person_id]).get(person_id)
    return person.facts, person.state, account.balance if account else 0
