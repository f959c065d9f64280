"""Finding registered people, and who they are, for whoever may see it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from yibao.access.permissions import Actor, may, require
from yibao.access.trail import read_record
from yibao.database.secrets import Secrets, mask
from yibao.database.unit import Database, Unit
from yibao.errors import NotFoundError
from yibao.insured.people.certificates import read_number
from yibao.insured.people.registration import identity_hashes
from yibao.insured.tables import identity, person
from yibao.messages import message

_TOGETHER = 500
"""Numbers that are looked for in one statement."""


@dataclass(frozen=True, slots=True)
class Details:
    """Who a person is, as whoever may see it sees it."""

    person_id: str
    name: str
    certificate: str
    number: str
    """Masked."""
    sex: str
    birth: datetime.date


def find_person(database: Database, certificate: str, number: str, *, actor: Actor) -> str | None:
    """The person with a certificate, by its keyed hash; being found stands on the trail."""
    require(actor, "find_person", institution_id=actor.institution_id, area=actor.area)
    read_number(certificate, number)
    hashes = identity_hashes(database.secrets, certificate, number)
    query = select(identity.c.person_id).where(identity.c.identity_hash.in_(hashes))
    person_id = database.read(lambda unit: unit.run(query).scalars().first())
    if person_id is not None and not _is_found_by(actor, person_id):
        return None
    if person_id is not None:
        _note_found(database, actor, person_id, certificate)
    return person_id


def people_named(database: Database, name: str, *, actor: Actor) -> list[str]:
    """People with exactly this name, by its keyed hash; being found stands on their trails."""
    require(actor, "find_person", institution_id=actor.institution_id, area=actor.area)
    hashes = database.secrets.search_hashes(f"name:{' '.join(name.split())}")
    query = select(person.c.person_id).where(person.c.name_hash.in_(hashes))
    named = database.read(lambda unit: unit.run(query).scalars().all())
    ids = sorted(person_id for person_id in named if _is_found_by(actor, person_id))
    for person_id in ids:
        _note_found(database, actor, person_id, "name")
    return ids


def _is_found_by(actor: Actor, person_id: str) -> bool:
    """Whether somebody is told of; of other areas as little as of those who are not here."""
    return may(actor, "find_person", person_id, actor.institution_id)


def _note_found(database: Database, actor: Actor, person_id: str, by: str) -> None:
    place = actor.institution_id
    read_record(
        database,
        actor,
        "find_person",
        person_id,
        lambda _: None,
        institution_id=place,
        purpose=by,
    )


def details(database: Database, person_id: str, *, actor: Actor) -> list[Details]:
    """Name and certificates of a person, numbers masked; one entry per certificate."""
    return read_record(
        database,
        actor,
        "read_person",
        person_id,
        lambda unit: details_of(unit, database.secrets, person_id),
        institution_id=actor.institution_id,
        purpose="details",
    )


def details_of(unit: Unit, secrets: Secrets, person_id: str) -> list[Details]:
    """A read fragment: :func:`details` for a room above that has checked who reads."""
    query = (
        select(person, identity)
        .join(identity, identity.c.person_id == person.c.person_id)
        .where(person.c.person_id == person_id)
        .order_by(identity.c.certificate, identity.c.identity_hash)
    )
    rows = unit.run(query).all()
    if not rows:
        raise NotFoundError(message("没有登记证件的参保人 {person_id}", person_id=person_id))
    return [
        Details(
            person_id,
            secrets.decrypt(row.name_cipher, person_id),
            row.certificate,
            mask(secrets.decrypt(row.number_cipher, person_id)),
            row.sex,
            row.birth,
        )
        for row in rows
    ]


def people_with_numbers(
    unit: Unit, secrets: Secrets, certificate: str, numbers: Iterable[str]
) -> dict[str, tuple[str, str]]:
    """A read fragment: person and name by number as written, of those that are on record.

    For a room above that has checked who asks, and that shows a name only to whoever wrote it.
    """
    hashes = {
        hashed: number
        for number in numbers
        for hashed in identity_hashes(secrets, certificate, number)
    }
    query = select(identity.c.identity_hash, person.c.person_id, person.c.name_cipher).join(
        person, person.c.person_id == identity.c.person_id
    )
    registered: dict[str, tuple[str, str]] = {}
    wanted = sorted(hashes)
    for start in range(0, len(wanted), _TOGETHER):
        some = identity.c.identity_hash.in_(wanted[start : start + _TOGETHER])
        for row in unit.run(query.where(some)):
            cipher = row.name_cipher
            name = "" if cipher is None else secrets.decrypt(cipher, row.person_id)
            registered[hashes[row.identity_hash]] = (row.person_id, name)
    return registered


def full_numbers(unit: Unit, secrets: Secrets, person_id: str) -> list[tuple[str, str]]:
    """A read fragment: (certificate, number in full), for the person's own eyes alone."""
    rows = unit.run(
        select(identity.c.certificate, identity.c.number_cipher)
        .where(identity.c.person_id == person_id)
        .order_by(identity.c.certificate, identity.c.identity_hash)
    )
    return [(row.certificate, secrets.decrypt(row.number_cipher, person_id)) for row in rows]


def name_of(unit: Unit, secrets: Secrets, person_id: str) -> str:
    """A read fragment: the name in full; empty where none was given."""
    cipher = unit.run(
        select(person.c.name_cipher).where(person.c.person_id == person_id)
    ).scalar_one()
    return "" if cipher is None else secrets.decrypt(cipher, person_id)
