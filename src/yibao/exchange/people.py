"""Made-up people of a sandbox: found by any number, and looked up as any other."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from yibao.access.permissions import Actor
from yibao.benefit.facts import Person
from yibao.benefit.state import PersonState
from yibao.database.nature import require_sandbox
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.exchange.reading import KnownPerson, known_by_number
from yibao.exchange.tables import exchange_person
from yibao.insured.people.certificates import written_forms
from yibao.insured.people.finding import details_of
from yibao.insured.people.registration import identity_hashes, register


@dataclass(frozen=True, slots=True)
class NameAndNumber:
    """How a person is written on an answer."""

    name: str
    number: str
    """Of a registered person masked, of a made-up one in full."""


def _hash(database: Database, certificate: str | None, number: str) -> str:
    """However a number is written, it is one person's."""
    return database.secrets.lasting_hash(f"sandbox:{written_forms(certificate, number)[0]}")


def find_by_number(database: Database, certificate: str | None, number: str) -> KnownPerson | None:
    """The person with a certificate number, registered or made up."""
    registered = (
        [] if certificate is None else identity_hashes(database.secrets, certificate, number)
    )
    return known_by_number(database, registered, _hash(database, certificate, number))


def make_up(
    database: Database,
    facts: Person,
    number: str,
    name: str,
    *,
    balance: int,
    actor: Actor,
    state: PersonState | None = None,
    certificate: str | None = None,
) -> str:
    """Register a made-up person under a number; the person who has it if there is one.

    ``RefusedError`` for a real store.
    """
    secrets = database.secrets
    row = {
        "identity_hash": _hash(database, certificate, number),
        "person_id": facts.id,
        "number_cipher": secrets.encrypt(number, facts.id),
        "name_cipher": secrets.encrypt(name, facts.id),
    }

    def name_them(unit: Unit) -> None:
        require_sandbox(unit.connection)
        unit.run(insert(exchange_person), row)

    day = facts.enrolments[0].start
    try:
        register(
            database,
            facts,
            actor=actor,
            state=state,
            balance=balance,
            day=day,
            then=name_them,
        )
    except IntegrityError:
        registered = find_by_number(database, certificate, number)
        if registered is None:
            raise
        return registered.facts.id
    return facts.id


def name_and_number(database: Database, person_id: str) -> NameAndNumber:
    """Name and number of a person; the id itself where nothing is recorded."""
    query = select(exchange_person).where(exchange_person.c.person_id == person_id)
    row = database.read(lambda unit: unit.run(query).first())
    secrets = database.secrets
    if row is not None:
        return NameAndNumber(
            secrets.decrypt(row.name_cipher, person_id),
            secrets.decrypt(row.number_cipher, person_id),
        )
    try:
        first = database.read(lambda unit: details_of(unit, secrets, person_id))[0]
    except NotFoundError:
        return NameAndNumber(person_id, person_id)
    return NameAndNumber(first.name, first.number)
