"""Names and certificates under another key of the store: the cipher and what it is found by."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select, update

from yibao.access.users import SYSTEM
from yibao.database.unit import Database, Unit
from yibao.insured.locks import lock_people, store_person
from yibao.insured.people.registration import identity_hashes, name_columns
from yibao.insured.tables import identity, person

_TOGETHER = 200


def rehash_people(database: Database, begins: str) -> int:
    """Write anew what stands under a leaving key, whose ciphers begin like that; of how many.

    The hash of a number is part of what the person's chain vouches for, so the chain says
    that it was written anew.
    """
    total, last = 0, ""
    while True:
        names = database.read(lambda unit, after=last: _some(unit, begins, after))  # type: ignore[misc]
        if not names:
            return total
        total += database.write_alone(
            lambda unit, names=names: _rehash(unit, database, names, begins)  # type: ignore[misc]
        )
        last = names[-1]


def _some(unit: Unit, begins: str, after: str) -> list[str]:
    certified = select(identity.c.person_id).where(identity.c.number_cipher.like(f"{begins}%"))
    query = (
        select(person.c.person_id)
        .where(
            person.c.person_id > after,
            or_(person.c.name_cipher.like(f"{begins}%"), person.c.person_id.in_(certified)),
        )
        .order_by(person.c.person_id)
        .limit(_TOGETHER)
    )
    return list(unit.run(query).scalars())


def _rehash(unit: Unit, database: Database, names: list[str], begins: str) -> int:
    locked, secrets = lock_people(unit, names, closed_too=True), database.secrets
    certificates: dict[str, list[Any]] = {name: [] for name in names}
    for row in unit.run(select(identity).where(identity.c.person_id.in_(names))).all():
        if row.number_cipher.startswith(begins):
            certificates[row.person_id].append(row)
    named = select(person.c.person_id, person.c.name_cipher).where(person.c.person_id.in_(names))
    ciphers = {row.person_id: row.name_cipher for row in unit.run(named)}
    count = 0
    for name in names:
        cipher = ciphers[name]
        is_named = cipher is not None and cipher.startswith(begins)
        if not is_named and not certificates[name]:
            continue  # somebody else wrote it anew in the meantime
        count += 1
        if is_named:
            columns = name_columns(secrets, name, secrets.decrypt(cipher, name))
            unit.run(update(person).where(person.c.person_id == name).values(**columns))
        for row in certificates[name]:
            number = secrets.decrypt(row.number_cipher, name)
            unit.run(
                update(identity)
                .where(identity.c.identity_hash == row.identity_hash)
                .values(
                    identity_hash=identity_hashes(secrets, row.certificate, number)[0],
                    number_cipher=secrets.encrypt(number, name),
                )
            )
            unit.notes.remove(identity, [row._mapping])
        store_person(unit, locked[name], SYSTEM, "rekey", {"key": secrets.ring.number})
    return count
