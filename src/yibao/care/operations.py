"""Registering institutions; reading people's records."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from yibao.benefit.facts import Institution, Person
from yibao.benefit.state import PersonState
from yibao.care.tables import institution
from yibao.database.unit import Database, Unit
from yibao.errors import ConflictError
from yibao.insured.locks import lock_people
from yibao.ledger.locks import lock_accounts


def register_institution(database: Database, facts: Institution) -> None:
    """Register a designated institution."""
    row = {
        "institution_id": facts.id,
        "area": facts.area,
        "kind": facts.kind,
        "price_class": facts.price_class,
        "grade": facts.grade,
        "county": facts.county,
        "dual_channel": facts.dual_channel,
    }
    try:
        database.write(lambda unit: unit.run(insert(institution), row))
    except IntegrityError:
        raise ConflictError(f"机构 {facts.id} 已经登记") from None


def known_person(database: Database, person_id: str) -> tuple[Person, PersonState, int]:
    """A person's facts, accumulators and balance as committed."""

    def operation(unit: Unit) -> tuple[Person, PersonState, int]:
        held = lock_people(unit, [person_id])[person_id]
        account = lock_accounts(unit, [person_id]).get(person_id)
        return held.facts, held.state, account.balance if account else 0

    return database.read(operation)
